"""Steps of growing a model: read the new files, reassign codes, refit the decoder, and assemble the grown model."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import torch
from torch import Tensor

from sda_lib.audio.corpus import Corpus, SkippedFile
from sda_lib.codec.codec import Codec, solve_ridge, to_half_precision, with_context
from sda_lib.codec.transients import rms_level
from sda_lib.errors import SdaError
from sda_lib.growing.free_codes import agreement, codebook_distance, reassign_codes, reencoded_codes
from sda_lib.growing.report import Growth, mean_distance, merged_report
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece, choose_diverse
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Gaussian
from sda_lib.training.closed_form import FITTED_SECONDS, encode_sounds, fit_noise, fit_transients, spread_ranges
from sda_lib.training.evaluate import evaluation_sounds
from sda_lib.training.merge_models import joined, sound_of_pieces
from sda_lib.training.segments import FEWEST_FOR_SPLIT_BY_FILE, Sound, split
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.snapshot import piece, pieces, usage

# Share of the permitted loss that is used at each level: losses add up from level to level.
USED = 0.25
# Learning rate of the fine-tune relative to that of the training.
GENTLE = 0.5
# Least share of the segments drawn that come from new files, however few there are.
NEW_SHARE = 1 / 3
# Largest difference between the samples of the same recording in memory and file, both of which are rounded.
SAME_PEAK = 1e-3


@dataclass(frozen=True, eq=False)
class GrowSteps:
    """A model, the files to be added to it, and the codes reassigned before any training.

    `old` and `new` sounds are trained on, `old_unheard` and `new_unheard` are held out; `added` are the new files as a
    whole.
    """

    model: SdaModel
    corpus: Corpus
    added: tuple[Sound, ...]
    old: tuple[Sound, ...]
    old_unheard: tuple[Sound, ...]
    new: tuple[Sound, ...]
    new_unheard: tuple[Sound, ...]
    keep: float
    seed: int

    @classmethod
    def of(cls, model: SdaModel, corpus: Corpus, keep: float, seed: int) -> GrowSteps:
        """Read the files and split old and new sounds as training does.

        Raises SdaError when the model has no recordings, when `keep` lies outside 0..1, or when no file is new.
        """
        if model.memory is None:
            raise SdaError(
                f"{model.name or 'This model'} was saved without its recordings, and new ones alone would make it "
                "forget them; grow the copy that has them, or train on all files."
            )
        if not 0 <= keep <= 1:
            raise SdaError(f"The share of codes to keep goes from 0 to 1, not {keep:g}.")
        corpus, added = _unknown(model, corpus)
        ground = evaluation_sounds(model, None)
        new, new_unheard = split(added, model.recipe.train.held_out, seed)
        return cls(model, corpus, added, ground.train, ground.held_out, new, new_unheard, keep, seed)

    @cached_property
    def memory(self) -> Memory:
        """The old recordings."""
        return self.model.memory

    @cached_property
    def books(self) -> Tensor:
        """The codebooks after reassignment [level, code, dim]."""
        before = self.model.codec.bottleneck.codebooks
        heard = torch.cat([one.latent for one in encode_sounds(self.model.codec, self.new)])
        return reassign_codes(before, self.model.usage, heard, (1 - self.keep) * USED, self.seed)

    @cached_property
    def codes(self) -> Tensor | None:
        """The old recordings' codes [level, frame] in the reassigned codebooks; None without codes."""
        if not self.model.discrete:
            return None
        before, beam = self.model.codec.bottleneck.codebooks, self.model.recipe.codec.beam
        return reencoded_codes(before, self.books, self.memory.latents, self.memory.codes, beam)

    def fitted(self) -> Codec:
        """Return a codec with reassigned codebooks and a refitted linear decoder; only its decoder is trainable."""
        codec = copy.deepcopy(self.model.codec).requires_grad_(False)
        if self.model.discrete:
            codec.bottleneck.codebooks.copy_(self.books)
        refit(codec, (*self.old, *self.new))
        self.fit_statistics(codec)
        codec.decoder.requires_grad_(True)
        return codec

    def fit_statistics(self, codec: Codec) -> None:
        """Measure the codec's statistics of noise and transients, which gradients do not train."""
        fit_noise(codec, (*self.old, *self.new), self._judges)
        fit_transients(codec, self._judges)

    @property
    def _judges(self) -> tuple[Sound, ...]:
        """The held-out sounds; in place of unknown old ones, all old sounds."""
        return (*(self.old_unheard or self.old), *self.new_unheard)

    def judged(self, codec: Codec) -> float:
        """Return the mean of the distances of old and new held-out sounds, so that both count equally."""
        sides = (self.old_unheard or self.old, self.new_unheard)
        return sum(mean_distance(codec, side) for side in sides) / len(sides)

    def distances(self, codec: Codec) -> tuple[float, float, float]:
        """Return the distances of old, new and held-out sounds."""
        unheard = (*self.old_unheard, *self.new_unheard)
        return tuple(mean_distance(codec, sounds) for sounds in (self.old, self.new, unheard))

    def training_setup(self, codec: Codec, name: str, seed: int) -> TrainingSetup:
        """Return the set-up of the fine-tune.

        Codes are fixed, the learning rate is lower, and new files are repeated to reach NEW_SHARE.
        """
        recipe = self.model.recipe.override(train__seed=seed, train__codebook_decay=1.0, train__adversarial=0.0)
        recipe = recipe.override(train__learning_rate=GENTLE * recipe.train.learning_rate)
        old, new = (sum(sound.seconds for sound in side) for side in (self.old, self.new))
        times = max(1, round(NEW_SHARE / (1 - NEW_SHARE) * old / max(new, 1e-3)))
        return TrainingSetup(recipe, name, {}, codec, (), (*self.old, *self.new * times), self._judges)

    def model_pieces(self, codec: Codec) -> list[Piece]:
        """Return the old pieces with their present codes, then the pieces of the new files."""
        lengths, kept = list(self.memory.lengths), self.memory.pieces
        codes = [None] * len(kept) if self.codes is None else self.codes.split(lengths, -1)
        found = [dataclasses.replace(one, codes=own) for one, own in zip(kept, codes, strict=True)]
        found += [piece(codec, one, part) for one in encode_sounds(codec, self.added) for part in pieces(codec, one)]
        return found

    def grown(self, codec: Codec, name: str) -> SdaModel:
        """Return the grown model with the codec in its present state.

        Its memory holds the most diverse pieces that fit into the recipe's limit; everything else is taken from the old
        model.
        """
        codec = copy.deepcopy(codec).eval().requires_grad_(False)
        found = self.model_pieces(codec)
        means, seconds = torch.stack([one.latent.mean(0) for one in found]), self.model.hop / self.model.sample_rate
        chosen = choose_diverse(means, [one.frames * seconds for one in found], 60 * self.model.recipe.memory.minutes)
        known = (*self.old, *self.old_unheard, *self.added)
        memory, gaussian = Memory(codec, [found[one] for one in chosen]), None
        if not codec.bottleneck.discrete:
            gaussian = Gaussian.of_codec(codec, [one.latent for one in found])
        header = {
            **self.model.header,
            "name": name,
            "created": _now(),
            "corpus": merged_report(self.model.header.get("corpus"), self.corpus, known),
            "held_out": self._held_out(),
        }  # fmt: skip
        counts = self.model.usage
        if codec.bottleneck.discrete:
            counts = counts - usage(codec, [self.memory.codes]).to(counts) + usage(codec, codes_of(found)).to(counts)
            counts = counts.clamp_min(0)
        return dataclasses.replace(
            self.model, codec=codec, memory=memory, usage=counts, header=header, gaussian=gaussian
        )

    def _held_out(self) -> list[str]:
        """Return the names of files that are wholly held out.

        Empty if the ends of old files are held out, since they cannot be identified later.
        """
        old = {sound.name for sound in self.old}
        if old & {sound.name for sound in self.old_unheard}:
            return []
        new = self.new_unheard if len(self.added) >= FEWEST_FOR_SPLIT_BY_FILE else ()
        return [sound.name for sound in (*self.old_unheard, *new)]

    def growth(self, grown: SdaModel, before: tuple[float, float, float]) -> Growth:
        """Return the report of the growth; `before` holds the distances before it."""
        after, discrete, own = self.distances(grown.codec), self.model.discrete, self.model.codec.bottleneck
        pairs = {
            name: (first, last) for name, first, last in zip(("old", "new", "unheard"), before, after, strict=True)
        }
        had = merged_report(self.model.header.get("corpus"), self.corpus, self.added)["minutes"]
        return Growth(
            when=_now(),
            files=len(self.corpus),
            generated=self.corpus.generated,
            agreement=agreement(self.memory.codes, self.codes) if discrete else (),
            codebook_distance=codebook_distance(own.codebooks, self.books, self.model.usage) if discrete else 0.0,
            minutes=(had - self.corpus.minutes, had),
            remembered=grown.memory.seconds / 60,
            **pairs,
        )


@torch.no_grad()
def refit(codec: Codec, sounds: Sequence[Sound]) -> None:
    """Add the decoder's residual on the sounds to its linear path, in closed form.

    The penalty of the ridge regression keeps the change small, so that what was learned before is preserved.
    """
    latents, truths = [], []
    for part in spread_ranges(codec, sounds, FITTED_SECONDS):
        features, magnitudes, _ = part.fitting_data(codec)
        latents.append(codec.quantize(codec.latent(features[None])).latent)
        truths.append(magnitudes)
    missed = (
        truth.float() - codec.blocks(codec.log_magnitudes(one)[0]) for one, truth in zip(latents, truths, strict=True)
    )
    more = solve_ridge((with_context(one)[0] for one in latents), missed)
    codec.ridge.copy_(to_half_precision(codec.ridge + more.to(codec.ridge)))
    for truth in truths:
        loudest = rms_level(torch.pow(10.0, codec.unblocked(truth.float()))).max()
        codec.loudest.copy_(torch.maximum(codec.loudest, loudest))


def _unknown(model: SdaModel, corpus: Corpus) -> tuple[Corpus, tuple[Sound, ...]]:
    """Return the files that the model does not hold yet, and their sounds.

    Sounds get names that none of the model's files has. Raises SdaError when there are none.
    """
    rate, held = (
        model.sample_rate,
        [sound_of_pieces(model.codec, one) for one in joined(model.codec, model.memory.pieces)],
    )
    names, items, sounds, skipped = {one.name for one in held}, [], [], list(corpus.skipped)
    named = corpus.blocks(rate, model.recipe.audio.channels)
    for item, (name, blocks) in zip(corpus.items, named, strict=True):
        sound = Sound.of_blocks(name, blocks, rate)
        if any(_same(sound, one, model.hop) for one in held):
            skipped.append(SkippedFile(item.path, "It is in the model already."))
            continue
        items.append(item)
        sounds.append(dataclasses.replace(sound, name=_free(name, names)))
        names.add(sounds[-1].name)
    if not items:
        raise SdaError(f"{model.name or 'The model'} holds all of these sounds already; choose others.")
    return dataclasses.replace(corpus, items=tuple(items), skipped=tuple(skipped)), tuple(sounds)


def _same(sound: Sound, held: Sound, hop: int) -> bool:
    """Return whether a recording in the memory, padded to whole frames, is the same as the sound."""
    if held.length != sound.length + -sound.length % hop:
        return False
    return float((held.signal(0, held.length) - sound.signal(0, held.length)).abs().max()) < SAME_PEAK


def _free(name: str, taken: set[str]) -> str:
    """Return the name, or the first of name-2, name-3 … that is not taken."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def codes_of(parts: Sequence[Piece]) -> list[Tensor | None]:
    """Return the codes of pieces."""
    return [one.codes for one in parts]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
