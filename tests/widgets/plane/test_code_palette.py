"""The palette without a browser: messages in, previews and edits out."""

import dataclasses
import re

import bqplot as bq
import numpy as np
import pytest

from sda_lib import SdaModel
from sda_lib.maps.palette import code_alone, code_excerpt, code_in_context, level_palette, occurrences
from sda_lib.memory.grains import Memory
from sda_widgets.plane.code_palette import ALONE, IN_CONTEXT, CodePalette
from sda_widgets.plane.scatter import EDGE
from sda_widgets.plane.scatter_input import ScatterInput

HOSTILE = "<img src=x onerror=alert(1)>"
BOX = {"width": 800.0, "height": 400.0}


@pytest.fixture
def answers(monkeypatch):
    answers = []
    monkeypatch.setattr(ScatterInput, "send", lambda _self, message, buffers=None: answers.append(message))
    return answers


@pytest.fixture
def played(session):
    """Clips that were previewed."""
    played = []
    session.observe(lambda change: played.append(change.new), "preview")
    return played


@pytest.fixture
def window(session, answers):
    session.sound.palette_open = True
    return CodePalette(session, bq.LinearScale(min=4.0, max=14.0))


def send(window, kind, code=None, **more):
    """A message about a code's dot, or about the place given."""
    place = {}
    if code is not None:
        at = window.shown.places[code]
        place = {"x": float(at[0] / EDGE + 1) / 2, "y": float(1 - at[1] / EDGE) / 2, **BOX}
    window.input._handle_custom_msg({"kind": kind, **place, **more}, [])


def click(window, code):
    send(window, "down", code)
    send(window, "up", code)


def press(window, *keys):
    for key in keys:
        send(window, "key", key=key, shift=False, **BOX)


def said(widget):
    return re.sub("<[^>]*>", "", widget.value)


def other_than(window, *codes):
    return next(code for code in range(len(window.shown)) if code not in codes)


def same(one, other):
    return np.array_equal(one.samples, other.samples)


def test_it_is_closed_at_first(session, answers):
    window = CodePalette(session)
    assert (window.shown, len(window.children)) == (None, 1)
    assert window.fold.description == "Show"
    session.sound.palette_open = True
    assert window.shown.level == 0
    assert window.figure in window.children
    window.fold.click()
    assert not session.sound.palette_open
    assert len(window.children) == 1
    window.fold.click()
    assert window.figure in window.children


def test_every_code_is_a_dot_and_unused_ones_are_hollow(window, session):
    level = next(
        (level for level in range(session.model.levels) if (session.model.usage[level] == 0).any()),
        session.model.levels - 1,
    )
    session.sound.cursor = (level, 3)
    wanted = level_palette(session.model, level)
    drawn = np.concatenate([np.stack([mark.x, mark.y], 1) for mark in (window.dots, window.unused)])
    assert np.array_equal(np.sort(drawn, 0), np.sort(wanted.places, 0))
    assert len(window.unused.x) == (wanted.uses == 0).sum()
    assert window.dots.size.max() == pytest.approx(1)
    assert (np.diff(window.dots.size) <= 0).all()
    assert f"{len(wanted)} codes" in window.input.label


def test_it_follows_the_cursor_and_its_chooser_moves_it(window, session):
    session.sound.cursor = (3, 5)
    assert (window.shown.level, window.levels.value, window.levels.label) == (3, 3, window.shown.name)
    here = int(session.sound.codes.indices[3, 5])
    assert np.allclose([window.halo.x[0], window.halo.y[0]], window.shown.places[here])
    assert f"code {here} of" in said(window.status)
    assert "at the cursor" in said(window.status)
    window.levels.value = 6
    assert session.sound.cursor == (6, 5)
    assert window.shown.level == 6
    session.open_model(session.model_path)
    assert (window.shown.level, window.levels.value) == (0, 0)


def test_hovering_describes_a_code_and_plays_nothing(window, session, played):
    send(window, "move", 5)
    for words in ("code 5 of", "Hz", "dB", "used"):
        assert words in said(window.status)
    assert list(window.label.text) == ["5"]
    send(window, "leave")
    assert "at the cursor" in said(window.status)
    assert played == []


def test_a_click_previews_a_code_alone_or_in_the_sound(window, session, played):
    click(window, 5)
    assert same(played[-1], code_alone(session.model, 0, 5))
    before = session.sound.codes
    window.context.value = IN_CONTEXT
    session.sound.set(cursor=(0, 8), selection=None)
    click(window, 5)
    assert same(played[-1], code_in_context(session.model, session.sound.codes, 0, (8, 9), 5))
    assert window.chosen == 5
    assert np.allclose([window.ring.x[0], window.ring.y[0]], window.shown.places[5])
    assert session.sound.codes is before


@pytest.mark.parametrize("way", ["button", "double", "key"])
def test_insert_at_the_cursor(window, session, way):
    session.sound.set(cursor=(2, 8), selection=None)
    before = session.sound.codes.indices
    code = other_than(window, before[2, 8])
    if way == "double":
        send(window, "double", code)
    else:
        click(window, code)
        window.buttons["Insert"].click() if way == "button" else press(window, "Enter")
    changed = before.copy()
    changed[2, 8] = code
    assert np.array_equal(session.sound.codes.indices, changed)
    assert "at the cursor" in said(window.status)
    session.sound.steps.undo()
    assert np.array_equal(session.sound.codes.indices, before)


def test_insert_into_the_selected_frames_of_its_level(window, session):
    session.sound.set(cursor=(1, 5), selection=((0, 4), (5, 9)))
    before = session.sound.codes.indices
    click(window, 7)
    window.buttons["Insert"].click()
    assert (session.sound.codes.indices[1, 5:9] == 7).all()
    rest = np.delete(session.sound.codes.indices, 1, axis=0)
    assert np.array_equal(rest, np.delete(before, 1, axis=0))


def test_a_dot_dropped_on_the_grid_is_inserted_there(window, session):
    code = other_than(window, *session.sound.codes.indices[0, 4:14])
    send(window, "down", code)
    send(window, "move", other_than(window, code))
    assert window.pointed == code  # what lies on the way is not meant
    send(window, "drop", x=0.35, y=0.9, **BOX)
    assert session.sound.cursor == (0, 7)  # the scale shows the frames from 4 to 14
    assert np.flatnonzero(session.sound.codes.indices[0] == code).tolist() == [7]
    session.sound.set(cursor=(0, 5), selection=((0, 1), (5, 8)))
    send(window, "down", code)
    send(window, "drop", x=0.2, y=0.0, **BOX)
    assert np.flatnonzero(session.sound.codes.indices[0] == code).tolist() == [5, 6, 7]
    assert session.sound.selection == ((0, 1), (5, 8))


def test_a_drop_into_one_selected_area_fills_all(window, session):
    code = other_than(window, *session.sound.codes.indices[0, :14])
    session.sound.set(cursor=(0, 5), selection=((0, 1), (5, 7)), more=(((0, 2), (9, 11)),))
    send(window, "down", code)
    send(window, "drop", x=0.55, y=0.0, **BOX)  # the scale shows the frames from 4 to 14
    assert np.flatnonzero(session.sound.codes.indices[0] == code).tolist() == [5, 6, 9, 10]
    send(window, "down", code)
    send(window, "drop", x=0.95, y=0.0, **BOX)
    assert (session.sound.selection, session.sound.more) == (None, ())
    assert np.flatnonzero(session.sound.codes.indices[0] == code).tolist() == [5, 6, 9, 10, 13]


def test_levels_have_the_names_of_the_model(window, session):
    session.library.rename_level(0, "Breath")
    assert window.shown.name == window.levels.label == "Breath"
    assert "Breath" in said(window.status)


def test_a_drag_that_ends_elsewhere_inserts_nothing(window, session):
    before = session.sound.codes
    send(window, "down", 3)
    send(window, "up", x=0.0, y=0.0, **BOX)
    send(window, "drop", x=0.5, y=0.5, **BOX)
    assert session.sound.codes is before


def test_arrows_select_the_next_dot_and_space_plays_it(window, session, played):
    places = window.shown.places
    press(window, *len(places) * ["ArrowRight"])
    assert places[window.chosen, 0] > np.median(places[:, 0])
    assert played == []
    right = window.chosen
    press(window, " ")
    assert same(played[-1], code_alone(session.model, 0, right))
    press(window, "ArrowLeft")
    assert places[window.chosen, 0] < places[right, 0]


def test_escape_closes_the_palette(window, session):
    press(window, "Escape")
    assert not session.sound.palette_open
    assert len(window.children) == 1


def test_similar_steps_through_codes_by_likeness(window, session, played):
    click(window, 5)
    alike = session.model.codebooks.alike(0, 5)
    for code in alike[:3]:
        window.buttons["Similar"].click()
        assert window.chosen == code
        assert same(played[-1], code_alone(session.model, 0, int(code)))
    assert "no. 3 most similar to 5" in said(window.status)
    send(window, "move", 9)
    assert "most similar to" not in said(window.status)  # that was the chosen one
    click(window, 9)
    window.buttons["Similar"].click()
    assert window.chosen == session.model.codebooks.alike(0, 9)[0]


@pytest.mark.parametrize(("act", "sign"), [("Brighter", 1), ("Darker", -1)])
def test_brighter_and_darker_end_at_the_last_code(window, session, played, act, sign):
    bright = sign * window.shown.brightness
    click(window, int(bright.argmin()))
    way = [bright[window.chosen]]
    while len(way) < 2 * len(bright):
        window.buttons[act].click()
        if bright[window.chosen] == way[-1]:
            break
        way.append(bright[window.chosen])
    assert len(way) > 1
    assert (np.diff(way) > 0).all()
    assert len(played) == len(way) + 1
    assert f"no code is {act.lower()}" in said(window.status)


def test_corpus_plays_one_occurrence_after_the_other(window, session, played):
    code = int(session.model.memory.codes[0, 5])
    uses = occurrences(session.model, 0, code)
    click(window, code)
    for number, use in enumerate([*uses, uses[0]]):
        window.buttons["Corpus"].click()
        assert same(played[-1], code_excerpt(session.model, 0, code, number)[0])
        assert f"in {use.file} at {use.second:.2f} s" in said(window.status)


def test_names_from_files_are_shown_as_text(window, session):
    model = session.model
    hostile = [dataclasses.replace(piece, name=HOSTILE) for piece in model.memory.pieces]
    session.model = dataclasses.replace(model, memory=Memory(model.codec, hostile))
    click(window, int(model.memory.codes[0, 5]))
    window.buttons["Corpus"].click()
    assert "&lt;img" in window.status.value
    assert "<img" not in window.status.value


def test_without_recordings_there_are_previews_of_codes_only(window, session, played):
    session.model = session.model.without_memory()
    click(window, 5)
    assert len(played) == 1
    window.buttons["Corpus"].click()
    assert len(played) == 1
    assert "without its recordings" in session.message
    assert "none of the recordings" in said(window.status)


def test_without_a_sound_codes_are_previewed_but_not_inserted(window, session, played):
    session.sound.steps.clear()
    click(window, 5)
    assert len(played) == 1
    assert window.buttons["Insert"].disabled
    press(window, "Enter")
    assert "no sound" in session.message
    window.context.value = IN_CONTEXT
    click(window, 5)
    assert len(played) == 1
    window.context.value = ALONE


def test_a_model_without_codes_has_a_hint(window, session, continuous_path):
    session.sound.steps.clear()
    session.model = SdaModel.load(continuous_path)
    assert window.shown is None
    assert "continuous bottleneck" in said(window.hint)
    assert "<b>" not in window.hint.value
    assert said(window.status) == ""
    for kind in ("down", "up", "move", "double", "drop"):
        window.input._handle_custom_msg({"kind": kind, "x": 0.5, "y": 0.5, **BOX}, [])
    session.model = None
    assert "Open a model" in said(window.hint)


def test_every_message_is_answered(window, answers):
    send(window, "move", 2)
    click(window, 2)
    assert answers == 3 * [{"kind": "answered"}]
