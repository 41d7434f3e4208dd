"""The Gaussian that writes latents: stationary, as wide and as steady as the recordings, exact between two frames."""

import numpy as np
import pytest
import torch

from sda_lib.prior.gaussian import STEADIEST, Gaussian, gaussian_shapes

DIM = 5
SPREAD = np.array([20.0, 6.0, 3.0, 1.0, 0.2])
STEPS = np.diag([0.95, 0.9, 0.7, 0.4, 0.0])


def recording(frames, seed, step=STEPS):
    """Latents of a process with that step in units of SPREAD, turned, and with a mean."""
    generator, row, rows = np.random.default_rng(seed), None, []
    root = np.linalg.cholesky(np.eye(DIM) - step @ step.T)
    for _ in range(frames):
        row = generator.standard_normal(DIM) if row is None else step @ row + root @ generator.standard_normal(DIM)
        rows.append(row)
    return torch.tensor(np.array(rows) * SPREAD @ rotation() + 3.0, dtype=torch.float32)


def rotation():
    return np.linalg.qr(np.random.default_rng(7).standard_normal((DIM, DIM)))[0]


def moments(latent):
    """Covariance of frames, and of frames with the ones after them."""
    away = latent.double().numpy() - latent.double().numpy().mean(0)
    return np.cov(away.T, bias=True), away[1:].T @ away[:-1] / (len(away) - 1)


def generate_frames(gaussian, frames=4, seed=0, temperature=1.0, before=None):
    return gaussian.write(frames, temperature, np.random.default_rng(seed), before)


@pytest.fixture(scope="module")
def recordings():
    return [recording(800, seed) for seed in range(5)]


@pytest.fixture(scope="module")
def gaussian(recordings):
    return Gaussian.fitted(recordings)


def test_the_covariance_fitted_is_the_frames_own(gaussian, recordings):
    frames = torch.cat(recordings)
    assert np.allclose(gaussian.spread @ gaussian.spread.T, moments(frames)[0], rtol=1e-3, atol=1e-3)
    assert np.allclose(gaussian.mean, frames.mean(0), atol=1e-3)


def test_new_frames_are_stationary_from_the_first_on(gaussian):
    """1 = K 1 K' + (1 - K K') to the last digits, and what is drawn agrees, at the first frame and the last."""
    innovation = gaussian._innovation
    assert np.allclose(gaussian.step @ gaussian.step.T + innovation @ innovation.T, np.eye(DIM), atol=1e-6)
    sounds = torch.stack([generate_frames(gaussian, 12, seed) for seed in range(1200)])
    wanted = gaussian.spread @ gaussian.spread.T
    for frame in (0, 11):
        found = np.cov(sounds[:, frame].T.numpy(), bias=True)
        assert np.abs(found - wanted).max() < 0.1 * np.trace(wanted)
    assert np.allclose(sounds.mean((0, 1)), gaussian.mean, atol=0.05 * SPREAD[0])


def test_frames_follow_as_in_the_recordings(gaussian, recordings):
    own = np.mean([moments(one)[1] for one in recordings], axis=0)
    found = moments(generate_frames(gaussian, 20_000))[1]
    assert np.abs(found - own).max() < 0.1 * np.abs(own).max()


def test_no_frame_follows_one_of_another_recording():
    """Two levels, each constant within its recordings, whose order does not matter."""
    still = [torch.full((40, DIM), float(level)) + 0.1 * recording(40, level) for level in range(4)]
    one, other = Gaussian.fitted(still), Gaussian.fitted([still[place] for place in (2, 0, 3, 1)])
    assert np.allclose(one.spread @ one.step @ one.spread.T, other.spread @ other.step @ other.spread.T, atol=1e-2)
    single = [row[None] for row in still[0]]
    assert not Gaussian.fitted(single).step.any()


def test_equal_seeds_are_equal_and_others_are_not(gaussian):
    assert generate_frames(gaussian, seed=3).equal(generate_frames(gaussian, seed=3))
    assert not generate_frames(gaussian, seed=3).equal(generate_frames(gaussian, seed=4))


def test_temperature_is_the_standard_deviation(gaussian):
    mean = torch.from_numpy(gaussian.mean)
    assert torch.allclose(generate_frames(gaussian, temperature=0.0), mean.expand(4, DIM))
    near, far = generate_frames(gaussian, temperature=0.5) - mean, generate_frames(gaussian, temperature=2.0) - mean
    assert torch.allclose(4 * near, far, atol=1e-3)


@pytest.mark.parametrize("growth", [1.2, 1.02])
def test_growing_recordings_give_a_stable_process(growth):
    """Every recording moves away from the mean, frame by frame; nothing generate_frames does."""
    away = [2.0**number * growth ** torch.arange(30.0)[:, None] * torch.ones(DIM) for number in range(4)]
    gaussian = Gaussian.fitted([sign * one for one in away for sign in (1, -1)])
    assert np.linalg.norm(gaussian.step, 2) <= STEADIEST + 1e-6
    assert generate_frames(gaussian, 4000).abs().max() < 6 * torch.cat(away).abs().max()


@pytest.mark.parametrize(
    "recordings", [[torch.ones(1, DIM)], [torch.zeros(50, DIM)], [torch.ones(1, DIM), 2 * torch.ones(1, DIM)]]
)
def test_tiny_recordings_give_finite_frames(recordings):
    gaussian, frames = Gaussian.fitted(recordings), torch.cat(recordings)
    sound = generate_frames(gaussian, 50)
    assert sound.isfinite().all()
    assert (sound - frames.mean(0)).abs().max() <= 6 * frames.std(0, correction=0).max()
    foreign = 100 * torch.ones(3, DIM)
    assert generate_frames(gaussian, 50, before=foreign).isfinite().all()
    assert gaussian.fill(torch.cat([foreign, sound]), 1, 9, 1.0, np.random.default_rng(0)).isfinite().all()


def test_a_continuation_follows_the_last_frame(gaussian, recordings):
    """Without chance it goes back to the mean by the step, nothing else."""
    before = recordings[0][:7]
    after = generate_frames(gaussian, 3, temperature=0.0, before=before)
    step = gaussian.spread @ gaussian.step @ np.linalg.inv(gaussian.spread)
    row = before[-1].numpy() - gaussian.mean
    for found in after:
        row = step @ row
        assert np.allclose(found.numpy() - gaussian.mean, row, atol=1e-2)


@pytest.mark.parametrize(("first", "end"), [(4, 7), (0, 3), (6, 10)])
def test_a_gap_is_the_conditional_gaussian(gaussian, first, end):
    """Mean and covariance of many fillings against those of the joint covariance of ten frames, conditioned by hand."""
    sound = generate_frames(gaussian, 10, 5)
    units = gaussian._units(sound).ravel()
    power = [np.linalg.matrix_power(gaussian.step.astype(float), lag) for lag in range(10)]
    joint = np.block([[power[a - b] if a >= b else power[b - a].T for b in range(10)] for a in range(10)])
    gap = np.zeros(10 * DIM, bool)
    gap[first * DIM : end * DIM] = True
    gain = joint[np.ix_(gap, ~gap)] @ np.linalg.inv(joint[np.ix_(~gap, ~gap)])
    spread = joint[np.ix_(gap, gap)] - gain @ joint[np.ix_(~gap, gap)]
    draws = [gaussian.fill(sound, first, end, 1.0, np.random.default_rng(seed)) for seed in range(1500)]
    assert all(one[:first].equal(sound[:first]) and one[end:].equal(sound[end:]) for one in draws)
    found = np.stack([gaussian._units(one[first:end]).ravel() for one in draws])
    assert np.allclose(found.mean(0), gain @ units[~gap], atol=0.12)
    assert np.allclose(np.cov(found.T, bias=True), spread, atol=0.16)


def test_tensors_roundtrip_and_invalid_ones_are_refused(gaussian):
    tensors = gaussian.tensors()
    assert {name: list(one.shape) for name, one in tensors.items()} == gaussian_shapes(DIM)
    assert generate_frames(Gaussian.of_tensors(tensors)).equal(generate_frames(gaussian))
    invalid = {"grows": {"step": 1.5 * torch.eye(DIM)}, "not numbers": {"mean": torch.full((DIM,), torch.nan)}}
    for message, part in invalid.items():
        with pytest.raises(ValueError, match=message):
            Gaussian.of_tensors({**tensors, **part})
    with pytest.raises(KeyError):
        Gaussian.of_tensors({"mean": tensors["mean"]})
