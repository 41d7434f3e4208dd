"""Files from the browser as the training folder."""

from sda_widgets.files import upload
from sda_widgets.session.session import Session
from sda_widgets.training import folder_upload
from sda_widgets.training.folder_choice import FolderChoice
from sda_widgets.training.folder_upload import FolderUpload


def test_uploaded_files_become_the_training_folder(places, monkeypatch, wav):
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


def test_uploads_are_bounded_together_and_leave_room_on_the_disk(places, monkeypatch, wav):
    sent = []
    monkeypatch.setattr(FolderUpload, "send", lambda _self, message, buffers=(): sent.append(message))

    def begun():
        receiver = FolderUpload(places.sounds, print)  # of any page
        receiver.receive({"kind": "begin", "id": "1", "name": "a.wav", "size": 9}, [])
        return receiver

    earlier = places.sounds / "earlier/a.wav"
    earlier.parent.mkdir(parents=True)
    earlier.write_bytes(wav())
    accepted = begun()
    assert sent[-1]["kind"] == "go"
    (coming,) = places.sounds.glob(".sda-incoming.*.part")
    monkeypatch.setattr(folder_upload, "MOST_TOGETHER", 1000)
    begun()
    assert sent[-1]["kind"] == "refused"
    assert f"{places.sounds} holds more than" in sent[-1]["error"]
    assert "delete folders there" in sent[-1]["error"]
    monkeypatch.setattr(folder_upload, "MOST_TOGETHER", 10**12)
    monkeypatch.setattr(upload, "FREE_BYTES", 10**18)
    begun()
    assert sent[-1]["kind"] == "refused"
    assert "a.wav would leave less than" in sent[-1]["error"]
    assert set(places.sounds.iterdir()) == {earlier.parent, coming}
    accepted.receive({"kind": "cancel", "id": "1"}, [])
    assert set(places.sounds.rglob("*")) == {earlier.parent, earlier}
