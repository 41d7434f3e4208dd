"""The window that opens sounds: what its parts in the browser say, and what comes of it."""

import os

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
    window = SoundOpener(session, open_file=lambda path, name: taken.append((path, path.read_bytes(), name)))
    content = (places.demo / "pluck.wav").read_bytes()
    give(window.upload, "mine.wav", content)
    window.picker._act({"kind": "open", "name": "rain.wav"})
    assert taken[0][1] == content
    assert not taken[0][0].exists()
    assert taken[1][0] == places.demo / "rain.wav"
    assert [one[2] for one in taken] == ["mine", ""]
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


@pytest.fixture
def private(tmp_path, places, wav):
    """A sound outside of the folders shown, with links to it and to its folder inside."""
    outside = tmp_path / "private"
    outside.mkdir()
    (outside / "secret.wav").write_bytes(wav())
    places.exports.mkdir(parents=True, exist_ok=True)
    (places.exports / "link.wav").symlink_to(outside / "secret.wav")
    (places.exports / "linked").symlink_to(outside)
    return outside


@pytest.mark.parametrize(
    "typed",
    [
        "{private}/secret.wav", "{exports}/link.wav", "{exports}/linked/secret.wav", "{exports}/linked", "{private}",
        "{exports}/../../private/secret.wav", "{exports}/./../../private//secret.wav", "{exports}/..//../private",
        "/dev/zero", "/proc/self/environ", "~root/../{private}/secret.wav", "~/../../../../{private}/secret.wav",
    ],
)  # fmt: skip
def test_no_typed_path_leads_out(window, session, places, private, typed):
    title, shown = session.sound.title, (window.picker.breadcrumb, names(window))
    window.picker._act({"kind": "type", "text": typed.format(private=private, exports=places.exports)})
    assert "is outside the folders shown here" in window.picker.error
    assert "sda studio --folder" in window.picker.error
    assert (session.sound.title, session.message) == (title, "")
    assert (window.picker.breadcrumb, names(window)) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "{private}%2fsecret.wav", "..%2fprivate%2fsecret.wav", "file://{private}/secret.wav", "../private/secret.wav",
        "..\\private\\secret.wav", "\uff0e\uff0e/private/secret.wav",
    ],
)  # fmt: skip
def test_encodings_are_names_like_others(window, session, private, typed):
    title = session.sound.title
    window.picker._act({"kind": "type", "text": typed.format(private=private)})
    assert window.picker.error.startswith(("There is no", str(private)))
    assert session.sound.title == title


@pytest.mark.parametrize("typed", ["/a\0b.wav", "rain.wav\0", "/\ud800.wav", "\0"])
def test_text_that_is_no_path_is_said_to_be_none(window, session, typed):
    title = session.sound.title
    window.picker._act({"kind": "type", "text": typed})
    assert "is no path" in window.picker.error or "There is no file" in window.picker.error
    window.picker.error.encode()
    assert session.sound.title == title


def test_links_that_lead_out_are_neither_listed_nor_scanned(window, session, places, private):
    window.picker._act({"kind": "type", "text": str(places.exports)})
    assert names(window) == []
    for given in (places.exports, private, places.exports / "linked", places.exports / "link.wav"):
        session.scan.start(given)
        assert "outside the folders shown here" in session.message
        session.training.start(given, 0, "stolen")
        assert "outside the folders shown here" in session.message
        assert session.scan.corpus is None
    assert session.exports.sounds == ()
    assert not places.runs.exists()


def test_links_in_the_library_that_lead_out_are_listed_with_the_problem(session, places, private, tiny_model_path):
    os.symlink(tiny_model_path, places.models / "stolen.sda")
    (private / "s.json").write_text("{}")
    places.sessions.mkdir()
    (places.sessions / "s.json").symlink_to(private / "s.json")
    session.library.refresh()
    problems = {entry.path.name: entry.problem for entry in session.library.models}
    assert problems["tiny.sda"] == ""
    assert "outside the folders" in problems["stolen.sda"]
    before = session.model_path
    session.open_model(places.models / "stolen.sda")
    assert "outside the folders" in session.message
    assert session.model_path == before
    session.files.refresh()
    assert session.files.paths == ()


def test_further_folders_are_named_when_the_page_is_started(session, private, monkeypatch):
    monkeypatch.setenv("SDA_FOLDERS", os.pathsep.join([str(private), "relative"]))
    window = SoundOpener(session)
    window.picker._act({"kind": "up"})
    assert names(window) == ["Examples", "Data", "Home", "private"]
    window.picker._act({"kind": "type", "text": str(private / "secret.wav")})
    assert (session.message, session.sound.title) == ("", "secret")
