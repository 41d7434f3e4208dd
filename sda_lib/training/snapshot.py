"""Snapshot of a run: a copy of the codec at one moment, its measured quality, and the model made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.code_usage import CodeUsage, reachable_utilization
from sda_lib.codec.codec import Codec
from sda_lib.codec.losses import mel_distance
from sda_lib.config import Recipe
from sda_lib.memory.decode import synthesize
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import PIECE_SECONDS, Piece, choose_diverse
from sda_lib.model.header import FORMAT
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Gaussian
from sda_lib.training.closed_form import Encoded, encode_sounds, features_of
from sda_lib.training.segments import Sound

# Most seconds of sound measured in one check.
MEASURED_SECONDS = 60.0
# How many training sounds are measured by their beginnings, and the seconds of them in all: enough to see whether their
# distance departs from the held-out one.
TRAIN_SOUNDS, TRAIN_SECONDS = 10, 5.0


@dataclass(frozen=True)
class Snapshot:
    """A codec that no longer changes; `heard` holds its latents and codes of the training sounds."""

    recipe: Recipe
    name: str
    report: dict[str, Any]
    codec: Codec
    sounds: tuple[Sound, ...]
    held_out: tuple[Sound, ...]
    heard: tuple[Encoded, ...]

    @torch.no_grad()
    def judged(self) -> dict[str, float]:
        """Measure the codec's quality.

        Returns `held_out`, the mean mel distance between the held-out sounds and their decoded codes without grains
        (Source 0); `train`, the same for some training sounds; and the use of the codes by the training sounds (see
        `code_use`).
        """
        heard = encode_sounds(self.codec, within(self.held_out, MEASURED_SECONDS))
        use = code_use(self.codec, [one.codes for one in self.heard])
        return {"held_out": self._mean_distance(heard), "train": self._mean_distance(self._some()), **use}

    def level_use(self) -> dict[str, float]:
        """Return the use of each level's codes by the training sounds.

        The keys are `use_0` … (shares), `perplexity_0` …, and `reachable`, the share of codes that this number of
        frames could use; empty without codes.
        """
        return level_use(self.codec, [one.codes for one in self.heard])

    def _mean_distance(self, heard: Sequence[Encoded]) -> float:
        return sum(distance(self.codec, one) for one in heard) / len(heard)

    def _some(self) -> list[Encoded]:
        """Return the beginnings of some encoded training sounds, spread over all of them."""
        chosen = self.heard[:: -(-len(self.heard) // TRAIN_SOUNDS)]
        frames = max(1, round(TRAIN_SECONDS * self.recipe.audio.sample_rate / self.codec.config.hop / len(chosen)))
        return [beginning(one, frames, self.codec.config.hop) for one in chosen]

    def model(self, metrics: dict[str, float]) -> SdaModel:
        """Return the model with a memory of all sounds; `metrics` go into its manifest."""
        heard = self._everything()
        memory = build_memory(self.codec, self.recipe, heard) if self.recipe.memory.enabled else None
        counts = usage(self.codec, [one.codes for one in heard])
        latents = [one.latent for one in heard]
        gaussian = None if self.codec.bottleneck.discrete else Gaussian.of_codec(self.codec, latents)
        return SdaModel(self.recipe, self.codec, memory, counts, self._manifest(metrics), gaussian=gaussian)

    def _everything(self) -> list[Encoded]:
        """Return all sounds of the corpus, encoded, in their order."""
        known = {id(one.sound): one for one in self.heard}
        missing = encode_sounds(self.codec, [sound for sound in self.sounds if id(sound) not in known])
        known |= {id(one.sound): one for one in missing}
        return [known[id(sound)] for sound in self.sounds]

    def _manifest(self, metrics: dict[str, float]) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self.name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "corpus": self.report,
            "held_out": [sound.name for sound in self.held_out],
            "metrics": metrics,
            "libraries": {name: version(name) for name in ("torch", "numpy", "safetensors")},
        }


def distance(codec: Codec, heard: Encoded) -> float:
    """Return the mel distance between a sound and its decoded codes without grains (Source 0)."""
    sound = heard.sound
    latent = heard.latent if heard.codes is None else codec.bottleneck.embed(heard.codes)
    samples, _ = synthesize(codec, None, latent, 0.0)
    return mel_distance(sound.clip, AudioClip(samples[:, : sound.length].cpu().numpy(), sound.sample_rate))


def beginning(heard: Encoded, frames: int, hop: int) -> Encoded:
    """Return the first `frames` frames of an encoded sound."""
    codes = None if heard.codes is None else heard.codes[:, :frames]
    return Encoded(heard.sound.part(0, frames * hop), heard.latent[:frames], codes)


def within(sounds: Sequence[Sound], seconds: float) -> list[Sound]:
    """Return the first sounds that fit into `seconds`; at least one, cut to that length."""
    chosen, total = [], 0.0
    for sound in sounds:
        if chosen and total + sound.seconds > seconds:
            break
        chosen.append(sound.part(0, round(seconds * sound.sample_rate)))
        total += sound.seconds
    return chosen


def code_use(codec: Codec, codes: Sequence[Tensor]) -> dict[str, float]:
    """Return how sounds with these codes [level, frame] use the codebooks.

    `utilization` (share of codes in use) and `perplexity` are means over the levels; `utilization_least` is the least
    used level's utilization. Empty without codes.
    """
    if not codec.bottleneck.discrete:
        return {}
    counts = usage(codec, codes).cpu().double()
    used = (counts > 0).double().mean(1)
    share = counts / counts.sum(1, keepdim=True)
    perplexity = (-share * share.clamp_min(1e-12).log()).sum(1).exp()
    means = {"utilization": float(used.mean()), "perplexity": float(perplexity.mean())}
    return {**means, "utilization_least": float(used.min())}


def level_use(codec: Codec, codes: Sequence[Tensor]) -> dict[str, float]:
    """Return each level's utilization and perplexity for codes [level, frame] of sounds; see `Snapshot.level_use`."""
    if not codec.bottleneck.discrete:
        return {}
    use = CodeUsage(usage(codec, codes).cpu().numpy())
    values = {f"use_{level}": float(share) for level, share in enumerate(use.utilization)}
    values |= {f"perplexity_{level}": float(number) for level, number in enumerate(use.perplexity)}
    return {**values, "reachable": reachable_utilization(use.frames, use.size)}


def usage(codec: Codec, codes: Sequence[Tensor]) -> Tensor:
    """Return how often each code is used, [level, code]; [0, 0] without codes."""
    if not codec.bottleneck.discrete:
        return torch.zeros((0, 0), dtype=torch.int64, device=codec.mean.device)
    return torch.stack(
        [torch.bincount(row, minlength=codec.config.codebook_size) for row in torch.cat(list(codes), -1)]
    )


def pieces(codec: Codec, heard: Encoded) -> list[slice]:
    """Return slices of at most PIECE_SECONDS that cover the frames of a sound."""
    frames, longest = len(heard.latent), max(1, int(PIECE_SECONDS * heard.sound.sample_rate / codec.config.hop))
    return [slice(first, min(first + longest, frames)) for first in range(0, frames, longest)]


def piece(codec: Codec, heard: Encoded, frames: slice) -> Piece:
    """Return the given frames of a sound and their samples as a piece of memory."""
    sound, hop = heard.sound, codec.config.hop
    signal = sound.signal(frames.start * hop, frames.stop * hop).to(heard.latent.device)
    codes = None if heard.codes is None else heard.codes[:, frames]
    return Piece(sound.name, frames.start * hop / sound.sample_rate, signal, heard.latent[frames], codes)


def build_memory(codec: Codec, recipe: Recipe, heard: Sequence[Encoded]) -> Memory:
    """Return a memory of encoded sounds, or of their most diverse pieces that fit into `memory.minutes`."""
    parts = [(one, frames) for one in heard for frames in pieces(codec, one)]
    seconds = [(frames.stop - frames.start) * recipe.codec.hop / recipe.audio.sample_rate for _, frames in parts]
    means = torch.stack([one.latent[frames].mean(0) for one, frames in parts])
    kept = choose_diverse(means, seconds, 60 * recipe.memory.minutes)
    return Memory(codec, [piece(codec, *parts[one]) for one in kept])


@torch.no_grad()
def brightness_of_codes(codec: Codec, sounds: Sequence[Sound]) -> Tensor:
    """Return how much each code brightens a frame, up to a scale, [level, code].

    The direction in latent space is the covariance of the latents with the frames' spectral centroid on the mel scale,
    over at most JUDGED_SECONDS.
    """
    features = [features_of(codec, sound) for sound in within(sounds, MEASURED_SECONDS)]
    latents = torch.cat([codec.latent(one[None])[0] for one in features])
    centroids = torch.cat([centroid(codec, one) for one in features])
    direction = (latents - latents.mean(0)).T @ (centroids - centroids.mean())
    return codec.bottleneck.codebooks @ direction


def centroid(codec: Codec, features: Tensor) -> Tensor:
    """Return the mean mel band of the first channel, weighted by magnitude: features [frame, feature] → [frame]."""
    bands = torch.arange(codec.config.bands, device=features.device, dtype=features.dtype)
    weights = torch.pow(10.0, features.reshape(len(features), -1, len(bands), codec.ratio)[:, 0]).sum(-1)
    return weights @ bands / weights.sum(1)
