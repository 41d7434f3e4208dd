"""Several sounds side by side: swapped, copied and blended."""

import numpy as np
import pytest

import sda_lib
from sda_lib.editing.registry import edit
from sda_widgets.generate import GenerateForm
from sda_widgets.grid.code_grid import CodeGrid


@pytest.fixture
def pair(session):
    """A session with another sound beside its own."""
    session.add_sound()
    session.sounds[1].create.generate(sda_lib.GenerateOptions(2.0, seed=5))
    assert session.message == ""
    return session


def test_added_sound_is_a_copy_edited_independently(session):
    session.add_sound()
    assert session.sounds[1].codes is session.sound.codes
    session.sounds[1].edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert not session.sounds[1].codes.is_same(session.sound.codes)
    assert not session.sound.history.can_undo
    session.sounds[1].steps.undo()
    assert session.sounds[1].codes is session.sound.codes


def test_swap_exchanges_all_state(pair):
    pair.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    mine, theirs = (
        (pair.sound.codes, pair.sound.clip, pair.sound.title),
        (pair.sounds[1].codes, pair.sounds[1].clip, pair.sounds[1].title),
    )
    before = pair.sound.history.steps[0].state.codes
    pair.compare.swap(*pair.sounds)
    assert (pair.sound.codes, pair.sound.clip, pair.sound.title) == theirs
    assert (pair.sounds[1].codes, pair.sounds[1].clip, pair.sounds[1].title) == mine
    pair.sounds[1].steps.undo()
    assert pair.sounds[1].codes is before
    pair.sound.edits.apply("set", code=3, levels=(0, 1), frames=(5, 6))
    assert pair.message == ""
    whole = pair.sound.clip.length - 480  # behind that it fades
    assert np.array_equal(pair.sound.clip.samples[:, :whole], pair.model.decode(pair.sound.codes).samples[:, :whole])


def test_copy_selected_cells_to_the_other_sound(pair):
    pair.sound.set(selection=((0, 3), (4, 9)), more=(((6, 8), (1, 3)),))
    wanted = pair.sound.codes.indices
    pair.compare.copy_cells(*pair.sounds)
    cells = pair.sounds[1].codes.indices
    assert np.array_equal(cells[0:3, 4:9], wanted[0:3, 4:9])
    assert np.array_equal(cells[6:8, 1:3], wanted[6:8, 1:3])
    pair.sounds[1].steps.undo()
    pair.sounds[1].set(selection=((0, 12), (0, 2)), cursor=(0, 0))
    pair.compare.copy_cells(*reversed(pair.sounds))
    assert np.array_equal(pair.sound.codes.indices[:, :2], pair.sounds[1].codes.indices[:, :2])


def test_blend_is_previewed_and_kept(pair):
    sound, codes = pair.sound.clip, pair.sound.codes
    pair.compare.blend(pair.sound, {pair.sounds[1]: 0.0})
    assert np.array_equal(pair.compare.blended.samples, sound.samples)
    pair.compare.blend(pair.sound, {pair.sounds[1]: 0.5})
    assert not np.array_equal(pair.compare.blended.samples, sound.samples)
    assert pair.compare.distance > 0
    assert pair.sound.clip is sound
    played = pair.compare.blended.samples
    pair.compare.keep_blend()
    assert pair.compare.blended is None
    assert np.array_equal(pair.sound.clip.samples, played)
    assert pair.sound.codes.is_same(edit(codes, "blend", pair.model, other=pair.sounds[1].codes, amount=0.5))
    pair.sound.steps.undo()
    assert pair.sound.codes is codes


def test_blend_without_quantizing(pair):
    pair.set_quantized(False)
    pair.compare.blend(pair.sound, {pair.sounds[1]: 0.5})
    smooth = pair.compare.blended.samples
    pair.set_quantized(True)
    pair.compare.blend(pair.sound, {pair.sounds[1]: 0.5})
    assert smooth.shape == pair.compare.blended.samples.shape
    assert not np.array_equal(smooth, pair.compare.blended.samples)


def test_blend_changes_only_selected_unfrozen_cells(pair):
    pair.sound.set(selection=((0, 12), (5, 10)), more=(((0, 12), (30, 35)),), frozen=(((0, 12), (7, 8)),))
    before = pair.sound.codes
    pair.compare.blend(pair.sound, {pair.sounds[1]: 1.0})
    played = pair.compare.blended.samples
    pair.compare.keep_blend()
    moved = np.flatnonzero((pair.sound.codes.indices != before.indices).any(0))
    assert set(moved) == {5, 6, 8, 9, *range(30, 35)}
    assert np.array_equal(pair.sound.clip.samples, played)


@pytest.mark.parametrize("changed", ["edit", "other", "selection"])
def test_blend_is_dropped_when_an_ingredient_changes(pair, changed):
    pair.compare.blend(pair.sound, {pair.sounds[1]: 0.5})
    if changed == "selection":
        pair.sound.selection = ((0, 1), (0, 9))
    else:
        pair.sounds[changed == "other"].edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert (pair.compare.blended, pair.compare.shares) == (None, {})
    pair.compare.keep_blend()
    assert "no blend yet" in pair.message


def test_distance_is_measured_over_blended_frames(pair):
    pair.compare.blend(pair.sound, {pair.sounds[1]: 0.5})
    everywhere = pair.compare.distance
    pair.sound.selection = ((0, 12), (0, 2))
    pair.compare.blend(pair.sound, {pair.sounds[1]: 0.5})
    assert pair.compare.distance > everywhere / 10


def test_quantizing_applies_to_all_sounds(pair):
    pair.set_quantized(False)
    assert not pair.quantized


def test_copy_a_step_to_the_other_sound(pair):
    first = pair.sound.codes
    pair.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    pair.sound.steps.undo()
    pair.compare.copy_sound(*pair.sounds)
    assert pair.sounds[1].codes is first
    assert "step 0" in pair.sounds[1].title


def test_edits_with_the_other_sound(pair):
    for sound, other in (pair.sounds, pair.sounds[::-1]):
        form = CodeGrid(pair, sound).toolbar.form
        form.chooser.value = "swap"
        sound.set(selection=((0, 12), (2, 6)), more=())
        form.button.click()
        assert pair.message == ""
        assert np.array_equal(sound.codes.indices[:, 2:6], other.codes.indices[:, 2:6])


def test_new_sounds_replace_the_receiver(pair, places):
    window, mine = GenerateForm(pair), pair.sound.codes
    pair.receiver = "B"
    theirs = pair.sounds[1].codes
    window.seed.value = 11
    window.generate_button.click()
    assert pair.sound.codes is mine
    assert not pair.sounds[1].codes.is_same(theirs)
    pair.message = "of old"
    pair.receiving.create.load_file(places.demo / "pluck.wav")
    assert pair.message == ""
    assert (pair.sounds[1].title, pair.sound.title) == ("pluck", pair.sound.title)
    pair.remove_sound(pair.sounds[1])
    assert pair.receiving is pair.sound


def test_error_of_the_second_sound_is_shown(pair):
    pair.sounds[1].edits.apply("set", code=10**6)
    assert "Codes must lie in" in pair.message


def test_opening_another_model_removes_the_second_sound_and_renaming_does_not(pair, slider_model_path):
    pair.library.rename_level(0, "Body")
    assert len(pair.sounds) == 2
    pair.library.rename_level(1, "Skin")
    assert len(pair.sounds) == 2
    assert pair.model.level_names[:2] == ("Body", "Skin")
    pair.open_model(slider_model_path)
    assert len(pair.sounds) == 1


def test_source_applies_to_all_sounds(pair):
    before = pair.sounds[1].clip.samples
    pair.set_source(0.0)
    assert pair.sounds[1].source_amount == 0.0
    assert not np.array_equal(pair.sounds[1].clip.samples, before)
