"""Novelty: shorter runs up to a half, and noise beyond that moves codes as far as a corpus allows."""

import numpy as np

from sda_lib.writers.generate import generate
from sda_lib.writers.novelty import LONGEST_RUN, MIDDLE_RUN, NOISE, mean_run, noise_amount, noise_scale
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import own_waveform


def test_runs_shorten_first_and_noise_comes_then():
    steps = np.linspace(0, 1, 11)
    runs, noise = [mean_run(one) for one in steps], [noise_amount(one) for one in steps]
    assert runs[0] == LONGEST_RUN
    assert np.isclose(runs[5:], MIDDLE_RUN).all()
    assert (np.diff(runs[:6]) < 0).all()
    assert noise[5] == 0
    assert noise[-1] == NOISE
    assert (np.diff(noise[5:]) > 0).all()


def test_noise_lies_between_the_spread_of_all_and_the_distance_of_neighbors():
    centers = np.random.default_rng(0).normal(0, 10, (40, 8))
    latents = (centers[:, None] + np.random.default_rng(1).normal(0, 0.1, (40, 5, 8))).reshape(-1, 8).astype(np.float32)
    scale = noise_scale(latents, np.repeat(np.arange(40), 5))
    assert np.allclose(scale / np.linalg.norm(scale), latents.std(0) / np.linalg.norm(latents.std(0)), atol=1e-4)
    twice = noise_scale(2 * latents, np.repeat(np.arange(40), 5))
    assert np.allclose(twice, 2 * scale, rtol=1e-3)
    alike = noise_scale(latents, np.tile(np.arange(5), 40))  # neighbors are in other recordings: nearer
    assert np.linalg.norm(alike) < np.linalg.norm(scale) / 2


def test_more_novelty_copies_less_of_the_waveform(plain):
    def share(novelty):
        takes = [generate(plain, GenerateOptions(seconds=1.5, seed=seed, novelty=novelty)) for seed in range(4)]
        return np.mean([own_waveform(plain, take.codes, [take.clip.samples]).share for take in takes])

    shares = [share(one) for one in (0.0, 0.5, 1.0)]
    assert shares[0] > 0.8
    assert shares[0] >= shares[1] > shares[2]
