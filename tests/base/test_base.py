"""Bases: they fill codecs of their grid, and a changed file is refused."""

import shutil

import pytest
import torch

from sda_lib.base.base import BASES, CARD, FOLDER, base_for, base_name, base_of, file_name, load_base, read_card
from sda_lib.codec.codec import Codec
from sda_lib.config import SHORT_SOUNDS, AudioConfig, CodecConfig, Recipe
from sda_lib.errors import SdaError


def test_every_grid_has_its_base():
    assert base_name(AudioConfig(), CodecConfig(latent_dim=8, codebook_size=32, beam=1)) == "long-mono"
    assert base_name(AudioConfig(channels=2), SHORT_SOUNDS) == "short-stereo"


@pytest.mark.parametrize(
    ("audio", "codec"),
    [
        (AudioConfig(sample_rate=44100), CodecConfig()),
        (AudioConfig(), CodecConfig(levels=8)),
        (AudioConfig(), CodecConfig(width=32)),
        (AudioConfig(), CodecConfig(bottleneck="none")),
    ],
)
def test_other_recipes_have_none(audio, codec):
    assert base_name(audio, codec) is None
    assert base_for(Recipe(audio=audio, codec=codec)) is None


@pytest.mark.parametrize("choice", [None, 7, {}, {"base": []}, {"base": {"name": []}}, {"base": {"name": "long-mono"}}])
def test_a_header_without_this_base_names_none(choice):
    assert base_of({"choice": choice}) is None
    assert base_of({}) is None


def test_the_base_of_a_header_is_found():
    base = load_base("short-mono")
    assert base_of({"choice": {"base": base.facts}}) is base


SHIPPED = sorted(read_card()["bases"])


def test_the_card_describes_all_shipped_files():
    assert {path.name for path in FOLDER.glob("*.safetensors")} == {file_name(name) for name in SHIPPED}
    assert set(SHIPPED) <= set(BASES)
    assert sum((FOLDER / file_name(name)).stat().st_size for name in SHIPPED) < 12e6


def test_a_grid_without_a_file_has_no_base(tmp_path, monkeypatch):
    monkeypatch.setattr("sda_lib.base.base.FOLDER", tmp_path)
    assert base_for(Recipe()) is None


@pytest.mark.parametrize("name", SHIPPED)
def test_a_base_fills_a_codec(name):
    audio, config = BASES[name]
    base, codec = load_base(name), Codec(audio, config)
    base.fill(codec)
    assert not codec.is_linear
    assert base.gram.shape == (len(codec.ridge),) * 2
    assert (torch.linalg.eigvalsh(base.gram.double()) > -1e-3).all()
    assert base.facts == {"name": name, "sha256": read_card()["bases"][name]["sha256"]}


def test_a_changed_file_is_refused(tmp_path):
    shutil.copy(FOLDER / CARD, tmp_path)
    data = bytearray((FOLDER / file_name("long-mono")).read_bytes())
    data[-1] ^= 1
    (tmp_path / file_name("long-mono")).write_bytes(data)
    with pytest.raises(SdaError, match="not the file that"):
        load_base("long-mono", tmp_path)
    with pytest.raises(SdaError, match="missing"):
        load_base("short-stereo", tmp_path)
