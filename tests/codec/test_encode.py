"""Long sounds in windows: the same codes and the same bits as in one piece, and lengths that are exact."""

import numpy as np
import pytest
import soundfile

from sda_lib.audio.chunks import read_blocks
from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.codec import encode
from sda_lib.codec.codes import load_codes, save_codes
from sda_lib.editing.registry import edit
from sda_lib.errors import SdaError
from sda_lib.model import model as bundle
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def medley(tiny_corpus):
    """All sounds of the corpus one after the other, four times, with an end that fills no frame."""
    clips = [read_clip(path) for path in sorted(tiny_corpus.glob("*.wav"))]
    samples = np.concatenate([clip.samples for clip in clips] * 4, axis=1)
    return AudioClip(samples[:, :-123], clips[0].sample_rate, "medley").resampled(48000)


def small_windows(monkeypatch):
    monkeypatch.setattr(encode, "WINDOW_FRAMES", 40)


def test_codes_do_not_depend_on_the_windows(model, medley, monkeypatch):
    whole = model.encode(medley)
    assert whole.frames > 3 * 40
    small_windows(monkeypatch)
    assert np.array_equal(model.encode(medley).indices, whole.indices)
    cuts = [medley.samples[:, first : first + 7777] for first in range(0, medley.length, 7777)]
    streamed = model.encode_stream(cuts)
    assert np.array_equal(streamed.indices, whole.indices)
    assert streamed.length == whole.length == medley.length


def test_a_file_read_in_blocks_gives_the_codes_of_its_clip(model, medley, tmp_path):
    soundfile.write(tmp_path / "m.wav", medley.samples.T, 44100)
    streamed = model.encode_stream(read_blocks(tmp_path / "m.wav", model.sample_rate, model.recipe.audio.channels))
    whole = model.encode(read_clip(tmp_path / "m.wav"))
    assert np.array_equal(streamed.indices, whole.indices)
    assert streamed.length == whole.length


@pytest.mark.parametrize("quality", ["play", "export"])
@pytest.mark.parametrize("amount", [0.0, 1.0])
def test_blocks_are_the_decoding_to_the_last_bit(model, medley, monkeypatch, amount, quality):
    codes = model.encode(medley)
    monkeypatch.setattr(bundle, "BLOCK_FRAMES", 60)
    blocks = [block.samples for block in model.decode_blocks(codes, amount, quality)]
    assert len(blocks) > 3
    whole = model.decode(codes, amount, quality)
    assert whole.length == medley.length
    assert np.array_equal(np.concatenate(blocks, axis=1), whole.samples)


@pytest.mark.parametrize("length", [1, 2047, 2048, 2049, 30_000])
def test_lengths_are_exact(model, length):
    codes = model.encode(AudioClip(np.random.default_rng(0).normal(0, 0.1, length), 48000))
    assert codes.frames == -(-length // model.hop)
    assert model.decode(codes).length == model.decode(codes, 0.0).length == length
    assert sum(block.length for block in model.decode_blocks(codes)) == length


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_the_length_survives_edits_and_files(model, suffix, tmp_path):
    codes = model.encode(AudioClip(np.random.default_rng(0).normal(0, 0.1, 20_000), 48000))
    changed = edit(codes, "randomize", seed=1, frames=(2, 4))
    assert changed.length == 20_000
    assert load_codes(save_codes(changed, tmp_path / f"x.{suffix}")).length == 20_000
    assert changed.with_indices(changed.indices[:, :3]).length is None
    again = model.redecode(changed, codes, model.decode(codes))
    assert again.length == 20_000
    assert np.array_equal(again.samples, model.decode(changed).samples)


def test_no_samples_are_no_sound(model):
    with pytest.raises(SdaError, match="no samples"):
        model.encode_stream([])
