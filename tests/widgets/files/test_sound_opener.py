"""The window that opens sounds: what its parts in the browser say, and what comes of it."""

import pytest

from sda_widgets.files.sound_opener import SoundOpener
from sda_widgets.files.sound_upload import SoundUpload
from sda_widgets.files.upload import MAX_UPLOAD_BYTES
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
    assert window.picker.breadcrumb == ["Examples"]
    assert window.picker.lines == [
        ["pluck.wav", False, "97 kB"],
        ["rain.wav", False, "124 kB"],
        ["sweep.wav", False, "79 kB"],
    ]
    window.picker._act({"kind": "open", "name": "rain.wav"})
    assert (session.message, session.sound.title) == ("", "rain")


def test_open_a_file_by_its_path_and_an_example(window, session, places):
    window.picker._act({"kind": "up"})
    assert (window.picker.breadcrumb, names(window)) == ([], ["Examples", "Data", "Home"])
    window.picker._act({"kind": "type", "text": " rain.wav "})
    assert session.sound.title == "rain"
    window.picker._act({"kind": "type", "text": str(places.demo / "sweep.wav")})
    assert session.sound.title == "sweep"
    for nowhere in ("nowhere.wav", "~no-such-user/x.wav"):
        window.picker._act({"kind": "type", "text": nowhere})
        assert window.picker.error == f"There is no file {nowhere}; check the path."
    window.picker._act({"kind": "type", "text": "rain.wav"})
    assert window.picker.error == ""


def test_folders_are_browsed_within_the_roots(session, places):
    (places.exports / "late").mkdir(parents=True)
    window = SoundOpener(session)
    window.picker._act({"kind": "type", "text": str(places.exports)})
    assert (window.picker.breadcrumb, names(window)) == (["Data", "exports"], ["late"])
    window.picker._act({"kind": "open", "name": "late"})
    assert window.picker.breadcrumb == ["Data", "exports", "late"]
    window.picker._act({"kind": "up"})
    window.picker._act({"kind": "type", "text": "/"})
    assert "outside the folders shown here" in window.picker.error
    assert window.picker.breadcrumb == ["Data", "exports"]
    session.exports.write(session.sound)
    assert names(window) == ["late", session.exports.path.name]
    window.picker._act({"kind": "up"})
    assert window.picker.error == ""


@pytest.mark.parametrize(
    "act", [None, {}, {"kind": "open", "name": "../x"}, {"kind": "type"}, {"kind": "open", "name": []}]
)
def test_unknown_messages_do_nothing(window, session, act):
    title = session.sound.title
    window.picker._act(act)
    assert (session.sound.title, session.message, window.picker.error) == (title, "", "")


def test_an_upload_in_parts_is_encoded(window, session, places, sent):
    content = (places.demo / "pluck.wav").read_bytes()
    give(window.upload, "../mine.wav", content)
    assert (session.message, session.sound.title) == ("", "mine")
    assert [(answer["kind"], answer.get("offset")) for answer in sent] == [("go", 0), ("go", 60_000), ("done", None)]
    assert sent[-1] == {"kind": "done", "error": "", "id": "1"}


def test_an_upload_goes_to_its_receiver_and_is_deleted(session, places, sent):
    taken = []
    title = session.sound.title
    window = SoundOpener(session, open_file=lambda path: taken.append((path, path.read_bytes())))
    content = (places.demo / "pluck.wav").read_bytes()
    give(window.upload, "mine.wav", content)
    window.picker._act({"kind": "open", "name": "rain.wav"})
    assert taken[0][1] == content
    assert not taken[0][0].exists()
    assert taken[1][0] == places.demo / "rain.wav"
    assert session.sound.title == title


def test_an_unreadable_upload_is_reported_in_its_card(window, session, sent):
    title = session.sound.title
    give(window.upload, "noise.wav", b"no sound at all")
    assert sent[-1]["kind"] == "done"
    assert "noise.wav can't be read as sound" in sent[-1]["error"]
    assert session.sound.title == title


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([{"kind": "begin", "id": "1", "name": "x.exe", "size": 9}], "is not a readable sound"),
        ([{"kind": "begin", "id": "1", "name": "x.wav", "size": 0}], "is empty"),
        ([{"kind": "begin", "id": "1", "name": "x.wav", "size": MAX_UPLOAD_BYTES + 1}], "more than the 200 MB"),
        ([{"kind": "part", "id": "1", "offset": 0}], "send the file again"),
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
def test_invalid_uploads_are_refused_in_one_sentence(window, session, sent, messages, error):
    title = session.sound.title
    for message in messages:
        window.upload.receive(message, [memoryview(b"1234")])
    assert sent[-1]["kind"] == "refused"
    assert error in sent[-1]["error"]
    assert window.upload._file is None or sent[-1]["id"] == "2"
    assert session.sound.title == title


def test_a_cancelled_or_replaced_upload_leaves_nothing(window, sent):
    for end in ({"kind": "cancel", "id": "1"}, {"kind": "begin", "id": "2", "name": "y.wav", "size": 9}):
        window.upload.receive({"kind": "begin", "id": "1", "name": "x.wav", "size": 9}, [])
        folder = window.upload._file.path.parent
        window.upload.receive(end, [])
        assert not folder.exists()
    for junk in (None, {}, {"kind": "part"}, {"kind": "part", "id": "2", "offset": 0}):
        window.upload.receive(junk, [])
    assert window.upload._file.received == 0


def test_without_a_model_nothing_is_opened(tmp_path):
    window = SoundOpener(Session(Places(tmp_path / "data", tmp_path / "nowhere")))
    assert not window.picker.ready
    assert not window.upload.ready
    assert window.picker.breadcrumb == []


def test_a_model_without_codes_takes_sounds_too(window, session, continuous_path):
    session.open_model(continuous_path)
    assert window.upload.ready
    window.picker._act({"kind": "open", "name": "rain.wav"})
    assert (session.message, session.sound.title) == ("", "rain")
