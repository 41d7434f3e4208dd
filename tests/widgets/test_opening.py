"""The ways of a sound into the page, without a browser."""

import pytest

from sda_lib.errors import SdaError
from sda_widgets.incoming import LIMIT_MB, Incoming
from sda_widgets.opening import UP, Opening, listing, sounds_in
from sda_widgets.pair_verbs import B


@pytest.fixture
def window(session):
    opening = Opening(session)
    opening.sent = []
    opening.zone.send = lambda message, buffers=(): opening.sent.append(message)
    return opening


def send(window, name, content, piece=1000):
    """A file from the browser, each piece when the one before has arrived."""
    window._hear(None, {"kind": "begin", "name": name, "size": len(content)}, [])
    while window.sent and window.sent[-1]["kind"] == "more":
        first = window.sent[-1]["from"]
        window._hear(None, {"kind": "piece", "from": first}, [memoryview(content)[first : first + piece]])
    return window.sent[-1]


def test_an_example_is_opened_by_its_name_and_any_file_by_its_path(window, session, places):
    assert window.path.options == ("pluck.wav", "rain.wav", "sweep.wav")
    window.path.value = "rain.wav"
    window.opener.click()
    assert session.title == "rain"
    window.path.value = str(places.demo / "sweep.wav")
    window.opener.click()
    assert session.title == "sweep"


def test_a_file_from_the_browser_is_encoded(window, session, places):
    content = (places.demo / "pluck.wav").read_bytes()
    assert send(window, "../../mine.wav", content) == {"kind": "end"}
    assert (session.message, session.title) == ("", "mine")
    assert window.incoming.received == 0


def test_it_comes_to_the_sound_that_receives(window, session, places):
    session.open_pair()
    session.receiver = B
    title = session.title
    send(window, "b.wav", (places.demo / "pluck.wav").read_bytes())
    assert (session.other.title, session.title) == ("b", title)


def test_what_is_no_sound_is_said_and_the_next_one_works(window, session, places):
    assert send(window, "text.wav", b"no sound") == {"kind": "end"}
    assert "can't be read as sound" in session.message
    assert send(window, "script.py", b"print()") == {"kind": "end"}
    assert "no sound file" in session.message
    send(window, "mine.wav", (places.demo / "pluck.wav").read_bytes())
    assert (session.message, session.title) == ("", "mine")


def test_what_the_browser_could_not_do_is_said(window, session):
    window._hear(None, {"kind": "failed", "why": "There is no microphone; plug one in."}, [])
    assert session.message == "There is no microphone; plug one in."


@pytest.mark.parametrize(
    ("size", "said"), [(0, "is empty"), (-4, "is empty"), (LIMIT_MB * 2**20 + 1, "more than 200 MB")]
)
def test_sizes_that_can_not_be(size, said):
    with pytest.raises(SdaError, match=said):
        Incoming(print).begin("x.wav", size)


def test_pieces_that_do_not_fit_leave_nothing_behind():
    taken = []
    incoming = Incoming(lambda path: taken.append(path.read_bytes()))
    for first, piece in ((4, b"late"), (0, b"much more than was said")):
        incoming.begin("x.wav", 8)
        folder = incoming._path.parent
        with pytest.raises(SdaError, match="did not arrive whole"):
            incoming.receive(first, piece)
        assert not folder.exists()
    with pytest.raises(SdaError, match="did not arrive whole"):
        incoming.receive(0, b"unasked")
    incoming.begin("x.wav", 8)
    assert not incoming.receive(0, b"half")
    incoming.begin("y.wav", 4)
    assert incoming.receive(0, b"four")
    assert taken == [b"four"]


def test_only_what_lies_within_the_roots_is_listed(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "deep").mkdir(parents=True)
    outside.mkdir()
    for path in (root / "a.wav", root / "notes.txt", root / ".hidden.wav", root / "deep" / "b.flac", outside / "c.wav"):
        path.write_bytes(b"")
    (root / "link").symlink_to(outside)
    (root / "link.wav").symlink_to(outside / "c.wav")
    assert listing(root, (root,)) == [("▸ deep", root / "deep"), ("a.wav", root / "a.wav")]
    assert listing(root / "deep", (root,)) == [(UP, root), ("b.flac", root / "deep" / "b.flac")]
    for stranger in (outside, root / ".." / "outside", tmp_path):
        assert listing(stranger, (root,)) == listing(root, (root,))
    assert (f"▸ {outside}", outside) in listing(root, (root, outside))


def test_folders_are_entered_and_files_opened(window, session, places):
    window.browse.click()
    assert window.browser.layout.display is None
    names = dict(window.files.options)
    window.files.value = names["pluck.wav"]
    window.chosen.click()
    assert session.title == "pluck"
    window.files.value = next(path for name, path in names.items() if path == str(places.data.resolve()))
    window.chosen.click()
    assert window.folder == places.data.resolve()
    window.browse.click()
    assert window.browser.layout.display == "none"


def test_without_a_model_nothing_can_be_opened(places):
    from sda_widgets.session import Session

    window = Opening(Session(places))
    assert window.opener.disabled
    assert window.zone.disabled
    assert window.chosen.disabled


def test_a_missing_example_folder_offers_nothing(tmp_path):
    assert sounds_in(tmp_path / "nowhere") == ()
