"""Encode a sound part by part while it is looked for in the recordings, in memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.codec import Codec, EncodedWindow
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Memory
from sda_lib.memory.recognize import Recognized, Recognizer

# Frames that are held while none of them is recognized: the chain of frames before a recognized one is no longer.
HELD_FRAMES = 4096


class RecognizedSound:
    """The encoded windows of one sound, and, once all of them were read, what is known of the whole sound.

    `blocks` are float32 [channel, time] at the codec's rate and channel count. Without a recognizer, nothing is
    recognized.
    """

    def __init__(self, codec: Codec, blocks: Iterable[np.ndarray], recognizer: Recognizer | None) -> None:
        self._codec, self._recognizer, self._blocks = codec, recognizer, blocks
        self.length = 0

    def __iter__(self) -> Iterator[EncodedWindow]:
        """Yield the windows, once. Raises SdaError for an empty sound."""
        watched = self._blocks if self._recognizer is None else self._recognizer.watched(self._blocks)
        for window in self._codec.encode(watched):
            self.length += window.size
            yield window
        if not self.length:
            raise SdaError("The sound holds no samples; choose another one.")

    def recognized(self) -> Recognized | None:
        """Return which part of a recording the whole sound is, or None."""
        return None if self._recognizer is None else self._recognizer.result()


def recognized_codes(memory: Memory, parts: Iterable[tuple[Tensor, Tensor]]) -> Iterator[Tensor]:
    """Yield the codes [level, n] of parts of a sound, those of frames that are a grain replaced by the grain's.

    `parts` are latents [n, dim] with their codes [level, n]. Codes are yielded after every part, those that are known
    by then: none while the part is held, and the rest at the end. The codes are those of `Memory.recognized` for the
    whole sound, as recognition starts anew at every frame that is recognized by itself; only a chain of more than
    HELD_FRAMES frames without such a frame is cut.
    """
    held: list[tuple[Tensor, ...]] = []
    for latent, codes in parts:
        known, grain = memory.nearest_latents(latent)
        held.append((latent, codes.T, known, grain))
        if known.any() or sum(len(one[0]) for one in held) > HELD_FRAMES:
            rows, found = _joined(memory, held)
            recognized = rows[2].nonzero()[:, 0]
            last = int(recognized[-1]) if len(recognized) else len(found)
            last = last if len(found) - last <= HELD_FRAMES else len(found)
            yield found[:last].T
            held = [tuple(one[last:] for one in rows)]
        else:
            yield codes[:, :0]
    if held:
        yield _joined(memory, held)[1].T


def _joined(memory: Memory, held: Sequence[tuple[Tensor, ...]]) -> tuple[list[Tensor], Tensor]:
    """Return latents, codes, which are known, and grains of joined parts, each by frame, and the codes recognized."""
    latent, codes, known, grain = rows = [torch.cat(parts) for parts in zip(*held, strict=True)]
    return rows, memory.with_own_codes(latent, codes.T, known, grain).T
