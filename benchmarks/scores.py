"""What a decoded set of sounds is judged by, beside its originals; the same for every codec."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from kernel import embed, kernel_distance
from torch import Tensor

from benchmarks.realism import Ratios, ratios
from sda_lib import AudioClip
from sda_lib.codec.losses import mel_distance

REPEATS = 9


@dataclass(frozen=True)
class Score:
    """Means over the files of a set: mel distance, flux, roughness and onset ratio (ideal 1); the set's kernel audio
    distance x 100 as between unrelated sets, and without the pairs of a sound and its copy (NaN when left out)."""

    mel: float
    flux: float
    rough: float
    onset: float
    kad: float
    kad_paired: float

    def cells(self) -> list[str]:
        kads = ["" if kad != kad else f"{kad:.2f}" for kad in (self.kad, self.kad_paired)]
        return [f"{self.mel:.3f}", f"{self.flux:.2f}", f"{self.rough:.2f}", f"{self.onset:.2f}", *kads]


SCORE_HEADER = ["mel", "flux", "rough", "onset", "KAD", "KAD, paired"]


@dataclass(frozen=True)
class Reference:
    """Originals, and their embeddings for the kernel distance (None: leave that out)."""

    clips: tuple[AudioClip, ...]
    vectors: Tensor | None

    @classmethod
    def of(cls, clips: Sequence[AudioClip], with_kad: bool) -> Reference:
        return cls(tuple(clips), embed(clips) if with_kad else None)

    def score(self, decoded: Sequence[AudioClip]) -> Score:
        """The score of decoded sounds in the order of the originals; what they have in excess at the end is cut."""
        pairs = [(clip, _trimmed(other, clip)) for clip, other in zip(self.clips, decoded, strict=True)]
        realism = Ratios.mean(ratios(clip, other) for clip, other in pairs)
        kad = paired = float("nan")
        if self.vectors is not None:
            vectors = embed([other for _, other in pairs])
            kad, paired = (kernel_distance(self.vectors, vectors, one) for one in (False, True))
        mel = statistics.mean(mel_distance(clip, other) for clip, other in pairs)
        return Score(mel, realism.flux, realism.roughness, realism.onset, kad, paired)


def _trimmed(clip: AudioClip, like: AudioClip) -> AudioClip:
    return replace(clip, samples=clip.samples[:, : round(like.seconds * clip.sample_rate)])


def entropy_efficiency(usage: Tensor) -> Tensor:
    """Entropy of every level's use of its codes over log2 of their number, from counts [level, code]: [level]."""
    share = usage.double() / usage.sum(1, keepdim=True).clamp_min(1)
    entropy = -(share * share.clamp_min(1e-300).log2()).sum(1)
    return entropy / torch.tensor(usage.shape[1]).double().log2()


def utilization(usage: Tensor) -> Tensor:
    """Share of every level's codes in use, from counts [level, code]: [level]."""
    return (usage > 0).double().mean(1)


def processor_seconds(act: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median processor time of an act, after one that is not counted."""
    act()
    spent = []
    for _ in range(repeats):
        began = time.process_time()
        act()
        spent.append(time.process_time() - began)
    return statistics.median(spent)
