"""A lesson: the sounds to learn from, the sounds to be judged by, and the codec that learns."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor

from sda_lib.config import Recipe
from sda_lib.models.bundle import SdaModel
from sda_lib.models.codec import Codec
from sda_lib.models.losses import mel_distance
from sda_lib.models.manifest import FORMAT
from sda_lib.models.memory import PIECE_SECONDS, Memory, Piece, choose_diverse
from sda_lib.models.synthesis import synthesize
from sda_lib.sound.clip import AudioClip
from sda_lib.sound.corpus import Corpus
from sda_lib.studio.closed_form import Stretch, features_of, fit, fit_attacks, fit_texture, latent_of, spread, stretches
from sda_lib.studio.material import Segments, Sound, split

JUDGED_SECONDS, USE_SECONDS = 60.0, 300.0
"""How much held-out sound is measured at most in one check, and how much training sound for the use of codes."""


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
        """Read and part the corpus, and fit the codec in closed form."""
        rate = recipe.audio.sample_rate
        named = corpus.blocks(rate, recipe.audio.channels)
        sounds = tuple(Sound.of_blocks(name, blocks, rate) for name, blocks in named)
        train, held_out = split(sounds, recipe.train.held_out, recipe.train.seed)
        codec = Codec(recipe.audio, recipe.codec).to(device)
        fit(codec, train, recipe.train.seed)
        return cls(recipe, name, corpus.report(), codec, sounds, train, held_out)

    def segments(self) -> Segments:
        hop = self.recipe.codec.hop
        return Segments(self.codec, self.train, max(self.recipe.train.segment // hop, 1) * hop)

    # --- judging

    @torch.no_grad()
    def judged(self) -> dict[str, float]:
        """How the codec does as it is now: `held_out`, the mean mel distance of the held-out sounds from what it makes
        of their codes by itself (Source 0), and how the training sounds use the codes."""
        codes = self._settle()
        sounds = within(self.held_out, JUDGED_SECONDS)
        return {"held_out": sum(map(self._distance, sounds)) / len(sounds), **code_use(self.codec, codes)}

    def _settle(self) -> list[Tensor]:
        """Fit to the networks as they are now what gradients don't teach: idle codes, texture, attacks. Returns codes
        [level, frame] of training sounds, or none where there are no codes."""
        discrete = self.codec.bottleneck.discrete
        codes = [self.codec.bottleneck.employ(torch.cat(self._latents()), self.recipe.codec.beam)] if discrete else []
        fit_texture(self.codec, self.train, self.held_out)
        fit_attacks(self.codec, self.held_out)
        return codes

    def _latents(self) -> list[Tensor]:
        """Latents [frame, dim] of at most USE_SECONDS of the training sounds, stretch by stretch."""
        parts = spread(self.codec, self.train, USE_SECONDS)
        return [self.codec.latent(part.features(self.codec)[None])[0] for part in parts]

    def _distance(self, sound: Sound) -> float:
        latent = self.codec.quantize(latent_of(self.codec, sound)[None]).latent[0]
        samples, _ = synthesize(self.codec, None, latent, 0.0)
        return mel_distance(sound.clip, AudioClip(samples[:, : sound.length].cpu().numpy(), sound.sample_rate))

    # --- the result

    def model(self, metrics: dict[str, float]) -> SdaModel:
        """The model as it stands: codes sorted by sound, a memory of all sounds, everything known in the manifest."""
        codec = copy.deepcopy(self.codec).eval().requires_grad_(False)
        if codec.bottleneck.discrete:
            codec.bottleneck.reorder(brightness_of_codes(codec, self.sounds))
        fit_texture(codec, self.sounds, self.held_out)
        fit_attacks(codec, self.held_out)
        parts = [part for sound in self.sounds for part in heard(codec, sound)]
        memory = remember(codec, self.recipe, parts) if self.recipe.memory.enabled else None
        counts = usage(codec, [part.codes for part in parts])
        return SdaModel(self.recipe, codec, memory, counts, self._manifest(metrics))

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


def within(sounds: Sequence[Sound], seconds: float) -> list[Sound]:
    """The first sounds that fit into that time, at least one (of which only that time)."""
    chosen, total = [], 0.0
    for sound in sounds:
        if chosen and total + sound.seconds > seconds:
            break
        chosen.append(sound.part(0, round(seconds * sound.sample_rate)))
        total += sound.seconds
    return chosen


def code_use(codec: Codec, codes: Sequence[Tensor]) -> dict[str, float]:
    """Use of the codes by sounds that have these [level, frame]: utilization (share of codes in use) and perplexity as
    means over the levels, the least used level's utilization; nothing without codes."""
    if not codec.bottleneck.discrete:
        return {}
    counts = usage(codec, codes).cpu().double()
    used = (counts > 0).double().mean(1)
    share = counts / counts.sum(1, keepdim=True)
    perplexity = (-share * share.clamp_min(1e-12).log()).sum(1).exp()
    means = {"utilization": float(used.mean()), "perplexity": float(perplexity.mean())}
    return {**means, "utilization_least": float(used.min())}


def usage(codec: Codec, codes: Sequence[Tensor]) -> Tensor:
    """How often each code is used, [level, code]; nothing [0, 0] without codes."""
    if not codec.bottleneck.discrete:
        return torch.zeros((0, 0), dtype=torch.int64, device=codec.mean.device)
    return torch.stack(
        [torch.bincount(row, minlength=codec.config.codebook_size) for row in torch.cat(list(codes), -1)]
    )


@dataclass(frozen=True)
class Heard:
    """A stretch of a sound, what the encoder hears of it [frame, dim], and its codes [level, frame] or none."""

    stretch: Stretch
    latent: Tensor
    codes: Tensor | None

    def piece(self, codec: Codec) -> Piece:
        """With its samples, as the memory keeps it."""
        sound, hop = self.stretch.sound, codec.config.hop
        signal = sound.signal(self.stretch.first * hop, self.stretch.end * hop).to(self.latent.device)
        return Piece(sound.name, self.stretch.first * hop / sound.sample_rate, signal, self.latent, self.codes)


@torch.no_grad()
def heard(codec: Codec, sound: Sound) -> list[Heard]:
    """A sound in pieces of at most PIECE_SECONDS."""
    longest = max(1, int(PIECE_SECONDS * sound.sample_rate / codec.config.hop))
    parts, latent = stretches(codec, sound, longest), latent_of(codec, sound)
    codes = codec.quantize(latent[None]).indices[0] if codec.bottleneck.discrete else None
    return [
        Heard(part, latent[part.first : part.end], None if codes is None else codes[:, part.first : part.end])
        for part in parts
    ]


def remember(codec: Codec, recipe: Recipe, parts: Sequence[Heard]) -> Memory:
    """A memory of what was heard, or of the most diverse part of it that fits `memory.minutes`."""
    seconds = [len(part.latent) * recipe.codec.hop / recipe.audio.sample_rate for part in parts]
    means = torch.stack([part.latent.mean(0) for part in parts])
    kept = choose_diverse(means, seconds, 60 * recipe.memory.minutes)
    return Memory(codec, [parts[one].piece(codec) for one in kept])


@torch.no_grad()
def brightness_of_codes(codec: Codec, sounds: Sequence[Sound]) -> Tensor:
    """How much brighter each code makes a frame, up to a scale: [level, code].

    The direction in latent space is the covariance of the latents with the frames' spectral centroid on the mel scale,
    over at most JUDGED_SECONDS.
    """
    features = [features_of(codec, sound) for sound in within(sounds, JUDGED_SECONDS)]
    latents = torch.cat([codec.latent(one[None])[0] for one in features])
    centroids = torch.cat([centroid(codec, one) for one in features])
    direction = (latents - latents.mean(0)).T @ (centroids - centroids.mean())
    return codec.bottleneck.codebooks @ direction


def centroid(codec: Codec, features: Tensor) -> Tensor:
    """Mean mel band, weighted by magnitude, of the first channel: features [frame, feature] -> [frame]."""
    bands = torch.arange(codec.config.bands, device=features.device, dtype=features.dtype)
    weights = torch.pow(10.0, features.reshape(len(features), -1, len(bands), codec.ratio)[:, 0]).sum(-1)
    return weights @ bands / weights.sum(1)
