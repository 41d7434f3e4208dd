"""Checks of a model's file before it is loaded."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from sda_lib.errors import SdaError
from sda_lib.model import checks, tensors
from sda_lib.model.header import read_header
from sda_lib.model.model import SdaModel


@pytest.fixture
def changed(tiny_model_path, tmp_path):
    """A function that writes a copy of a model whose header and tensors `change` alters."""

    def changed(change):
        header, tensors = read_header(tiny_model_path)[0], load_file(tiny_model_path)
        change(header, tensors)
        save_file(tensors, tmp_path / "other.sda", {"sda": json.dumps(header)})
        return tmp_path / "other.sda"

    return changed


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e7])
@pytest.mark.parametrize("name", ["codec.mean", "codec.bottleneck.codebooks", "memory.latents"])
def test_numbers_that_no_training_leaves_are_refused(changed, name, value):
    def change(_, tensors):
        tensors[name].flatten()[0] = value

    with pytest.raises(SdaError, match=rf"^other\.sda is damaged \({name} has numbers .*get another copy"):
        SdaModel.load(changed(change))


@pytest.mark.parametrize("name", ["memory.audio.99", "memory.other", "other"])
def test_a_tensor_that_nothing_needs_is_refused(changed, name):
    with pytest.raises(SdaError, match=r"other\.sda"):
        SdaModel.load(changed(lambda _, tensors: tensors.update({name: torch.zeros(4)})))


@pytest.mark.parametrize(
    "change",
    [
        lambda header, tensors: header["memory"][0].update(gain=0),
        lambda header, tensors: header["memory"][0].update(gain="much"),
        lambda header, tensors: header["memory"][0].update(offset=-1),
        lambda header, tensors: header["memory"][0].update(frames=True),
        lambda header, tensors: header.update(memory={"a": 1}),
        lambda header, tensors: tensors.update({"memory.audio.0": tensors["memory.audio.0"].float()}),
        lambda header, tensors: tensors.update({"memory.codes": tensors["memory.codes"][:, 1:].clone()}),
    ],
)
def test_pieces_that_do_not_fit_are_refused(changed, change):
    with pytest.raises(SdaError, match=r"^other\.sda is damaged \(memory: "):
        SdaModel.load(changed(change))


def test_recordings_are_not_longer_than_their_bytes_allow(changed, monkeypatch):
    monkeypatch.setattr(checks, "MOST_SAMPLES", 1000)
    monkeypatch.setattr(checks, "MOST_SAMPLES_A_BYTE", 0.01)
    with pytest.raises(SdaError, match=r"samples in \d+ bytes"):
        SdaModel.load(changed(lambda *_: None))


def test_a_model_of_much_silence_is_saved_so_that_it_opens(tiny_model_path, tmp_path, monkeypatch):
    """FLAC packs silence into next to nothing; such recordings are padded."""
    model = SdaModel.load(tiny_model_path)
    for module in (checks, tensors):
        monkeypatch.setattr(module, "MOST_SAMPLES", 1000)
        monkeypatch.setattr(module, "MOST_SAMPLES_A_BYTE", 0.2)
    model.save(tmp_path / "padded.sda")
    again = SdaModel.load(tmp_path / "padded.sda")
    assert (tmp_path / "padded.sda").stat().st_size > tiny_model_path.stat().st_size + 500_000
    assert again.fingerprints == model.fingerprints
    assert np.array_equal(again.memory.tape, model.memory.tape)
