"""The adversarial stage: the discriminator learns, magnitude losses stay, and a studio model is an ordinary one."""

import dataclasses

import pytest
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.codec.stft import left_right, log_magnitude
from sda_lib.config import EFFORTS, Recipe
from sda_lib.model.header import read_header
from sda_lib.model.model import SdaModel
from sda_lib.training import optimize as optimizing
from sda_lib.training import train as train_module
from sda_lib.training.adversarial import (
    Adversary,
    discriminator_input,
    discriminator_loss,
    feature_matching_loss,
    generator_loss,
    with_phases_of,
)
from sda_lib.training.checkpoint import StepReport
from sda_lib.training.optimize import StepBudget, optimize
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.snapshot import Snapshot
from sda_lib.training.train import LEEWAY, learn

pytestmark = pytest.mark.slow

SMALL = {
    "codec.width": 32, "codec.encoder_blocks": 1, "codec.decoder_blocks": 2,
    "train.steps": 20, "train.batch": 2, "train.segment": 8192, "train.checks": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def recipe(tiny_corpus):
    """The studio effort, shrunk: twenty steps, half of them adversarial."""
    return Recipe.for_corpus(Corpus.from_folder(tiny_corpus), effort="studio").override(**SMALL)


@pytest.fixture
def setup(tiny_corpus, recipe):
    torch.manual_seed(0)
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), recipe, "tiny")
    setup.fit()
    return setup


def batch(setup, seed, count=8):
    """Decoded log-magnitudes and true spectra of a batch."""
    train = dataclasses.replace(setup.recipe.train, batch=count, quantizer_dropout=0.0)
    with torch.no_grad():
        result = optimizing._run_batch(setup.codec, setup.segments(), train, torch.Generator().manual_seed(seed))
    return result.log_magnitudes, result.spectra


def trained(setup, **changes):
    """The codec's weights after a run of the recipe with changes."""
    recipe = setup.recipe.override(**changes)
    codec = setup.codec
    for _ in optimize(codec, setup.segments(), recipe.train, StepBudget(recipe.train.steps, None, 0.0)):
        pass
    return {name: one.clone() for name, one in codec.state_dict().items()}


def test_true_spectra_give_the_recording(setup):
    spectral = setup.codec.spectral
    signal = 0.1 * torch.randn(3, 2, 8192, generator=torch.Generator().manual_seed(0))  # [batch, mid and side, time]
    spectra = torch.stack([spectral.stft(one) for one in signal])
    found = discriminator_input(spectral, spectra).signal
    left = torch.stack([left_right(one)[0] for one in signal])
    assert torch.allclose(found[:3], left, atol=1e-5)
    again = discriminator_input(spectral, with_phases_of(spectra, log_magnitude(spectra))).signal
    assert torch.allclose(again, found, atol=1e-4)


def mean_scores(adversary, setup):
    """Mean scores of recordings and of decoded sound [segment] in a batch that is never trained on, and the loss."""
    levels, spectra = batch(setup, 1000)
    sounds = (
        discriminator_input(setup.codec.spectral, spectra),
        discriminator_input(setup.codec.spectral, with_phases_of(spectra, levels)),
    )
    with torch.no_grad():
        maps = [adversary.discriminator(one) for one in sounds]
        scores = [torch.stack([network[-1].flatten(1).mean(1) for network in one]).mean(0) for one in maps]
        return *scores, float(discriminator_loss(*maps))


@pytest.mark.long
def test_the_discriminator_learns_to_distinguish(setup):
    adversary = Adversary(setup.codec, setup.recipe.train)
    spectral, weights = setup.codec.spectral, list(adversary.discriminator.parameters())
    first_real, first_fake, first_loss = mean_scores(adversary, setup)
    before = [one.clone() for one in weights]
    for step in range(80):
        levels, spectra = batch(setup, step, 2)
        adversary.train_step(
            discriminator_input(spectral, spectra), discriminator_input(spectral, with_phases_of(spectra, levels))
        )
        if step == 0:
            assert not any(old.equal(new) for old, new in zip(before, weights, strict=True))
    real, fake, loss = mean_scores(adversary, setup)
    assert float((real > fake).float().mean()) >= 0.9
    assert (real - fake).mean() > 3 * (first_real - first_fake).mean().abs()
    assert loss < first_loss / 4


def test_the_loss_changes_the_decoder_alone(setup):
    adversary = Adversary(setup.codec, setup.recipe.train)
    levels, spectra = batch(setup, 0, 2)
    levels.requires_grad_()
    adversary.discriminator.zero_grad()
    adversary.train_step = lambda *_: None
    adversary.loss(levels, spectra).backward()
    assert levels.grad.isfinite().all()
    assert levels.grad.abs().sum() > 0
    assert all(one.grad is None for one in adversary.discriminator.parameters())
    assert all(one.requires_grad for one in adversary.discriminator.parameters())


def test_recordings_match_themselves(setup):
    adversary = Adversary(setup.codec, setup.recipe.train)
    levels, spectra = batch(setup, 0, 2)
    real = adversary.discriminator(discriminator_input(setup.codec.spectral, spectra))
    fake = adversary.discriminator(discriminator_input(setup.codec.spectral, with_phases_of(spectra, levels)))
    assert feature_matching_loss(real, real) == 0.0
    assert feature_matching_loss(real, fake) > 0.0
    assert generator_loss([[torch.ones(1)]]) == 0.0


def test_magnitude_losses_stay_in_full(setup, monkeypatch):
    """With a discriminator of almost no weight, the stage trains as if it weren't there."""
    start = {name: one.clone() for name, one in setup.codec.state_dict().items()}
    tracked = (setup.codec.bottleneck.sums.clone(), setup.codec.bottleneck.counts.clone())
    without = trained(setup, train__adversarial=0, train__steps=6)
    setup.codec.load_state_dict(start)
    setup.codec.bottleneck.sums.copy_(tracked[0])
    setup.codec.bottleneck.counts.copy_(tracked[1])
    tiny = {"train__adversarial": 1e-7, "train__feature_matching": 0, "train__adversarial_from": 0}
    with_tiny = trained(setup, train__steps=6, **tiny)
    moved = (without["decoder.end.weight"] - start["decoder.end.weight"]).norm()
    assert moved > 0
    assert (without["decoder.end.weight"] - with_tiny["decoder.end.weight"]).norm() < 0.01 * moved


def test_the_stage_begins_where_the_recipe_says(setup, monkeypatch):
    calls = []
    monkeypatch.setattr(Adversary, "loss", lambda _, levels, __, world=None: calls.append(1) or 0.0 * levels.sum())
    trained(setup, train__steps=8, train__adversarial_from=0.75)
    assert len(calls) == 2
    trained(setup, train__steps=8, train__adversarial_from=1)
    assert len(calls) == 2


@pytest.mark.long
def test_a_studio_model_is_an_ordinary_one_and_repeats(tiny_corpus, recipe, tmp_path):
    corpus = Corpus.from_folder(tiny_corpus)
    for name in ("a", "b"):
        torch.rand(len(name) + ord(name))  # whatever was drawn before
        events = list(learn(corpus, recipe, tmp_path / f"{name}.sda", "tiny"))
    assert events[-1].kind == "done"
    assert events[-1].step == 20
    first, second = (SdaModel.load(tmp_path / f"{name}.sda") for name in ("a", "b"))
    assert first.recipe.train.adversarial > 0
    assert not first.codec.is_linear
    for name, weights in first.codec.state_dict().items():
        assert weights.equal(second.codec.state_dict()[name]), name
    assert not any("judge" in name or "discriminator" in name for name in read_header(tmp_path / "a.sda")[1])
    clip = read_clip(corpus.items[0].path)
    for amount in (0.0, 1.0):
        assert first.decode(first.encode(clip), amount).length == first._samples(clip).shape[-1]


def test_in_the_stage_slightly_farther_models_are_kept(tiny_corpus, recipe, tmp_path, monkeypatch):
    """Closest so far 1.0: before the stage 1.05 is not kept, in it 1.05 is, and 1.2 never."""
    distances = iter([2.0, 1.0, 1.05, 1.05, 1.2])
    monkeypatch.setattr(Snapshot, "measure", lambda _: {"held_out": next(distances)})
    reports = [StepReport(step, 0.0, 0.0, True, step > 2) for step in range(1, 5)]
    monkeypatch.setattr(train_module, "optimize", lambda *_: iter(reports))
    events = list(learn(Corpus.from_folder(tiny_corpus), recipe, tmp_path / "a.sda", "tiny"))
    assert [event.step for event in events if event.kind == "saved"] == [0, 1, 3]
    assert events[-1].values["held_out"] == 1.05
    assert 1.05 < LEEWAY < 1.2


def test_studio_has_more_of_everything():
    studio = Recipe().override(**dict(EFFORTS["studio"].settings))
    plain = Recipe()
    assert studio.train.adversarial > plain.train.adversarial == 0
    assert studio.codec.width > plain.codec.width
    assert studio.train.batch * studio.train.segment > plain.train.batch * plain.train.segment
    assert [name for name, effort in EFFORTS.items() if effort.gpu] == ["studio"]
