"""Set-up of a training run: the sounds to train on, the held-out sounds, and the codec to be trained."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.codec.codec import Codec
from sda_lib.config import Recipe
from sda_lib.training.closed_form import Hearing, employ, fit, fit_attacks, fit_texture
from sda_lib.training.segments import Segments, Sound, split
from sda_lib.training.snapshot import Draft, brightness_of_codes


@dataclass(frozen=True)
class Lesson:
    """Everything that a training run needs; only the codec in it changes.

    `report` describes the corpus. `sounds` is the whole corpus; `train` and `held_out` hold the same sounds, or parts
    of them when there are few files.
    """

    recipe: Recipe
    name: str
    report: dict[str, Any]
    codec: Codec
    sounds: tuple[Sound, ...]
    train: tuple[Sound, ...]
    held_out: tuple[Sound, ...]

    @classmethod
    def begin(cls, corpus: Corpus, recipe: Recipe, name: str, device: str = "cpu") -> Lesson:
        """Read and split the corpus and create an untrained codec on `device`."""
        rate = recipe.audio.sample_rate
        named = corpus.blocks(rate, recipe.audio.channels)
        sounds = tuple(Sound.of_blocks(name, blocks, rate) for name, blocks in named)
        train, held_out = split(sounds, recipe.train.held_out, recipe.train.seed)
        codec = Codec(recipe.audio, recipe.codec).to(device)
        return cls(recipe, name, corpus.report(), codec, sounds, train, held_out)

    def segments(self) -> Segments:
        """Return random segments of the training sounds, of the recipe's length rounded down to whole frames."""
        hop = self.recipe.codec.hop
        return Segments(self.codec, self.train, max(self.recipe.train.segment // hop, 1) * hop)

    def fit(self) -> Draft:
        """Fit the codec in closed form and return a snapshot of it."""
        return self._draft(fit(self.codec, self.train, self.recipe.train.seed))

    def settle(self) -> Draft:
        """Reassign unused codes of the codec and return a snapshot of it."""
        return self._draft(employ(self.codec, self.train))

    @torch.no_grad()
    def _draft(self, heard: Sequence[Hearing]) -> Draft:
        """Return a snapshot of the codec with its codes sorted by brightness.

        The statistics of noise and transients, which gradients do not train, are measured first.
        """
        fit_texture(self.codec, self.train, self.held_out)
        fit_attacks(self.codec, self.held_out)
        codec = copy.deepcopy(self.codec).eval().requires_grad_(False)
        if codec.bottleneck.discrete:
            number = codec.bottleneck.reorder(brightness_of_codes(codec, self.sounds))
            heard = [Hearing(one.sound, one.latent, number.gather(1, one.codes)) for one in heard]
        return Draft(self.recipe, self.name, self.report, codec, self.sounds, self.held_out, tuple(heard))
