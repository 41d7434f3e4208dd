"""Presets as JSON: exact round trips, and one sentence for everything else."""

import json

import pytest

from sda_lib.errors import SdaError
from sda_lib.presets.preset import Preset
from sda_lib.presets.preset_file import (
    DELIVERY,
    LARGEST,
    SOUND,
    plain_to_preset,
    preset_to_plain,
    read_preset,
    write_preset,
)  # fmt: skip
from sda_lib.presets.store import FACTORY

SMALL = {"format": 1, "kind": "sda preset", "name": "a"}


@pytest.mark.parametrize("seed", range(12))
def test_a_preset_with_values_in_every_field_comes_back_exactly(full, seed, tmp_path):
    preset = full(seed)
    plain = preset_to_plain(preset)
    usual = {name for name, is_usual in (("seconds", seed % 2 == 0), ("writer", seed % 3 == 0)) if is_usual}
    assert set(plain["sound"]) | usual == set(SOUND)
    assert set(plain["finish"]["delivery"]) | {"root"} >= set(DELIVERY)
    assert plain_to_preset(plain) == preset
    assert read_preset(write_preset(tmp_path / "a.json", preset)) == preset


def test_a_file_holds_what_differs_from_the_defaults_and_can_be_read_by_people(tmp_path):
    path = write_preset(tmp_path / "a.json", Preset("Füll", "Nichts."))
    assert json.loads(path.read_text()) == {**SMALL, "name": "Füll", "about": "Nichts."}
    assert "Füll" in path.read_text()


def changed(preset, *path, value):
    plain = part = preset_to_plain(preset)
    for key in path[:-1]:
        part = part.setdefault(key, {})
    part[path[-1]] = value
    return plain


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("kind",), "other", "kind"), (("format",), 2, "update SDA"), (("format",), "1", "format"),
        (("name",), "a/b", "can't name"), (("name",), 5, "name"), (("name",), "x" * 200, "name"),
        (("about",), "x\ny", "one line"), (("sound",), [], "sound"), (("sound", "seed"), 3, "'seed'"),
        (("sound", "novelty"), 1.5, "novelty"), (("sound", "novelty"), True, "novelty"),
        (("sound", "seconds"), "long", "seconds"), (("sound", "seconds"), ["auto"], "seconds"),
        (("sound", "top_k"), 2.5, "top_k"), (("sound", "sliders"), {"warmth": 9}, "warmth"),
        (("sound", "sliders"), {"warmth": None}, "warmth"), (("sound", "sliders"), {"x" * 99: 1}, "sliders"),
        (("sound", "sliders"), {f"s{number}": 1 for number in range(99)}, "sliders"),
        (("sound", "sliders"), {"<b>\x1b[31m": 1}, "sliders"), (("sound", "controls"), {"color": 0.5}, "color"),
        (("sound", "contour"), [[0, 0]], "contour"), (("sound", "contour"), [[0, 0], [1, "1"]], "contour"),
        (("sound", "contour"), [[0, 0, 0], [1, 1, 1]], "contour"), (("sound", "contour"), "swell", "contour"),
        (("sound", "curves"), {"warmth": [[0, 9]]}, "warmth"), (("sound", "curves"), {"warmth": 3}, "warmth"),
        (("sound", "level_temperatures"), [0.1] * 999, "level_temperatures"), (("finish", "tags"), {}, "'tags'"),
        (("finish", "space"), {"sofa": "/etc/passwd"}, "'sofa'"), (("finish", "space"), {"mode": "7.1"}, "mode"),
        (("finish", "space"), {"place": {"path": [[0, 0, 0]]}}, "path"),
        (("finish", "space"), {"place": {"azimuth": "left"}}, "azimuth"),
        (("finish", "delivery"), {"bit_depth": 17}, "bit_depth"), (("finish", "delivery"), {"loop": {}}, "'loop'"),
        (("finish", "delivery"), {"sample_rate": 1}, "sample_rate"), (("finish", "effects"), {"echo": 0.001}, "echo"),
        (("finish", "effects"), {"gravity": 1}, "'gravity'"), (("finish", "loop"), "twice", "loop"),
        (("finish", "trim"), -1, "trim"), (("more",), 1, "'more'"), (("axes_of",), 5, "axes_of"),
    ],
)  # fmt: skip
def test_hostile_data_is_one_sentence_that_names_the_field(full, place, value, said):
    with pytest.raises(SdaError) as error:
        plain_to_preset(changed(full(1), *place, value=value))
    sentence = str(error.value)
    assert said in sentence
    assert sentence.isprintable()
    assert sentence.endswith(".")
    assert len(sentence) < 400


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "nonsense", "null", "1e999", '{"format": 1}', "[" * 99, '{"a": NaN}', json.dumps(SMALL)[:-5],
        json.dumps({**SMALL, "about": "x" * LARGEST}), '{"kind": "sda preset", "format": 1' + "0" * 40 + "}",
    ],
)  # fmt: skip
def test_a_file_that_is_no_preset_is_one_sentence_that_names_it(tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(SdaError, match=r"^odd\.json is not a preset"):
        read_preset(path)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(SdaError, match="There is no preset"):
        read_preset(tmp_path / "none.json")


def test_factory_presets_are_valid_and_say_what_they_do_in_one_sentence():
    presets = [read_preset(path) for path in FACTORY.glob("*.json")]
    assert len({one.name.casefold() for one in presets}) == len(presets) >= 12
    for preset in presets:
        assert preset.about.endswith(".")
        assert preset_to_plain(preset).keys() & {"sound", "finish"}
        assert not preset.axes_of
        assert not any(name.startswith("axis") for name in (*preset.options.sliders, *preset.options.curves))


def test_what_a_preset_may_not_hold_is_not_read():
    assert "sofa" not in preset_to_plain(Preset("a"))
    assert not {"seed", "quality", "regenerate", "levels"} & set(SOUND)
    assert not {"loop", "root"} & set(DELIVERY)
