"""Codes of sounds that are encoded part by part are those of the whole sound."""

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.errors import SdaError
from sda_lib.memory import recognized_sound
from sda_lib.memory.recognized_sound import RecognizedSound, recognized_codes
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


@pytest.fixture(scope="module")
def collage(model):
    """Latents [frame, dim] of recordings, many of them moved a little and some far away, and other codes."""
    memory, generator = model.memory, torch.Generator().manual_seed(0)
    latent = memory.latents.clone()
    away = torch.randn(latent.shape, generator=generator)
    away = memory.unit * away / away.norm(dim=1, keepdim=True)
    near = torch.rand(len(latent), generator=generator) < 0.6
    far = torch.rand(len(latent), generator=generator) < 0.1
    latent[near] += 0.4 * away[near]
    latent[far] += 6 * away[far]
    return latent, torch.zeros_like(memory.codes)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_parts_are_recognized_as_the_whole(model, collage, size):
    latent, codes = collage
    whole = model.memory.recognized(latent, codes)
    parts = recognized_codes(model.memory, zip(latent.split(size), codes.split(size, 1), strict=True))
    found = torch.cat(list(parts), 1)
    assert torch.equal(found, whole)
    assert whole.any()
    assert (whole == 0).all(0).any()


def test_what_is_held_is_limited(model, collage, monkeypatch):
    """Where nothing is recognized, parts leave before the sound ends."""
    monkeypatch.setattr(recognized_sound, "HELD_FRAMES", 20)
    latent, codes = collage
    foreign, read = latent + 100, []

    def parts():
        for part in zip(foreign.split(8), codes.split(8, 1), strict=True):
            read.append(len(part[0]))
            yield part

    given = 0
    for one in recognized_codes(model.memory, parts()):
        given += one.shape[1]
        assert sum(read) - given <= 28
    assert given == len(foreign)


def test_a_long_sound_is_encoded_as_its_codes_are(model, tmp_path, pytestconfig):
    """Recordings in a row, with other sound between them: more windows than one."""
    paths = sorted((pytestconfig.rootpath / "data/demo").glob("tabla_ghe*"))
    clips = [read_clip(path).resampled(model.sample_rate).with_channels(1).samples for path in paths]
    noise = 0.1 * np.random.default_rng(0).standard_normal((1, 9 * model.sample_rate)).astype(np.float32)
    samples = np.concatenate([*clips, noise, *clips], 1)
    clip = AudioClip(samples, model.sample_rate)
    codes = model.encode(clip, "quick")
    latent = model.latent(clip)
    searched = torch.cat([model.codec.quantize(one[None]).indices[0] for one in latent.split(256)], 1)
    assert np.array_equal(codes.indices, model.memory.recognized(latent, searched).numpy())
    assert codes.indices.dtype == np.int64


def test_an_empty_sound_is_refused(model):
    with pytest.raises(SdaError, match="no samples"):
        list(RecognizedSound(model.codec, [], None))
    with pytest.raises(SdaError, match="no samples"):
        model.encode_stream([])
