"""The choice of the training folder."""

import io

import numpy as np
import soundfile

from sda_widgets.session.session import Session
from sda_widgets.training.folder_choice import FolderChoice


def wav(hertz=330.0, seconds=0.2):
    file = io.BytesIO()
    soundfile.write(
        file, 0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * 44100)) / 44100), 44100, format="WAV"
    )
    return file.getvalue()


def test_choose_a_folder_within_the_roots(places):
    session = Session(places)
    choice = FolderChoice(session)
    (places.folder / "birds").mkdir(parents=True)
    (places.folder / "birds/a.wav").write_bytes(wav())
    choice.browse.click()
    choice.picker._act({"kind": "type", "text": str(places.folder)})
    choice.picker._act({"kind": "open", "name": "birds"})
    assert [line[0] for line in choice.picker.lines] == ["a.wav"]
    choice.picker._act({"kind": "open", "name": "a.wav"})
    assert session.preview.name == "a"
    choice.picker._act({"kind": "type", "text": "/usr"})
    assert "outside the folders" in choice.picker.error
    choice.use.click()
    assert choice.folder.value == str(places.folder / "birds")
    assert session.scan.report["files"] == 1
    assert choice.list.children == ()
