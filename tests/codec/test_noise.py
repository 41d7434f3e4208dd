"""The texture puts back the noise that a median leaves out, keeps off partials, and calms latents without blurring."""

import numpy as np
import pytest
import torch

from sda_lib import SdaModel, edit, read_clip
from sda_lib.codec.codec import Codec
from sda_lib.codec.losses import si_sdr
from sda_lib.codec.noise import ONSET, REACH, band_shapes, noise_table, peak_free_mask, running_mean, smooth
from sda_lib.codec.stft import log_magnitude
from sda_lib.config import AudioConfig, CodecConfig
from sda_lib.memory.decode import remaining_noise
from sda_lib.memory.grains import Match

CONFIG = CodecConfig(levels=2, codebook_size=16, latent_dim=4, width=8, noise=1.0)
LEVEL = torch.zeros(40)


def codec(**changes):
    return Codec(AudioConfig(channels=1), CodecConfig(**{**CONFIG.__dict__, **changes}))


def noise_spectra(one, frames=60, seed=0):
    samples = 0.1 * torch.randn(1, frames * one.config.hop, generator=torch.Generator().manual_seed(seed))
    return log_magnitude(one.spectral.stft(samples))


def tone_spectra(one, frames=60):
    time = torch.arange(frames * one.config.hop) / 48000
    return log_magnitude(one.spectral.stft(0.1 * torch.sin(2 * np.pi * 1000 * time)[None]))


def medians(levels):
    return levels.median(-1, keepdim=True).values.expand_as(levels).contiguous()


def fitted(truth, width=0.0):
    """A texture for a decoder that says the median of each bin whatever the latent is."""
    one = codec()
    level = medians(truth)
    latent = torch.randn(truth.shape[-1] // one.ratio, 4, generator=torch.Generator().manual_seed(1))
    one.texture.fit(lambda latents: level[None], [latent], [truth], width)
    return one.texture, level, latent


def steps(levels, dim):
    return float(levels.diff(dim=dim)[:, 5:-5].square().mean())


@pytest.mark.parametrize("dim", [1, 2])
def test_noise_regains_its_roughness(dim):
    truth = noise_spectra(codec())
    texture, level, latent = fitted(truth)
    assert steps(level, dim) < 0.2 * steps(truth, dim)
    assert steps(level + texture(level, latent), dim) == pytest.approx(steps(truth, dim), rel=0.2)


def test_noise_keeps_the_median():
    truth = noise_spectra(codec(), frames=200)
    texture, level, latent = fitted(truth)
    added = texture(level, latent)
    assert abs(float(added[:, 5:-5].median())) < 0.02


def test_a_steady_tone_gets_none_within_40_db_of_its_peak():
    truth = tone_spectra(codec())[..., 8:-8]
    texture, level, latent = fitted(truth)
    added = texture(level, latent).abs()
    assert added[level > level.max() - 2].max() == 0
    assert added[level > level.max() - 2.5].max() < 0.05


def test_noise_stays_off_partials_between_noise():
    level = torch.zeros(1, 513, 8)
    level[:, 200] = 1.5
    level[:, [199, 201]] = 1.0
    free = peak_free_mask(level)
    assert free[:, 198:203].max() == 0
    assert free[:, 300:].min() == 1
    slope = torch.linspace(2, -2, 513)[None, :, None].expand(1, 513, 8)
    assert peak_free_mask(slope)[:, 10:-10].min() == 1


def test_noise_depends_on_the_place_alone():
    one = codec().texture
    whole = one.noise(0, 64)
    assert one.noise(24, 16).equal(whole[..., 24:40])
    assert not one.noise(0, 16).equal(whole[..., 16:32])


def test_noise_repeats_without_a_seam():
    one = codec().texture
    count = noise_table(1, 1024, 256, torch.device("cpu")).shape[1]
    around = one.noise(count - 40, 80)
    assert around[..., 40:].equal(one.noise(0, 40))
    power = torch.pow(10.0, 2 * around)
    over_time = [torch.corrcoef(power[0, :, at : at + 2].T)[0, 1] for at in (20, 39, 60)]  # windows overlap by 3/4
    assert all(0.25 < float(alike) < 0.65 for alike in over_time)
    assert float((one.noise(0, 1000) - one.noise(1000, 1000)).square().mean()) > 0.05


def test_noise_is_as_loud_as_white_noise():
    table = noise_table(2, 1024, 256, torch.device("cpu"))
    assert abs(float(table.median())) < 0.01
    assert abs(float(table[0, :, 5:-5].flatten().quantile(0.9) - table[1, :, 5:-5].flatten().quantile(0.9))) < 0.01
    rayleigh = 0.5 * (np.log10(-np.log(0.1)) - np.log10(np.log(2)))
    assert float(np.quantile(table[0, :, 5:-5].numpy(), 0.9)) == pytest.approx(rayleigh, abs=0.01)


def test_bands_share_out_every_bin():
    assert torch.allclose(band_shapes(513, 48000).sum(0), torch.ones(513), atol=1e-5)


def test_a_blank_texture_changes_nothing():
    one, latent, levels = codec(), torch.randn(6, 4), torch.zeros(1, 513, 48)
    assert one.texture.smooth(latent).equal(latent)
    assert one.texture(levels, latent).eq(0).all()


def test_smoothing_calms_jitter():
    steady, jitter = torch.ones(40, 8), torch.randn(40, 8, generator=torch.Generator().manual_seed(0)) * 0.1
    width = 0.1 * 8**0.5
    calm = smooth(steady + jitter, width, LEVEL)
    assert (calm - steady)[1:].norm() < 0.75 * jitter[1:].norm()


def test_smoothing_leaves_jumps_and_onsets():
    jump = torch.cat([torch.zeros(20, 4), torch.ones(20, 4)])
    assert torch.allclose(smooth(jump, 0.2, LEVEL), jump, atol=0.01)
    attack = 0.1 * torch.randn(40, 4)
    level = torch.where(torch.arange(40) < 20, 0.0, 2 * ONSET)
    calm = smooth(attack, 1.0, level)
    assert calm[20].equal(attack[20])
    changed = attack.clone()
    changed[:20] += 0.05
    assert smooth(changed, 1.0, level)[20:].equal(calm[20:])


def test_smoothing_has_the_stated_reach():
    latent, level = torch.randn(40, 4), torch.randn(40) * ONSET
    before = smooth(latent, 2.0, level)
    latent[20], level[20] = 3.0, 1.0
    moved = (smooth(latent, 2.0, level) != before).any(1).nonzero()[:, 0]
    assert moved.min() >= 20 - REACH
    assert moved.max() <= 20 + REACH


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_short_sounds_can_be_smoothed(frames):
    assert smooth(torch.ones(frames, 4), 1.0, torch.zeros(frames)).shape == (frames, 4)


def test_a_model_brings_its_texture_and_own_sounds_stay_exact(tiny_model_path, tiny_corpus):
    model = SdaModel.load(tiny_model_path)
    assert model.codec.texture.error > 0
    assert model.codec.texture.roughness.abs().sum() > 0
    for name in ("pluck", "rain", "sweep"):
        clip = read_clip(tiny_corpus / f"{name}.wav").resampled(model.sample_rate)
        assert si_sdr(clip, model.decode(model.encode(clip))) > 60


def test_noise_gives_way_to_grains():
    zero, one = torch.zeros(1), torch.ones(1)
    assert remaining_noise(Match(zero, zero, one, one), 1.0, 8).eq(0).all()
    assert remaining_noise(Match(zero, zero, zero, zero), 1.0, 8).eq(1).all()
    assert 0 < remaining_noise(Match(zero, zero, 0.5 * one, zero), 1.0, 1) < 1


@pytest.mark.parametrize("amount", [0.0, 1.0])
def test_an_edit_changes_nothing_beyond_its_reach(tiny_model_path, tiny_corpus, amount):
    model = SdaModel.load(tiny_model_path)
    codes = model.encode(read_clip(tiny_corpus / "rain.wav"))
    middle = codes.frames // 2
    changed = edit(codes, "randomize", seed=1, frames=(middle, middle + 1))
    before, after = model.decode(codes, amount).samples, model.decode(changed, amount).samples
    moved = np.flatnonzero((np.abs(before - after) > 1e-6).any(0)) // model.hop
    assert moved.min() >= middle - model.reach(amount)
    assert moved.max() <= middle + model.reach(amount)


def test_running_mean_ignores_the_outside():
    rows = torch.randn(2, 3, 40, generator=torch.Generator().manual_seed(0))
    found = running_mean(rows, 8)
    for place in (0, 5, 20, 39):
        near = rows[..., max(0, place - 8) : place + 9]
        assert torch.allclose(found[..., place], near.mean(-1), atol=1e-5)
