"""Loops in latent space: of the documented length, unchanged outside of the blend, and without a seam."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.editing.latent_loops import blend_ends, decode_loop
from sda_lib.errors import SdaError
from sda_lib.export.loop_quality import measure_seam, whole_clip_loop
from sda_lib.export.loops import seamless
from sda_lib.model.model import SdaModel

DEMO = Path(__file__).parents[2] / "data/demo"


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


def blend_frames(model):
    return round(0.2 * model.frame_rate)


@pytest.mark.parametrize("amount", [1.0, 0.0])
@pytest.mark.parametrize("name", ["tabla_ghe3", "ambi_glass_rub", "perc_till"])
def test_the_spectrum_changes_less_at_the_seam_than_after_a_crossfade(model, name, amount):
    codes = model.encode(read_clip(DEMO / f"{name}.flac"))
    loop, faded = decode_loop(model, codes, 0.2, amount), seamless(model.decode(codes, amount), 0.2)
    found, plain = measure_seam(loop, whole_clip_loop(loop)), measure_seam(faded, whole_clip_loop(faded))
    assert found.jump < 3
    assert found.flux < max(1.1 * plain.flux, 1.2)
    assert loop.length == (codes.samples // codes.hop - blend_frames(model)) * model.hop


def test_a_loop_is_one_period_of_the_decoded_repeated_latents(model):
    codes = model.encode(read_clip(DEMO / "ambi_glass_rub.flac"))
    loop, near = decode_loop(model, codes), model.reach()
    latent = blend_ends(model.embed(codes)[: codes.samples // codes.hop], blend_frames(model))
    alone = model.synth(latent)
    inside = slice((near + 1) * model.hop, (len(latent) - near - 1) * model.hop)
    assert np.corrcoef(loop.samples[:, inside].ravel(), alone.samples[:, inside].ravel())[0, 1] > 0.99


def test_only_the_ends_of_latents_are_blended():
    latent = torch.arange(20.0)[:, None].repeat(1, 3)
    found = blend_ends(latent, 4)
    assert len(found) == 16
    assert torch.equal(found[4:], latent[4:16])
    expected = torch.tensor([0.8 * 16 + 0.2 * 0, 0.6 * 17 + 0.4 * 1, 0.4 * 18 + 0.6 * 2, 0.2 * 19 + 0.8 * 3])
    assert torch.allclose(found[:4, 0], expected)


def test_short_sounds_are_repeated_and_invalid_blends_refused(model):
    codes = model.encode(AudioClip(np.sin(np.arange(20000) / 20)[None] * 0.3, 48000))
    blend = model.hop / model.sample_rate
    loop = decode_loop(model, codes, blend)
    assert loop.length == (20000 // model.hop - 1) * model.hop
    assert measure_seam(loop, whole_clip_loop(loop)).jump < 4
    with pytest.raises(SdaError, match="frames, so the blend must have 1 to"):
        decode_loop(model, codes, 5.0)
    with pytest.raises(SdaError, match="not 0"):
        decode_loop(model, codes, 0.0)


def test_a_loop_begins_after_a_cut_frame_and_plays_at_the_rate(model):
    codes = replace(model.encode(read_clip(DEMO / "ambi_glass_rub.flac")), length=None)
    plain = decode_loop(model, codes.with_indices(codes.indices[:, 1:]))
    same = decode_loop(model, replace(codes, lead=700, gain=-2.0))
    assert np.array_equal(same.samples, -2 * plain.samples)
    blend = 0.2 / 1.3
    faster = decode_loop(model, replace(codes, lead=700, rate=1.3), blend)
    assert faster.length == round(plain.length / 1.3)
    assert measure_seam(faster, whole_clip_loop(faster)).jump < 3
