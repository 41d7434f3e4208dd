"""Choice of a device, and a training step on a simulated GPU: fake tensors refuse to be mixed with another device's."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from sda_lib.codec import codec, linear_fit, losses, noise, rvq, stft
from sda_lib.codec.stft import modulus
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.training import optimize
from sda_lib.training.adversarial import Adversary
from sda_lib.training.device import choose_device
from sda_lib.training.state import TrainerState

pytestmark = pytest.mark.slow


class FakeSegments:
    """Segments on a device, as they come from the corpus."""

    def __init__(self, model, channels, device="cuda"):
        self.spectral, self.channels, self.device = model.spectral, channels, device

    def draw(self, count, generator, share=slice(None)):
        signal = torch.zeros(count * self.channels, 8192 + 2 * self.spectral.margin, device=self.device)
        spectra = self.spectral.stft_inside(signal).unflatten(0, (count, -1))
        return self.spectral.log_mel(modulus(spectra)), spectra


@pytest.fixture
def fakeable(monkeypatch):
    """Leave out what fake tensors can't do, because it depends on values or needs the real GPU."""
    for module in (stft, losses):
        monkeypatch.setattr(module, "mel_filters", lambda bins, bands, rate: torch.zeros(bands, bins, device="cpu"))
    monkeypatch.setattr(torch.Tensor, "backward", lambda _: None)
    monkeypatch.setattr(torch.nn.Module, "to", lambda self, *_: self)
    monkeypatch.setattr(codec, "is_zero", lambda _: False)
    monkeypatch.setattr(rvq.ResidualVQ, "track", lambda *_: None)
    losses._loss_bands.cache_clear()
    stft._undo_overlap.cache_clear()
    yield
    losses._loss_bands.cache_clear()
    stft._undo_overlap.cache_clear()


def loss_device(channels):
    """Return the device of the loss of a step on a fake CUDA device."""
    recipe = Recipe().override(audio__channels=channels, codec__width=32, train__adversarial=1, train__batch=2)
    with FakeTensorMode():
        with torch.device("cuda"):
            model = codec.Codec(recipe.audio, recipe.codec)
            for part in model.modules():  # constants are made on the CPU; `to` would move them
                for name, constant in part.named_buffers(recurse=False):
                    setattr(part, name, torch.zeros(constant.shape, dtype=constant.dtype))
            adversary = Adversary(model, recipe.train)
        result = optimize._run_batch(model, FakeSegments(model, channels), recipe.train, torch.Generator())
        return (result.loss + adversary.loss(result.log_magnitudes, result.spectra)).device.type


@pytest.mark.parametrize("channels", [1, 2])
def test_a_training_step_stays_on_its_device(fakeable, channels):
    assert loss_device(channels) == "cuda"


def test_a_tensor_left_on_the_cpu_is_found(fakeable, monkeypatch):
    monkeypatch.setattr(optimize, "modulus", lambda spectra: torch.zeros(spectra.shape))
    with pytest.raises(RuntimeError, match="device"):
        loss_device(1)


def test_a_device_is_chosen_by_availability(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert [choose_device(name) for name in ("auto", "cpu", "mps")] == ["cpu", "cpu", "mps"]
    with pytest.raises(SdaError, match="no cuda"):
        choose_device("cuda")
    with pytest.raises(SdaError, match="auto, cpu, cuda, mps"):
        choose_device("gpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == choose_device("cuda") == "cuda"


def test_double_precision_inside_returns_float32():
    latents, targets = torch.randn(40, 3), torch.randn(40, 2)
    assert noise._regression(latents, targets).dtype == torch.float32
    assert linear_fit.principal_components(latents, 2).dtype == torch.float32
    assert linear_fit.solve_ridge([noise.with_constant(latents)], [targets]).dtype == torch.float32


def test_twenty_steps_on_a_device_without_values(monkeypatch):
    """On the meta device, tensors have shapes only: backward pass and optimizer run, and the CPU can't join in."""
    recipe = Recipe().override(codec__width=32, train__batch=2, audio__channels=2)
    monkeypatch.setattr(codec, "is_zero", lambda _: False)
    model = codec.Codec(recipe.audio, recipe.codec).to("meta")
    segments = FakeSegments(model, 2, "meta")
    state = TrainerState(model, recipe.train)
    state.optimizer = torch.optim.AdamW(state.weights)  # the fused one needs a real device
    for step in range(1, 21):
        loss = optimize.take_step(segments, recipe.train, state, step / 20)
    assert loss.shape == ()
    assert loss.device.type == "meta"
    assert state.step == 20
    assert {one.device.type for some in state.optimizer.state.values() for one in some.values() if one.ndim} == {"meta"}
