"""Sliders of a sound, on a model that has some."""

import numpy as np
import pytest

import sda_lib
from sda_lib.analysis.features import Spectra, feature_mean
from sda_lib.sessions.playback import Playback, playback_sound, trim_end
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session

pytestmark = pytest.mark.slow


@pytest.fixture
def session(slider_session):
    return slider_session


def loudness(session):
    return feature_mean(Spectra.of(session.sound.clip), "loudness")


def test_slider_moves_its_feature_as_measured(session):
    # A seed's sound is another one on another processor, and already quiet sounds hardly become quieter (twelve seeds:
    # -3 to -21 dB, median -11): sounds must follow their own responses, which are measured without the decoder's joints
    # between recordings, and the median of five sounds must move. The fixture's sliders are fitted to few trials; those
    # of a usual fit miss by 0.5 to 2.0 dB of 13 to 24 (eight sounds of the demo).
    changes, misses = [], []
    for seed in range(1, 6):
        session.sound.create.generate(sda_lib.GenerateOptions(2.0, seed=seed))
        session.sound.sliders.move({"loudness": 0.0})
        session.sound.response_work.compute([card.name for card in session.sound.sliders.cards])
        before, response = loudness(session), session.sound.responses["loudness"]
        session.sound.sliders.move({"loudness": -2.0})
        misses.append(abs(loudness(session) - before - (response.at(-2.0) - response.at(0.0))))
        assert not np.array_equal(session.sound.codes.indices, session.sound.written.indices)
        changes.append(response.at(-2.0) - response.at(0.0))
    assert np.median(changes) < -4.0
    assert np.median(misses) < 0.4 * -np.median(changes)
    assert max(misses) < 0.6 * -np.median(changes)


@pytest.mark.parametrize("quantized", [True, False])
def test_playhead_part_is_rendered_first(session, quantized):
    session.set_quantized(quantized)
    session.sound.position, happened = 1.0, []
    before = session.sound.clip.samples
    session.sound.observe(lambda change: happened.append((change.name, change.new)), ["clip", "codes", "history"])
    session.sound.sliders.move({"loudness": -2.0})
    assert [name for name, _ in happened] == ["clip", "clip", "codes", "history"]
    early, whole = (clip.samples for name, clip in happened if name == "clip")
    assert np.array_equal(early[:, :40000], before[:, :40000])  # a second is 48000 samples
    assert not np.array_equal(early[:, 48000:], before[:, 48000:])
    playback = Playback(session.sound.source_amount, quantized, fades=True)
    there = session.model.decode(
        playback_sound(session.model, session.sound.history.state, playback), playback.source_amount
    )
    assert np.array_equal(whole, trim_end(there, session.sound.codes.seconds, fades=True).samples)


def test_drag_is_one_step(session):
    codes, sound = session.sound.codes, session.sound.clip.samples.tobytes()
    for step in (0.5, 1.0, 1.5):
        session.sound.sliders.move({"brightness": step}, done=step == 1.5)
    session.sound.sliders.move({"warmth": -1.0})
    assert len(session.sound.history.steps) == 3
    session.sound.steps.undo()
    assert dict(session.sound.settings.steps) == {"brightness": 1.5}
    session.sound.steps.undo()
    assert session.sound.codes is codes
    assert session.sound.clip.samples.tobytes() == sound
    session.sound.steps.redo()
    assert dict(session.sound.settings.steps) == {"brightness": 1.5}


def test_zero_restores_the_sound(session):
    sound = session.sound.clip.samples.tobytes()
    session.sound.sliders.move({"noisiness": 2.0})
    session.sound.sliders.move({"noisiness": 0.0})
    assert session.sound.settings.is_neutral
    assert session.sound.clip.samples.tobytes() == sound


def test_sliders_act_on_the_selection(session):
    before = session.sound.codes.indices
    session.sound.selection = ((0, session.sound.codes.levels), (10, 20))
    session.sound.sliders.move({"brightness": 3.0})
    changed = np.flatnonzero((session.sound.codes.indices != before).any(0))
    assert len(changed)
    assert changed.min() >= 10
    assert changed.max() < 20
    session.sound.selection = None  # what was moved stays; sliders are at 0 for it
    session.sound.sliders.move({"loudness": -1.0})
    assert dict(session.sound.settings.steps) == {"loudness": -1.0}
    assert session.sound.settings.base is not session.sound.written


def test_edit_resets_sliders_and_new_sounds_keep_them(session):
    session.sound.sliders.move({"loudness": -1.5})
    session.sound.create.generate(sda_lib.GenerateOptions(2.0, seed=2))
    assert dict(session.sound.settings.steps) == {"loudness": -1.5}
    assert session.sound.settings.base is session.sound.written
    session.sound.edits.apply("reverse", levels=(0, session.sound.codes.levels), frames=(0, session.sound.codes.frames))
    assert session.sound.settings.is_neutral
    assert session.sound.settings.base is session.sound.codes


def test_curve_moves_the_sound_over_time(session):
    half = session.sound.clip.length // 2
    session.sound.sliders.draw("loudness", [[0.0, 0.0], [0.9, 0.0], [1.1, -3.0]])
    before, after = session.sound.original.samples, session.sound.clip.samples
    power = [np.square(part).mean() for part in (before[:, half + 4800 :], after[:, half + 4800 :])]
    assert power[1] < 0.2 * power[0]
    assert np.square(after[:, : half // 2]).mean() == pytest.approx(np.square(before[:, : half // 2]).mean(), rel=0.5)
    session.sound.sliders.draw("loudness", [])
    assert session.sound.settings.is_neutral


def test_random_is_safe_and_respects_locks(session):
    from sda_lib.sliders.zones import zones

    session.sound.locks = ("warmth",)
    session.sound.sliders.randomize(4)
    steps = dict(session.sound.settings.steps)
    assert "warmth" not in steps
    for name, step in steps.items():
        card = session.model.sliders.card(name)
        found = {zone for first, end, zone in zones(card, session.sound.responses[name]) if first <= step <= end}
        assert step == 0 or "safe" in found
    session.sound.sliders.randomize(4)
    assert dict(session.sound.settings.steps) == steps
    session.sound.sliders.reset()
    assert session.sound.settings.is_neutral


def test_without_quantizing_exports_what_plays(session):
    session.sound.sliders.move({"brightness": 1.0})
    as_codes = session.sound.clip.samples
    session.set_quantized(False)
    assert not np.array_equal(session.sound.clip.samples, as_codes)
    assert session.sound.clip.length == as_codes.shape[1]
    clip, _ = sda_lib.read_clip(session.exports.write(session.sound)), session.message
    played = np.corrcoef(np.abs(clip.samples[0]), np.abs(session.sound.clip.samples[0]))[0, 1]
    assert played > 0.5
    session.set_quantized(True)
    assert np.array_equal(session.sound.clip.samples, as_codes)


def test_each_sound_has_its_own_responses(slider_session):
    slider_session.sound.response_work.compute([card.name for card in slider_session.sound.sliders.cards])
    slider_session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=8))
    slider_session.sound.response_work.compute([card.name for card in slider_session.sound.sliders.cards])
    for name in ("brightness", "loudness"):
        own = feature_mean(Spectra.of(slider_session.sound.original), name)
        assert slider_session.sound.responses[name].at(0.0) == pytest.approx(own)


def test_continuing_a_moved_sound_moves_it_once(slider_session):
    session = slider_session
    written = session.sound.codes
    session.sound.sliders.move({"loudness": -1.0})
    moved, whole = session.sound.codes.indices, written.samples // written.hop
    session.sound.create.continue_sound(sda_lib.GenerateOptions(0.5, seed=1))
    assert session.sound.settings.steps == {"loudness": -1.0}
    assert np.array_equal(session.sound.written.indices[:, :whole], written.indices[:, :whole])
    assert np.array_equal(session.sound.codes.indices[:, :whole], moved[:, :whole])
    session.sound.sliders.draw("loudness", ((0.0, -2.0), (1.0, 0.0)))
    drawn = session.sound.codes.indices
    session.sound.create.continue_sound(sda_lib.GenerateOptions(0.5, seed=1))
    assert session.sound.settings.is_neutral
    whole = drawn.shape[1] - 1
    assert np.array_equal(session.sound.codes.indices[:, :whole], drawn[:, :whole])


@pytest.mark.long
def test_sliders_of_a_continuous_model(tiny_corpus, tmp_path):
    """A model with a continuous bottleneck."""
    from sda_lib.sliders import fit as sliders_module
    from sda_lib.sliders.fit import fit_sliders
    from sda_lib.sliders.nudges import Nudging

    corpus, path = sda_lib.Corpus.from_folder(tiny_corpus), tmp_path / "vae.sda"
    recipe = sda_lib.Recipe.for_corpus(corpus).override(codec__bottleneck="vae", train__steps=0)
    list(sda_lib.learn(corpus, recipe, path, "vae"))
    model = sda_lib.SdaModel.load(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sliders_module, "STRAIGHT", Nudging(400, (0.5,)))
        patch.setattr(sliders_module, "BENT", Nudging(400, (1.0, 2.0)))
        model.with_sliders(fit_sliders(model)).save(path)
    session = Session(Places(tmp_path, tmp_path))
    session.open_model(path)
    session.sound.create.load_file(tiny_corpus / "rain.wav")
    assert [card.name for card in session.sound.sliders.cards if not card.is_axis]
    name, before = session.sound.sliders.cards[0].name, session.sound.clip.samples
    session.sound.sliders.move({name: 2.0})
    assert session.message == ""
    assert session.sound.codes is None
    assert session.sound.clip.samples.shape == before.shape
    assert not np.array_equal(session.sound.clip.samples, before)
    session.sound.steps.undo()
    assert np.array_equal(session.sound.clip.samples, before)
    session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=1))
    base, written = session.sound.settings.base, session.sound.clip.samples
    session.sound.sliders.move({name: 2.0})
    assert session.message == ""
    assert session.sound.settings.base is base
    session.sound.response_work.idle.finish()
    assert session.sound.responses[name].at(0.0) == pytest.approx(
        feature_mean(Spectra.of(session.sound.original), name)
    )
    assert not np.array_equal(session.sound.clip.samples, written)
    session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=1))
    assert session.sound.settings.steps == {name: 2.0}
    assert np.array_equal(session.sound.original.samples, written)
    session.sound.steps.undo()
    session.sound.sliders.reset()
    assert np.array_equal(session.sound.clip.samples, written)
