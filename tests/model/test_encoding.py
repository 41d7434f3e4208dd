"""From sound to codes: how much time the search takes, sounds in blocks and in steps, the model's own recordings."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.codec.code_search import PART_FRAMES
from sda_lib.errors import SdaError
from sda_lib.model import encoding
from sda_lib.model.model import SdaModel
from sda_lib.work_steps import drained

UNKNOWN = ("elec_bell", "tabla_ghe5", "vinyl_scratch", "perc_swash")


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def unknown(pytestconfig):
    """Second-long beginnings of sounds of the demo."""
    clips = [read_clip(pytestconfig.rootpath / f"data/demo/{name}.flac") for name in UNKNOWN]
    return [replace(clip, samples=clip.samples[:, : clip.sample_rate]) for clip in clips]


@pytest.mark.usefixtures("thorough_by_default")
def test_auto_is_thorough_for_short_sounds_alone(model, unknown, monkeypatch):
    quick, thorough = (model.encode(unknown[0], effort).indices for effort in ("quick", "thorough"))
    assert not np.array_equal(quick, thorough)
    assert np.array_equal(model.encode(unknown[0]).indices, thorough)
    monkeypatch.setattr(encoding, "THOROUGH_SECONDS", 0.9 * unknown[0].seconds)
    assert np.array_equal(model.encode(unknown[0]).indices, quick)


@pytest.mark.usefixtures("thorough_by_default")
def test_blocks_of_a_sound_give_its_codes(model, unknown):
    samples = model._samples(unknown[3])
    cuts = [samples[:, first : first + 7777] for first in range(0, samples.shape[1], 7777)]
    for effort in ("auto", "quick", "thorough"):
        assert np.array_equal(model.encode_stream(cuts, effort).indices, model.encode(unknown[3], effort).indices)


def test_steps_find_the_codes_of_the_thorough_effort(model, unknown, tiny_corpus):
    """In a sound of several parts, one of which holds a recording of the model."""
    known = read_clip(tiny_corpus / "pluck.wav")
    samples = np.concatenate([model._samples(clip) for clip in (*unknown, known)], 1)
    clip, steps = AudioClip(samples, model.sample_rate), []
    codes = drained(model.encode_in_steps(clip), steps.append)
    assert codes.is_same(model.encode(clip, "thorough"))
    assert not codes.is_same(model.encode(clip, "quick"))
    shares = [step.share for step in steps]
    assert len(shares) > codes.frames / PART_FRAMES > 1
    assert (shares[0], shares) == (0.0, sorted(shares))
    assert {step.words for step in steps} == {encoding.SEARCHING}
    assert torch.is_grad_enabled()


def test_steps_refuse_what_encode_refuses(model):
    with pytest.raises(SdaError, match="no samples"):
        drained(model.encode_in_steps(AudioClip(np.zeros((1, 0)), 48000)))


@pytest.mark.usefixtures("thorough_by_default")
@pytest.mark.parametrize("effort", ["auto", "quick", "thorough"])
def test_a_recording_keeps_its_own_codes(model, tiny_corpus, effort):
    clip = read_clip(tiny_corpus / "pluck.wav")
    codes = model.encode(clip, effort)
    assert "pluck" in str(model.excerpt(codes))
    assert np.array_equal(codes.indices, model.encode(clip, "quick").indices)


@pytest.mark.usefixtures("thorough_by_default")
def test_a_known_recording_is_not_searched(model, tiny_corpus, monkeypatch):
    monkeypatch.setattr(encoding, "closer_codes", None)
    assert model.encode(read_clip(tiny_corpus / "rain.wav")).frames


def test_an_unknown_effort_is_one_sentence(model, unknown):
    with pytest.raises(SdaError, match="no effort 'hard'; there are auto, quick, thorough"):
        model.encode(unknown[0], "hard")
