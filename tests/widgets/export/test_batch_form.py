"""The batch form: sounds come one by one, and a batch can be stopped and continued."""

import io
import zipfile

import pytest

from sda_lib.batch.manifest import read_manifest
from sda_lib.writers.options import GenerateOptions
from sda_widgets.export.batch_form import BatchForm
from sda_widgets.export.export_view import ExportView


@pytest.fixture
def view(session):
    """The form for delivery, and the offer of the last export."""
    return ExportView(session)


@pytest.fixture
def card(session, view):
    return BatchForm(session, lambda: (view.form.finish, view.form.suffix))


def made(session):
    session.batch.thread.join(60)
    assert not session.batch.is_running
    return session.batch.files


@pytest.mark.long
@pytest.mark.slow
def test_a_batch_of_sounds_is_made_one_by_one(card, view, session):
    session.sound.create.generate(GenerateOptions(0.5, 40, novelty=0.8))
    card.count.value, card.vary.value, card.name.value = 4, "tilt=-6:6", "x_{seed}_{tilt:+.0f}"
    view.form.format.value = ".flac"
    card.make.click()
    files = made(session)
    assert session.message == ""
    assert sorted({path.name.split("_")[1] for path in files}) == ["40", "41", "42", "43"]
    rows = read_manifest(files[0].parent)
    assert {row["novelty"] for row in rows} == {0.8}
    assert len({row["effects"]["tilt"] for row in rows}) == 4
    assert session.exports.path == files[0].parent
    with zipfile.ZipFile(io.BytesIO(view.download.content)) as parcel:
        assert len([name for name in parcel.namelist() if name.endswith(".flac")]) == 4
        assert [name for name in parcel.namelist() if name.endswith("manifest.csv")]
    assert card.progress.value == card.progress.max == 4


@pytest.mark.long
@pytest.mark.slow
def test_a_stopped_batch_is_continued(card, session):
    session.sound.create.generate(GenerateOptions(0.5, 7))
    session.batch.observe(lambda change: change.new == 1 and card.count.value == 30 and card.halt.click(), "done")
    card.count.value = 30
    card.make.click()
    before = made(session)
    assert 0 < len(before) < 30
    assert "start again to continue" in session.message
    card.count.value = len(before) + 2
    card.make.click()
    assert len(set(made(session))) == len(before) + 2
    names = {path.name for path in before[0].parent.glob("*.wav")}
    assert not any("-2" in name for name in names)


def test_errors_of_the_batch_are_shown(card, view, session):
    card.vary.value = "sweetness"
    card.make.click()
    assert "can't be varied" in session.message
    card.vary.value, card.name.value = "", "../{seed}"
    card.make.click()
    assert "without slashes" in session.message
    assert not session.batch.is_running
    view.form.effects["lowpass"].value = 5
    card.make.click()
    assert "at least 20 Hz" in session.message
