"""The file of a page: what is saved is read back, whatever else it holds is refused."""

import json

import pytest

from sda_lib import safe_json
from sda_lib.editing.registry import Edit
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.sessions import autosave
from sda_lib.sessions.autosave import OpenSound, Place, fits, load_page, restored_history, save_page
from sda_lib.sessions.history import History, SoundState
from sda_lib.sessions.playback import Playback
from sda_lib.sliders.settings import SliderSettings
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

PLACE = Place((2, 3), ((0, 2), (1, 4)), (((4, 5), (0, 2)),), 0.25, ("warmth",))


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def history(model):
    """Three steps, of which the last is undone."""
    codes = generate(model, GenerateOptions(0.5, seed=1)).codes
    found = History.begin(SoundState(codes, SliderSettings(codes)), "sound")
    for number in range(3):
        edit = Edit("set", {"code": number}, (((0, 1), (number, number + 1)),))
        codes = edit.apply(found.state.codes, model)
        found = found.add(edit, f"step {number}", SoundState(codes, SliderSettings(codes)))
    return found.undo()


@pytest.fixture
def path(model, history, tmp_path):
    sounds = [OpenSound("A", "sound", history, Playback(), PLACE)]
    return save_page(tmp_path / "page.json", model, tmp_path / "tiny.sda", "play", "A", sounds, ["kick.wav"])


def test_all_of_a_page_is_read_back(path, model, history):
    page = load_page(path)
    (sound,) = page.sounds
    assert (page.model, page.place, page.receiver) == (str(path.with_name("tiny.sda")), "play", "A")
    assert page.recordings == ("kick.wav",)
    assert (sound.name, sound.place, sound.session.title) == ("A", PLACE, "sound")
    found = restored_history(model, sound)
    assert found.position == history.position
    assert all(one.state.codes.is_same(two.state.codes) for one, two in zip(found.steps, history.steps, strict=True))
    assert [step.description for step in found.steps[1:]] == [step.description for step in history.steps[1:]]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cursor", [-1, 0]), ("cursor", [0]), ("cursor", "ab"), ("selection", [[0, 1]]), ("more", {}),
        ("position", "x"), ("undone", -1), ("undone", 10**6), ("locks", [1]), ("name", "AB"), ("codes", None),
        ("session", []),
    ],
)  # fmt: skip
def test_other_values_are_refused_in_one_sentence(path, key, value):
    plain = json.loads(path.read_text())
    plain["sounds"][0][key] = value
    path.write_text(json.dumps(plain))
    with pytest.raises(SdaError, match=r"page\.json is not the state of a page"):
        load_page(path)


def test_a_page_without_chosen_recordings_is_one_of_all(path):
    plain = json.loads(path.read_text())
    del plain["recordings"]
    path.write_text(json.dumps(plain))
    assert load_page(path).recordings == ()


@pytest.mark.parametrize("value", [[1], "kick.wav", {"kick.wav": 1}])
def test_other_chosen_recordings_are_refused(path, value):
    plain = json.loads(path.read_text())
    plain["recordings"] = value
    path.write_text(json.dumps(plain))
    with pytest.raises(SdaError, match=r"page\.json is not the state of a page"):
        load_page(path)


def test_a_sound_that_is_too_large_loses_its_steps_and_not_its_codes(model, history, tmp_path, monkeypatch):
    sounds = [OpenSound("A", "sound", history, Playback(), PLACE)]
    whole = save_page(tmp_path / "whole.json", model, tmp_path / "tiny.sda", "play", "A", sounds)
    monkeypatch.setattr(autosave.safe_json, "LARGEST", whole.stat().st_size - 1)
    path = save_page(tmp_path / "page.json", model, tmp_path / "tiny.sda", "play", "A", sounds)
    assert safe_json.read(path)["sounds"][0]["session"]["steps"] == []
    found = restored_history(model, load_page(path).sounds[0])
    assert found.state.codes.is_same(history.state.codes)
    assert not found.can_undo


def test_places_outside_of_the_grid_do_not_fit(history):
    codes = history.state.codes
    assert fits(PLACE, codes)
    assert not fits(Place((codes.levels, 0)), codes)
    assert not fits(Place((0, 0), ((0, 1), (0, codes.frames + 1))), codes)


def test_the_side_of_an_older_page_is_a_place(path):
    for earlier, now in (("train", "learn"), ("play", "play"), ("codes", "codes")):
        plain = json.loads(path.read_text())
        path.write_text(json.dumps({**plain, "tab": earlier}))
        assert load_page(path).place == now
