"""Generate with several models from the same options and mix the results."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sda_lib.analysis.features import Spectra, feature_mean
from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.work_steps import Steps, drained, spread_over
from sda_lib.writers.auto_duration import with_duration
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

# Fewest and most models in a blend.
FEWEST, MOST = 2, 4
# Peak that a blend does not exceed.
CEILING = 0.98
# LUFS below which a sound counts as silence (the absolute gate of ITU-R BS.1770-4) and is not made louder.
SILENT = -70.0
# Samples between the spectra that loudness is measured on.
MEASURED_HOP = 1024


def blend(models: Sequence[SdaModel], options: GenerateOptions, shares: Sequence[float]) -> AudioClip:
    """Generate with two to four models from the same options and mix the results.

    The result has the first model's sample rate and is stereo if one of the models is; its length, unless given, is
    that of one of the first model's recordings.

    Before mixing, all sounds are brought to one loudness (K-weighted), the mean of all in dB weighted by their shares:
    a quiet model is as audible as a loud one, and a share of 1 leaves a sound unchanged. Uncorrelated sounds lose about
    3 dB half-way, as usual with linear shares. The peak is kept below 0.98 by a gain.

    Args:
        models: two to four models.
        options: options of the sounds.
        shares: a number from 0 up for each model; they apply to the amplitude, and only their ratios count.

    Raises SdaError for fewer or more models or invalid shares.

    Example:
        >>> options = sda_lib.GenerateOptions(seconds=0.5)
        >>> sda_lib.blend([model, model], options, shares=[0.7, 0.3]).seconds
        0.5
    """
    return drained(blend_in_steps(models, options, shares))


def blend_in_steps(models: Sequence[SdaModel], options: GenerateOptions, shares: Sequence[float]) -> Steps[AudioClip]:
    """Do the same, and yield each step before it begins."""
    parts = normalized_shares(shares, len(models))
    options = with_duration(models[0], options)
    used = [(model, part) for model, part in zip(models, parts, strict=True) if part > 0]
    rate, channels = models[0].sample_rate, max(model.recipe.audio.channels for model in models)
    clips: list[AudioClip] = []
    words = [f"generating with {model.name}" for model, _ in used]
    for step, (model, _) in zip(spread_over(words, 0.0, 1.0), used, strict=True):
        yield step
        clips.append(generate(model, options).clip.resampled(rate).with_channels(channels))
    mixed = np.zeros((channels, round(float(options.seconds) * rate)))
    gains = loudness_gains([mean_loudness(clip) for clip in clips], [part for _, part in used])
    for clip, gain, (_, part) in zip(clips, gains, used, strict=True):
        clip = clip.cut(mixed.shape[1])  # resampling may have rounded the length up
        mixed[:, : clip.length] += part * gain * clip.samples
    peak = float(np.abs(mixed).max(initial=0.0))
    name = " + ".join(model.name for model in models)
    return AudioClip(mixed * min(1.0, CEILING / max(peak, CEILING)), rate, name)


def normalized_shares(shares: Sequence[float], count: int) -> list[float]:
    """Return the shares of `count` models scaled to a sum of one. Raises SdaError when count or shares are invalid."""
    if not FEWEST <= count <= MOST:
        raise SdaError(f"A blend is made of {FEWEST} to {MOST} models, not {count}; choose that many.")
    if len(shares) != count:
        raise SdaError(f"{count} models need {count} shares, not {len(shares)}; give one for each.")
    if not all(np.isfinite(share) and share >= 0 for share in shares) or not any(shares):
        given = ", ".join(f"{share:g}" for share in shares)
        raise SdaError(f"Shares are numbers from 0 up, and not all of them 0, unlike {given}; e.g. 0.5 and 0.5.")
    largest = max(shares)
    parts = [share / largest for share in shares]  # their sum can't overflow
    return [part / sum(parts) for part in parts]


def mean_loudness(clip: AudioClip) -> float:
    """Return the mean K-weighted level in LUFS, averaged as power."""
    return feature_mean(Spectra.of(clip, MEASURED_HOP), "loudness")


def loudness_gains(levels: Sequence[float], shares: Sequence[float]) -> list[float]:
    """Return gains that bring sounds of these levels in LUFS to their mean weighted by shares.

    Silence neither counts nor is changed.
    """
    audible = [level > SILENT for level in levels]
    weights = [share * sounds for share, sounds in zip(shares, audible, strict=True)]
    if not any(weights):
        return [1.0 for _ in levels]
    common = float(np.average(levels, weights=weights))
    return [10 ** ((common - level) / 20) if sounds else 1.0 for level, sounds in zip(levels, audible, strict=True)]
