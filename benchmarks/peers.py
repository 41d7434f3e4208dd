"""What the codec is printed beside: an ISTFT-head network from scratch, Opus, and the corpus' nearest recording."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import istft_head
import numpy as np
import soundfile
import torch
from scores import processor_seconds

from sda_lib import AudioClip
from sda_lib.codec.losses import mel_distance

OPUS_RATE, OPUS_LOWEST, OPUS_HIGHEST = 48000, 6000, 256000
"""libsndfile's compression level runs from 1 (6 kbit/s) to 0 (256 kbit/s) per channel; Opus itself runs at 48 kHz."""
OGG_HEADERS = 2
"""Pages of an Ogg Opus stream before the first that holds sound."""
NEAREST_BANDS, NEAREST_WINDOW = 80, 1024
SHORTLIST = 12
"""Recordings per sound that the full mel distance is measured for."""


def samples_of(clip: AudioClip) -> torch.Tensor:
    """The mono mix at the network's rate [time]."""
    return torch.tensor(clip.with_channels(1).resampled(istft_head.RATE).samples[0])


def through_network(codec: istft_head.IstftHeadCodec, clips: Sequence[AudioClip]) -> list[AudioClip]:
    """Clips by way of the network's codes."""
    decoded = (codec.decode(codec.encode(samples_of(clip))).numpy() for clip in clips)
    return [AudioClip(samples, istft_head.RATE) for samples in decoded]


def network_speed(codec: istft_head.IstftHeadCodec, clip: AudioClip) -> tuple[float, float]:
    """Encoding and decoding, processor time over duration."""
    samples = samples_of(clip)
    codes = codec.encode(samples)
    acts = (lambda: codec.encode(samples), lambda: codec.decode(codes))
    return tuple(processor_seconds(act) / clip.seconds for act in acts)


def opus(clips: Sequence[AudioClip], bit_rate: int) -> tuple[list[AudioClip], float]:
    """Clips through libsndfile's Opus at about that many bit/s, and the kbit/s of the packets that it really wrote."""
    decoded, bits = [], 0
    for clip in clips:
        mono, file = clip.with_channels(1).resampled(OPUS_RATE), io.BytesIO()
        level = (OPUS_HIGHEST - bit_rate) / (OPUS_HIGHEST - OPUS_LOWEST)
        soundfile.write(file, mono.samples[0], OPUS_RATE, format="OGG", subtype="OPUS", compression_level=level)
        bits += 8 * packet_bytes(file.getvalue())
        file.seek(0)
        decoded.append(replace(mono, samples=soundfile.read(file, dtype="float32", always_2d=True)[0].T))
    return decoded, bits / 1000 / sum(clip.seconds for clip in clips)


def packet_bytes(ogg: bytes) -> int:
    """Bytes of sound in an Ogg stream (RFC 3533): without page headers, and without the first two pages' tags."""
    place, page, total = 0, 0, 0
    while place < len(ogg):
        segments = ogg[place + 26]
        size = sum(ogg[place + 27 : place + 27 + segments])
        total += size if page >= OGG_HEADERS else 0
        place, page = place + 27 + segments + size, page + 1
    return total


def nearest(clips: Sequence[AudioClip], recordings: Sequence[AudioClip]) -> list[AudioClip]:
    """For every clip the recording with the lowest mel distance, cut or filled up to the clip's length.

    The distance is measured for the SHORTLIST recordings whose log-mel spectra, cut or filled up alike, are nearest.
    """
    found = []
    for clip in clips:
        candidates = [_as_long_as(clip, other.resampled(clip.sample_rate)) for other in recordings]
        wanted = _log_mel(clip)
        rough = [float(np.abs(wanted - _log_mel(other)).mean()) for other in candidates]
        shortlist = [candidates[index] for index in np.argsort(rough)[:SHORTLIST]]
        found.append(min(shortlist, key=lambda other: mel_distance(clip, other)))
    return found


def _as_long_as(clip: AudioClip, other: AudioClip) -> AudioClip:
    samples = other.samples[:, : clip.length]
    return replace(other, samples=np.pad(samples, ((0, 0), (0, clip.length - samples.shape[1]))))


def _log_mel(clip: AudioClip) -> np.ndarray:
    window = torch.hann_window(NEAREST_WINDOW)
    spectrum = torch.stft(
        samples_of(clip), NEAREST_WINDOW, NEAREST_WINDOW // 2, window=window, return_complex=True, pad_mode="constant"
    ).abs()
    return (istft_head.mel_filters(NEAREST_WINDOW, NEAREST_BANDS) @ spectrum).clamp_min(1e-5).log10().numpy()
