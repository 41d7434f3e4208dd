"""Steps of growing a model: read the new files, reassign codes, refit the decoder, and assemble the grown model."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from sda_lib.audio.corpus import Corpus
from sda_lib.audio.usable_files import SkippedFile
from sda_lib.base.base import base_of
from sda_lib.codec.codec import Codec, to_half_precision, with_context
from sda_lib.codec.linear_fit import solve_ridge
from sda_lib.codec.rvq import FITTING_BEAM
from sda_lib.decoder_version import DECODER_VERSION, KEY
from sda_lib.errors import SdaError
from sda_lib.file_names import numbered
from sda_lib.growing.free_codes import agreement, codebook_shift, reassign_codes, reencoded_codes
from sda_lib.growing.growable import check_growable
from sda_lib.growing.report import Growth, mean_distance, merged_report
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece, recording_indices, sounding_grains, sounding_span
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Gaussian
from sda_lib.training.base_start import correct_ridge
from sda_lib.training.closed_form import FITTED_SECONDS, fit_noise, fit_transients
from sda_lib.training.encoding import encode_sounds, spread_ranges
from sda_lib.training.evaluate import evaluation_sounds, memory_sounds
from sda_lib.training.memory_choice import MemoryCandidates, diverse, memory_pieces
from sda_lib.training.segments import FEWEST_FOR_SPLIT_BY_FILE, CorpusSound, split, trimmed
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.snapshot import code_counts, timestamp
from sda_lib.training.spectral_balance import balance_spectrum

# Levels whose codes move at least, also in models that started from a base, which has codes of its own at every level.
LEAST_LEVELS = 3
# Share of the permitted loss that is used at each level: losses add up from level to level.
USED = 0.25
# Learning rate of the fine-tune relative to that of the training.
GENTLE = 0.5
# Least share of the segments drawn that come from new files, however few there are.
NEW_SHARE = 1 / 3
# Checks on the held-out sounds per run.
CHECKS = 4
# Largest difference between the samples of the same recording in memory and file, both of which are rounded.
SAME_PEAK = 1e-3


@dataclass(frozen=True, eq=False)
class GrowSteps:
    """A model, the files to be added to it, and the codes reassigned before any training.

    `old` and `new` sounds are trained on, `old_held_out` and `new_held_out` are not; `added` are the
    new files as a whole.
    """

    model: SdaModel
    corpus: Corpus
    added: tuple[CorpusSound, ...]
    old: tuple[CorpusSound, ...]
    old_held_out: tuple[CorpusSound, ...]
    new: tuple[CorpusSound, ...]
    new_held_out: tuple[CorpusSound, ...]
    keep: float
    seed: int

    @classmethod
    def from_corpus(cls, model: SdaModel, corpus: Corpus, keep: float, seed: int) -> GrowSteps:
        """Read the files and split old and new sounds as training does.

        Raises SdaError when the model has no recordings, or when no file is new.
        """
        check_growable(model.name or "This model", model.memory is not None)
        corpus, added = _unknown(model, corpus)
        known = evaluation_sounds(model, None)
        new, new_held_out = split(trimmed(added, model.recipe), model.recipe.train.held_out, seed)
        return cls(model, corpus, added, known.train, known.held_out, new, new_held_out, keep, seed)

    @cached_property
    def memory(self) -> Memory:
        """The old recordings."""
        return memory_of(self.model)

    @cached_property
    def codebooks(self) -> Tensor:
        """The codebooks after reassignment [level, code, dim]."""
        before = self.model.codec.bottleneck.codebooks
        own = max(self.model.recipe.codec.fitted_levels, LEAST_LEVELS)
        latents = torch.cat([one.latent for one in encode_sounds(self.model.codec, self.new)])
        return reassign_codes(before, self.model.usage, latents, (1 - self.keep) * USED, self.seed, own)

    @cached_property
    def codes(self) -> Tensor | None:
        """The old recordings' codes [level, frame] in the reassigned codebooks; None without codes."""
        if self.memory.codes is None:
            return None
        before, beam = self.model.codec.bottleneck.codebooks, self.model.recipe.codec.beam
        return reencoded_codes(before, self.codebooks, self.memory.latents, self.memory.codes, beam)

    def fitted(self) -> Codec:
        """Return a codec with reassigned codebooks and a refitted linear decoder; only its decoder is trainable."""
        codec = copy.deepcopy(self.model.codec).requires_grad_(False)
        if self.model.discrete:
            codec.bottleneck.codebooks.copy_(self.codebooks)
        base = base_of(self.model.header)
        refit(codec, (*self.old, *self.new), None if base is None else base.gram)
        self.fit_statistics(codec)
        codec.decoder.requires_grad_(True)
        return codec

    def fit_statistics(self, codec: Codec) -> None:
        """Measure what gradients do not train: statistics of noise and transients, and the mean spectrum."""
        fit_noise(codec, (*self.old, *self.new), self._held_out_sounds)
        fit_transients(codec, self._held_out_sounds)
        balance_spectrum(codec, (*self.old, *self.new))

    @property
    def _held_out_sounds(self) -> tuple[CorpusSound, ...]:
        """The held-out sounds; in place of unknown old ones, all old sounds."""
        return (*(self.old_held_out or self.old), *self.new_held_out)

    def held_out_distance(self, codec: Codec) -> float:
        """Return the mean of the distances of old and new held-out sounds, so that both count equally."""
        sides = (self.old_held_out or self.old, self.new_held_out)
        return sum(mean_distance(codec, side) for side in sides) / len(sides)

    def distances(self, codec: Codec) -> tuple[float, float, float]:
        """Return the distances of old, new and held-out sounds."""
        held_out = (*self.old_held_out, *self.new_held_out)
        return mean_distance(codec, self.old), mean_distance(codec, self.new), mean_distance(codec, held_out)

    def training_setup(self, codec: Codec, name: str) -> TrainingSetup:
        """Return the set-up of the fine-tune.

        Codes are fixed, the learning rate is lower, there are no copies, and new files are repeated to reach NEW_SHARE.
        """
        recipe = self.model.recipe.override(train__seed=self.seed, train__codebook_decay=1.0, train__adversarial=0.0)
        recipe = recipe.override(train__shift=0.0)
        recipe = recipe.override(train__learning_rate=GENTLE * recipe.train.learning_rate, train__checks=CHECKS)
        old, new = (sum(sound.seconds for sound in side) for side in (self.old, self.new))
        times = max(1, round(NEW_SHARE / (1 - NEW_SHARE) * old / max(new, 1e-3)))
        sounds, nothing = (*self.old, *self.new * times), MemoryCandidates(())  # it makes no model
        return TrainingSetup(recipe, name, {}, codec, (), self._held_out_sounds, sounds, candidates=nothing)

    def _pieces(self, codec: Codec) -> list[Piece]:
        """Return the old pieces with their present codes, then the pieces of the new files."""
        kept = self.memory.pieces
        codes = [None] * len(kept) if self.codes is None else self.codes.split(list(self.memory.lengths), -1)
        found = [dataclasses.replace(one, codes=own) for one, own in zip(kept, codes, strict=True)]
        return found + memory_pieces(codec, self.added)

    def grown(self, codec: Codec, name: str) -> SdaModel:
        """Return the grown model with the codec in its present state.

        Its memory holds the most diverse pieces that fit into the recipe's limit; everything else is taken from the old
        model.
        """
        codec = copy.deepcopy(codec).eval().requires_grad_(False)
        found = self._pieces(codec)
        heard = _heard(found, codec)
        latents = [one.latent for one in found]
        known = (*self.old, *self.old_held_out, *trimmed(self.added, self.model.recipe))
        header = {
            **self.model.header,
            "name": name,
            "created": timestamp(),
            KEY: DECODER_VERSION,
            "corpus": merged_report(self.model.header.get("corpus"), self.corpus, known),
            "held_out": self._held_out_files(),
        }
        counts, gaussian = self.model.usage, None
        if codec.bottleneck.discrete:
            before, after = code_counts(codec, [self.memory.codes]), code_counts(codec, [one.codes for one in found])
            counts = (counts - before.to(counts) + after.to(counts)).clamp_min(0)
        else:
            spans = zip(latents, heard, strict=True)
            gaussian = Gaussian.of_codec(codec, [one[first:end] for one, (first, end) in spans if end])
        memory = Memory(codec, [found[number] for number in diverse(self.model.recipe, latents, heard)])
        return dataclasses.replace(
            self.model, codec=codec, memory=memory, usage=counts, header=header, gaussian=gaussian
        )

    def _held_out_files(self) -> list[str]:
        """Return the names of files that are wholly held out.

        Empty if the ends of old files are held out, since they cannot be identified later.
        """
        old = {sound.name for sound in self.old}
        if old & {sound.name for sound in self.old_held_out}:
            return []
        new = self.new_held_out if len(self.added) >= FEWEST_FOR_SPLIT_BY_FILE else ()
        return [sound.name for sound in (*self.old_held_out, *new)]

    def report(self, grown: SdaModel, before: tuple[float, float, float]) -> Growth:
        """Return the report of the growth; `before` holds the distances before it."""
        old, new, held_out = zip(before, self.distances(grown.codec), strict=True)
        minutes = merged_report(self.model.header.get("corpus"), self.corpus, self.added)["minutes"]
        agreed: tuple[float, ...] = ()
        shift = 0.0
        if self.codes is not None and self.memory.codes is not None:
            agreed = agreement(self.memory.codes, self.codes)
            shift = codebook_shift(self.model.codec.bottleneck.codebooks, self.codebooks, self.model.usage)
        return Growth(
            when=timestamp(),
            files=len(self.corpus),
            generated=self.corpus.generated,
            agreement=agreed,
            codebook_distance=shift,
            old=old,
            new=new,
            unheard=held_out,
            minutes=(minutes - self.corpus.minutes, minutes),
            remembered=memory_of(grown).seconds / 60,
        )


def _heard(pieces: Sequence[Piece], codec: Codec) -> list[tuple[int, int]]:
    """Return first and end of the frames of each piece between the silent ends of its recording; (0, 0) for none."""
    hop = codec.config.hop
    numbers = recording_indices(pieces, hop, codec.audio.sample_rate)
    sounding = sounding_grains(pieces, numbers, hop, codec.audio.sample_rate, codec.audio.trim)
    return [sounding_span(one) for one in sounding.split([piece.frames for piece in pieces])]


def memory_of(model: SdaModel) -> Memory:
    """Return the memory of a model that grows; others are refused before."""
    assert model.memory is not None
    return model.memory


@torch.no_grad()
def refit(codec: Codec, sounds: Sequence[CorpusSound], prior: Tensor | None = None) -> None:
    """Add the decoder's residual on the sounds to its linear path, in closed form.

    The penalty of the ridge regression keeps the change small, so that what was learned before is preserved; `prior`,
    the Gram matrix of a base [input, input], so that what the base knows of other sounds is.
    """
    latents, truths = [], []
    for part in spread_ranges(codec, sounds, FITTED_SECONDS):
        features, magnitudes, _ = part.fitting_data(codec)
        latents.append(codec.quantize(codec.latent(features[None]), FITTING_BEAM).latent)
        truths.append(magnitudes)
    if prior is not None:
        correct_ridge(codec, prior, ((one[0], truth) for one, truth in zip(latents, truths, strict=True)))
    else:
        missed = (
            truth.float() - codec.blocks(codec.log_magnitudes(one)[0])
            for one, truth in zip(latents, truths, strict=True)
        )
        more = solve_ridge((with_context(one)[0] for one in latents), missed)
        codec.ridge.copy_(to_half_precision(codec.ridge + more.to(codec.ridge)))
    for truth in truths:
        codec.raise_loudest(truth.float())


def _unknown(model: SdaModel, corpus: Corpus) -> tuple[Corpus, tuple[CorpusSound, ...]]:
    """Return the files that the model does not hold yet, and their sounds.

    Sounds get names that none of the model's files has. Raises SdaError when there are none.
    """
    known = memory_sounds(model)
    names, items, sounds, skipped = {one.name for one in known}, [], [], list(corpus.skipped)
    for item, sound in zip(corpus.items, CorpusSound.of_corpus(corpus, model.recipe.audio), strict=True):
        if any(_same(sound, one, model.hop) for one in known):
            skipped.append(SkippedFile(item.path, "It is in the model already."))
            continue
        items.append(item)
        sounds.append(dataclasses.replace(sound, name=next(one for one in numbered(sound.name) if one not in names)))
        names.add(sounds[-1].name)
    if not items:
        raise SdaError(f"{model.name or 'The model'} holds all of these sounds already; choose others.")
    return dataclasses.replace(corpus, items=tuple(items), skipped=tuple(skipped)), tuple(sounds)


def _same(sound: CorpusSound, known: CorpusSound, hop: int) -> bool:
    """Return whether a recording in the memory, padded to whole frames, is the same as the sound."""
    if known.length != sound.length + -sound.length % hop:
        return False
    return float((known.signal(0, known.length) - sound.signal(0, known.length)).abs().max()) < SAME_PEAK
