"""The tensors of a model's file: what does not fit the recipe is refused."""

import json

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from sda_lib.decoder_version import DECODER_VERSION
from sda_lib.errors import SdaError
from sda_lib.model.header import FORMAT, read_header
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


def rewritten(tiny_model_path, tmp_path, change_header=None, change_tensors=None):
    header, _ = read_header(tiny_model_path)
    tensors = load_file(tiny_model_path)
    if change_header:
        change_header(header)
    if change_tensors:
        change_tensors(tensors)
    path = tmp_path / "other.sda"
    save_file(tensors, path, {"sda": json.dumps(header)})
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda header: header.update(format=FORMAT + 1), "newer"),
        (lambda header: header.update(format=1), "old format"),
        (lambda header: header["recipe"]["codec"].update(levels=5), "recipe calls for"),
        (lambda header: header.update(decoder=99) or header["recipe"]["codec"].update(levels=5), "a newer SDA"),
        (lambda header: header.update(decoder="x"), "not an .sda model"),
        (lambda header: header["recipe"]["codec"].update(width=10**12), "width must be from"),
        (lambda header: header.pop("recipe"), "recipe"),
        (lambda header: header["memory"].pop(), "damaged"),
        (lambda header: header["memory"][0].update(frames="x"), "damaged"),
        (lambda header: header["memory"][0].update(frames=10**9), "damaged"),
    ],
)
def test_headers_that_do_not_fit_are_refused(tiny_model_path, tmp_path, change, message):
    with pytest.raises(SdaError, match=message):
        SdaModel.load(rewritten(tiny_model_path, tmp_path, change_header=change))


def test_a_model_of_another_decoder_opens(model, tiny_model_path, tmp_path):
    for decoder in (1, 99):
        path = rewritten(tiny_model_path, tmp_path, lambda header, number=decoder: header.update(decoder=number))
        assert SdaModel.load(path).decoder == decoder
    assert model.decoder == DECODER_VERSION


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tensors: tensors.update(extra=torch.zeros(3)), "recipe calls for"),
        (lambda tensors: tensors.pop("codec.mean"), "recipe calls for"),
        (lambda tensors: tensors.pop("memory.codes"), "damaged"),
        (lambda tensors: tensors["memory.codes"].fill_(9999), "damaged"),
        (lambda tensors: tensors.update({"memory.audio.0": torch.zeros(50, dtype=torch.uint8)}), "damaged"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(tiny_model_path, tmp_path, change, message):
    with pytest.raises(SdaError, match=message):
        SdaModel.load(rewritten(tiny_model_path, tmp_path, change_tensors=change))


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), SafetensorError("I/O error: No space left on device")]
)
def test_a_failed_save_keeps_the_old_file(model, tmp_path, monkeypatch, error):
    path = tmp_path / "kept.sda"
    path.write_bytes(b"old")

    def full_disk(*_):
        raise error

    monkeypatch.setattr("sda_lib.model.tensors.save_file", full_disk)
    with pytest.raises(SdaError, match="No space left"):
        model.save(path)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["kept.sda"]


def test_memory_audio_is_flac(tiny_model_path):
    data = load_file(tiny_model_path)["memory.audio.0"].numpy().tobytes()
    assert data[:4] == b"fLaC"


def test_the_linear_path_is_stored_in_half_precision_without_loss(tiny_model_path, tmp_path):
    tensors = load_file(tiny_model_path)
    assert {tensors["codec.ridge"].dtype, tensors["codec.components"].dtype} == {torch.float16}
    model = SdaModel.load(tiny_model_path)
    again = SdaModel.load(model.save(tmp_path / "again.sda"))
    assert model.codec.ridge.dtype == torch.float32
    assert again.codec.ridge.equal(model.codec.ridge)
    assert again.codec.components.equal(model.codec.components)
