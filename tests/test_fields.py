"""Options declared once: allowed values, one-sentence errors, help text in docstrings."""

from dataclasses import dataclass, field

import pytest

from sda_lib.errors import SdaError
from sda_lib.fields import check_options, documented, option, options_of


@documented
@dataclass(frozen=True)
class Settings:
    """Settings of a test."""

    gain: float = option(0.0, "Level change", -12, 12, "dB", usual=(-3, 3))
    length: float | str = option("auto", "Length", 0.1, 300, "s", words=("auto",))
    steps: int | None = option(None, "Steps", 1, 10)
    mode: str = option("soft", "How it acts", choices=("soft", "hard"), label="Way")
    amounts: dict = option({}, "Amount by name", 0, 1, choices=("a", "b"))
    levels: tuple = option((), "Amount of each level", 0, 1)
    note: str = option("", "Anything")
    other: int = field(default=0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("gain", 20, "gain must be from -12 to 12 dB, not 20."),
        ("gain", float("nan"), "gain must be from -12 to 12 dB, not nan."),
        ("gain", "loud", "gain must be from -12 to 12 dB, not 'loud'."),
        ("gain", None, "gain must be from -12 to 12 dB, not None."),
        ("length", "long", "length must be from 0.1 to 300 s, or auto, not 'long'."),
        ("steps", 0, "steps must be from 1 to 10, not 0."),
        ("mode", "odd", "There is no mode 'odd'; there are soft, hard."),
        ("amounts", {"c": 1}, "There is no amount 'c'; there are a, b."),
        ("amounts", {"a": 2}, "amount a must be from 0 to 1, not 2."),
        ("levels", (0.5, 3), "levels must be from 0 to 1, not 3."),
    ],
)
def test_a_value_that_is_not_allowed_is_one_sentence_with_the_limits(name, value, message):
    with pytest.raises(SdaError) as error:
        check_options(Settings(**{name: value}))
    assert str(error.value) == message


def test_allowed_values_pass():
    check_options(Settings())
    check_options(Settings(-12, 2.5, 10, "hard", {"a": 0, "b": 1}, (0.0, 1.0), "x", 7))
    with pytest.raises(SdaError, match=r"^part\.gain must"):
        check_options(Settings(99), "part.")


def test_defaults_that_can_change_are_not_shared():
    assert Settings().amounts is not Settings().amounts


def test_options_know_their_name_default_and_label():
    found = options_of(Settings)
    assert list(found) == ["gain", "length", "steps", "mode", "amounts", "levels", "note"]
    assert (found["gain"].default, found["gain"].usual, found["gain"].title) == (0.0, (-3, 3), "Gain")
    assert found["mode"].title == "Way"
    assert found["length"].text == "Length (0.1 to 300 s, or auto)."
    assert found["note"].text == "Anything."


def test_the_docstring_lists_every_option():
    assert "Args:\n    gain: Level change (-12 to 12 dB). Default 0.0.\n" in Settings.__doc__
    assert "    mode: How it acts (soft, hard). Default soft." in Settings.__doc__
