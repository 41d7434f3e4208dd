"""Fields of JSON objects: types and bounds, and errors that name the field."""

import json

import pytest

from sda_lib.errors import FieldError, SdaError, explained_as
from sda_lib.events import Event
from sda_lib.runs.job import Job
from sda_lib.sessions.session_file import load_session
from sda_lib.typed_fields import Fields

PLAIN = {"text": "a", "number": 1.5, "whole": 3, "switch": True, "items": [1, 2], "inner": {"x": 1}, "each": [{"a": 1}]}


def test_fields_of_the_right_type_are_returned():
    facts = Fields(PLAIN)
    assert (facts.text("text"), facts.number("number"), facts.whole("whole")) == ("a", 1.5, 3)
    assert (facts.switch("switch"), facts.items("items"), facts.inner("inner").whole("x")) == (True, [1, 2], 1)
    assert [one.whole("a") for one in facts.each("each")] == [1]
    assert (facts.text("none", None), facts.number("none", default=2), facts.switch("none", False)) == (None, 2, False)
    assert Fields({"a": "b"}).texts() == {"a": "b"}


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        (lambda facts: facts.text("number"), r"number must be a text .*, not 1\.5"),
        (lambda facts: facts.text("text", longest=0), "text must be a text of at most 0 characters"),
        (lambda facts: facts.number("text"), "text must be a number, not 'a'"),
        (lambda facts: facts.number("number", 0, 1), r"number must be a number from 0 to 1, not 1\.5"),
        (lambda facts: facts.number("switch"), "switch must be a number, not True"),
        (lambda facts: facts.whole("number"), r"number must be a whole number, not 1\.5"),
        (lambda facts: facts.whole("whole", 0, 2), "whole must be a whole number from 0 to 2, not 3"),
        (lambda facts: facts.switch("whole"), "whole must be true or false, not 3"),
        (lambda facts: facts.items("inner"), "inner must be a list of at most .* values, not a dict"),
        (lambda facts: facts.items("items", most=1), "items must be a list of at most 1 values"),
        (lambda facts: facts.inner("items"), "items must be an object, not a list"),
        (lambda facts: facts.inner("inner").text("x"), "inner, x must be a text"),
        (lambda facts: [one.text("a") for one in facts.each("each")], "each 1, a must be a text"),
        (lambda facts: facts.text("none"), "none is missing"),
        (lambda facts: facts.texts(), "number must be a text"),
        (lambda facts: Fields([]), "it must be an object, not a list"),
    ],
)
def test_errors_name_the_field(read, sentence):
    with pytest.raises(FieldError, match=sentence):
        read(Fields(PLAIN))


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -float("inf")])
def test_numbers_are_finite(value):
    for read in (Fields({"a": value}).number, Fields({"a": value}).whole):
        with pytest.raises(FieldError, match="a must be a"):
            read("a")


def test_the_sentence_for_a_file_names_the_field():
    sentence = "It is damaged; copy it again."
    with pytest.raises(SdaError, match=r"^It is damaged \(a is missing\); copy it again\.$"), explained_as(sentence):
        Fields({}).text("a")
    with pytest.raises(SdaError, match=r"^It is damaged; copy it again\.$"), explained_as(sentence):
        raise ValueError("other")


def test_readers_say_which_field_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="step must be a whole number"):
        Event.from_json('{"kind": "a", "step": "x"}')
    with pytest.raises(ValueError, match="values, loss must be a number"):
        Event.from_json('{"kind": "a", "values": {"loss": "x"}}')
    with pytest.raises(ValueError, match="out is missing"):
        Job.from_plain({"name": "a", "corpus": "b"})
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"format": "3"}))
    with pytest.raises(SdaError, match=r"a\.json is not a session file, or is cut off \(format must be a whole number"):
        load_session(path)
