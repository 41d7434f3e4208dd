"""The parts of the training window: the scan, the choice of sounds, the recipe, the curves and the auditions."""

import io
import shutil

import numpy as np
import soundfile

from sda_lib.config import Recipe
from sda_lib.events import Event
from sda_widgets.session.session import Session
from sda_widgets.training import curves, folder_upload
from sda_widgets.training.folder_choice import FolderChoice
from sda_widgets.training.folder_upload import FolderUpload
from sda_widgets.training.recipe_form import RecipeForm
from sda_widgets.training.scan_view import PAGE_FILES, ScanView
from sda_widgets.training.training_view import TrainingView

HOSTILE = "<img src=x onerror=alert(1)>"


def scanned(session, folder):
    """Scan a folder and wait for its files."""
    session.scan.start(folder)
    session.scan.thread.join(60)
    session.tick()
    assert session.scan.progress == ""


def wav(hertz=330.0, seconds=0.2):
    file = io.BytesIO()
    soundfile.write(
        file, 0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * 44100)) / 44100), 44100, format="WAV"
    )
    return file.getvalue()


def test_a_folder_is_shown_in_pictures_that_play(places, tmp_path):
    session, folder = Session(places), tmp_path / "mixed"
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


def test_many_files_come_page_by_page(places, tmp_path):
    for number in range(PAGE_FILES + 3):
        (tmp_path / f"{number:03d}.wav").write_bytes(wav(200 + 20 * number, 0.05))
    session = Session(places)
    view = ScanView(session)
    scanned(session, tmp_path)
    assert (len(view.tiles.rows), view.tiles.pages) == (PAGE_FILES, 2)
    view.tiles.receive({"kind": "turn", "value": 1})
    assert [row["title"] for row in view.tiles.rows] == ["024.wav", "025.wav", "026.wav"]
    view.tiles.receive({"kind": "turn", "value": 7})
    assert view.tiles.number == 1


def test_files_from_the_page_become_the_folder_to_learn_from(places, monkeypatch):
    sent = []
    monkeypatch.setattr(FolderUpload, "send", lambda _self, message, buffers=(): sent.append(message))
    session = Session(places)
    choice = FolderChoice(session)

    def bring(name, content):
        choice.upload.receive({"kind": "begin", "id": name, "name": name, "size": len(content)}, [])
        if sent[-1]["kind"] == "refused":
            return sent[-1]
        choice.upload.receive({"kind": "part", "id": name, "offset": 0}, [memoryview(content)])
        return sent[-1]

    assert bring("../../a.wav", wav(300))["kind"] == "done"
    assert bring("a.wav", wav(500))["kind"] == "done"
    assert "is not a readable sound" in bring("a.txt", b"text")["error"]
    choice.upload.receive({"kind": "all"}, [])
    folder = choice.upload.folder
    assert folder.parent == places.sounds
    assert choice.folder.value == str(folder)
    assert session.scan.report["files"] == 2
    bring("b.wav", wav(700))
    choice.upload.receive({"kind": "all"}, [])
    assert session.scan.report["files"] == 3
    choice.folder.value = str(places.demo)
    bring("c.wav", wav(700))
    assert choice.upload.folder != folder
    monkeypatch.setattr(folder_upload, "MOST_BYTES", 1)
    assert "Uploads are limited" in bring("d.wav", wav(900))["error"]
    monkeypatch.setattr(folder_upload, "MOST_FILES", 1)
    assert "limit of 1 uploaded files" in bring("e.wav", wav(900))["error"]


def test_a_folder_is_chosen_from_the_list_and_nothing_outside_the_roots_is_shown(places):
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


def test_the_recipe_is_a_form_whose_mistakes_are_told_in_the_recipes_own_words(places, monkeypatch):
    form = RecipeForm(lambda: None)
    sections = {"audio": 2, "codec": 15, "memory": 2, "train": 17}
    assert {name: sum(key.startswith(f"{name}.") for key in form.fields) for name in sections} == sections
    form.suggest(Recipe())
    assert form.fields["codec.levels"].placeholder == "12"
    session = Session(places)
    window = TrainingView(session)
    session.scan.start(places.demo)
    assert "12 levels" in window.expected.value
    window.recipe.fields["codec.levels"].value = "5"
    assert "5 levels" in window.expected.value
    window.recipe.fields["codec.kernel"].value = "4"
    assert "codec.kernel must be odd, not 4." in window.expected.value
    window.recipe.fields["codec.kernel"].value = f"{HOSTILE}"
    assert "<img" not in window.expected.value
    window.train.click()
    assert "codec.kernel" in session.message
    assert session.training.run is None


def test_curves_follow_the_events_and_thin_levels_are_warned_of():
    shown = curves.Curves()
    events = [Event("levels", values={"use_0": 1.0, "use_1": 0.9, "reachable": 1.0})]
    shown.show(events)
    assert shown.use.layout.visibility == "hidden"
    assert shown.warning.value == ""
    events += [Event("progress", step, 900, {"loss": 1 / step}) for step in range(1, 900)]
    events += [Event("levels", 50, 900, {"use_0": 1.0, "use_1": 0.1, "reachable": 1.0})]
    shown.show(events)
    np.testing.assert_allclose(shown.use.lines.y, [[1.0, 1.0], [0.9, 0.1]])
    assert shown.use.layout.visibility == "visible"
    assert "Level 1 uses 10% of its codes" in shown.warning.value
    assert len(shown.loss.lines.x) <= curves.MOST_POINTS
    assert shown.loss.lines.x[-1] == 899
