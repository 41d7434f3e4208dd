"""Set up a training run: the sounds to train on, the held-out sounds, and the codec to be trained."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.base.base import base_for
from sda_lib.codec.codec import Codec
from sda_lib.codec.rvq import FEWEST_POINTS, ResidualVQ
from sda_lib.config import Recipe
from sda_lib.training.base_start import FEW, refit_own_ridge
from sda_lib.training.closed_form import fit_noise, fit_transients, revive_codes
from sda_lib.training.codec_choice import Candidate, Choice, candidates, choose, own_candidates
from sda_lib.training.copies import shifted_copies
from sda_lib.training.encoding import Encoded
from sda_lib.training.memory_choice import MemoryCandidates
from sda_lib.training.segments import CorpusSound, Segments, split, trimmed
from sda_lib.training.snapshot import RunParts, Snapshot, brightness_of_codes
from sda_lib.training.spectral_balance import balance_spectrum
from sda_lib.training.world import ALONE, World


@dataclass(frozen=True)
class TrainingSetup(RunParts):
    """Everything that a training run needs; only the codec in it changes. `train` holds all but the held-out sounds.

    Neither holds the silence at the ends of sounds. `world` are the processes that the run is spread over.
    """

    train: tuple[CorpusSound, ...]
    world: World = ALONE

    @classmethod
    def from_corpus(
        cls, corpus: Corpus, recipe: Recipe, name: str, device: str = "cpu", world: World = ALONE
    ) -> TrainingSetup:
        """Read and split the corpus, as far as the recipe chooses it, and create an untrained codec on `device`."""
        corpus = corpus.selected(recipe.files)
        sounds = tuple(CorpusSound.of_corpus(corpus, recipe.audio))
        train, held_out = split(trimmed(sounds, recipe), recipe.train.held_out, recipe.train.seed)
        codec = Codec(recipe.audio, recipe.codec).to(device)
        found = corpus.report()
        candidates = MemoryCandidates(sounds)
        return cls(recipe, name, found, codec, sounds, held_out, train, world, candidates=candidates)

    def segments(self) -> Segments:
        """Return random segments of the training sounds and of the recipe's copies of them.

        They have the recipe's length rounded down to whole frames.
        """
        hop = self.recipe.codec.hop
        return Segments(self.codec, self.train + self.copies, max(self.recipe.train.segment // hop, 1) * hop)

    @cached_property
    def copies(self) -> tuple[CorpusSound, ...]:
        """Copies of the training sounds at other pitches."""
        return shifted_copies(self.train, self.recipe.train.shift or 0.0)

    def choose(self) -> Choice:
        """Choose among the ways in which the recipe allows to fit the codec."""
        return self._chosen(candidates(self.recipe, self.train))

    def _chosen(self, options: Sequence[Candidate]) -> Choice:
        return choose(options, self.recipe, self.train, self.codec.mean.device)

    def fit(self, candidate: Candidate | None = None) -> Snapshot:
        """Fit the codec in closed form, as a candidate does, and return a snapshot of it.

        Default: the one chosen of those that fit it to the sounds alone; a base may need a codec of another shape.
        """
        candidate = candidate or self._chosen(own_candidates(self.recipe, self.train)).chosen
        return self._snapshot(candidate.fit(self.codec, self.train, self.recipe.train.seed, FEWEST_POINTS))

    def by(self, candidate: Candidate) -> TrainingSetup:
        """Return the set-up with a recipe that repeats a candidate without choosing."""
        return self.with_recipe(self.recipe.override(**candidate.settings))

    def with_recipe(self, recipe: Recipe) -> TrainingSetup:
        """Return the set-up with another recipe of the same sounds, and a new codec if that is of another shape."""
        same = recipe.codec == self.recipe.codec
        codec = self.codec if same else Codec(recipe.audio, recipe.codec).to(self.codec.mean.device)
        return replace(self, recipe=recipe, codec=codec)

    def snapshot(self) -> Snapshot:
        """Reassign unused codes of the codec and return a snapshot of it.

        Where few recordings started from a base, the snapshot's ridge is fitted to them once more.
        """
        return self._snapshot(revive_codes(self.codec, self.train), trained=True)

    @torch.no_grad()
    def _snapshot(self, encoded: Sequence[Encoded], trained: bool = False) -> Snapshot:
        """Return a snapshot of the codec with its codes sorted by brightness.

        The statistics of noise and transients, which gradients do not train, are measured first. Ridge and mean
        spectrum are corrected in the snapshot alone: gradients would take the corrections back.
        """
        fit_noise(self.codec, self.train, self.held_out)
        fit_transients(self.codec, self.held_out)
        codec = copy.deepcopy(self.codec).eval().requires_grad_(False)
        if isinstance(codec.bottleneck, ResidualVQ):
            numbers = codec.bottleneck.reorder(brightness_of_codes(codec, trimmed(self.sounds, self.recipe)))
            known = ((one, one.codes) for one in encoded if one.codes is not None)
            encoded = [replace(one, codes=numbers.gather(1, codes)) for one, codes in known]
        base = base_for(self.recipe) if self.recipe.train.base == "ridge" and len(self.train) <= FEW else None
        if trained and base is not None:
            refit_own_ridge(codec, base, self.train)
        balance_spectrum(codec, self.train)
        parts = self.recipe, self.name, self.report, codec, self.sounds, self.held_out
        return Snapshot(*parts, tuple(encoded), candidates=self.candidates)
