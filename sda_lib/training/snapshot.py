"""Snapshot of a run: a copy of the codec at one moment, its measured quality, and the model made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor

from sda_lib.codec.code_usage import CodeUsage, reachable_utilization
from sda_lib.codec.codec import Codec
from sda_lib.config import Recipe
from sda_lib.decoder_version import DECODER_VERSION, KEY
from sda_lib.memory.grains import Memory
from sda_lib.model.header import FORMAT, THUMBNAIL
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Gaussian
from sda_lib.training.corpus_thumbnail import corpus_thumbnail
from sda_lib.training.detail_choice import with_detail
from sda_lib.training.encoding import Encoded, encode_sounds, features_of, framed_seconds
from sda_lib.training.memory_choice import MemoryCandidates, build_memory, encoded_pieces, memory_of
from sda_lib.training.segments import CorpusSound, learned_spans

# Most seconds of sound measured in one check.
MEASURED_SECONDS = 60.0
# Seconds of sound up to which a model's sounds are all encoded; of more, what its memory keeps and the sounds in
# `Snapshot.encoded` stand for the others.
ENCODED_SECONDS = 1200.0
# How many training sounds are measured by their beginnings, and the seconds of them in all: enough to see whether their
# distance departs from the held-out one.
TRAIN_SOUNDS, TRAIN_SECONDS = 10, 5.0


@dataclass(frozen=True)
class RunParts:
    """What a training and its snapshots share.

    `report` describes the corpus. `sounds` is the whole corpus; `held_out` holds some of these sounds, or parts of them
    when there are few files. `candidates` are what a memory may keep of a long corpus.
    """

    recipe: Recipe
    name: str
    report: dict[str, Any]
    codec: Codec
    sounds: tuple[CorpusSound, ...]
    held_out: tuple[CorpusSound, ...]
    candidates: MemoryCandidates = field(kw_only=True)


@dataclass(frozen=True)
class Snapshot(RunParts):
    """A codec that no longer changes; `encoded` holds its latents and codes of the training sounds."""

    encoded: tuple[Encoded, ...]

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        """Measure the codec's quality.

        Returns `held_out`, the mean mel distance between the held-out sounds and their decoded codes without grains
        (Source 0); `train`, the same for some training sounds; and the use of the codes by the training sounds (see
        `code_use`).
        """
        held_out = encode_sounds(self.codec, first_seconds(self.held_out, MEASURED_SECONDS))
        distances = {"held_out": self._mean_distance(held_out), "train": self._mean_distance(self._some())}
        return {**distances, **code_use(self.codec, self._codes)}

    def level_use(self) -> dict[str, float]:
        """Return the use of each level's codes by the training sounds.

        The keys are `use_0` … (shares), `perplexity_0` …, `reachable`, the share of codes that this number of frames
        could use, and `own`, the number of levels that are fitted to these sounds; empty without codes.
        """
        if not self.codec.bottleneck.discrete:
            return {}
        use = CodeUsage(code_counts(self.codec, self._codes).cpu().numpy())
        columns = {"use": use.utilization, "perplexity": use.perplexity}
        values = {f"{name}_{level}": float(one) for name, column in columns.items() for level, one in enumerate(column)}
        own = float(self.codec.config.fitted_levels)
        return {**values, "reachable": reachable_utilization(use.frames, use.size), "own": own}

    @property
    def _codes(self) -> list[Tensor | None]:
        return [one.codes for one in self.encoded]

    def _mean_distance(self, encoded: Sequence[Encoded]) -> float:
        return sum(one.distance(self.codec) for one in encoded) / len(encoded)

    def _some(self) -> list[Encoded]:
        """Return the beginnings of some encoded training sounds, spread over all of them."""
        chosen, hop = self.encoded[:: -(-len(self.encoded) // TRAIN_SOUNDS)], self.codec.config.hop
        frames = max(1, round(TRAIN_SECONDS * self.recipe.audio.sample_rate / hop / len(chosen)))
        return [one.beginning(frames, hop) for one in chosen]

    def model(self, metrics: dict[str, float]) -> SdaModel:
        """Return the model with a memory of all sounds; `metrics` go into its header."""
        whole = framed_seconds(self.codec, self.sounds) <= ENCODED_SECONDS
        memory, known = self._all_encoded() if whole else self._some_encoded()
        counts = code_counts(self.codec, [one.codes for one in known])
        gaussian = None if self.codec.bottleneck.discrete else Gaussian.of_codec(self.codec, self._heard(known))
        recipe = with_detail(self.recipe, self.codec, memory)
        return SdaModel(recipe, self.codec, memory, counts, self._header(metrics), gaussian=gaussian)

    def _all_encoded(self) -> tuple[Memory | None, list[Encoded]]:
        """Return the memory, and all sounds encoded."""
        known = {id(one.sound): one for one in self.encoded}
        missing = encode_sounds(self.codec, [sound for sound in self.sounds if id(sound) not in known])
        known |= {id(one.sound): one for one in missing}
        encoded = [known[id(sound)] for sound in self.sounds]
        return (build_memory(self.codec, self.recipe, encoded) if self.recipe.memory.enabled else None), encoded

    def _some_encoded(self) -> tuple[Memory | None, list[Encoded]]:
        """Return the memory, and what it keeps encoded with the sounds in `encoded`."""
        if not self.recipe.memory.enabled:
            return None, list(self.encoded)
        pieces = encoded_pieces(self.codec, self.candidates.kept(self.codec, self.recipe))
        return memory_of(self.codec, pieces), [*(one for _, one in pieces), *self.encoded]

    def _heard(self, known: Sequence[Encoded]) -> list[Tensor]:
        """Return the latents of encoded sounds between their silent ends."""
        spans = learned_spans([one.sound for one in known], self.recipe)
        return [one.latent[first:end] for one, (first, end) in zip(known, spans, strict=True)]

    def _header(self, metrics: dict[str, float]) -> dict[str, Any]:
        return {
            "format": FORMAT,
            KEY: DECODER_VERSION,
            "name": self.name,
            "created": timestamp(),
            "corpus": self.report,
            "held_out": [sound.name for sound in self.held_out],
            "metrics": metrics,
            THUMBNAIL: corpus_thumbnail(self.sounds) if self.recipe.memory.enabled else "",
            "libraries": {name: version(name) for name in ("torch", "numpy", "safetensors")},
        }


def timestamp() -> str:
    """Return the present time in UTC, ISO 8601 with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def first_seconds(sounds: Sequence[CorpusSound], seconds: float) -> list[CorpusSound]:
    """Return the first sounds that fit into `seconds`; at least one, cut to that length."""
    chosen: list[CorpusSound] = []
    total = 0.0
    for sound in sounds:
        if chosen and total + sound.seconds > seconds:
            break
        chosen.append(sound.part(0, round(seconds * sound.sample_rate)))
        total += sound.seconds
    return chosen


def code_use(codec: Codec, codes: Sequence[Tensor | None]) -> dict[str, float]:
    """Return how sounds with these codes [level, frame] use the codebooks.

    `utilization` (share of codes in use) and `perplexity` are means over the levels; `utilization_least` is the least
    used level's utilization. Empty without codes.
    """
    if not codec.bottleneck.discrete:
        return {}
    use = CodeUsage(code_counts(codec, codes).cpu().numpy())
    means = {"utilization": float(use.utilization.mean()), "perplexity": float(use.perplexity.mean())}
    return {**means, "utilization_least": float(use.utilization.min())}


def code_counts(codec: Codec, codes: Sequence[Tensor | None]) -> Tensor:
    """Return how often each code is used, [level, code]; [0, 0] without codes."""
    if not codec.bottleneck.discrete:
        return torch.zeros((0, 0), dtype=torch.int64, device=codec.mean.device)
    table = torch.cat([one for one in codes if one is not None], -1)
    return torch.stack([torch.bincount(row, minlength=codec.config.codebook_size) for row in table])


@torch.no_grad()
def brightness_of_codes(codec: Codec, sounds: Sequence[CorpusSound]) -> Tensor:
    """Return how much each code brightens a frame, up to a scale, [level, code].

    The direction in latent space is the covariance of the latents with the frames' spectral centroid on the mel scale,
    over at most MEASURED_SECONDS.
    """
    features = [features_of(codec, sound) for sound in first_seconds(sounds, MEASURED_SECONDS)]
    latents = torch.cat([codec.latent(one[None])[0] for one in features])
    centroids = torch.cat([mel_centroid(codec, one) for one in features])
    direction = (latents - latents.mean(0)).T @ (centroids - centroids.mean())
    return codec.bottleneck.codebooks @ direction


def mel_centroid(codec: Codec, features: Tensor) -> Tensor:
    """Return the mean mel band of the first channel, weighted by magnitude: features [frame, feature] → [frame]."""
    bands = torch.arange(codec.config.bands, device=features.device, dtype=features.dtype)
    weights = torch.pow(10.0, features.reshape(len(features), -1, len(bands), codec.ratio)[:, 0]).sum(-1)
    return weights @ bands / weights.sum(1)
