"""The verbs of a session, on a real tiny model."""

import dataclasses

import numpy as np
import pytest
import soundfile

import sda_lib
from sda_lib.codec.codes import Codes
from sda_lib.model.model import SdaModel
from sda_lib.writers.generate import cut_with_fade
from sda_lib.writers.options import GenerateOptions
from sda_widgets.session.session import Session

CELL = {"levels": (0, 1), "frames": (5, 6)}


def other_code(session, level=0, frame=5):
    """A code that is not the one in the cell."""
    return (
        int(session.sound.codes.indices[level, frame]) + session.sound.codes.codebook_size // 2
    ) % session.sound.codes.codebook_size


def test_opening_a_model_gives_a_sound_to_play(session):
    assert session.model.name == "tiny"
    assert session.sound.clip is session.sound.original
    assert session.sound.codes is session.sound.written
    session.open_model(session.model_path)
    assert round(session.sound.clip.seconds, 3) in (0.9, 1.1, 1.4)  # as long as one of the recordings


def test_an_edit_changes_codes_and_sound_and_undo_brings_back_the_same_bytes(session):
    before, sound = session.sound.codes, session.sound.clip.samples.tobytes()
    session.sound.edits.apply("set", code=other_code(session), **CELL)
    assert (session.sound.codes.indices != before.indices).sum() == 1
    edited = session.sound.clip.samples.tobytes()
    assert edited != sound
    session.sound.steps.undo()
    assert session.sound.codes is before
    assert session.sound.clip.samples.tobytes() == sound
    session.sound.steps.redo()
    assert session.sound.clip.samples.tobytes() == edited


def test_a_new_edit_keeps_what_was_undone_on_a_way_of_its_own(session):
    session.sound.edits.apply("set", code=other_code(session), **CELL)
    one = session.sound.codes
    session.sound.steps.undo()
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert not session.sound.history.can_redo
    assert session.sound.history.branches == (0, 0, 1)
    session.sound.steps.go_to(1)
    assert session.sound.codes is one
    session.sound.steps.undo()
    session.sound.steps.redo()
    assert session.sound.codes is one


def test_selected_cells_are_edited_and_frozen_ones_are_not(session):
    session.sound.set(selection=((0, 2), (3, 8)), more=(((4, 6), (0, 5)),), cursor=(0, 3))
    session.sound.edits.freeze()
    before = session.sound.codes.indices
    session.sound.set(selection=((0, 12), (0, 10)), more=())
    session.sound.edits.apply("randomize", seed=3)
    changed = session.sound.codes.indices != before
    assert changed.any()
    assert not changed[0:2, 3:8].any()
    assert not changed[4:6, 0:5].any()
    assert not changed[:, 10:].any()
    session.sound.edits.thaw()
    assert session.sound.frozen == ()
    session.sound.edits.apply("randomize", seed=3)
    assert (session.sound.codes.indices[0:2, 3:8] != before[0:2, 3:8]).any()


def test_a_sound_that_grows_is_heard_whole_and_undo_shortens_it(session):
    sound, seconds = session.sound.clip.samples.tobytes(), session.sound.seconds
    frames = session.sound.codes.frames
    session.sound.set(selection=((0, 12), (frames - 4, frames)), cursor=(0, frames - 1))
    session.sound.edits.apply("duplicate")
    assert session.message == ""
    assert session.sound.seconds == pytest.approx(seconds + 4 / session.sound.codes.frame_rate)
    assert session.sound.clip.seconds == pytest.approx(session.sound.seconds)
    session.sound.set(cursor=(3, frames + 3), selection=None)
    session.sound.steps.undo()
    assert session.sound.cursor == (3, frames - 1)
    assert session.sound.clip.samples.tobytes() == sound


def test_the_original_keeps_its_length_when_the_sound_was_cut(session):
    original = session.sound.original.samples
    session.sound.edits.apply("delete", frames=(0, 10))
    session.set_source(0.5)
    session.set_source(1.0)
    assert np.array_equal(session.sound.original.samples, original)
    assert session.sound.clip.seconds == pytest.approx(session.sound.codes.seconds)


def test_several_places_are_not_written_anew_as_one(session):
    before = session.sound.codes
    session.sound.set(selection=((0, 12), (2, 4)), more=(((0, 12), (9, 12)),))
    session.sound.edits.regenerate(GenerateOptions(2.0))
    assert session.sound.codes is before
    assert "one range" in session.message


def test_a_level_s_name_leaves_what_was_made_in_the_file_meanwhile(slider_session):
    bare = dataclasses.replace(slider_session.model, sliders=None)
    slider_session.model = bare  # as it was before somebody made the sliders
    slider_session.library.rename_level(0, "Body")
    kept = SdaModel.load(slider_session.model_path)
    assert kept.level_names[0] == "Body"
    assert kept.sliders is not None


def test_muted_levels_are_not_heard_and_undo_brings_them_back(session):
    sound, codes = session.sound.clip.samples.tobytes(), session.sound.codes.indices
    session.sound.edits.apply("mute", levels=(1, 12))
    assert session.sound.codes.muted == tuple(range(1, 12))
    assert np.array_equal(session.sound.codes.indices, codes)
    assert session.sound.clip.samples.tobytes() != sound
    session.sound.steps.undo()
    assert session.sound.clip.samples.tobytes() == sound


def test_an_edit_that_changes_nothing_is_no_step_of_the_history(session):
    session.sound.edits.apply("set", code=int(session.sound.codes.indices[0, 5]), **CELL)
    assert not session.sound.history.can_undo


def test_what_the_user_can_mend_becomes_a_message_and_changes_nothing(session):
    before = session.sound.codes
    session.sound.edits.apply("set", code=session.sound.codes.codebook_size, **CELL)
    assert "Codes must lie in" in session.message
    assert session.sound.codes is before
    session.sound.steps.undo()
    assert session.message == ""


def test_verbs_without_model_or_sound_say_what_to_do(places):
    session = Session(places)
    session.sound.edits.apply("reverse")
    assert "generate one" in session.message
    session.sound.create.load_file(places.demo / "pluck.wav")
    assert "No model is open" in session.message
    session.open_model(places.models / "nowhere.sda")
    assert "nowhere.sda" in session.message
    assert session.model is None


def test_a_surprise_becomes_a_message_too(session, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("ten")

    monkeypatch.setattr(type(session.model), "play", broken)
    session.set_source(0.5)
    assert "ZeroDivisionError" in session.message
    assert not session.busy


def test_source_amount_is_heard_in_both_takes(session):
    original, clip = session.sound.original.samples, session.sound.clip.samples
    session.set_source(0.0)
    assert not np.array_equal(session.sound.original.samples, original)
    assert not np.array_equal(session.sound.clip.samples, clip)


def test_edits_of_the_grid_play_at_the_chosen_source_amount(session):
    session.set_source(0.25)
    session.sound.edits.apply("randomize", seed=1, levels=(0, 12), frames=(10, 14))
    wanted = session.model.decode(session.sound.codes, 0.25).samples[:, : session.sound.clip.length - 1000]
    assert np.array_equal(session.sound.clip.samples[:, :-1000], wanted)


def test_opening_a_model_that_writes_nothing_puts_the_old_sound_away(session, places):
    shared = session.model.without_memory().save(places.models / "shared.sda")
    session.open_model(shared)
    assert "without its recordings" in session.message
    assert session.model.memory is None
    assert session.sound.codes is session.sound.clip is session.sound.original is None
    session.sound.create.load_file(places.demo / "pluck.wav")
    assert session.message == ""
    assert session.sound.codes is not None


def test_a_continuous_model_plays_sounds_back_and_has_no_codes(session, continuous_path, places):
    session.open_model(continuous_path)
    session.sound.create.load_file(places.demo / "pluck.wav")
    assert (session.message, session.sound.codes, session.sound.title) == ("", None, "pluck")
    own = session.sound.clip
    assert own.seconds == pytest.approx(1.1, abs=0.001)
    session.set_source(0.0)
    assert session.sound.clip.length == own.length
    assert not np.array_equal(session.sound.clip.samples, own.samples)
    assert soundfile.info(session.exports.write(session.sound)).frames == own.length
    session.sound.edits.apply("reverse")
    assert "continuous bottleneck" in session.message


def test_a_continuous_model_writes_goes_on_and_plays_at_any_source(session, continuous_path):
    session.open_model(continuous_path)
    assert (session.message, session.sound.codes) == ("", None)
    first = session.sound.clip
    session.sound.create.generate(sda_lib.GenerateOptions(0.7, seed=2))
    assert session.message == ""
    assert session.sound.title.endswith("seed 2")
    assert session.sound.clip.length == round(0.7 * session.model.sample_rate) != first.length
    written, latent = session.sound.clip.samples, session.sound.settings.base.values
    session.set_source(0.25)
    wanted = session.model.play(session.sound.settings.base, 0.25)[0].samples
    assert np.array_equal(session.sound.clip.samples[:, :-1000], wanted[:, :-1000])
    assert not np.array_equal(session.sound.clip.samples, written)
    assert not session.sound.clip.samples[:, -1].any()
    assert soundfile.info(session.exports.write(session.sound)).frames == session.sound.clip.length
    session.sound.create.continue_sound(sda_lib.GenerateOptions(0.5, seed=3))
    assert session.message == ""
    whole = round(0.7 * session.model.sample_rate) // session.model.hop
    assert session.sound.settings.base.values[:whole].equal(latent[:whole])
    session.sound.edits.regenerate(sda_lib.GenerateOptions(0.5))
    assert "continuous bottleneck" in session.message


def test_opening_a_sound_encodes_it(session, places):
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    session.sound.create.load_file(places.demo / "pluck.wav")
    assert (session.sound.title, session.sound.history.can_undo) == ("pluck", False)
    assert session.sound.clip.seconds == pytest.approx(1.1, abs=0.001)
    assert isinstance(session.sound.codes, Codes)


def test_exports_are_decoded_with_more_care_than_what_plays(session):
    session.set_source(0.0)
    written = soundfile.read(session.exports.write(session.sound), dtype="float32", always_2d=True)[0].T
    best = cut_with_fade(session.model.decode(session.sound.codes, 0.0, "export"), session.sound.seconds)
    assert np.allclose(written, best.samples, atol=1e-4)
    assert not np.allclose(written, session.sound.clip.samples, atol=1e-4)


def test_exports_are_24_bit_and_never_overwrite(session):
    first, second = session.exports.write(session.sound), session.exports.write(session.sound)
    assert first != second
    facts = soundfile.info(first)
    assert (facts.samplerate, facts.subtype) == (session.model.sample_rate, "PCM_24")
    assert facts.frames == session.sound.clip.length
    assert session.exports.path == second


def test_edits_act_on_the_selection_or_else_on_the_cursor(session):
    session.sound.cursor = (3, 7)
    assert session.sound.target == {"levels": (3, 4), "frames": (7, 8)}
    session.sound.selection = ((1, 4), (2, 9))
    assert session.sound.target == {"levels": (1, 4), "frames": (2, 9)}


def test_a_model_needs_a_name_that_can_be_a_file(session):
    session.training.start(session.places.demo, 0, "///")
    assert "needs a name" in session.message
    assert session.library.new_path("../../my sounds").parent == session.places.models


def test_training_never_overwrites_a_model(session):
    before = session.model_path.read_bytes()
    session.training.start(session.places.demo, 0, session.model_path.stem)
    assert "already" in session.message
    assert session.training.run is None
    assert session.model_path.read_bytes() == before
