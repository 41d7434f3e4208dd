"""Two sounds side by side, without a browser."""

import numpy as np
import pytest

import sda_lib
from sda_lib.editing.registry import edit
from sda_widgets.generate import GenerateForm
from sda_widgets.grid.ab_panel import ABPanel, nearness
from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.listen.player import BLEND, EDITED, OTHER, Player
from sda_widgets.session.pairing import A, B


@pytest.fixture
def pair(session):
    """A session with another sound beside its own."""
    session.open_pair()
    session.other.generate(sda_lib.GenerateOptions(2.0, seed=5))
    assert session.message == ""
    return session


def test_the_second_sound_begins_as_the_first_and_goes_its_own_way(session):
    session.open_pair()
    assert session.other.codes is session.codes
    session.other.edit("reverse", levels=(0, 12), frames=(0, 20))
    assert not session.other.codes.is_same(session.codes)
    assert not session.history.can_undo
    session.other.undo()
    assert session.other.codes is session.codes


def test_swapping_takes_everything_of_the_sound_along(pair):
    pair.edit("reverse", levels=(0, 12), frames=(0, 20))
    mine, theirs = (pair.codes, pair.clip, pair.title), (pair.other.codes, pair.other.clip, pair.other.title)
    before = pair.history.steps[0].state.codes
    pair.swap_sounds()
    assert (pair.codes, pair.clip, pair.title) == theirs
    assert (pair.other.codes, pair.other.clip, pair.other.title) == mine
    pair.other.undo()
    assert pair.other.codes is before
    pair.edit("set", code=3, levels=(0, 1), frames=(5, 6))
    assert pair.message == ""
    whole = pair.clip.length - 480  # behind that it fades
    assert np.array_equal(pair.clip.samples[:, :whole], pair.model.decode(pair.codes).samples[:, :whole])


def test_what_is_selected_goes_across_to_the_same_place(pair):
    pair.set(selection=((0, 3), (4, 9)), more=(((6, 8), (1, 3)),))
    wanted = pair.codes.indices
    pair.copy_across(B)
    cells = pair.other.codes.indices
    assert np.array_equal(cells[0:3, 4:9], wanted[0:3, 4:9])
    assert np.array_equal(cells[6:8, 1:3], wanted[6:8, 1:3])
    pair.other.undo()
    pair.other.set(selection=((0, 12), (0, 2)), cursor=(0, 0))
    pair.copy_across(A)
    assert np.array_equal(pair.codes.indices[:, :2], pair.other.codes.indices[:, :2])


def test_a_blend_is_heard_and_kept(pair):
    sound, codes = pair.clip, pair.codes
    pair.blend_sounds(0.0)
    assert np.array_equal(pair.blended.samples, sound.samples)
    pair.blend_sounds(0.5)
    assert not np.array_equal(pair.blended.samples, sound.samples)
    assert pair.apart > 0
    assert pair.clip is sound
    heard = pair.blended.samples
    pair.keep_blend()
    assert pair.blended is None
    assert np.array_equal(pair.clip.samples, heard)
    assert pair.codes.is_same(edit(codes, "blend", pair.model, other=pair.other.codes, amount=0.5))
    pair.undo()
    assert pair.codes is codes


def test_a_smooth_blend_is_decoded_as_it_is(pair):
    pair.set_quantized(False)
    pair.blend_sounds(0.5)
    smooth = pair.blended.samples
    pair.set_quantized(True)
    pair.blend_sounds(0.5)
    assert smooth.shape == pair.blended.samples.shape
    assert not np.array_equal(smooth, pair.blended.samples)


def test_a_blend_in_several_places_leaves_what_lies_between_them_and_frozen_cells(pair):
    pair.set(selection=((0, 12), (5, 10)), more=(((0, 12), (30, 35)),), frozen=(((0, 12), (7, 8)),))
    before = pair.codes
    pair.blend_sounds(1.0)
    heard = pair.blended.samples
    pair.keep_blend()
    moved = np.flatnonzero((pair.codes.indices != before.indices).any(0))
    assert set(moved) == {5, 6, 8, 9, *range(30, 35)}
    assert np.array_equal(pair.clip.samples, heard)


@pytest.mark.parametrize("changed", ["edit", "other", "selection"])
def test_a_blend_of_what_is_no_longer_so_is_let_go(pair, changed):
    pair.blend_sounds(0.5)
    if changed == "selection":
        pair.selection = ((0, 1), (0, 9))
    else:
        (pair if changed == "edit" else pair.other).edit("reverse", levels=(0, 12), frames=(0, 20))
    assert (pair.blended, pair.share) == (None, 0.0)
    pair.keep_blend()
    assert "no blend yet" in pair.message


def test_how_far_codes_are_is_asked_of_the_frames_that_are_blended(pair):
    pair.blend_sounds(0.5)
    everywhere = pair.apart
    pair.selection = ((0, 12), (0, 2))
    pair.blend_sounds(0.5)
    assert pair.apart > everywhere / 10


def test_whether_sounds_are_made_of_codes_goes_for_both(pair):
    pair.set_quantized(False)
    assert not pair.other.quantized


def test_a_step_of_the_one_becomes_the_other(pair):
    first = pair.codes
    pair.edit("reverse", levels=(0, 12), frames=(0, 20))
    pair.undo()
    pair.put_across()
    assert pair.other.codes is first
    assert "step 0" in pair.other.title


def test_edits_take_the_other_sound_from_either_side(pair):
    for session, other in ((pair, pair.other), (pair.other, pair)):
        form = CodeGrid(session).form
        form.chooser.value = "swap"
        session.set(selection=((0, 12), (2, 6)), more=())
        form.button.click()
        assert pair.message == ""
        assert np.array_equal(session.codes.indices[:, 2:6], other.codes.indices[:, 2:6])


def test_new_sounds_come_to_the_receiver(pair, places):
    window, mine = GenerateForm(pair), pair.codes
    pair.receiver = B
    theirs = pair.other.codes
    window.seed.value = 11
    window.again.click()
    assert pair.codes is mine
    assert not pair.other.codes.is_same(theirs)
    pair.message = "of old"
    pair.take_file(places.demo / "pluck.wav")
    assert pair.message == ""
    assert (pair.other.title, pair.title) == ("pluck", pair.title)
    pair.close_pair()
    assert pair.receiving is pair


def test_what_goes_wrong_with_the_second_sound_is_said_on_the_page(pair):
    pair.other.edit("set", code=10**6)
    assert "Codes must lie in" in pair.message


def test_another_model_puts_the_second_sound_away_and_a_new_name_does_not(pair, slider_model_path):
    pair.rename_level(0, "Body")
    assert pair.other.model is pair.model
    pair.other.rename_level(1, "Skin")
    assert pair.other.model is pair.model
    assert pair.model.level_names[:2] == ("Body", "Skin")
    pair.open_model(slider_model_path)
    assert pair.other is None


def test_the_source_is_that_of_both(pair):
    before = pair.other.clip.samples
    pair.set_source(0.0)
    assert pair.other.source_amount == 0.0
    assert not np.array_equal(pair.other.clip.samples, before)


def test_the_player_has_the_second_sound_and_the_blend_as_takes(session, monkeypatch):
    sent = []
    monkeypatch.setattr(Player, "send", lambda _self, message, buffers=(): sent.append(message))
    player = Player(session, ())
    session.open_pair()
    assert (sent[-1]["name"], sent[-1]["select"]) == (OTHER, False)
    session.other.edit("reverse", levels=(0, 12), frames=(0, 20))
    assert (sent[-1]["name"], sent[-1]["select"]) == (OTHER, True)
    session.blend_sounds(0.4)
    assert (sent[-1]["name"], sent[-1]["select"]) == (BLEND, True)
    session.keep_blend()
    assert {"kind": "drop", "name": BLEND} in sent
    assert sent[-1]["name"] == EDITED
    session.close_pair()
    assert sent[-1] == {"kind": "drop", "name": OTHER}
    grid = CodeGrid(session)
    player.follow(*grid.playheads)
    assert len(player.playheads) == 2


def test_the_bar_shows_what_is_there(session):
    window = ABPanel(session, CodeGrid)
    assert window._tools.layout.display == "none"
    window.toggle.value = True
    assert isinstance(window.children[1], CodeGrid)
    assert window.keep.disabled
    window.blend.value = 30
    assert session.share == 0.3
    assert not window.keep.disabled
    assert nearness(session.apart) in window.distance.value
    window.keep.click()
    assert window.blend.value == 0
    window.receiver.value = B
    assert session.receiving is session.other
    window.toggle.value = False
    assert session.other is None
    assert len(window.children) == 1
