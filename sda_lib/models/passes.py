"""Long sounds in windows: sound to latents and latents to sound, in memory that does not grow with the sound.

Encoder and decoder look at few frames only, so a window with enough frames on either side gives what the whole would.
Every sound longer than a window goes through here, so that reading it in blocks changes no bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.models.codec import Codec
from sda_lib.models.memory import Match, Memory
from sda_lib.models.spectral import mid_side, modulus
from sda_lib.models.synthesis import reach, synthesize
from sda_lib.sound.stream import windows

WINDOW_FRAMES = 512
"""Code frames that are encoded or decoded at once."""


def spans(frames: int) -> list[tuple[int, int]]:
    """The windows (first, end) that part so many frames."""
    return [(first, min(first + WINDOW_FRAMES, frames)) for first in range(0, frames, WINDOW_FRAMES)]


@torch.no_grad()
def latents(codec: Codec, blocks: Iterable[np.ndarray]) -> Iterator[tuple[Tensor, int]]:
    """Left/right blocks [channel, time] of the codec's rate and channel count -> latents [frame, dim], window by
    window, each with the number of samples that it stands for; the sound's end is filled up with silence."""
    hop = codec.config.hop
    for window in windows(blocks, WINDOW_FRAMES * hop, codec.latent_reach * hop):
        signal = mid_side(torch.tensor(window.samples)).to(codec.mean.device)
        signal = F.pad(signal, (0, -signal.shape[-1] % hop))
        log_mel = codec.spectral.log_mel(modulus(codec.spectral.stft(signal)))
        first, count = window.before // hop, -(-window.size // hop)
        yield codec.latent(codec.features(log_mel)[None])[0, first : first + count], window.size


def sound_of(
    codec: Codec,
    memory: Memory | None,
    latent_of: Callable[[slice], Tensor],
    frames: int,
    span: tuple[int, int],
    amount: float,
) -> tuple[Tensor, Match | None]:
    """The samples of the frames first..end of a sound of so many frames, and the grains behind them.

    `latent_of` gives the latents [frame, dim] of any stretch of it; see `synthesize` for the rest.
    """
    (first, end), near, hop = span, reach(codec, memory is not None and amount > 0), codec.config.hop
    outer = slice(max(0, first - near), min(frames, end + near))
    samples, match = synthesize(codec, memory, latent_of(outer), amount, outer.start)
    own = slice(first - outer.start, end - outer.start)
    return samples[:, own.start * hop : own.stop * hop], match and _part(match, own)


def _part(match: Match, own: slice) -> Match:
    return Match(*(getattr(match, field.name)[own] for field in fields(Match)))


def joined(matches: Iterable[Match]) -> Match:
    """The grains of one window after the other."""
    found = list(matches)
    return Match(*(torch.cat([getattr(one, field.name) for one in found]) for field in fields(Match)))
