"""Kernel audio distance: distance of two sets of sounds in the embedding of a sound-effect network.

Unbiased squared maximum mean discrepancy (Gretton et al. 2012) with an RBF kernel, times 100, as in Chung et al., "KAD"
(2025). The embedding is that of Ma and Lerch, "Representation Learning for the Automatic Indexing of Sound Effects
Libraries" (2022), PyPI `aisfx` (MIT and CC BY 4.0; weights inside), one vector per sound:

    pip install --no-deps aisfx==0.1.2 && pip install librosa tqdm
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from sda_lib import AudioClip, SdaError

RATE, WINDOW, STEP, BANDS = 44100, 2048, 1024, 96
LOUDEST = 9.457798957824707
"""What the network's authors divide its inputs by."""
BLOCK = 100
"""Spectra per input of the network (2.3 s); shorter sounds are filled up with silence, longer ones overlap by half."""
SPLITS = 100


def embed(clips: Sequence[AudioClip]) -> Tensor:
    """One vector per sound [clip, 512]: the mean over its blocks. The level of a sound does not count."""
    return torch.stack([_embed(clip) for clip in clips])


def embed_windows(clips: Sequence[AudioClip]) -> list[Tensor]:
    """One vector per block of every sound, a tensor [block, 512] each. The level of a sound does not count."""
    return [_blocks(clip) for clip in clips]


def kernel_distance(reference: Tensor, estimate: Tensor, paired: bool = False) -> float:
    """100 x the unbiased squared MMD of vectors [n, dim] and [m, dim]; the kernel is as wide as the median distance of
    two vectors of the reference.

    `paired`: the two rows of a number are two versions of one sound; such pairs are left out of the mean between the
    sets as each vector's kernel with itself is within them, so that equal sets are at 0 and not below.
    """
    width = _width(reference)
    between = _kernel(reference, estimate, width)
    across = _off_diagonal(between) if paired else between.mean()
    return float(
        100
        * (
            _off_diagonal(_kernel(reference, reference, width))
            + _off_diagonal(_kernel(estimate, estimate, width))
            - 2 * across
        )
    )


def window_distance(reference: Sequence[Tensor], estimate: Sequence[Tensor]) -> float:
    """100 x the unbiased squared MMD of the windows of sounds, tensors [window, dim] each, as `kernel_distance` has it.

    Windows of one sound are alike; their pairs are left out of the mean within a set, so that two sets of sounds drawn
    from one source are at 0 on average, however many windows each sound has.
    """
    known, found = torch.cat(list(reference)), torch.cat(list(estimate))
    width = _width(known)
    within = (_between_sounds(_kernel(one, one, width), each) for one, each in ((known, reference), (found, estimate)))
    return float(100 * (sum(within) - 2 * _kernel(known, found, width).mean()))


def self_split(vectors: Tensor) -> tuple[float, float]:
    """Mean and standard deviation of the distance between random halves of one set: what no difference looks like."""
    generator = torch.Generator().manual_seed(0)
    half, found = len(vectors) // 2, []
    for _ in range(SPLITS):
        order = torch.randperm(len(vectors), generator=generator)
        found.append(kernel_distance(vectors[order[:half]], vectors[order[half : 2 * half]]))
    return float(np.mean(found)), float(np.std(found))


def _width(reference: Tensor) -> Tensor:
    return torch.pdist(reference.double()).median().clamp_min(1e-9)


def _kernel(a: Tensor, b: Tensor, width: Tensor) -> Tensor:
    return torch.exp(-torch.cdist(a.double(), b.double()).square() / (2 * width**2))


def _between_sounds(square: Tensor, sounds: Sequence[Tensor]) -> Tensor:
    """Mean of a kernel [n, n] over pairs of windows of different sounds."""
    number = torch.repeat_interleave(torch.tensor([len(sound) for sound in sounds]))
    return square[number[:, None] != number].mean()


def _off_diagonal(square: Tensor) -> Tensor:
    count = len(square)
    return (square.sum() - square.diagonal().sum()) / (count * (count - 1))


def _embed(clip: AudioClip) -> Tensor:
    return _blocks(clip).mean(0)


@torch.no_grad()
def _blocks(clip: AudioClip) -> Tensor:
    import librosa

    samples = clip.with_channels(1).resampled(RATE).samples[0]
    samples = np.pad(samples, (0, max(0, WINDOW - len(samples))))
    mel = librosa.feature.melspectrogram(
        y=samples / (np.abs(samples).max() or 1.0),
        sr=RATE,
        n_fft=WINDOW,
        hop_length=STEP,
        n_mels=BANDS,
        norm=1.0,
        htk=True,
    )
    rows = torch.from_numpy(np.log10(1 + 10000 * mel) / LOUDEST).float().T
    rows = nn.functional.pad(rows, (0, 0, 0, max(0, BLOCK - len(rows))))
    return _network()(rows.unfold(0, BLOCK, BLOCK // 2).transpose(1, 2))


@cache
def _network() -> nn.Module:
    """The network, read without running anything that the checkpoint holds."""
    package = importlib.util.find_spec("aisfx")
    if package is None:
        raise SdaError(
            "The kernel audio distance needs the package aisfx (pip install --no-deps aisfx==0.1.2); or add --no-kad."
        )
    from aisfx.models.cnn2d import EmbeddingNet

    scalar = np.float64(0).__reduce__()[0]  # wherever this numpy keeps it
    numbers = [(scalar, "numpy.core.multiarray.scalar"), np.dtype, type(np.dtype("int64"))]
    with torch.serialization.safe_globals(numbers):
        weights, _ = torch.load(Path(package.origin).parent / "models/checkpoint.pth", "cpu", weights_only=True)
    network, mark = EmbeddingNet("max", 3, 1, 64), "embedding_net."
    network.load_state_dict({name.removeprefix(mark): one for name, one in weights.items() if name.startswith(mark)})
    return network.eval().requires_grad_(False)
