"""What a model's memory keeps of its recordings: all of them, or their most diverse pieces that fit into a budget.

Of long corpora, pieces are compared by a few of their frames, and only those that are kept are encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.config import Recipe
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import PIECE_SECONDS, Piece, choose_weighted
from sda_lib.training.encoding import Encoded, FrameRange, encode_ranges, encode_sounds, frame_ranges
from sda_lib.training.segments import CorpusSound, learned_spans

# How much silence at the ends of recordings counts towards `memory.minutes`: it takes little room in a file, but memory
# while it is open.
SILENT_SHARE = 0.25
# Most pieces of a long corpus that are compared, spread evenly over it; those of 10 hours are 1200 to 10,000.
MOST_CANDIDATES = 4096
# Ranges of frames by which a piece of a long corpus is compared, and the frames of each.
PROBES, PROBE_FRAMES = 2, 12

# First and end of the frames of a piece that are between the silent ends of its recording.
Heard = tuple[int, int]


@dataclass(frozen=True)
class MemoryCandidates:
    """Pieces of a long corpus that a memory may keep.

    What they are compared by is measured once for every grid of codes and holds for all states of a codec in training.
    """

    sounds: tuple[CorpusSound, ...]
    _known: dict[tuple[object, ...], tuple[list[FrameRange], list[Heard], Tensor]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @torch.no_grad()
    def kept(self, codec: Codec, recipe: Recipe) -> list[FrameRange]:
        """Return the most diverse pieces that fit into the recipe's `memory.minutes`.

        They are compared by the principal components of the mean input of the encoder, over PROBES of each.
        """
        grid = codec.audio, codec.config.hop, codec.config.step, codec.config.n_fft, codec.config.bands
        if grid not in self._known:
            self._known[grid] = _probed(codec, recipe, self.sounds)
        parts, heard, features = self._known[grid]
        means = (features.to(codec.mean) - codec.mean) @ codec.components
        lengths, weights = [part.end - part.first for part in parts], [part.sound.weight for part in parts]
        return [parts[number] for number in chosen_pieces(recipe, means, lengths, heard, weights)]


def _probed(
    codec: Codec, recipe: Recipe, sounds: Sequence[CorpusSound]
) -> tuple[list[FrameRange], list[Heard], Tensor]:
    """Return pieces of sounds, their frames that are heard, and their mean input of the encoder [piece, feature]."""
    found = [
        (part, _inside(part, first, end))
        for sound, (first, end) in zip(sounds, learned_spans(sounds, recipe), strict=True)
        for part in frame_ranges(codec, sound, piece_frames(codec))
    ]
    found = found[:: -(-len(found) // MOST_CANDIDATES)]
    parts, heard = [part for part, _ in found], [span for _, span in found]
    return parts, heard, torch.stack([_mean_features(codec, *one) for one in found])


def _inside(part: FrameRange, first: int, end: int) -> Heard:
    """Return which frames of a piece are among the frames first..end of its sound."""
    return max(first, part.first) - part.first, min(end, part.end) - part.first


def _mean_features(codec: Codec, part: FrameRange, heard: Heard) -> Tensor:
    first, end = heard if heard[1] > heard[0] else (0, part.end - part.first)
    if end - first > PROBES * PROBE_FRAMES:
        step = (end - first) // PROBES
        starts = [first + step * number + (step - PROBE_FRAMES) // 2 for number in range(PROBES)]
        spans = [(start, start + PROBE_FRAMES) for start in starts]
    else:
        spans = [(first, end)]
    probes = (FrameRange(part.sound, part.first + begin, part.first + stop) for begin, stop in spans)
    return torch.cat([probe.features(codec) for probe in probes]).mean(0)


def piece_frames(codec: Codec) -> int:
    """Return the most frames of a piece."""
    return max(1, int(PIECE_SECONDS * codec.audio.sample_rate / codec.config.hop))


def encoded_pieces(codec: Codec, parts: Sequence[FrameRange]) -> list[tuple[FrameRange, Encoded]]:
    """Return pieces of sounds encoded as they are within their sounds."""
    return list(zip(parts, encode_ranges(codec, parts), strict=True))


def memory_of(codec: Codec, pieces: Sequence[tuple[FrameRange, Encoded]]) -> Memory:
    """Return a memory of encoded pieces of sounds."""
    return Memory(codec, [_piece(codec, part, one.latent, one.codes) for part, one in pieces])


def _piece(codec: Codec, part: FrameRange, latent: Tensor, codes: Tensor | None) -> Piece:
    hop = codec.config.hop
    signal = part.sound.signal(part.first * hop, part.end * hop).to(latent.device)
    return Piece(part.sound.name, part.first * hop / part.sound.sample_rate, signal, latent, codes)


def memory_pieces(codec: Codec, sounds: Sequence[CorpusSound]) -> list[Piece]:
    """Encode sounds and return all of their pieces."""
    return [_piece_of(codec, one, part) for one in encode_sounds(codec, sounds) for part in _parts(codec, one)]


def _parts(codec: Codec, encoded: Encoded) -> list[FrameRange]:
    """Return the pieces that cover the frames of an encoded sound."""
    return frame_ranges(codec, encoded.sound, piece_frames(codec))


def _piece_of(codec: Codec, encoded: Encoded, part: FrameRange) -> Piece:
    frames = slice(part.first, part.end)
    codes = None if encoded.codes is None else encoded.codes[:, frames]
    return _piece(codec, part, encoded.latent[frames], codes)


def build_memory(codec: Codec, recipe: Recipe, encoded: Sequence[Encoded]) -> Memory:
    """Return a memory of encoded sounds, or of their most diverse pieces that fit into `memory.minutes`.

    Silence at the ends is kept, so that a recording comes back as it was.
    """
    parts = [(one, part) for one in encoded for part in _parts(codec, one)]
    spans = learned_spans([one.sound for one in encoded], recipe)
    heard = [
        _inside(part, first, end)
        for one, (first, end) in zip(encoded, spans, strict=True)
        for part in _parts(codec, one)
    ]
    weights = [one.sound.weight for one, _ in parts]
    kept = diverse(recipe, [one.latent[part.first : part.end] for one, part in parts], heard, weights)
    return Memory(codec, [_piece_of(codec, *parts[number]) for number in kept])


def diverse(
    recipe: Recipe, latents: Sequence[Tensor], heard: Sequence[Heard], weights: Sequence[float] = ()
) -> list[int]:
    """Return the numbers of the most diverse pieces, by latents [frame, dim], that fit into `memory.minutes`.

    Only the frames first..end that are `heard` of each are compared.
    """
    means = [(one[first:end] if end > first else one).mean(0) for one, (first, end) in zip(latents, heard, strict=True)]
    return chosen_pieces(recipe, torch.stack(means), [len(one) for one in latents], heard, weights)


def chosen_pieces(
    recipe: Recipe, means: Tensor, lengths: Sequence[int], heard: Sequence[Heard], weights: Sequence[float] = ()
) -> list[int]:
    """Return the numbers of the most diverse pieces, by their means [piece, dim], that fit into `memory.minutes`.

    `lengths` are in frames; silence counts as a SILENT_SHARE of its length. Of pieces with a greater weight more are
    kept (`choose_weighted`).
    """
    sounding = [max(0, end - first) for first, end in heard]
    frames = [count + SILENT_SHARE * (length - count) for length, count in zip(lengths, sounding, strict=True)]
    seconds = [count * recipe.codec.hop / recipe.audio.sample_rate for count in frames]
    return choose_weighted(means, seconds, 60 * recipe.memory.minutes, weights or [1.0] * len(seconds))
