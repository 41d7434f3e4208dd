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
    return (int(session.codes.indices[level, frame]) + session.codes.codebook_size // 2) % session.codes.codebook_size


def test_opening_a_model_gives_a_sound_to_play(session):
    assert session.model.name == "tiny"
    assert session.clip is session.original
    assert session.codes is session.written
    session.open_model(session.model_path)
    assert round(session.clip.seconds, 3) in (0.9, 1.1, 1.4)  # as long as one of the recordings


def test_an_edit_changes_codes_and_sound_and_undo_brings_back_the_same_bytes(session):
    before, sound = session.codes, session.clip.samples.tobytes()
    session.edit("set", code=other_code(session), **CELL)
    assert (session.codes.indices != before.indices).sum() == 1
    edited = session.clip.samples.tobytes()
    assert edited != sound
    session.undo()
    assert session.codes is before
    assert session.clip.samples.tobytes() == sound
    session.redo()
    assert session.clip.samples.tobytes() == edited


def test_a_new_edit_keeps_what_was_undone_on_a_way_of_its_own(session):
    session.edit("set", code=other_code(session), **CELL)
    one = session.codes
    session.undo()
    session.edit("reverse", levels=(0, 12), frames=(0, 20))
    assert not session.history.can_redo
    assert session.history.branches == (0, 0, 1)
    session.go_to(1)
    assert session.codes is one
    session.undo()
    session.redo()
    assert session.codes is one


def test_selected_cells_are_edited_and_frozen_ones_are_not(session):
    session.set(selection=((0, 2), (3, 8)), more=(((4, 6), (0, 5)),), cursor=(0, 3))
    session.freeze()
    before = session.codes.indices
    session.set(selection=((0, 12), (0, 10)), more=())
    session.edit("randomize", seed=3)
    changed = session.codes.indices != before
    assert changed.any()
    assert not changed[0:2, 3:8].any()
    assert not changed[4:6, 0:5].any()
    assert not changed[:, 10:].any()
    session.thaw()
    assert session.frozen == ()
    session.edit("randomize", seed=3)
    assert (session.codes.indices[0:2, 3:8] != before[0:2, 3:8]).any()


def test_a_sound_that_grows_is_heard_whole_and_undo_shortens_it(session):
    sound, seconds = session.clip.samples.tobytes(), session.seconds
    frames = session.codes.frames
    session.set(selection=((0, 12), (frames - 4, frames)), cursor=(0, frames - 1))
    session.edit("duplicate")
    assert session.message == ""
    assert session.seconds == pytest.approx(seconds + 4 / session.codes.frame_rate)
    assert session.clip.seconds == pytest.approx(session.seconds)
    session.set(cursor=(3, frames + 3), selection=None)
    session.undo()
    assert session.cursor == (3, frames - 1)
    assert session.clip.samples.tobytes() == sound


def test_the_original_keeps_its_length_when_the_sound_was_cut(session):
    original = session.original.samples
    session.edit("delete", frames=(0, 10))
    session.set_source(0.5)
    session.set_source(1.0)
    assert np.array_equal(session.original.samples, original)
    assert session.clip.seconds == pytest.approx(session.codes.seconds)


def test_several_places_are_not_written_anew_as_one(session):
    before = session.codes
    session.set(selection=((0, 12), (2, 4)), more=(((0, 12), (9, 12)),))
    session.write_anew(GenerateOptions(2.0))
    assert session.codes is before
    assert "one stretch" in session.message


def test_a_level_s_name_leaves_what_was_made_in_the_file_meanwhile(slider_session):
    bare = dataclasses.replace(slider_session.model, sliders=None)
    slider_session.model = bare  # as it was before somebody made the sliders
    slider_session.rename_level(0, "Body")
    kept = SdaModel.load(slider_session.model_path)
    assert kept.level_names[0] == "Body"
    assert kept.sliders is not None


def test_muted_levels_are_not_heard_and_undo_brings_them_back(session):
    sound, codes = session.clip.samples.tobytes(), session.codes.indices
    session.edit("mute", levels=(1, 12))
    assert session.codes.muted == tuple(range(1, 12))
    assert np.array_equal(session.codes.indices, codes)
    assert session.clip.samples.tobytes() != sound
    session.undo()
    assert session.clip.samples.tobytes() == sound


def test_an_edit_that_changes_nothing_is_no_step_of_the_history(session):
    session.edit("set", code=int(session.codes.indices[0, 5]), **CELL)
    assert not session.history.can_undo


def test_what_the_user_can_mend_becomes_a_message_and_changes_nothing(session):
    before = session.codes
    session.edit("set", code=session.codes.codebook_size, **CELL)
    assert "Codes must lie in" in session.message
    assert session.codes is before
    session.undo()
    assert session.message == ""


def test_verbs_without_model_or_sound_say_what_to_do(places):
    session = Session(places)
    session.edit("reverse")
    assert "generate one" in session.message
    session.load_sound(places.demo / "pluck.wav")
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
    original, clip = session.original.samples, session.clip.samples
    session.set_source(0.0)
    assert not np.array_equal(session.original.samples, original)
    assert not np.array_equal(session.clip.samples, clip)


def test_edits_of_the_grid_play_at_the_chosen_source_amount(session):
    session.set_source(0.25)
    session.edit("randomize", seed=1, levels=(0, 12), frames=(10, 14))
    wanted = session.model.decode(session.codes, 0.25).samples[:, : session.clip.length - 1000]
    assert np.array_equal(session.clip.samples[:, :-1000], wanted)


def test_opening_a_model_that_writes_nothing_puts_the_old_sound_away(session, places):
    shared = session.model.without_memory().save(places.models / "shared.sda")
    session.open_model(shared)
    assert "without its recordings" in session.message
    assert session.model.memory is None
    assert session.codes is session.clip is session.original is None
    session.load_sound(places.demo / "pluck.wav")
    assert session.message == ""
    assert session.codes is not None


def test_a_continuous_model_plays_sounds_back_and_has_no_codes(session, continuous_path, places):
    session.open_model(continuous_path)
    session.load_sound(places.demo / "pluck.wav")
    assert (session.message, session.codes, session.title) == ("", None, "pluck")
    own = session.clip
    assert own.seconds == pytest.approx(1.1, abs=0.001)
    session.set_source(0.0)
    assert session.clip.length == own.length
    assert not np.array_equal(session.clip.samples, own.samples)
    assert soundfile.info(session.export()).frames == own.length
    session.edit("reverse")
    assert "continuous bottleneck" in session.message


def test_a_continuous_model_writes_goes_on_and_plays_at_any_source(session, continuous_path):
    session.open_model(continuous_path)
    assert (session.message, session.codes) == ("", None)
    first = session.clip
    session.generate(sda_lib.GenerateOptions(0.7, seed=2))
    assert session.message == ""
    assert session.title.endswith("seed 2")
    assert session.clip.length == round(0.7 * session.model.sample_rate) != first.length
    written, latent = session.clip.samples, session.shape.base.values
    session.set_source(0.25)
    wanted = session.model.decode(session.shape.base, 0.25).samples
    assert np.array_equal(session.clip.samples[:, :-1000], wanted[:, :-1000])
    assert not np.array_equal(session.clip.samples, written)
    assert not session.clip.samples[:, -1].any()
    assert soundfile.info(session.export()).frames == session.clip.length
    session.go_on(sda_lib.GenerateOptions(0.5, seed=3))
    assert session.message == ""
    whole = round(0.7 * session.model.sample_rate) // session.model.hop
    assert session.shape.base.values[:whole].equal(latent[:whole])
    session.write_anew(sda_lib.GenerateOptions(0.5))
    assert "continuous bottleneck" in session.message


def test_opening_a_sound_encodes_it(session, places):
    session.edit("reverse", levels=(0, 12), frames=(0, 20))
    session.load_sound(places.demo / "pluck.wav")
    assert (session.title, session.history.can_undo) == ("pluck", False)
    assert session.clip.seconds == pytest.approx(1.1, abs=0.001)
    assert isinstance(session.codes, Codes)


def test_exports_are_decoded_with_more_care_than_what_plays(session):
    session.set_source(0.0)
    written = soundfile.read(session.export(), dtype="float32", always_2d=True)[0].T
    best = cut_with_fade(session.model.decode(session.codes, 0.0, "export"), session.seconds)
    assert np.allclose(written, best.samples, atol=1e-4)
    assert not np.allclose(written, session.clip.samples, atol=1e-4)


def test_exports_are_24_bit_and_never_overwrite(session):
    first, second = session.export(), session.export()
    assert first != second
    facts = soundfile.info(first)
    assert (facts.samplerate, facts.subtype) == (session.model.sample_rate, "PCM_24")
    assert facts.frames == session.clip.length
    assert session.exported == second


def test_edits_act_on_the_selection_or_else_on_the_cursor(session):
    session.cursor = (3, 7)
    assert session.target == {"levels": (3, 4), "frames": (7, 8)}
    session.selection = ((1, 4), (2, 9))
    assert session.target == {"levels": (1, 4), "frames": (2, 9)}


def test_a_model_needs_a_name_that_can_be_a_file(session):
    session.train(session.places.demo, 0, "///")
    assert "needs a name" in session.message
    assert session._model_path("../../my sounds").parent == session.places.models


def test_training_never_overwrites_a_model(session):
    before = session.model_path.read_bytes()
    session.train(session.places.demo, 0, session.model_path.stem)
    assert "already" in session.message
    assert session.run is None
    assert session.model_path.read_bytes() == before
