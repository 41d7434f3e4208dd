"""Scan of a folder with broken files: each is named, and all text can be sent to the page."""

import json
import os
import signal

import numpy as np
import pytest
import soundfile

from sda_widgets.session.session import Session
from sda_widgets.training.scan_view import ScanView

RATE = 22050
NOT_UTF8 = os.fsdecode(b"\xff.wav")


@pytest.fixture
def odd(tmp_path, monkeypatch):
    def late(*_):
        raise AssertionError("it waits for a pipe")

    folder = tmp_path / os.fsdecode(b"odd \xfe")
    folder.mkdir()
    monkeypatch.setenv("SDA_FOLDERS", str(folder))
    for name, hertz in (("good.wav", 440), (NOT_UTF8, 550)):
        soundfile.write(os.fsencode(folder / name), 0.5 * np.sin(hertz * np.arange(RATE) / 3500), RATE)
    soundfile.write(os.fsencode(folder / "huge.wav"), np.full(9000, 1e30), RATE, subtype="FLOAT")
    os.mkfifo(folder / "pipe.wav")
    (folder / "folder.wav").mkdir()
    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    yield folder
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def sendable(data):
    """What reaches a page is JSON in UTF-8."""
    return json.dumps(data, ensure_ascii=False).encode()


def test_scan_of_broken_files(session, odd):
    view = ScanView(session)
    session.scan.start(odd)
    session.scan.thread.join()
    session.tick()
    assert session.message == ""
    assert {one["file"] for one in session.scan.report["skipped"]} == {"folder.wav", "huge.wav", "pipe.wav"}
    assert {one.name for one in session.scan.result.files} == {"good.wav", "\\xff.wav"}
    assert "pipe.wav: It is a pipe" in view.figures.value
    assert sendable([session.scan.report, view.figures.value, view.verdict.value, view.tiles.rows])
    session.scan.play("\\xff.wav")
    assert session.preview.name == "\\xff.wav"


@pytest.mark.parametrize("name", ["pipe.wav", "folder.wav", "huge.wav", os.fsdecode(b"no\xff.wav")])
def test_unreadable_sound_is_named_in_the_error(session, odd, name):
    title = session.sound.title
    session.sound.create.load_file(odd / name)
    message = session.previews.file(odd / name)
    assert message == session.message
    assert name.replace("\udcff", "\\xff") in message
    assert sendable([message, session.sound.title])
    assert session.sound.title == title


def test_sound_with_undecodable_name_opens(session, odd):
    session.sound.create.load_file(odd / NOT_UTF8)
    assert (session.message, session.sound.title) == ("", "\\xff")
    assert session.exports.write(session.sound).name == "xff.wav"


def test_broken_model_stays_in_the_library(places, tiny_model_path):
    places.models.mkdir(parents=True)
    (places.models / "tiny.sda").write_bytes(tiny_model_path.read_bytes())
    header = f'{{"x":{"[" * 20_000}{"]" * 20_000}}}'.encode()
    (places.models / "deep.sda").write_bytes(len(header).to_bytes(8, "little") + header)
    (places.runs / "broken").mkdir(parents=True)
    (places.runs / "broken" / "job.json").write_bytes(header)
    session = Session(places)
    session.library.refresh()
    assert session.message == ""
    assert {entry.path.stem: bool(entry.problem) for entry in session.library.models} == {"tiny": False, "deep": True}
