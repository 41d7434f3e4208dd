"""The map without a browser: messages in, actions of the session out."""

import dataclasses
import re
import threading

import numpy as np
import pytest
from traitlets import Any, Bool, HasTraits, Unicode

from sda_lib import SdaModel
from sda_lib.maps.corpus_map import corpus_map
from sda_lib.memory.grains import Memory
from sda_widgets.plane.recording_map import PALE, RecordingMap
from sda_widgets.plane.scatter import EDGE
from sda_widgets.plane.scatter_input import ScatterInput
from sda_widgets.session import map_work
from sda_widgets.session.map_work import MapWork
from sda_widgets.session.recording_choice import RecordingChoice

HOSTILE = "<img src=x onerror=alert(1)>"
BOX = {"width": 800.0, "height": 400.0}


class FakeSession(HasTraits):
    """The parts of a session that the map uses; records its calls and does nothing."""

    model = Any(None, allow_none=True)
    preview = Any(None, allow_none=True)
    written = Any(None, allow_none=True)
    busy = Bool(False)
    message = Unicode("")

    def __init__(self, model=None):
        super().__init__(model=model)
        self.calls, self.fails = [], ""
        self.lock, self.report = threading.RLock(), self.fail
        self.map_work = MapWork(self)
        self.map_work.finish()
        self.recordings = RecordingChoice(self)
        self.observe(lambda _change: self.map_work.finish(), "model")

    def on_other_model(self, call):
        self.observe(lambda _change: call(), "model")

    def fail(self, sentence):
        raise AssertionError(sentence)

    def _note(self, *call):
        self.calls.append(call)
        self.message = self.fails

    def recording(self, number):
        self._note("preview", number)

    @property
    def receiving(self):
        return self

    sound = create = previews = receiving

    def take_recording(self, number):
        self._note("take", number)
        self.written = object()

    def interpolate(self, one, other, share):
        self._note("between", one, other, share)
        self.written = object()

    def called(self, verb):
        return [call[1:] for call in self.calls if call[0] == verb]


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture
def session(model):
    return FakeSession(model)


@pytest.fixture
def window(session, monkeypatch):
    answers = []
    monkeypatch.setattr(ScatterInput, "send", lambda _self, message, buffers=None: answers.append(message))
    window = RecordingMap(session)
    window.answers = answers
    return window


def spot(place):
    """Return a place of the map as the page sends it."""
    return {"x": float(place[0] / EDGE + 1) / 2, "y": float(1 - place[1] / EDGE) / 2, **BOX}


def send(window, kind, at=None, **more):
    """A message about a recording's number, or about any place."""
    place = {} if at is None else spot(window.shown.places[at] if isinstance(at, int) else at)
    window.input._handle_custom_msg({"kind": kind, **place, **more}, [])


def press(window, *keys, shift=False):
    for key in keys:
        send(window, "key", key=key, shift=shift, **BOX)


def click(window, at):
    send(window, "down", at)
    send(window, "up", at)


def drag(window, one, other):
    send(window, "down", one)
    send(window, "move", other)
    send(window, "up", other)


def empty_place(window):
    """A place that is near no dot."""
    grid = np.stack(np.meshgrid(*2 * [np.linspace(-1, 1, 21)]), -1).reshape(-1, 2)
    distance = np.linalg.norm(grid[:, None] - window.shown.places[None], axis=-1).min(1)
    return grid[distance.argmax()]


def said(widget):
    return re.sub("<[^>]*>", "", widget.value)


def shown(widget):
    return widget.layout.visibility == "visible"


def test_every_recording_is_a_dot_at_its_place(window, model):
    found = corpus_map(model)
    assert np.array_equal(np.stack([window.dots.x, window.dots.y], 1), found.places)
    assert np.array_equal(window.dots.color, found.colors)
    assert "3 recordings" in said(window.status)
    assert "Map of 3 recordings" in window.input.label
    assert not shown(window.interpolation)


def test_hovering_previews_a_sound_once_and_names_it(window, session):
    send(window, "move", 1)
    near = window.shown.places[1] + (5 / BOX["width"], -5 / BOX["height"])
    send(window, "move", near)
    assert session.calls == [("preview", 1)]
    assert window.shown.names[1] in said(window.status)
    assert list(window.label.text) == [window.shown.names[1]]
    assert np.allclose([window.ring.x[0], window.ring.y[0]], window.shown.places[1])
    send(window, "move", empty_place(window))
    assert len(window.label.text) == len(window.ring.x) == 0
    send(window, "move", 1)
    send(window, "leave")
    assert session.calls == [("preview", 1), ("preview", 1)]
    assert "3 recordings" in said(window.status)


def test_the_name_stays_inside_the_figure(window):
    for number, (x, _) in enumerate(window.shown.places):
        send(window, "move", number)
        assert (window.label.align, window.label.x_offset) == (("end", -8) if x > 0 else ("start", 8))


def test_every_message_is_answered(window, session):
    send(window, "move", 0)
    session.previews.recording = None
    with pytest.raises(TypeError):
        window._receive({"kind": "move", **spot(window.shown.places[1])})
    assert window.answers == [{"kind": "answered"}] * 2


def test_a_click_loads_a_sound(window, session):
    click(window, 2)
    assert session.calls == [("preview", 2), ("take", 2)]
    assert np.allclose([window.halo.x[0], window.halo.y[0]], window.shown.places[2])
    click(window, empty_place(window))
    assert session.called("take") == [(2,)]


def test_a_click_that_fails_marks_nothing(window, session):
    session.fails = "There are no codes."
    click(window, 2)
    drag(window, 0, 1)
    assert window.loaded is window.ends is None
    assert not shown(window.interpolation)
    assert len(window.halo.x) == len(window.line.x) == 0


def test_a_drag_from_one_to_another_mixes_them(window, session):
    send(window, "down", 0)
    send(window, "move", empty_place(window))
    assert np.allclose([window.line.x[0], window.line.y[0]], window.shown.places[0])
    assert np.allclose([window.line.x[1], window.line.y[1]], empty_place(window))
    send(window, "move", 2)
    assert said(window.status) == f"From {window.shown.names[0]} to {window.shown.names[2]}"
    assert not session.called("between")
    send(window, "up", 2)
    assert session.called("between") == [(0, 2, 0.5)]
    assert not session.called("take")
    assert shown(window.interpolation)
    assert [said(end) for end in window.end_labels] == [window.shown.names[0], window.shown.names[2]]
    window.between.value = 0.25
    assert session.called("between")[1:] == [(0, 2, 0.25)]
    one, _, other = window.shown.places[:3]
    assert np.allclose([window.mark.x[0], window.mark.y[0]], 0.75 * one + 0.25 * other)
    drag(window, 1, 2)
    assert session.called("between")[2:] == [(1, 2, 0.5)]


def test_a_second_pair_begins_in_the_middle_too(window, session):
    drag(window, 0, 1)
    drag(window, 1, 2)
    assert session.called("between") == [(0, 1, 0.5), (1, 2, 0.5)]


def test_a_drag_to_an_empty_place_changes_nothing(window, session):
    drag(window, 0, empty_place(window))
    assert not shown(window.interpolation)
    assert len(window.line.x) == 0
    drag(window, 0, 1)
    send(window, "down", 2)
    send(window, "move", empty_place(window))
    send(window, "leave")
    send(window, "up", 0)
    assert window.ends == (0, 1)
    assert np.allclose(np.stack([window.line.x, window.line.y], 1), window.shown.places[:2])
    assert session.called("between") == [(0, 1, 0.5)]


def test_drag_the_mix_along_the_line(window, session):
    drag(window, 0, 2)
    one, other = window.shown.places[[0, 2]]
    send(window, "down", 0.5 * (one + other))
    for share in (0.4, 0.3, 0.3):
        send(window, "move", one + share * (other - one))
    send(window, "move", one)
    send(window, "up", one)
    assert session.called("between") == [(0, 2, share) for share in (0.5, 0.4, 0.3, 0.0)]
    assert window.between.value == 0.0
    assert not session.called("take")


def test_another_current_sound_removes_the_marks(window, session):
    click(window, 1)
    session.sound.written = object()
    assert window.loaded is None
    drag(window, 0, 2)
    assert window.ends == (0, 2)
    session.sound.written = object()
    assert window.ends is None
    assert not shown(window.interpolation)
    assert len(window.mark.x) == 0


def test_arrow_keys_select_sounds(window, session):
    left, right = (int(order) for order in (window.shown.places[:, 0].argmin(), window.shown.places[:, 0].argmax()))
    press(window, *3 * ["ArrowLeft"])
    assert window.pointed == left
    press(window, *3 * ["ArrowRight"])
    assert window.pointed == right
    press(window, "ArrowRight")
    assert window.pointed == right
    assert session.called("preview")[-1] == (right,)
    press(window, "Enter")
    assert session.called("take") == [(right,)]
    press(window, *3 * ["ArrowLeft"])
    press(window, "Enter", shift=True)
    assert session.called("between") == [(right, left, 0.5)]


def test_enter_needs_a_sound_and_shift_enter_two(window, session):
    press(window, "Enter")
    press(window, "Enter", shift=True)
    assert session.calls == []
    press(window, "ArrowUp", "Enter")
    press(window, "Enter", shift=True)
    assert not session.called("between")


def test_arrows_prefer_dots_straight_ahead(window):
    places = np.array([[0.0, 0.0], [0.3, 0.25], [0.4, 0.0], [0.0, 0.9], [-0.5, -1.0]])
    window.shown = dataclasses.replace(window.shown, names=tuple("abcde"), places=places, seconds=np.ones(5))

    def ahead(arrow, aspect):
        return window._next({"key": f"Arrow{arrow}", "width": 100 * aspect, "height": 100.0}, 0)

    assert ahead("Right", 1.0) == 2
    assert ahead("Up", 1.0) == 1
    assert ahead("Up", 3.0) == 3  # on a wide map the other is far aside
    assert ahead("Left", 1.0) == ahead("Down", 1.0) == 4


def test_names_from_files_are_shown_as_text(model, window, session):
    hostile = [dataclasses.replace(piece, name=f"{HOSTILE}{n}") for n, piece in enumerate(model.memory.pieces)]
    session.model = dataclasses.replace(model, memory=Memory(model.codec, hostile))
    drag(window, 0, 1)
    send(window, "down", 2)
    send(window, "move", 1)
    texts = [window.status, window.hint, *window.end_labels]
    assert all("<img" not in one.value for one in texts)
    assert all("&lt;img" in end.value for end in window.end_labels)
    assert window.status.value.count("&lt;img") == 2


@pytest.mark.parametrize("place", ["before", "after"])
def test_without_recordings_the_map_is_empty_with_a_hint(model, session, window, place):
    bare = dataclasses.replace(model.without_memory(), header={**model.header, "name": HOSTILE})
    if place == "after":
        click(window, 0)
        session.model = bare
    else:
        session = FakeSession(bare)
        window = RecordingMap(session)
    calls = list(session.calls)
    assert "without its recordings" in window.hint.value
    assert "<img" not in window.hint.value
    assert len(window.dots.x) == len(window.halo.x) == 0
    assert "sda-empty" in window._dom_classes
    for kind in ("move", "down", "up"):
        send(window, kind, (0.0, 0.0))
    send(window, "leave")
    press(window, "Enter", "ArrowLeft")
    assert session.calls == calls
    session.model = model
    assert "sda-empty" not in window._dom_classes
    assert len(window.dots.x) == 3


def test_without_a_model_there_is_a_hint():
    window = RecordingMap(FakeSession())
    assert "Open a model" in window.hint.value
    assert said(window.status) == ""


def test_a_map_is_made_once_for_the_same_recordings(model, session, window, monkeypatch):
    made = []
    monkeypatch.setattr(map_work, "corpus_map", lambda model, _pause: made.append(model) or corpus_map(model))
    click(window, 1)
    session.model = dataclasses.replace(model, sliders=None, header={**model.header, "name": "other"})
    assert (made, window.loaded) == ([], 1)
    session.model = dataclasses.replace(model, memory=Memory(model.codec, model.memory.pieces))
    assert (len(made), window.loaded) == (1, None)


def test_a_continuous_model_has_previews(continuous_path):
    session = FakeSession(SdaModel.load(continuous_path))
    window = RecordingMap(session)
    send(window, "move", 0)
    assert session.calls == [("preview", 0)]


def test_clicks_choose_recordings_and_the_others_are_pale(window, session):
    window.choosing.value = True
    click(window, 1)
    assert session.recordings.names == ("rain",)
    assert session.called("take") == []
    assert list(window.dots.opacities) == [PALE, 1.0, PALE]
    assert said(window.status) == "rain · 1.4 s · chosen for new sounds"
    send(window, "move", 0)
    assert "not chosen" in said(window.status)
    send(window, "leave")
    assert "1 of 3 recordings" in said(window.status)
    click(window, 1)
    assert session.recordings.names == ()
    assert list(window.dots.opacities) == [1.0]
    window.choosing.value = False
    click(window, 1)
    assert session.called("take") == [(1,)]
