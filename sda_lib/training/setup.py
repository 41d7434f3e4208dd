"""A lesson: the sounds to learn from, the sounds to be judged by, and the codec that learns."""

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
    """Everything a training run needs; only the codec in it changes."""

    recipe: Recipe
    name: str
    report: dict[str, Any]
    codec: Codec
    sounds: tuple[Sound, ...]
    """The whole corpus; the parts below hold the same sounds, or stretches of them when there are few files."""
    train: tuple[Sound, ...]
    held_out: tuple[Sound, ...]

    @classmethod
    def begin(cls, corpus: Corpus, recipe: Recipe, name: str, device: str = "cpu") -> Lesson:
        """Read and part the corpus; the codec is still empty."""
        rate = recipe.audio.sample_rate
        named = corpus.blocks(rate, recipe.audio.channels)
        sounds = tuple(Sound.of_blocks(name, blocks, rate) for name, blocks in named)
        train, held_out = split(sounds, recipe.train.held_out, recipe.train.seed)
        codec = Codec(recipe.audio, recipe.codec).to(device)
        return cls(recipe, name, corpus.report(), codec, sounds, train, held_out)

    def segments(self) -> Segments:
        hop = self.recipe.codec.hop
        return Segments(self.codec, self.train, max(self.recipe.train.segment // hop, 1) * hop)

    def fit(self) -> Draft:
        """Fit the codec in closed form; what comes of it."""
        return self._draft(fit(self.codec, self.train, self.recipe.train.seed))

    def settle(self) -> Draft:
        """Give idle codes of the codec as it is now something to do; what comes of it."""
        return self._draft(employ(self.codec, self.train))

    @torch.no_grad()
    def _draft(self, heard: Sequence[Hearing]) -> Draft:
        """The codec as it is, with what gradients don't teach (texture, attacks) and its codes sorted by sound."""
        fit_texture(self.codec, self.train, self.held_out)
        fit_attacks(self.codec, self.held_out)
        codec = copy.deepcopy(self.codec).eval().requires_grad_(False)
        if codec.bottleneck.discrete:
            number = codec.bottleneck.reorder(brightness_of_codes(codec, self.sounds))
            heard = [Hearing(one.sound, one.latent, number.gather(1, one.codes)) for one in heard]
        return Draft(self.recipe, self.name, self.report, codec, self.sounds, self.held_out, tuple(heard))
