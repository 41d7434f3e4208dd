"""Sliders in a session and in their window, on a real model with sliders."""

import shutil

import numpy as np
import pytest

import sda_lib
from sda_lib.analysis.features import Spectra, feature_mean
from sda_lib.errors import SdaError
from sda_lib.sessions.playback import Playback, render_clip
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session
from sda_widgets.sliders.sliders_view import SlidersView

pytestmark = pytest.mark.slow

SAFE_TO_DANGER = ("safe", "warning", "danger", "unknown")


@pytest.fixture
def session(slider_session):
    return slider_session


def loudness(session):
    return feature_mean(Spectra.of(session.clip), "loudness")


def test_a_slider_changes_what_is_heard_as_its_course_says(session):
    session.follow_sliders()
    before, response = loudness(session), session.responses["loudness"]
    session.move_sliders({"loudness": -2.0})
    assert loudness(session) - before == pytest.approx(response.change(-2.0), abs=4.0)
    assert response.change(-2.0) < -4.0
    assert not np.array_equal(session.codes.indices, session.written.indices)


@pytest.mark.parametrize("quantized", [True, False])
def test_the_playhead_is_heard_first_then_the_whole_sound_and_then_the_grid_shows_it(session, quantized):
    session.set_quantized(quantized)
    session.position, happened = 1.0, []
    before = session.clip.samples
    session.observe(lambda change: happened.append((change.name, change.new)), ["clip", "codes", "history"])
    session.move_sliders({"loudness": -2.0})
    assert [name for name, _ in happened] == ["clip", "clip", "codes", "history"]
    early, whole = (clip.samples for name, clip in happened if name == "clip")
    assert np.array_equal(early[:, :40000], before[:, :40000])  # a second is 48000 samples
    assert not np.array_equal(early[:, 48000:], before[:, 48000:])
    there = render_clip(session.model, session.history.state, Playback(session.source_amount, quantized, fades=True))
    assert np.array_equal(whole, there.samples)


def test_a_drag_is_one_step_of_the_history_and_undo_brings_back_the_same_bytes(session):
    codes, sound = session.codes, session.clip.samples.tobytes()
    for step in (0.5, 1.0, 1.5):
        session.move_sliders({"brightness": step}, done=step == 1.5)
    session.move_sliders({"warmth": -1.0})
    assert len(session.history.steps) == 3
    session.undo()
    assert dict(session.shape.steps) == {"brightness": 1.5}
    session.undo()
    assert session.codes is codes
    assert session.clip.samples.tobytes() == sound
    session.redo()
    assert dict(session.shape.steps) == {"brightness": 1.5}


def test_back_at_zero_the_sound_is_what_it_was(session):
    sound = session.clip.samples.tobytes()
    session.move_sliders({"noisiness": 2.0})
    session.move_sliders({"noisiness": 0.0})
    assert session.shape.is_neutral
    assert session.clip.samples.tobytes() == sound


def test_a_selection_is_moved_alone(session):
    before = session.codes.indices
    session.selection = ((0, session.codes.levels), (10, 20))
    session.move_sliders({"brightness": 3.0})
    changed = np.flatnonzero((session.codes.indices != before).any(0))
    assert len(changed)
    assert changed.min() >= 10
    assert changed.max() < 20
    session.selection = None  # what was moved stays; sliders stand at 0 for it
    session.move_sliders({"loudness": -1.0})
    assert dict(session.shape.steps) == {"loudness": -1.0}
    assert session.shape.base is not session.written


def test_after_an_edit_sliders_stand_at_zero_and_a_new_sound_is_moved_like_the_last(session):
    session.move_sliders({"loudness": -1.5})
    session.generate(sda_lib.GenerateOptions(2.0, seed=2))
    assert dict(session.shape.steps) == {"loudness": -1.5}
    assert session.shape.base is session.written
    session.edit("reverse", levels=(0, session.codes.levels), frames=(0, session.codes.frames))
    assert session.shape.is_neutral
    assert session.shape.base is session.codes


def test_a_curve_moves_the_sound_over_time(session):
    half = session.clip.length // 2
    session.draw_slider("loudness", [[0.0, 0.0], [0.9, 0.0], [1.1, -3.0]])
    before, after = session.original.samples, session.clip.samples
    power = [np.square(part).mean() for part in (before[:, half + 4800 :], after[:, half + 4800 :])]
    assert power[1] < 0.2 * power[0]
    assert np.square(after[:, : half // 2]).mean() == pytest.approx(np.square(before[:, : half // 2]).mean(), rel=0.5)
    session.draw_slider("loudness", [])
    assert session.shape.is_neutral


def test_random_is_safe_and_leaves_locked_sliders_alone(session):
    from sda_lib.sliders.settings import zones

    session.locks = ("warmth",)
    session.random_sliders(4)
    steps = dict(session.shape.steps)
    assert "warmth" not in steps
    for name, step in steps.items():
        card = session.model.sliders.card(name)
        found = {zone for first, end, zone in zones(card, session.responses[name]) if first <= step <= end}
        assert step == 0 or "safe" in found
    session.random_sliders(4)
    assert dict(session.shape.steps) == steps
    session.reset_sliders()
    assert session.shape.is_neutral


def test_without_codes_in_between_the_sound_is_smoother_and_the_export_is_the_same_sound(session):
    session.move_sliders({"brightness": 1.0})
    as_codes = session.clip.samples
    session.set_quantized(False)
    assert not np.array_equal(session.clip.samples, as_codes)
    assert session.clip.length == as_codes.shape[1]
    clip, _ = sda_lib.read_clip(session.export()), session.message
    heard = np.corrcoef(np.abs(clip.samples[0]), np.abs(session.clip.samples[0]))[0, 1]
    assert heard > 0.5
    session.set_quantized(True)
    assert np.array_equal(session.clip.samples, as_codes)


def test_another_sound_has_courses_of_its_own(slider_session):
    slider_session.follow_sliders()
    slider_session.generate(sda_lib.GenerateOptions(1.0, seed=8))
    slider_session.follow_sliders()
    for name in ("brightness", "loudness"):
        own = feature_mean(Spectra.of(slider_session.original), name)
        assert slider_session.responses[name].at(0.0) == pytest.approx(own)


def test_a_moved_sound_that_goes_on_is_moved_once(slider_session):
    session = slider_session
    written = session.codes
    session.move_sliders({"loudness": -1.0})
    moved, whole = session.codes.indices, written.samples // written.hop
    session.go_on(sda_lib.GenerateOptions(0.5, seed=1))
    assert session.shape.steps == {"loudness": -1.0}
    assert np.array_equal(session.written.indices[:, :whole], written.indices[:, :whole])
    assert np.array_equal(session.codes.indices[:, :whole], moved[:, :whole])
    session.draw_slider("loudness", ((0.0, -2.0), (1.0, 0.0)))
    drawn = session.codes.indices
    session.go_on(sda_lib.GenerateOptions(0.5, seed=1))
    assert session.shape.is_neutral
    whole = drawn.shape[1] - 1
    assert np.array_equal(session.codes.indices[:, :whole], drawn[:, :whole])


@pytest.mark.long
def test_sounds_without_codes_are_moved_too(tiny_corpus, tmp_path):
    """A model with a continuous bottleneck."""
    from sda_lib.sliders import fit as sliders_module
    from sda_lib.sliders.fit import fit_sliders

    corpus, path = sda_lib.Corpus.from_folder(tiny_corpus), tmp_path / "vae.sda"
    recipe = sda_lib.Recipe.for_corpus(corpus).override(codec__bottleneck="vae", train__steps=0)
    list(sda_lib.learn(corpus, recipe, path, "vae"))
    model = sda_lib.SdaModel.load(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sliders_module, "NUDGES", 400)
        model.with_sliders(fit_sliders(model)).save(path)
    session = Session(Places(tmp_path, tmp_path))
    session.open_model(path)
    session.load_sound(tiny_corpus / "rain.wav")
    assert [card.name for card in session.cards if not card.is_axis]
    name, before = session.cards[0].name, session.clip.samples
    session.move_sliders({name: 2.0})
    assert session.message == ""
    assert session.codes is None
    assert session.clip.samples.shape == before.shape
    assert not np.array_equal(session.clip.samples, before)
    session.undo()
    assert np.array_equal(session.clip.samples, before)
    session.generate(sda_lib.GenerateOptions(0.5, seed=1))
    base, written = session.shape.base, session.clip.samples
    session.move_sliders({name: 2.0})
    assert session.message == ""
    assert session.shape.base is base
    session.idle.finish()
    assert session.responses[name].at(0.0) == pytest.approx(feature_mean(Spectra.of(session.original), name))
    assert not np.array_equal(session.clip.samples, written)
    session.generate(sda_lib.GenerateOptions(0.5, seed=1))
    assert session.shape.steps == {name: 2.0}
    assert np.array_equal(session.original.samples, written)
    session.undo()
    session.reset_sliders()
    assert np.array_equal(session.clip.samples, written)


def test_knobs_that_can_not_be_kept_are_one_sentence(session, monkeypatch):
    monkeypatch.setattr(
        "sda_widgets.session.midi_map.write_atomically", lambda *_: (_ for _ in ()).throw(SdaError("No space left."))
    )
    session.map_knob("warmth", "0:21")
    assert session.message == "No space left."
    assert session.knobs == {"warmth": "0:21"}


def test_knobs_are_kept_for_the_next_page(session):
    session.map_knob("warmth", "0:21")
    session.map_knob("loudness", "0:21")  # a knob moves one slider
    assert session.knobs == {"loudness": "0:21"}
    assert Session(session.places).knobs == {"loudness": "0:21"}
    session.places.midi_map.write_text("[1, 2")
    assert Session(session.places).knobs == {}


# --- the window


def test_the_window_shows_what_the_model_can_do(session):
    window = SlidersView(session)
    named = [slider["name"] for slider in window.panel.sliders]
    assert named == [card.name for card in session.cards]
    assert "rank correlation" in window.panel.sliders[0]["tip"]
    assert "mostly" in window.panel.sliders[-1]["tip"]
    session.generate(sda_lib.GenerateOptions(1.0, seed=3))
    session.idle.finish()
    first = window.panel.sliders[0]
    assert first["values"] == list(session.responses[first["name"]].values)
    assert session.responses[first["name"]].at(0.0) == pytest.approx(
        feature_mean(Spectra.of(session.clip), first["name"])
    )
    for slider in window.panel.sliders:
        ends = [zone[:2] for zone in slider["zones"]]
        assert (ends[0][0], ends[-1][1]) == (slider["low"], slider["high"])
        assert -4.0 <= slider["low"] <= 0.0 <= slider["high"] <= 4.0
        assert slider["high"] - slider["low"] >= 1.0
        response = session.responses.get(slider["name"])
        if not slider["why_off"] and "unknown" not in (zone[2] for zone in slider["zones"]):
            assert response.at(slider["high"]) >= response.at(slider["low"])
        assert all(zone[2] in SAFE_TO_DANGER for zone in slider["zones"])


def test_the_window_does_what_the_panel_says(session):
    window = SlidersView(session)
    say = lambda **act: window.panel._handle_custom_msg(act, [])  # noqa: E731
    say(kind="move", name="loudness", value=-1.0, done=True)
    assert session.shape.steps["loudness"] == window.panel.values["loudness"] == -1.0
    say(kind="move", name="loudness", value=-9.0, done=True)  # no slider goes there
    assert session.shape.steps["loudness"] == -1.0
    say(kind="lock", name="loudness", on=True)
    assert window.panel.locks == ["loudness"]
    say(kind="map", name="warmth", source="0:7")
    assert window.panel.midi == {"warmth": "0:7"}
    say(kind="forget", name="warmth")
    assert window.panel.midi == {}
    window.curve.value = "warmth"
    say(kind="curve", name="warmth", points=[[0.0, -1.0], [1.0, 1.0]])
    assert window.panel.curve["points"] == [[0.0, -1.0], [1.0, 1.0]]
    window.pad.value = True
    axes = window.panel.pad
    say(kind="pad", **axes, values={axes["x"]: 0.5, axes["y"]: -0.5}, done=True)
    assert window.panel.values[axes["x"]] == 0.5
    window.reset.click()
    assert window.panel.values["loudness"] == -1.0  # it is locked
    assert window.panel.values[axes["x"]] == 0.0


def test_a_model_without_sliders_offers_to_make_them(tiny_model_path, tmp_path):
    session = Session(Places(tmp_path, tmp_path))
    window = SlidersView(session)
    assert "Open a model" in window.why.value
    session.open_model(shutil.copy(tiny_model_path, tmp_path / "tiny.sda"))
    assert window.make.layout.display is None
    assert window.panel.layout.display == "none"


@pytest.mark.long
def test_sliders_are_made_in_a_process_of_their_own(tiny_model_path, tmp_path):
    session = Session(Places(tmp_path, tmp_path))
    window = SlidersView(session)
    session.open_model(shutil.copy(tiny_model_path, tmp_path / "tiny.sda"))
    window.make.click()
    assert window.make.disabled
    session.maker.wait(timeout=300)
    session.tick()
    assert session.message == ""
    assert session.maker is None
    assert session.cards
    assert window.panel.layout.display is None
