"""The window that opens sounds: what its parts in the browser say, and what comes of it."""

import pytest

from sda_widgets.files.sound_opener import SoundOpener, SoundUpload
from sda_widgets.files.upload import LARGEST
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session


@pytest.fixture
def sent(monkeypatch):
    """The answers of every intake."""
    sent = []
    monkeypatch.setattr(SoundUpload, "send", lambda _self, message, buffers=(): sent.append(message))
    return sent


@pytest.fixture
def window(session):
    return SoundOpener(session)


def names(window):
    return [name for name, _folder, _detail in window.picker.lines]


def give(intake, name, content, part=60_000):
    """Send a file the way the page does: the next part when the last has arrived."""
    intake.receive({"kind": "begin", "id": "1", "name": name, "size": len(content)}, [])
    for offset in range(0, len(content), part):
        piece = memoryview(content[offset : offset + part])
        intake.receive({"kind": "part", "id": "1", "offset": offset}, [piece])


def test_the_examples_are_listed_and_opened_by_name(window, session):
    assert window.picker.trail == ["Examples"]
    assert window.picker.lines == [
        ["pluck.wav", False, "97 kB"],
        ["rain.wav", False, "124 kB"],
        ["sweep.wav", False, "79 kB"],
    ]
    window._act({"kind": "open", "name": "rain.wav"})
    assert (session.message, session.sound.title) == ("", "rain")


def test_any_file_is_opened_by_its_path_and_an_example_from_anywhere(window, session, places):
    window._act({"kind": "up"})
    assert (window.picker.trail, names(window)) == ([], ["Examples", "Data", "Home"])
    window._act({"kind": "type", "text": " rain.wav "})
    assert session.sound.title == "rain"
    window._act({"kind": "type", "text": str(places.demo / "sweep.wav")})
    assert session.sound.title == "sweep"
    for nowhere in ("nowhere.wav", "~nobody-of-that-name/x.wav"):
        window._act({"kind": "type", "text": nowhere})
        assert f"There is no file {nowhere}; check the path." == session.message
        assert window.picker.why == session.message
    window._act({"kind": "type", "text": "rain.wav"})
    assert window.picker.why == ""


def test_folders_are_gone_into_and_left_and_nothing_above_the_roots_is_shown(session, places):
    (places.exports / "late").mkdir(parents=True)
    window = SoundOpener(session)
    window._act({"kind": "type", "text": str(places.exports)})
    assert (window.picker.trail, names(window)) == (["Data", "exports"], ["late"])
    window._act({"kind": "open", "name": "late"})
    assert window.picker.trail == ["Data", "exports", "late"]
    window._act({"kind": "up"})
    window._act({"kind": "type", "text": "/"})
    assert "outside the folders shown here" in window.picker.why
    assert window.picker.trail == ["Data", "exports"]
    session.exports.write(session.sound)
    assert names(window) == ["late", session.exports.path.name]
    window._act({"kind": "up"})
    assert window.picker.why == ""


@pytest.mark.parametrize(
    "act", [None, {}, {"kind": "open", "name": "../x"}, {"kind": "type"}, {"kind": "open", "name": []}]
)
def test_what_the_page_does_not_know_does_nothing(window, session, act):
    title = session.sound.title
    window._act(act)
    assert (session.sound.title, session.message, window.picker.why) == (title, "", "")


def test_a_sound_comes_in_parts_and_is_encoded(window, session, places, sent):
    content = (places.demo / "pluck.wav").read_bytes()
    give(window.intake, "../mine.wav", content)
    assert (session.message, session.sound.title) == ("", "mine")
    assert [(answer["kind"], answer.get("offset")) for answer in sent] == [("go", 0), ("go", 60_000), ("done", None)]
    assert sent[-1] == {"kind": "done", "why": "", "id": "1"}


def test_a_sound_goes_to_whoever_asked_for_it_and_is_gone_afterwards(session, places, sent):
    taken = []
    title = session.sound.title
    window = SoundOpener(session, take=lambda path: taken.append((path, path.read_bytes())))
    content = (places.demo / "pluck.wav").read_bytes()
    give(window.intake, "mine.wav", content)
    window._act({"kind": "open", "name": "rain.wav"})
    assert taken[0][1] == content
    assert not taken[0][0].exists()
    assert taken[1][0] == places.demo / "rain.wav"
    assert session.sound.title == title


def test_what_can_not_be_read_is_said_where_it_was_sent(window, session, sent):
    title = session.sound.title
    give(window.intake, "noise.wav", b"no sound at all")
    assert sent[-1]["kind"] == "done"
    assert "noise.wav can't be read as sound" in sent[-1]["why"]
    assert session.sound.title == title


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([{"kind": "begin", "id": "1", "name": "x.exe", "size": 9}], "no sound that can be read"),
        ([{"kind": "begin", "id": "1", "name": "x.wav", "size": 0}], "is empty"),
        ([{"kind": "begin", "id": "1", "name": "x.wav", "size": LARGEST + 1}], "more than the 200 MB"),
        ([{"kind": "part", "id": "1", "offset": 0}], "send this one again"),
        ([{"kind": "begin", "id": "1", "name": "x.wav", "size": 9}, {"kind": "part", "id": "2", "offset": 0}], "again"),
        (
            [{"kind": "begin", "id": "1", "name": "x.wav", "size": 9}, {"kind": "part", "id": "1", "offset": 4}],
            "announced",
        ),
        (
            [{"kind": "begin", "id": "1", "name": "x.wav", "size": 2}, {"kind": "part", "id": "1", "offset": 0}],
            "announced",
        ),
    ],
)
def test_what_is_not_as_it_should_be_is_refused_in_one_sentence(window, session, sent, messages, why):
    title = session.sound.title
    for message in messages:
        window.intake.receive(message, [memoryview(b"1234")])
    assert sent[-1]["kind"] == "refused"
    assert why in sent[-1]["why"]
    assert window.intake._incoming is None or sent[-1]["id"] == "2"
    assert session.sound.title == title


def test_a_file_that_is_given_up_or_replaced_leaves_nothing(window, sent):
    for end in ({"kind": "cancel", "id": "1"}, {"kind": "begin", "id": "2", "name": "y.wav", "size": 9}):
        window.intake.receive({"kind": "begin", "id": "1", "name": "x.wav", "size": 9}, [])
        folder = window.intake._incoming.path.parent
        window.intake.receive(end, [])
        assert not folder.exists()
    for junk in (None, {}, {"kind": "part"}, {"kind": "part", "id": "2", "offset": 0}):
        window.intake.receive(junk, [])
    assert window.intake._incoming.come == 0


def test_without_a_model_nothing_is_opened(tmp_path):
    window = SoundOpener(Session(Places(tmp_path / "data", tmp_path / "nowhere")))
    assert not window.picker.ready
    assert not window.intake.ready
    assert window.picker.trail == []


def test_a_model_without_codes_takes_sounds_too(window, session, continuous_path):
    session.open_model(continuous_path)
    assert window.intake.ready
    window._act({"kind": "open", "name": "rain.wav"})
    assert (session.message, session.sound.title) == ("", "rain")
