"""Session files: sound and steps restored bit for bit, and other files refused."""

import dataclasses
import json

import numpy as np
import pytest

from sda_lib.editing.registry import Edit
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.sessions import history as history_module
from sda_lib.sessions import session_file
from sda_lib.sessions.history import History, SoundState
from sda_lib.sessions.playback import Playback, playback_sound
from sda_lib.sessions.session_file import find_session_model, load_session, replay, save_session
from sda_lib.sliders.settings import SliderSettings, moved_codes
from sda_lib.writers.compose_codes import compose_codes as compose
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

FROZEN = (((0, 1), (2, 5)),)


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


@pytest.fixture(scope="module")
def takes(model):
    return [generate(model, GenerateOptions(1.0, seed=seed)).codes for seed in (1, 2)]


def edited(past, edit, model):
    codes = edit.apply(past.state.codes, model)
    return past.add(
        edit,
        edit.description(past.state.codes),
        SoundState(codes, SliderSettings(codes), edit.frozen_after(past.state.codes)),
    )


def moved(past, model, slider_settings):
    codes = past.state.keep_frozen(moved_codes(model, slider_settings))
    return past.add(slider_settings, "moved", SoundState(codes, slider_settings, past.state.frozen))


@pytest.fixture(scope="module")
def past(model, takes):
    """A sound with every kind of step."""
    source, other = takes
    begin = SliderSettings(source).moved({"brightness": 0.5})
    past = History.begin(SoundState(moved_codes(model, begin), begin, FROZEN), "begun")
    past = edited(past, Edit("swap", {"other": other}, (((0, 12), (4, 9)),), FROZEN), model)
    past = edited(past, Edit("paint", {"code": 3, "cells": ((0, 1), (2, 2))}, (), FROZEN), model)
    past = edited(past, Edit("blend", {"other": other, "amount": 0.3}, (), FROZEN), model)
    past = edited(past, Edit("paste", {"block": other.indices[:3, :4], "to": 7}, (), FROZEN), model)
    past = moved(past, model, SliderSettings(past.state.codes).moved({"loudness": -1.0}))
    past = moved(past, model, past.state.settings.drawn("warmth", ((0.0, 0.0), (0.5, 1.0))))
    past = edited(past, Edit("regenerate", {"seed": 4}, (((0, 12), (8, 12)),), FROZEN), model)
    options = GenerateOptions(1.0, seed=7, regenerate=(0.1, 0.3), levels=(2, 12))
    codes = past.state.keep_frozen(compose(model, options, past.state.codes))
    past = past.add(options, "regenerated", SoundState(codes, SliderSettings(codes), past.state.frozen))
    past = edited(past, Edit("mute", {"levels": (9, 12)}, (), past.state.frozen), model)
    past = past.undo().undo()
    past = edited(past, Edit("insert", {}, (((0, 12), (0, 2)),), past.state.frozen), model)
    assert past.state.frozen != FROZEN
    return edited(past, Edit("stretch", {"by": 1.5, "smooth": 1}, (((0, 12), (10, 14)),), past.state.frozen), model)


@pytest.mark.parametrize("playback", [Playback(), Playback(0.4, False, True)])
def test_a_session_is_replayed_bit_for_bit(tmp_path, model, past, playback):
    path = save_session(tmp_path / "s.json", model, past, playback, "Tëst")
    file = load_session(path)
    again = replay(SdaModel.load(model_path(model, tmp_path)), file)
    assert file.title == "Tëst"
    assert [step.description for step in again.steps][1:] == [past.steps[number].description for number in past.path][
        1:
    ]
    for one, number in zip(again.steps, past.path, strict=True):
        assert one.state.codes.is_same(past.steps[number].state.codes)
        assert one.state.frozen == past.steps[number].state.frozen
    for quality in ("play", "export"):
        sounds = [playback_sound(model, state, playback) for state in (past.state, again.state)]
        assert np.array_equal(*(model.decode(sound, playback.source_amount, quality).samples for sound in sounds))


def model_path(model, folder):
    return model.save(folder / "again.sda")


def test_a_shortened_history_is_saved_too(tmp_path, model, takes, monkeypatch):
    monkeypatch.setattr(history_module, "MOST_STEPS", 4)
    past = History.begin(SoundState(takes[0], SliderSettings(takes[0])))
    base = SliderSettings(takes[0])
    for turn in range(6):
        past = edited(past, Edit("shift", {"by": 1}), model)
        past = moved(past, model, base.moved({"brightness": 0.2 * turn}))
    again = replay(model, load_session(save_session(tmp_path / "s.json", model, past, Playback())))
    assert again.state.codes.is_same(past.state.codes)


def test_another_model_is_refused_and_named(tmp_path, model, past, tiny_model_path):
    file = load_session(save_session(tmp_path / "s.json", model, past, Playback(), "mine"))
    with pytest.raises(SdaError, match="open it with some"):
        replay(SdaModel.load(tiny_model_path), file)
    turned = dataclasses.replace(model.sliders.directions, vectors=-model.sliders.directions.vectors)
    other = dataclasses.replace(model, sliders=dataclasses.replace(model.sliders, directions=turned))
    with pytest.raises(SdaError, match="open it with some"):
        replay(other, file)
    still = History.begin(SoundState(past.steps[0].state.codes, SliderSettings(past.steps[0].state.codes)))
    plain = load_session(save_session(tmp_path / "still.json", model, still, Playback()))
    assert replay(other, plain).state.codes.is_same(still.state.codes), "sliders only matter to sessions that use them"


def spoiled(path, change):
    plain = json.loads(path.read_text())
    change(plain)
    path.write_text(json.dumps(plain))
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.update(format=99),
        lambda plain: plain.pop("hearing"),
        lambda plain: plain.update(model=3),
        lambda plain: plain.pop("steps"),
        lambda plain: plain["source"].update(indices=[[0, 1], [2]]),
        lambda plain: plain["source"]["indices"][0].__setitem__(0, 10**9),
        lambda plain: plain["steps"][0].update(edit={"name": "format_disk", "arguments": {}}),
        lambda plain: plain["steps"][0].update(edit=None),
        lambda plain: plain["steps"][4]["sliders"].update(base=400),
        lambda plain: plain["steps"][4]["sliders"].update(steps={"brightness": "x"}),
        lambda plain: plain.update(steps=[3]),
        lambda plain: plain.update(format=0),
        lambda plain: plain.update(format=True),
        lambda plain: plain.update(title=["a"]),
        lambda plain: plain["hearing"].update(quantized="no"),
        lambda plain: plain["hearing"].update(source_amount=float("nan")),
        lambda plain: plain["source"].update(hop=float("inf")),
        lambda plain: plain["source"].update(indices=[[0] * 200_000] * 12, length=None),
        lambda plain: plain["begins"].update(base=float("inf")),
        lambda plain: plain["begins"].update(frames=[5, 2]),
        lambda plain: plain.update(frozen=[[[0, 400], [0, 9]]]),
        lambda plain: plain["steps"][0].update(frozen=[[[0, float("inf")], [0, 1]]]),
        lambda plain: plain["steps"][0]["edit"].update(within=[[[0, float("inf")], [0, 1]]]),
        lambda plain: plain["steps"][0]["edit"]["arguments"]["other"].update(other=2),
        lambda plain: plain["others"][0].update(hop=64),
    ],
)
def test_damaged_sessions_are_refused(tmp_path, model, past, change):
    path = spoiled(save_session(tmp_path / "s.json", model, past, Playback()), change)
    with pytest.raises(SdaError) as refused:
        replay(model, load_session(path))
    assert "\n" not in str(refused.value)


def test_no_file_and_half_a_file_are_refused(tmp_path, model, past):
    with pytest.raises(SdaError, match="no session file"):
        load_session(tmp_path / "none.json")
    path = save_session(tmp_path / "s.json", model, past, Playback())
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(SdaError, match="cut off"):
        load_session(path)
    path.write_text("[" * 200_000)
    with pytest.raises(SdaError, match="cut off"):
        load_session(path)


def test_sliders_of_the_first_state_need_the_same_model(tmp_path, model, takes):
    begin = SliderSettings(takes[0]).moved({"brightness": 2.0})
    past = History.begin(SoundState(moved_codes(model, begin), begin))
    file = load_session(save_session(tmp_path / "s.json", model, past, Playback()))
    turned = dataclasses.replace(model.sliders.directions, vectors=-model.sliders.directions.vectors)
    other = dataclasses.replace(model, sliders=dataclasses.replace(model.sliders, directions=turned))
    with pytest.raises(SdaError, match="open it with some"):
        replay(other, file)


def test_a_sound_used_by_several_edits_is_written_once(tmp_path, model, takes):
    past, other = History.begin(SoundState(takes[0], SliderSettings(takes[0]))), takes[1]
    for start in range(8):
        past = edited(past, Edit("swap", {"other": other, "start": start, "frames": (0, 5)}), model)
    path = save_session(tmp_path / "s.json", model, past, Playback())
    plain = json.loads(path.read_text())
    assert len(plain["others"]) == 1
    assert len(path.read_text().splitlines()) == len(plain) + len(plain["steps"]) + 3, "a line for each key and step"
    assert replay(model, load_session(path)).state.codes.is_same(past.state.codes)


def test_a_session_that_is_too_large_is_not_saved(tmp_path, model, past, monkeypatch):
    monkeypatch.setattr(session_file.safe_json, "LARGEST", 1000)
    with pytest.raises(SdaError, match="export it"):
        save_session(tmp_path / "s.json", model, past, Playback())
    assert list(tmp_path.iterdir()) == []


def test_the_model_is_found_among_others_of_its_name(tmp_path, model, past, tiny_model_path):
    file = load_session(save_session(tmp_path / "s.json", model, past, Playback()))
    assert find_session_model(file, [tmp_path, tmp_path / "nowhere"]) is None
    model.save(tmp_path / "a.sda")
    tiny = SdaModel.load(tiny_model_path)
    dataclasses.replace(tiny, header={**tiny.header, "name": model.name, "created": "9999"}).save(tmp_path / "b.sda")
    (tmp_path / "c.sda").write_text("nothing")
    whole = (tmp_path / "a.sda").read_bytes()[:-5000] + bytes(5000)
    (tmp_path / "d.sda").write_bytes(whole)  # its name and header are whole, its recordings are not
    with pytest.raises(SdaError, match="damaged"):
        SdaModel.load(tmp_path / "d.sda")
    assert find_session_model(file, [tmp_path])[1] == tmp_path / "a.sda"


def test_a_full_disk_is_reported(tmp_path, model, past, full_disk):
    codes = past.state.codes.with_indices(np.tile(past.state.codes.indices, 60))
    long = History.begin(SoundState(codes, SliderSettings(codes)))
    with full_disk(), pytest.raises(SdaError, match="free some space"):
        save_session(tmp_path / "s.json", model, long, Playback())
    assert list(tmp_path.iterdir()) == []


def test_a_sound_with_lead_gain_and_rate_is_restored(model, takes, tmp_path):
    codes = dataclasses.replace(takes[0], length=None, lead=300, gain=-0.5, rate=1.25)
    past = History.begin(SoundState(codes, SliderSettings(codes)), "begun")
    past = edited(past, Edit("reverse", {}, (((0, 12), (4, 9)),)), model)
    past = moved(past, model, SliderSettings(past.state.codes).moved({"loudness": -1.0}))
    found = replay(model, load_session(save_session(tmp_path / "one.json", model, past, Playback())))
    assert found.state.codes.is_same(past.state.codes)
    assert found.state.codes.placement == {"lead": 300, "gain": -0.5, "rate": 1.25}


def test_sliders_of_sessions_from_before_levels_were_held_do_not_hold_them(tmp_path, model, takes):
    free = dataclasses.replace(SliderSettings(takes[0]).moved({"warmth": 2.0}), holds_level=False)
    begun = History.begin(SoundState(takes[0], SliderSettings(takes[0])), "begun")
    path = save_session(tmp_path / "s.json", model, moved(begun, model, free), Playback())
    plain = json.loads(path.read_text())
    for settings in (plain["begins"], plain["steps"][0]["sliders"]):
        del settings["holds_level"]
    path.write_text(json.dumps(plain))
    state = replay(model, load_session(path)).state
    assert not state.settings.holds_level
    assert state.codes.gain == 1
    held = moved(begun, model, SliderSettings(takes[0]).moved({"warmth": 2.0}))
    again = replay(model, load_session(save_session(tmp_path / "held.json", model, held, Playback()))).state
    assert again.codes.gain == held.state.codes.gain != 1
