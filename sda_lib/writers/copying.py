"""How much of what a model writes is copied from recordings, by waveform and by codes, measured on some sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sda_lib.codec.codes import Codes
from sda_lib.model.model import SdaModel
from sda_lib.work_steps import Steps, drained, ends_of, part_of, spread_over
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import COPIED_LEVELS, GRAM, code_words, own_waveform, shared_runs
from sda_lib.writers.registry import default_writer
from sda_lib.writers.waveform_copying import OwnWaveform

# Duration in seconds and number of the sounds written, and their novelty. At lower novelty passages are copied by
# design: a walk's runs then last 0.25 s or more on average, which is twelve frames of short sounds.
TRIED_SECONDS, TRIED, NOVELTY = 4.0, 4, 1.0


@dataclass(frozen=True)
class Copying:
    """Copying of a writer at full novelty.

    `waveform` is the share of 200-ms windows that are a recording's own waveform, None without recordings; `share` is
    the share of 8-grams of codes (levels 0 and 1) that occur in a recording, `longest` the longest copied passage of
    such codes in seconds.
    """

    writer: str
    share: float
    longest: float
    waveform: float | None = None


def copying(model: SdaModel, recordings: Sequence[np.ndarray]) -> tuple[Copying, ...]:
    """Return the copying of the default writer, and of the prior if there is one.

    `recordings` are codes [level, frame] to compare with; if empty, those that an n-gram prior holds. Return an empty
    tuple for models without codes, models that cannot write, or without any recordings.
    """
    return drained(copying_in_steps(model, recordings))


def copying_in_steps(model: SdaModel, recordings: Sequence[np.ndarray]) -> Steps[tuple[Copying, ...]]:
    """Do the same, and yield each step before it begins."""
    if model.why_no_codes or model.why_no_writing:
        return ()
    known = list(recordings) or ([] if model.prior is None else model.prior.sounds())
    if not known:
        return ()
    writers = dict.fromkeys([default_writer(model), *(["prior"] if model.prior is not None else [])])
    tried: list[Copying] = []
    for number, writer in enumerate(writers):
        tried.append((yield from part_of(_tried(model, writer, known), *ends_of(number, len(writers)))))
    return tuple(tried)


def _tried(model: SdaModel, writer: str, known: Sequence[np.ndarray]) -> Steps[Copying]:
    """Return the copying of a writer, compared with codes [level, frame] of recordings."""
    written: list[Codes] = []
    found: list[OwnWaveform] = []
    words = [f"looking for copies in sound {number + 1} of {TRIED} by the {writer} writer" for number in range(TRIED)]
    for seed, step in enumerate(spread_over(words, 0.0, 1.0)):
        yield step
        options = GenerateOptions(seconds=TRIED_SECONDS, seed=seed, writer=writer, novelty=NOVELTY)
        written.append(compose_codes(model, options))
        if model.memory is not None:
            found.append(own_waveform(model, written[-1]))
    waveform = None
    if found:
        same = sum(one.share * one.windows for one in found)
        waveform = same / max(1, sum(one.windows for one in found))
    return Copying(writer, *_by_codes(written, known), waveform)


def _by_codes(written: Sequence[Codes], known: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return the share of copied 8-grams of codes, and the longest copied passage in seconds."""
    levels = min(COPIED_LEVELS, len(known[0]))
    corpus = np.concatenate([code_words(one[:levels]) for one in known])
    file = np.repeat(np.arange(len(known)), [one.shape[1] for one in known])
    copied, of, longest = 0, 0, 0
    for codes in written:
        runs, _ = shared_runs(code_words(codes.indices[:levels]), corpus, file)
        size = min(GRAM, len(runs))
        copied, of = copied + int((runs[size - 1 :] >= size).sum()), of + len(runs) - size + 1
        longest = max(longest, int(runs.max()))
    return copied / of, longest / written[0].frame_rate
