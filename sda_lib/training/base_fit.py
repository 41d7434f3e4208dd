"""Fit a base: a codec of procedural sounds, which decodes sounds that it has never met.

It is fitted as the codec of a corpus is, in closed form and then by gradient steps, to sounds made in memory. What it
is for, and how it is used, is described in `base/base.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from sda_lib.codec.codec import Codec, with_context
from sda_lib.config import Recipe
from sda_lib.synthesis.synthesize import synthesize
from sda_lib.training.checkpoint import StepReport
from sda_lib.training.closed_form import fit_noise, fit_transients, recording_numbers
from sda_lib.training.encoding import FrameRange, latent_of, spread_ranges
from sda_lib.training.optimize import StepBudget, optimize
from sda_lib.training.segments import CorpusSound, Segments, split
from sda_lib.training.state import TrainerState

# Code frames that the closed form and the Gram matrix are fitted to at most.
FITTED_FRAMES, GRAM_FRAMES = 24_000, 12_000
# Most sounds that are made: far more than any plan needs.
MOST_SOUNDS = 1_000_000


@dataclass(frozen=True)
class BasePlan:
    """What a base is made of: a recipe, and minutes of procedural sounds of `seconds`, shortest and longest.

    The seed and the number of steps are those of the recipe. No `families`: all.
    """

    recipe: Recipe
    minutes: float = 20.0
    seconds: tuple[float, float] = (0.1, 1.5)
    families: tuple[str, ...] = field(default=())

    def sounds(self) -> tuple[CorpusSound, ...]:
        """Make the sounds."""
        audio = self.recipe.audio
        made = synthesize(
            MOST_SOUNDS,
            self.recipe.train.seed,
            self.families or None,
            audio.sample_rate,
            audio.channels == 2,
            self.seconds,
        )
        return tuple(_first_minutes((CorpusSound.of(clip) for _, clip in made), self.minutes))


def _first_minutes(sounds: Iterator[CorpusSound], minutes: float) -> Iterator[CorpusSound]:
    """Yield sounds until there are that many minutes of them."""
    left = 60 * minutes
    for sound in sounds:
        yield sound
        left -= sound.seconds
        if left <= 0:
            return


class BaseFit:
    """A base while it is made: its codec, the sounds it is fitted to, and the state of its training."""

    def __init__(self, plan: BasePlan, sounds: Sequence[CorpusSound]) -> None:
        self.plan = plan
        recipe = plan.recipe
        self.train, self.held_out = split(tuple(sounds), recipe.train.held_out, recipe.train.seed)
        torch.manual_seed(recipe.train.seed)
        # All codebooks are fitted to frames, though none of them belongs to a corpus that starts from the base.
        self.codec = Codec(recipe.audio, replace(recipe.codec, own_levels=recipe.codec.levels))
        self.state = TrainerState(self.codec, recipe.train)

    @torch.no_grad()
    def fit_closed_form(self) -> None:
        """Fit PCA, codebooks and ridge regression; the networks still add nothing."""
        parts = self._parts(FITTED_FRAMES)
        features = [part.features(self.codec) for part in parts]
        magnitudes = (part.fitting_data(self.codec)[1].float() for part in parts)
        seed = self.plan.recipe.train.seed
        self.codec.fit_linear(features, magnitudes, seed, recordings=recording_numbers(parts))

    def steps(self) -> Iterator[StepReport]:
        """Take the steps that are left, yielding a report about twice a second."""
        recipe = self.plan.recipe
        train = replace(recipe.train, checks=1)
        segments = Segments(self.codec, self.train, max(train.segment // recipe.codec.hop, 1) * recipe.codec.hop)
        yield from optimize(self.codec, segments, train, StepBudget(train.steps or 0, None, 0.0), self.state)

    @torch.no_grad()
    def tensors(self) -> dict[str, Tensor]:
        """Return the codec's tensors, with noise and transients measured, and its Gram matrix as `gram`."""
        codec = self.codec.eval()
        fit_noise(codec, self.train, self.held_out)
        fit_transients(codec, self.held_out)
        return {**codec.state_dict(), "gram": self.gram()}

    @torch.no_grad()
    def gram(self) -> Tensor:
        """Return the mean outer product of the linear decoder's inputs [input, input], float32."""
        cuts = [part.cut(self.codec) for part in self._parts(GRAM_FRAMES)]
        latents = (self.codec.quantize(latent_of(self.codec, cut)[None]).latent for cut in cuts)
        rows = torch.cat([with_context(latent)[0] for latent in latents]).double()
        return (rows.T @ rows / len(rows)).float()

    def _parts(self, frames: int) -> list[FrameRange]:
        """Return ranges spread over the training sounds, about `frames` code frames in all."""
        return spread_ranges(self.codec, self.train, frames * self.codec.config.hop / self.codec.audio.sample_rate)
