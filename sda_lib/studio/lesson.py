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
from sda_lib.models.memory import Memory, choose_diverse, cut
from sda_lib.models.synthesis import synthesize
from sda_lib.sound.clip import AudioClip
from sda_lib.sound.corpus import Corpus, split
from sda_lib.studio.material import Segments, Sound, prepare

JUDGED_SECONDS = 60.0
"""How much held-out sound is measured at most, in one check."""


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
        clips = corpus.clips(recipe.audio.sample_rate, recipe.audio.channels)
        train, held_out = split(clips, recipe.train.held_out, recipe.train.seed)
        codec = Codec(recipe.audio, recipe.codec).to(device)
        sounds = prepare(codec, recipe, clips)
        known = {id(sound.clip): sound for sound in sounds}
        parts = (
            tuple(known.get(id(clip)) or prepare(codec, recipe, [clip])[0] for clip in part)
            for part in (train, held_out)
        )
        lesson = cls(recipe, name, corpus.report(), codec, sounds, *parts)
        features = [codec.features(sound.mel) for sound in lesson.train]
        magnitudes = [codec.blocks(sound.magnitudes.float()) for sound in lesson.train]
        codec.fit_linear(features, magnitudes, recipe.train.seed)
        return lesson

    def segments(self) -> Segments:
        return Segments(self.train, max(self.recipe.train.segment, self.recipe.codec.hop) // self.recipe.codec.step)

    # --- judging

    def held_out_distance(self) -> float:
        """Mean mel distance of the held-out sounds, played by the model with a memory of the training sounds only."""
        memory = remember(self.codec, self.recipe, self.train)
        judged = within(self.held_out, JUDGED_SECONDS)
        return sum(self._distance(memory, sound) for sound in judged) / len(judged)

    @torch.no_grad()
    def _distance(self, memory: Memory | None, sound: Sound) -> float:
        latent = self.codec.quantize(self.codec.latent(self.codec.features(sound.mel)[None])).latent[0]
        samples, _ = synthesize(self.codec, memory, latent, 1.0)
        decoded = AudioClip(samples[:, : sound.clip.length].cpu().numpy(), self.recipe.audio.sample_rate)
        return mel_distance(sound.clip, decoded)

    def code_use(self) -> dict[str, float]:
        """Utilization (share of codes in use) and perplexity on the training sounds, means over the levels; nothing
        without codes."""
        if not self.codec.bottleneck.discrete:
            return {}
        counts = usage(self.codec, encode_all(self.codec, self.train)).double()
        share = counts / counts.sum(1, keepdim=True)
        entropy = -(share * share.clamp_min(1e-12).log()).sum(1)
        return {"utilization": float((counts > 0).double().mean()), "perplexity": float(entropy.exp().mean())}

    # --- the result

    def model(self, metrics: dict[str, float]) -> SdaModel:
        """The model as it stands: codes sorted by sound, a memory of all sounds, everything known in the manifest."""
        codec = copy.deepcopy(self.codec).eval().requires_grad_(False)
        if codec.bottleneck.discrete:
            codec.bottleneck.reorder(brightness_of_codes(codec, self.sounds))
        tables = encode_all(codec, self.sounds)
        memory = remember(codec, self.recipe, self.sounds) if self.recipe.memory.enabled else None
        return SdaModel(self.recipe, codec, memory, usage(codec, tables), self._manifest(metrics))

    def _manifest(self, metrics: dict[str, float]) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self.name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "corpus": self.report,
            "held_out": [sound.clip.name for sound in self.held_out],
            "metrics": metrics,
            "libraries": {name: version(name) for name in ("torch", "numpy", "safetensors")},
        }


def within(sounds: Sequence[Sound], seconds: float) -> list[Sound]:
    """The first sounds that fit into that time, at least one."""
    chosen, total = [], 0.0
    for sound in sounds:
        if chosen and total + sound.clip.seconds > seconds:
            break
        chosen.append(sound)
        total += sound.clip.seconds
    return chosen


@torch.no_grad()
def encode_all(codec: Codec, sounds: Sequence[Sound]) -> list[Tensor]:
    """What is kept of every sound: codes [level, frame], or latents [dim, frame] of a continuous bottleneck."""
    latents = (codec.latent(codec.features(sound.mel)[None]) for sound in sounds)
    if not codec.bottleneck.discrete:
        return [one[0].T for one in latents]
    return [codec.quantize(one).indices[0] for one in latents]


def usage(codec: Codec, codes: Sequence[Tensor]) -> Tensor:
    """How often each code is used, [level, code]; nothing [0, 0] without codes."""
    if not codec.bottleneck.discrete:
        return torch.zeros((0, 0), dtype=torch.int64, device=codec.mean.device)
    return torch.stack(
        [torch.bincount(row, minlength=codec.config.codebook_size) for row in torch.cat(list(codes), -1)]
    )


@torch.no_grad()
def remember(codec: Codec, recipe: Recipe, sounds: Sequence[Sound]) -> Memory:
    """A memory of the sounds, or of the most diverse part of them that fits `memory.minutes`."""
    pieces, tables, hop = [], [], recipe.codec.hop
    for sound, table in zip(sounds, encode_all(codec, sounds), strict=True):
        parts = cut(sound.clip.name, sound.samples, hop, recipe.audio.sample_rate)
        pieces += parts
        tables += table.split([part.samples.shape[-1] // hop for part in parts], dim=-1)
    seconds = [piece.samples.shape[-1] / recipe.audio.sample_rate for piece in pieces]
    means = torch.stack([codec.bottleneck.embed(one).mean(0) for one in tables])
    kept = choose_diverse(means, seconds, 60 * recipe.memory.minutes)
    return Memory(codec, [pieces[one] for one in kept], [tables[one] for one in kept])


@torch.no_grad()
def brightness_of_codes(codec: Codec, sounds: Sequence[Sound]) -> Tensor:
    """How much brighter each code makes a frame, up to a scale: [level, code].

    The direction in latent space is the covariance of the latents with the frames' spectral centroid on the mel scale.
    """
    latents = torch.cat([codec.latent(codec.features(sound.mel)[None])[0] for sound in sounds])
    centroids = torch.cat([centroid(sound.mel, codec.ratio) for sound in sounds])
    direction = (latents - latents.mean(0)).T @ (centroids - centroids.mean())
    return codec.bottleneck.codebooks @ direction


def centroid(mel: Tensor, ratio: int) -> Tensor:
    """Mean mel band, weighted by magnitude, of every code frame: [channel, band, k] -> [k / ratio]."""
    weights = torch.pow(10.0, mel[0]).reshape(mel.shape[1], -1, ratio).sum(-1)
    bands = torch.arange(mel.shape[1], device=mel.device, dtype=mel.dtype)
    return (bands @ weights) / weights.sum(0)
