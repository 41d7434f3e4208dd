"""A model file: there and back, exact on own sounds, local in its edits, and closed to strangers' tricks."""

import dataclasses
import json
import pickle
import struct
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.codec.losses import mel_distance, si_sdr
from sda_lib.editing.registry import edit
from sda_lib.errors import SdaError
from sda_lib.model.header import FORMAT, peek, read_header
from sda_lib.model.model import SdaModel
from sda_lib.writers.registry import writer_of


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def pluck(tiny_corpus):
    return read_clip(tiny_corpus / "pluck.wav")


def test_own_sounds_come_back(model, tiny_corpus):
    for path in sorted(tiny_corpus.glob("*.wav")):
        clip = read_clip(path).resampled(model.sample_rate).with_channels(1)
        assert si_sdr(clip, model.decode(model.encode(clip)).with_channels(1)) > 40, path.name


def test_without_memory_it_is_the_model_alone(model, pluck):
    codes = model.encode(pluck)
    alone = model.decode(codes, 0.0)
    assert 0 < mel_distance(pluck, alone) < 3
    assert si_sdr(pluck.resampled(48000), alone.with_channels(1)) < 30


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.0])
def test_an_edit_stays_within_the_reach(model, amount):
    rng = np.random.default_rng(0)
    sound = AudioClip(rng.normal(0, 0.1, 48000 * 2), 48000)
    codes = model.encode(sound)
    middle = codes.frames // 2
    changed = edit(codes, "randomize", seed=1, frames=(middle, middle + 1))
    before, after = model.decode(codes, amount), model.decode(changed, amount)
    differs = np.flatnonzero((before.samples != after.samples).any(0)) // codes.hop
    reach = model.reach(amount)
    assert middle in differs
    assert middle - reach <= differs.min()
    assert differs.max() <= middle + reach
    assert codes.frames > 2 * reach + 3


@pytest.mark.parametrize("amount", [0.0, 1.0])
@pytest.mark.parametrize("frames", [(0, 1), (20, 23), (-2, None)])
def test_redecoding_an_edit_is_decoding_it(model, amount, frames):
    codes = model.encode(AudioClip(np.random.default_rng(0).normal(0, 0.1, 96000), 48000))
    first, end = frames[0] % codes.frames, frames[1] or codes.frames
    changed = edit(codes, "randomize", seed=2, frames=(first, end))
    whole = model.decode(changed, amount)
    part = model.redecode(changed, codes, model.decode(codes, amount), amount)
    assert np.array_equal(whole.samples, part.samples)
    assert not np.array_equal(part.samples, model.decode(codes, amount).samples)


def test_there_and_back(model, pluck, tmp_path):
    codes = model.encode(pluck)
    again = SdaModel.load(model.save(tmp_path / "again.sda"))
    assert np.array_equal(again.encode(pluck).indices, codes.indices)
    assert np.allclose(again.decode(codes).samples, model.decode(codes).samples, atol=1e-3)
    assert again.header["name"] == "tiny"
    assert again.usage.equal(model.usage)
    assert int(model.usage[0].sum()) == len(model.memory)


def test_without_memory_nothing_of_the_recordings_is_left(model, pluck, tmp_path):
    shared = model.without_memory()
    data = shared.save(tmp_path / "shared.sda").read_bytes()
    assert not [name for name in (b"pluck", b"sweep", b"fLaC", b"memory.audio", b"memory.codes") if name in data]
    again = SdaModel.load(tmp_path / "shared.sda")
    assert again.memory is None
    assert again.recipe.memory.enabled is False
    assert not {"held_out", "memory", "folder", "skipped"} & {*again.header, *again.header["corpus"]}
    assert again.header["corpus"]["files"] == 3
    codes = model.encode(pluck)
    assert again.encode(pluck).indices.shape == codes.indices.shape
    assert np.array_equal(again.decode(codes).samples, model.decode(codes, 0.0).samples)
    with pytest.raises(SdaError, match="without its recordings"):
        writer_of(again, "walk")


def test_any_rate_and_channel_count(model):
    stereo = AudioClip(np.random.default_rng(0).normal(0, 0.1, (2, 22050)), 22050)
    assert model.encode(stereo).frames == -(-48000 // model.hop)
    assert model.encode(AudioClip(np.zeros((1, 1)), 44100)).frames == 1


def test_wild_codes_stay_finite(model):
    codes = model.encode(AudioClip(np.zeros((1, 96000)), 48000))
    clip = model.decode(edit(codes, "randomize", seed=3))
    assert np.isfinite(clip.samples).all()


def test_codes_of_another_model_are_refused(model, pluck):
    codes = dataclasses.replace(model.encode(pluck), hop=512, length=None)
    with pytest.raises(SdaError, match="another model"):
        model.decode(codes)
    with pytest.raises(SdaError, match="0 to 1"):
        model.decode(model.encode(pluck), 1.5)


def test_peek_reads_the_header_alone(tiny_model_path):
    header = peek(tiny_model_path)
    assert header["format"] == FORMAT
    assert header["corpus"]["files"] == 3
    assert header["metrics"]["held_out"] <= header["metrics"]["held_out_start"]


# --- files that are not what they say ---------------------------------------------------------------------------------


def broken(tmp_path, data):
    path = tmp_path / "broken.sda"
    path.write_bytes(data)
    return path


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not an .sda"),
        (b"just some text, nothing more", "not an .sda"),
        (pickle.dumps({"weights": [1, 2, 3]}), "pickle"),
        (b"PK\x03\x04" + bytes(100), "pickle"),
        (struct.pack("<Q", 9) + b"not json!", "not an .sda"),
        (struct.pack("<Q", 2) + b"{}", "not an .sda"),
    ],
)
def test_foreign_files(tmp_path, data, says):
    path = broken(tmp_path, data)
    for reading in (peek, SdaModel.load):
        with pytest.raises(SdaError, match=says):
            reading(path)


def test_nothing_is_ever_unpickled(tmp_path):
    path = broken(tmp_path, pickle.dumps(Bomb()))
    with pytest.raises(SdaError):
        SdaModel.load(path)


def test_missing_file(tmp_path):
    with pytest.raises(SdaError, match="sda train"):
        SdaModel.load(tmp_path / "nowhere.sda")


@pytest.mark.parametrize("share", [0.001, 0.3, 0.999])
def test_truncated(tiny_model_path, tmp_path, share):
    data = tiny_model_path.read_bytes()
    path = broken(tmp_path, data[: int(len(data) * share)])
    for reading in (peek, SdaModel.load):
        with pytest.raises(SdaError, match="cut off"):
            reading(path)


def rewritten(tiny_model_path, tmp_path, change_manifest=None, change_tensors=None):
    header, _ = read_header(tiny_model_path)
    tensors = load_file(tiny_model_path)
    if change_manifest:
        change_manifest(header)
    if change_tensors:
        change_tensors(tensors)
    path = tmp_path / "other.sda"
    save_file(tensors, path, {"sda": json.dumps(header)})
    return path


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda header: header.update(format=FORMAT + 1), "newer"),
        (lambda header: header.update(format=1), "old format"),
        (lambda header: header["recipe"]["codec"].update(levels=5), "recipe calls for"),
        (lambda header: header["recipe"]["codec"].update(width=10**12), "width must be from"),
        (lambda header: header.pop("recipe"), "recipe"),
        (lambda header: header["memory"].pop(), "damaged"),
        (lambda header: header["memory"][0].update(frames="x"), "damaged"),
        (lambda header: header["memory"][0].update(frames=10**9), "damaged"),
    ],
)
def test_manifests_that_lie(tiny_model_path, tmp_path, change, says):
    with pytest.raises(SdaError, match=says):
        SdaModel.load(rewritten(tiny_model_path, tmp_path, change_manifest=change))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda tensors: tensors.update(extra=torch.zeros(3)), "recipe calls for"),
        (lambda tensors: tensors.pop("codec.mean"), "recipe calls for"),
        (lambda tensors: tensors.pop("memory.codes"), "damaged"),
        (lambda tensors: tensors["memory.codes"].fill_(9999), "damaged"),
        (lambda tensors: tensors.update({"memory.audio.0": torch.zeros(50, dtype=torch.uint8)}), "damaged"),
    ],
)
def test_tensors_that_lie(tiny_model_path, tmp_path, change, says):
    with pytest.raises(SdaError, match=says):
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


@pytest.mark.slow
def test_loading_needs_no_compiler(tiny_model_path):
    """Which torch brings along: seconds and a hundred megabytes for nothing."""
    probe = (
        f"import sys, sda_lib; sda_lib.SdaModel.load({str(tiny_model_path)!r}); print('torch._inductor' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_memory_audio_is_flac(tiny_model_path):
    data = load_file(tiny_model_path)["memory.audio.0"].numpy().tobytes()
    assert data[:4] == b"fLaC"


def test_what_nobody_hears_changes_no_code(model, tiny_corpus):
    """A recording that was rounded to 16 bits once more, at another gain, still leads to its own codes."""
    clip = read_clip(tiny_corpus / "rain.wav").resampled(model.sample_rate)
    rounded = dataclasses.replace(clip, samples=np.round(clip.samples * 30011) / 30011)
    assert np.array_equal(model.encode(clip).indices, model.encode(rounded).indices)
    assert si_sdr(clip, model.decode(model.encode(rounded))) > 60


def test_the_linear_path_takes_half_the_room_and_loses_nothing(tiny_model_path, tmp_path):
    tensors = load_file(tiny_model_path)
    assert {tensors["codec.ridge"].dtype, tensors["codec.components"].dtype} == {torch.float16}
    model = SdaModel.load(tiny_model_path)
    again = SdaModel.load(model.save(tmp_path / "again.sda"))
    assert model.codec.ridge.dtype == torch.float32
    assert again.codec.ridge.equal(model.codec.ridge)
    assert again.codec.components.equal(model.codec.components)
