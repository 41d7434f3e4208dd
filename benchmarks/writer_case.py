"""A model of a corpus with its sounds, shared by the benchmarks of writers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tasks import RATE

from sda_lib import AudioClip, Codes, Corpus, Recipe, SdaModel, learn
from sda_lib.training.prior_training import learn_prior
from sda_lib.writers.options import GenerateOptions

PRIOR_MINUTES = 1.0


@dataclass(frozen=True)
class Case:
    """A corpus' model and its sounds."""

    name: str
    model: SdaModel
    train: tuple[AudioClip, ...]
    held_out: tuple[AudioClip, ...]
    writer: str = "walk"

    @classmethod
    def of(cls, corpora: Path, name: str, scratch: Path, writer: str = "walk") -> Case:
        corpus = Corpus.from_folder(corpora / name / "train")
        recipe = Recipe.for_corpus(corpus, minutes=0).override(audio__channels=1, train__threads=1)
        for _ in learn(corpus, recipe, scratch / f"{name}.sda", name):
            pass
        path, held_out = scratch / f"{name}.sda", Corpus.from_folder(corpora / name / "held_out")
        if writer != "walk":
            for _ in learn_prior(SdaModel.load(path), path, PRIOR_MINUTES):
                pass
        return cls(name, SdaModel.load(path), corpus.clips(RATE, 1), held_out.clips(RATE, 1), writer)

    def options(self, seed: int, **wishes: object) -> GenerateOptions:
        """A sound as long as one of the training sounds."""
        length = np.random.default_rng(seed).choice([clip.seconds for clip in self.train])
        return self.lasting(float(np.clip(length, 0.1, 30.0)), seed=seed, **wishes)

    def lasting(self, seconds: float, **wishes: object) -> GenerateOptions:
        """Options with this writer."""
        return GenerateOptions(seconds=seconds, writer=self.writer, **wishes)

    def playing(self, codes: Iterable[Codes]) -> list[AudioClip]:
        return [self.model.decode(one) for one in codes]
