"""The discriminator: maps of short sounds, and spectrograms of one scale at every resolution."""

import pytest
import torch

from sda_lib.training.discriminator import WINDOWS, Discriminator, DiscriminatorInput, relative_magnitudes


@pytest.mark.parametrize("length", [512, 1024, 9000])
def test_short_sounds_and_silence_have_finite_scores(length):
    noise = torch.randn(2, length, generator=torch.Generator().manual_seed(0)).requires_grad_()
    for signal in (noise, 0 * noise):
        sounds = DiscriminatorInput(signal, relative_magnitudes(signal, torch.hann_window(1024)))
        maps = Discriminator()(sounds)
        assert len(maps) == 1 + len(WINDOWS)
        assert all(one.isfinite().all() and one.shape[0] == 2 for network in maps for one in network)
        (gradient,) = torch.autograd.grad(sum(network[-1].mean() for network in maps), noise)
        assert gradient.isfinite().all()


def test_spectrograms_have_one_scale_at_every_resolution():
    noise = torch.randn(1, 48000, generator=torch.Generator().manual_seed(0))

    def levels(signal):
        found = Discriminator().log_spectrograms(
            DiscriminatorInput(signal, relative_magnitudes(signal, torch.hann_window(1024)))
        )
        return [float(one[:, 4:-4].mean()) for one in found]

    loud, quiet = levels(noise), levels(0.1 * noise)
    assert max(loud) - min(loud) < 0.01
    assert quiet == pytest.approx([one - 1 for one in loud], abs=0.01)
