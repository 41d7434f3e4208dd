"""The other windows onto a session."""

import shutil

import numpy as np
import pytest

from sda_lib.config import DEFAULT_PRESET, PRESETS
from sda_lib.events import Event
from sda_widgets.export.export_view import ExportView
from sda_widgets.files import model_chooser
from sda_widgets.files.model_chooser import ModelChooser
from sda_widgets.listen.pcm import pcm16
from sda_widgets.listen.player import EDITED, ORIGINAL, Player
from sda_widgets.session.session import Session
from sda_widgets.status_line import StatusLine
from sda_widgets.training import curves, run_view
from sda_widgets.training.training_view import TrainingView

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def player(session, monkeypatch):
    """A player whose messages to the page are kept in `sent`."""
    sent = []
    monkeypatch.setattr(Player, "send", lambda _self, message, buffers=(): sent.append((message, buffers)))
    player = Player(session)
    player.sent = sent
    return player


def test_pcm_is_interleaved_and_clipped():
    samples = np.array([[0, 0.5, 2], [-2, 0, 1]], np.float32)
    assert np.frombuffer(pcm16(samples), "<i2").tolist() == [0, -32767, 16384, 0, 32767, 32767]


def test_a_view_that_opens_gets_both_takes(player):
    player._receive(None, {"kind": "mounted"}, [])
    assert [message.get("name", "clear") for message, _ in player.sent] == ["clear", ORIGINAL, EDITED]


def page_has(sent):
    """The bytes of each take as a page has them that was sent these messages."""
    takes = {}
    for message, buffers in sent:
        if message["kind"] == "take":
            takes[message["name"]] = bytearray(buffers[0])
            wide = 2 * message["channels"]
        elif message["kind"] == "patch":
            first = message["at"] * wide
            takes[message["name"]][first : first + len(buffers[0])] = buffers[0]
    return takes


def test_an_edit_sends_what_is_different_and_undo_brings_the_same_bytes_as_before(player, session):
    player._receive(None, {"kind": "mounted"}, [])
    before = page_has(player.sent)
    session.sound.edits.apply("set", code=1, levels=(0, 3), frames=(20, 21))
    assert page_has(player.sent)[EDITED] == pcm16(session.sound.clip.samples) != before[EDITED]
    patch, buffers = player.sent[-1]
    assert (patch["kind"], patch["name"]) == ("patch", EDITED)
    assert 0 < len(buffers[0]) < len(before[EDITED]) / 2
    session.sound.steps.undo()
    assert page_has(player.sent) == before


def test_a_sound_of_another_length_is_sent_as_a_whole(player, session):
    player._receive(None, {"kind": "mounted"}, [])
    session.sound.edits.apply("duplicate", frames=(3, 9))
    assert player.sent[-1][0]["kind"] == "take"
    assert page_has(player.sent)[EDITED] == pcm16(session.sound.clip.samples)


def test_a_sound_that_stays_the_same_is_selected_without_bytes(player, session):
    player._receive(None, {"kind": "mounted"}, [])
    session.set_source(session.sound.source_amount)
    message, buffers = player.sent[-1]
    assert (message["kind"], message["select"], buffers) == ("patch", True, [b""])


def test_the_selection_is_the_region(player, session):
    player.frame_rate = session.sound.codes.frame_rate
    session.sound.selection = ((0, 2), (10, 20))
    assert player.region == pytest.approx([10 / player.frame_rate, 20 / player.frame_rate])
    session.sound.selection = None
    assert player.region == []


def test_the_page_tells_the_position(player, session):
    player.position = 1.25
    assert session.sound.position == 1.25


def test_choosing_a_model_opens_it(places, tiny_model_path):
    places.models.mkdir(parents=True)
    target = places.models / "tiny.sda"
    target.write_bytes(tiny_model_path.read_bytes())
    session = Session(places)
    window = ModelChooser(session)
    assert window.chooser.options == ((model_chooser.NONE, None),)
    session.library.refresh()
    assert session.model is None
    window.chooser.value = str(target)
    assert session.model.name == "tiny"
    assert window.chooser.value == str(target)
    assert "3 files" in window.facts.value


def test_an_unreadable_model_is_listed_and_opening_it_says_why(places):
    places.models.mkdir(parents=True)
    (places.models / "broken.sda").write_text("not a model")
    session = Session(places)
    window = ModelChooser(session)
    session.library.refresh()
    window.chooser.value = str(places.models / "broken.sda")
    assert session.model is None
    assert "broken.sda" in session.message


def test_names_from_files_are_shown_as_text(places):
    assert HOSTILE not in model_chooser.table([("Sounds", HOSTILE)])
    assert HOSTILE not in run_view.figures(0, 0, {}, "failed", HOSTILE)
    session = Session(places)
    notice = StatusLine(session)
    session.sound.title = HOSTILE
    assert HOSTILE not in notice.value
    session.message = HOSTILE
    assert HOSTILE not in notice.value


def test_the_export_can_be_downloaded(session):
    window = ExportView(session)
    window.write.click()
    assert window.download.content == session.exports.path.read_bytes()
    assert window.download.name == session.exports.path.name


def test_without_a_model_the_demo_is_offered(places):
    window = TrainingView(Session(places))
    assert window.offer.layout.display != "none"
    assert not window.heartbeat.beating


def test_both_pages_say_that_the_model_contains_the_recordings_and_the_remedy(session):
    card, window = ModelChooser(session), TrainingView(session)
    form = " ".join(part.value for part in window.form.children if hasattr(part, "value") and "<" in str(part.value))
    for shown in (card.facts.value, form):
        assert "recordings" in shown
        assert "sda strip-memory" in shown
    session.open_model(session.model.without_memory().save(session.places.models / "bare.sda"))
    assert "strip-memory" not in card.facts.value
    assert "not included" in card.facts.value


def test_a_preset_sets_the_minutes_and_both_reach_the_run(places, monkeypatch):
    session = Session(places)
    asked = []
    monkeypatch.setattr(session.training, "start", lambda *arguments: asked.append(arguments))
    window = TrainingView(session)
    assert window.minutes.value == PRESETS[DEFAULT_PRESET].minutes
    window.preset.value = "best"
    assert window.minutes.value == PRESETS["best"].minutes
    window.minutes.value = 3.5
    window.train.click()
    assert asked[0][1:] == (3.5, "my sounds", "best", {})


def test_progress_shows_what_is_left_and_how_much_was_gained():
    events = (
        Event("metrics", values={"held_out_start": 1.62, "held_out": 1.62}),
        Event("progress", 10, 40, {"loss": 0.5, "seconds_left": 95.0}),
        Event("metrics", 10, 40, {"held_out": 1.4}),
    )
    step, of, values = run_view.progress(events)
    assert (step, of) == (10, 40)
    shown = run_view.figures(step, of, values, "running", "")
    for part in ("10 of 40", "1:35", "1.620 at the start → 1.400 now"):
        assert part in shown
    steps, distances = curves.curve(events, "metrics", "held_out")
    assert (steps.tolist(), distances.tolist()) == ([0, 10], [[1.62, 1.4]])


def test_the_folder_is_looked_at_before_training(places, tmp_path):
    session = Session(places)
    window = TrainingView(session)
    assert window.contents not in window.main.children
    folder = tmp_path / "mixed"
    shutil.copytree(places.demo, folder)
    (folder / "<b>empty.wav").write_bytes(b"")
    window.folder.value = str(folder)
    assert window.contents in window.main.children
    assert "3, 0.1 min" in window.found.value
    assert "&lt;b&gt;empty.wav" in window.found.value
    window.folder.value = str(tmp_path / "nowhere")
    assert "nowhere" in session.message
    assert window.contents not in window.main.children
