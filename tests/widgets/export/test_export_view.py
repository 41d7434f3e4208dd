"""The Export card: what the form says is what the file is."""

import pytest
import soundfile

from sda_lib.audio.tags import read_tags
from sda_lib.export.spatial import SPACES
from sda_lib.sessions import provenance_tags
from sda_widgets.export.delivery_form import SPACES as OFFERED
from sda_widgets.export.delivery_form import SUFFIXES, DeliveryForm
from sda_widgets.export.export_view import ExportView
from sda_widgets.export.pan_pad import PanPad


@pytest.fixture
def card(session):
    return ExportView(session)


def test_every_space_and_format_of_the_library_is_offered():
    assert set(OFFERED.values()) == set(SPACES)
    assert len(SUFFIXES) == 5


def test_without_a_choice_nothing_is_finished():
    assert DeliveryForm().finish.to_plain() == {}


@pytest.mark.parametrize("suffix", SUFFIXES.values())
def test_every_format_that_is_offered_can_be_written(card, session, suffix):
    card.form.format.value = suffix
    for bits in [value for _, value in card.form.depth.options]:
        card.form.depth.value = bits
        card.write.click()
        assert session.message == ""
        assert session.exports.path.suffix == suffix
        assert soundfile.info(session.exports.path).duration == pytest.approx(session.sound.seconds, abs=0.06)
        assert card.download.content == session.exports.path.read_bytes()
        assert card.download.type.startswith("audio/")


def test_choices_are_kept_if_the_format_has_them():
    form = DeliveryForm()
    form.rate.value, form.depth.value, form.space.value = 96000, 32, "ambisonics"
    form.format.value = ".flac"
    assert (form.rate.value, form.depth.value, form.space.value) == (96000, 24, "ambisonics")
    form.format.value = ".mp3"
    assert (form.rate.value, form.space.value, form.depth.disabled) == (0, "as it is", True)


@pytest.mark.slow
def test_the_form_finishes_the_sound(card, session):
    form = card.form
    form.space.value, form.loudness.value, form.rate.value = "binaural", -18.0, 44100
    form.pad.azimuth, form.pad.elevation, form.pad.distance = 90.0, 10.0, 2.0
    form.effects["reverb"].value, form.effects["room"].value = 0.3, 0.2
    form.tags["artist"].value = "ü <b>名</b>"
    card.write.click()
    provenance = provenance_tags.read_provenance(session.exports.path).finish
    assert provenance.space.place.points == ((0.0, 90.0, 10.0, 2.0),)
    assert (provenance.effects.reverb, provenance.delivery.lufs) == (0.3, -18.0)
    assert (soundfile.info(session.exports.path).channels, soundfile.info(session.exports.path).samplerate) == (
        2,
        44100,
    )
    assert read_tags(session.exports.path)["artist"] == "ü <b>名</b>"
    form.moves.value = True
    card.write.click()
    assert provenance_tags.read_provenance(session.exports.path).finish.space.place.moves


def test_only_fields_of_the_space_are_shown():
    form = DeliveryForm()
    assert isinstance(form.pad, PanPad)
    for space, stereo, around in (("as it is", "none", "none"), ("stereo", None, "none"), ("binaural", "none", None)):
        form.space.value = space
        assert (form.stereo.layout.display, form.around.layout.display) == (stereo, around)


def test_an_export_is_made_again_from_its_tags(card, session, tmp_path):
    card.form.format.value = ".wav"
    card.write.click()
    provenance = provenance_tags.read_provenance(session.exports.path)
    again = provenance_tags.write_with_provenance(
        session.model, provenance, tmp_path / "again.wav", read_tags(session.exports.path)
    )
    assert again.read_bytes() == session.exports.path.read_bytes()


def test_errors_of_the_delivery_are_shown(card, session):
    card.form.effects["lowpass"].value = 5
    card.write.click()
    assert "at least 20 Hz" in session.message


def test_the_export_can_be_downloaded(session):
    window = ExportView(session)
    window.write.click()
    assert window.download.content == session.exports.path.read_bytes()
    assert window.download.name == session.exports.path.name
