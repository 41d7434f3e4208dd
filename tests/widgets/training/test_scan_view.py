"""The scan of a folder as pictures that play."""

import shutil

import numpy as np
import soundfile

from sda_widgets.session.session import Session
from sda_widgets.training.folder_choice import FolderChoice
from sda_widgets.training.scan_view import PAGE_FILES, ScanView

HOSTILE = "<img src=x onerror=alert(1)>"


def scanned(session, folder):
    """Scan a folder and wait for its files."""
    session.scan.start(folder)
    session.scan.thread.join(60)
    session.tick()
    assert session.scan.progress == ""


def test_the_files_of_a_folder_are_pictures_that_play(places, added):
    session, folder = Session(places), added / "mixed"
    view = ScanView(session)
    shutil.copytree(places.demo, folder)
    shutil.copy(folder / "rain.wav", folder / f"{HOSTILE}.wav".replace("/", ""))
    soundfile.write(folder / "over.wav", np.clip(2 * np.sin(np.arange(44100) / 30), -1, 1), 44100)
    scanned(session, folder)
    assert [row["title"] for row in view.tiles.rows] == [f"{HOSTILE}.wav", "over.wav", "pluck.wav", "sweep.wav"]
    assert "1 file is clipped" in view.verdict.value
    assert "<img" not in view.figures.value + view.verdict.value
    view.only.value = True
    assert [row["title"] for row in view.tiles.rows] == ["over.wav"]
    view.tiles.receive({"kind": "play", "value": "pluck.wav"})
    assert session.preview.name == "pluck.wav"
    assert session.preview.peak > 0.1
    view.tiles.receive({"kind": "stop", "value": None})
    assert session.preview is None
    view.tiles.receive({"kind": "play", "value": "nothing.wav"})
    assert session.preview is None


def test_many_files_come_page_by_page(places, added, wav):
    for number in range(PAGE_FILES + 3):
        (added / f"{number:03d}.wav").write_bytes(wav(200 + 20 * number, 0.05))
    session = Session(places)
    view = ScanView(session)
    scanned(session, added)
    assert (len(view.tiles.rows), view.tiles.pages) == (PAGE_FILES, 2)
    view.tiles.receive({"kind": "turn", "value": 1})
    assert [row["title"] for row in view.tiles.rows] == ["024.wav", "025.wav", "026.wav"]
    view.tiles.receive({"kind": "turn", "value": 7})
    assert view.tiles.number == 1


def test_a_clean_copy_is_made_and_chosen(places, added):
    """By the button, which is there where a copy would change something."""
    folder, session = added / f"mixed{HOSTILE}".replace("/", ""), Session(places)
    view, choice = ScanView(session), FolderChoice(session)
    shutil.copytree(places.demo, folder)
    scanned(session, folder)
    assert view.clean.layout.display == "none"
    rain, rate = soundfile.read(folder / "rain.wav")
    soundfile.write(folder / "padded.wav", np.pad(rain[: rate // 2], (2 * rate, 2 * rate)), rate)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    scanned(session, folder)
    assert view.clean.layout.display != "none"
    view.clean.click()
    session.scan.thread.join(60)
    session.tick()
    copy = session.scan.cleaned
    assert (copy.parent, copy.name.endswith("-clean")) == (places.sounds, True)
    assert str(copy) in session.notice
    assert choice.folder.value == str(copy)
    assert soundfile.info(copy / "padded.flac").duration < 0.7
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    session.scan.thread.join(60)
    session.tick()
    assert (session.scan.corpus.folder, session.message) == (copy, "")
    assert view.clean.layout.display == "none"
    scanned(session, folder)
    session.scan.clean()
    session.scan.thread.join(60)
    session.tick()
    assert session.scan.cleaned.name.endswith("-clean_2")


def test_a_clean_copy_that_cannot_be_made_says_so(places):
    session = Session(places)
    ScanView(session)
    shutil.copytree(places.demo, places.sounds / "own")
    scanned(session, places.folder)
    session.scan.clean()
    session.scan.thread.join(60)
    session.tick()
    assert "in the folder of the originals" in session.message
    assert (session.scan.cleaned, session.scan.progress) == (None, "")
