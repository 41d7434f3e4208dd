"""The report: one self-contained file with escaped names and playable sounds."""

import base64
import dataclasses
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.losses import si_sdr
from sda_lib.errors import SdaError
from sda_lib.health.diagnose import diagnose
from sda_lib.health.report import STYLE, html_report, write_report
from sda_lib.memory.grains import Memory
from sda_lib.model.model import SdaModel

pytestmark = pytest.mark.slow

HOSTILE = '<img src=x onerror="alert(1)">&'


class Page(HTMLParser):
    """Tags with their attributes, and all text, of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def health(tiny_model_path):
    """The health of a model with hostile names."""
    model = SdaModel.load(tiny_model_path)
    pieces = [dataclasses.replace(piece, name=HOSTILE + piece.name) for piece in model.memory.pieces]
    held_out = [piece.name for piece in pieces]
    header = {**model.header, "name": HOSTILE, "held_out": held_out}
    return diagnose(dataclasses.replace(model, memory=Memory(model.codec, pieces), header=header))


@pytest.fixture(scope="module")
def page(health):
    return Page(html_report(health))


def test_it_is_self_contained(page):
    addresses = [one[key] for _, one in page.tags for key in ("src", "href") if key in one]
    assert len(addresses) > 5
    assert all(address.startswith("data:") for address in addresses)
    assert not page.of("script") + page.of("link")
    assert "url(" not in STYLE


def test_names_are_escaped(page):
    assert HOSTILE in page.text
    assert all("onerror" not in one for _, one in page.tags)
    assert len(page.of("img")) == 4  # usage, distances, transitions, the curve of training


def test_figures_are_images(page):
    for one in page.of("img"):
        data = base64.b64decode(one["src"].partition(",")[2])
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert len(data) > 5000


def test_the_worst_files_are_in_it_as_audio(page, health):
    sounds = page.of("audio")
    assert len(sounds) == 2 * sum(one.original is not None for one in health.fidelity.files)
    worst = health.fidelity.files[0]
    for one, clip in zip(sounds, (worst.original, worst.decoded), strict=False):
        samples, rate = soundfile.read(io.BytesIO(base64.b64decode(one["src"].partition(",")[2])), always_2d=True)
        assert rate == clip.sample_rate
        assert si_sdr(clip, AudioClip(samples.T.astype(np.float32), rate)) > 40


def test_files_that_decode_above_full_scale_are_not_clipped(health):
    worst = health.fidelity.files[0]
    loud = AudioClip(worst.decoded.samples * np.float32(3.5 / worst.decoded.peak), worst.decoded.sample_rate)
    fidelity = dataclasses.replace(health.fidelity, files=(dataclasses.replace(worst, decoded=loud),))
    page = Page(html_report(dataclasses.replace(health, fidelity=fidelity)))
    assert re.search(r"Both play at -1[01]\.\d dB to stay below full scale", page.text)
    for one, clip in zip(page.of("audio"), (worst.original, loud), strict=True):
        samples, rate = soundfile.read(io.BytesIO(base64.b64decode(one["src"].partition(",")[2])), always_2d=True)
        assert np.abs(samples).max() < 1
        assert si_sdr(clip, AudioClip(samples.T.astype(np.float32), rate)) > 30


def test_severities_sentences_and_fixes_are_in_it(health):
    damaged = dataclasses.replace(
        health,
        findings=tuple(dataclasses.replace(one, severity="red", fix="sda train 'a&b'") for one in health.findings),
    )
    page = Page(html_report(damaged))
    assert all(one.sentence in page.text for one in damaged.findings)
    assert "sda train 'a&b'" in page.text
    assert len([one for one in page.of("span") if one.get("class") == "severity red"]) > len(damaged.findings)


def test_a_model_without_recordings_has_a_report(tiny_model_path):
    health = diagnose(SdaModel.load(tiny_model_path).without_memory())
    page = Page(html_report(health))
    assert len(page.of("img")) == 2  # the codes' use, and the curve of training
    assert not page.of("audio")
    assert all(one in page.text for one in health.unknown)


def test_it_is_written_as_html_only(health, tmp_path, full_disk):
    path = write_report(health, tmp_path / "deep" / "health.html")
    assert re.match(r"<!doctype html>", path.read_text())
    with pytest.raises(SdaError, match=r"\.html"):
        write_report(health, tmp_path / "health.pdf")
    before = path.read_bytes()
    with full_disk(), pytest.raises(SdaError, match="can't be written"):
        write_report(health, path)
    assert path.read_bytes() == before


def test_the_training_curve_is_drawn_if_it_has_several_points(health, tiny_model_path):
    model = SdaModel.load(tiny_model_path)
    assert health.curve == model.curve
    assert model.curve[0][0] == 0
    assert model.curve[-1][0] == 3
    assert len(health.facts()["curve"][0]) == 3
    drawn = len(Page(html_report(health)).of("img"))
    assert len(Page(html_report(dataclasses.replace(health, curve=health.curve[:1]))).of("img")) == drawn - 1
    strange = [[0, 1.5], [1, "2"], [2, float("nan")], 3, [4], [5, 1.0, 2.0]]
    assert dataclasses.replace(model, header={"curve": strange}).curve == ((0, 1.5), (5, 1, 2))
    assert dataclasses.replace(model, header={"curve": "x"}).curve == ()
