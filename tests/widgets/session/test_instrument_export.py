"""Instruments of exported sounds."""

import pytest


@pytest.fixture
def sounds(session):
    return [session.exports.write(session.sound, suffix=suffix) for suffix in (".wav", ".flac")]


def test_an_instrument_has_a_folder_of_its_own(session, sounds, finished):
    session.instruments.write(sounds, "rain <b>", "chromatic")
    assert session.instruments.words == "Reading the sounds …"
    finished(session.instruments)
    folder = session.instruments.folder
    assert session.message == ""
    assert folder.parent == session.places.exports
    assert sorted(path.suffix for path in folder.iterdir() if path.is_file()) == [".dspreset", ".sfz"]
    assert len(session.instruments.zones) == 2
    roots = [zone.keys.root for zone in session.instruments.zones]
    assert roots[1] == roots[0] + 1
    session.instruments.write(sounds, "rain <b>")
    finished(session.instruments)
    assert session.instruments.folder != folder


def test_sounds_are_needed_and_lie_in_the_folders_of_the_page(session, tmp_path):
    session.instruments.write([], "x")
    assert "Choose the exported sounds" in session.message
    session.instruments.write(["/etc/passwd"], "x")
    assert "outside" in session.message
