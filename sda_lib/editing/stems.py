"""Stems: split a sound by the levels of its codes into parts that add up to the whole.

The contribution of a group of levels is defined on magnitudes: the codec's with all levels up to the group's end,
against those up to its beginning (training drops the last levels at random, so the codec is trained on such sounds).
Sounds can't be subtracted, since their phases differ. Instead, the change by each group becomes its share of each bin
of the whole sound's spectra: soft masks that add up to one, as in source separation (Liutkus & Badeau, "Generalized
Wiener filtering with fractional power spectrograms", 2015). The first group includes the model's mean sound.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch
from torch import Tensor

from sda_lib.analysis.loudness import measure_loudness
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes, numbered_levels, range_of_names
from sda_lib.codec.stft import left_right, mid_side
from sda_lib.errors import SdaError, explained_as
from sda_lib.memory.decode import LOUDEST, Span, magnitudes
from sda_lib.model.model import SdaModel
from sda_lib.work_steps import Steps, WorkStep, drained, spread_over

# Half-open range of levels (first, end).
Group = tuple[int, int]
# Frames split at once, so that memory doesn't grow with the sound's spectra.
BLOCK_FRAMES = 384
# Share of the time at which the whole sound is decoded.
DECODED = 0.25
# Magnitude below which all groups get about equal shares.
SILENCE = 1e-9


def split_stems(
    model: SdaModel, codes: Codes, groups: Sequence[Group], source_amount: float = 1.0, quality: str = "play"
) -> list[AudioClip]:
    """Return a clip for each group of levels; they add up to `model.decode`'s sound up to float32 rounding.

    Groups are consecutive ranges of levels from level 0 to the last. Muted levels belong to their group and add
    nothing. Raises SdaError for other groups, and for codes of another model.
    """
    return drained(stems_in_steps(model, codes, groups, source_amount, quality))


@torch.no_grad()
def stems_in_steps(
    model: SdaModel, codes: Codes, groups: Sequence[Group], source_amount: float = 1.0, quality: str = "play"
) -> Steps[list[AudioClip]]:
    """Do the same, and yield each step before it begins."""
    check_groups(groups, model.levels)
    yield WorkStep(0.0, "decoding the whole sound")
    whole = model.synth(model.embed(codes), source_amount, quality)
    sound = mid_side(torch.tensor(whole.samples, device=model.usage.device))[: model.recipe.audio.channels]
    muted = ((*codes.muted, *range(end, codes.levels)) for _, end in groups)
    latents = [model.embed(dataclasses.replace(codes, muted=one)) for one in muted]  # of the levels up to each end
    spans = [Span(first, min(first + BLOCK_FRAMES, codes.frames)) for first in range(0, codes.frames, BLOCK_FRAMES)]
    words = [f"splitting part {number + 1} of {len(spans)}" for number in range(len(spans))]
    blocks: list[Tensor] = []
    for step, span in zip(spread_over(words, DECODED, 1.0), spans, strict=True):
        yield step
        blocks.append(_parted(model, sound, latents, span))
    parts = torch.cat(blocks, -1).cpu().numpy()
    named = zip(parts, map(group_name, groups), strict=True)
    return [model.placed(AudioClip(part, model.sample_rate, name), codes) for part, name in named]


def parse_groups(text: str, levels: int) -> list[Group]:
    """Parse '0-1,2-5,6-' as ranges of levels.

    Raises SdaError for other text, and unless the groups hold all levels in order.
    """
    found = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        with explained_as(f"{text!r} does not list ranges of levels; write them like 0-1,2-5,6-."):
            found.append((int(first), levels if dash and not last else int(last or first) + 1))
    check_groups(found, levels)
    return found


def check_groups(groups: Sequence[Group], levels: int) -> None:
    """Raise SdaError unless the groups hold all levels, one after the other."""
    ends = [0, *(end for _, end in groups)]
    in_order = all(first == before < end for before, (first, end) in zip(ends, groups, strict=False))
    if not groups or not in_order or ends[-1] != levels:
        raise SdaError(
            f"The groups must hold all levels from {numbered_levels(levels)}, one group after the other; "
            "e.g. 0-1,2-5,6- (6- means up to the last level)."
        )


def group_name(group: Group) -> str:
    """Return a group's part of a file name, e.g. levels_2-5."""
    first, end = group
    return f"levels_{first}-{end - 1}" if end > first + 1 else f"levels_{first}"


def groups_in_words(groups: Sequence[Group], names: Sequence[str]) -> str:
    """Return groups of levels by the names of the levels."""
    return "; ".join(range_of_names(names, first, end) for first, end in groups)


def common_gain(parts: Sequence[AudioClip], ceiling: float) -> float:
    """Return one gain for all parts that keeps every true peak below the ceiling; the parts still add up."""
    return min(1.0, ceiling / max(*(measure_loudness(part).true_peak for part in parts), 1e-9))


def _parted(model: SdaModel, sound: Tensor, latents: Sequence[Tensor], span: Span) -> Tensor:
    """Split the span's frames of a sound [channel, time] into groups [group, channel, time].

    A stereo sound is given as mid and side; groups are left and right.
    """
    codec, frames = model.codec, len(latents[0])
    margin = -(-codec.config.n_fft // codec.config.hop)  # no window beyond it reaches into the span
    wide = span.wider(margin, frames)
    rows = codec.spectral.rows(sound[:, wide.first * model.hop : wide.end * model.hop])
    own = span.slice_in(wide, model.hop)
    shares = level_shares([magnitudes(codec, latent, wide)[0] for latent in latents])
    return torch.stack([left_right(codec.spectral.signal(rows * share.transpose(-1, -2))[:, own]) for share in shares])


def level_shares(log_magnitudes: Sequence[Tensor]) -> Tensor:
    """Return each group's share [group, channel, bin, k]; shares add up to one in every bin.

    Args:
        log_magnitudes: for each group, log10 magnitudes [channel, bin, k] with all levels up to the group's end.
    """
    magnitudes_up_to = [10 ** one.clamp_max(LOUDEST) for one in log_magnitudes]
    sizes = torch.stack([torch.zeros_like(log_magnitudes[0]), *magnitudes_up_to])
    changes = sizes.diff(dim=0).abs() + SILENCE
    return changes / changes.sum(0)
