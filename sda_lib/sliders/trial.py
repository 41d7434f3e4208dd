"""Trials of a slider on sounds of a corpus, and the measurements that they yield."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy
from torch import Tensor

from sda_lib.analysis.features import Spectra, summary
from sda_lib.audio.clip import AudioClip
from sda_lib.directions.directions import MIN_RHO, Response, SliderCard
from sda_lib.model.model import SdaModel
from sda_lib.model.moving import held_gain

# Number of steps at which a slider is tried within a sound's reach.
TRIED_STEPS = 7
# Quantiles of the corpus between which a feature is safe.
SAFE_QUANTILES = (0.01, 0.99)
# Factor between a time at one end of a reach and at the other from which the difference is heard: a quarter.
CLEAR = 1.25

Measure = Callable[[Sequence[float]], Sequence[Mapping[str, float]]]


@dataclass(frozen=True, eq=False)
class TrialSound:
    """A sound that sliders are tried on, as latents [frame, dim], and what is measured of it unmoved, only once."""

    model: SdaModel
    latent: Tensor

    @cached_property
    def unmoved(self) -> Tensor:
        """The latents [frame, dim] that are decoded: quantized, if the model has codes."""
        return self.model.codec.quantize(self.latent[None]).latent[0] if self.model.discrete else self.latent

    @cached_property
    def power(self) -> Tensor:
        """The power of every frame [weighting, frame], as `LevelMeter.power` gives it."""
        return self.model.level_meter.power(self.unmoved)

    @cached_property
    def clip(self) -> AudioClip:
        """The decoded sound."""
        return self.model.synth(self.unmoved)

    @cached_property
    def features(self) -> dict[str, float]:
        """The features of the decoded sound."""
        return summary(Spectra.of(self.clip))

    def held(self, moved: Tensor, spectra: Spectra) -> Spectra:
        """Return the spectra of `moved` latents [frame, dim] at the level of the unmoved sound."""
        return spectra.scaled(held_gain(self.power, self.model.level_meter.power(moved)))


@dataclass(frozen=True, eq=False)
class TrialSounds:
    """What sliders are tried on: some `sounds`, and `clips` of all recordings.

    `spreads` holds the standard deviation of each feature in the corpus.
    """

    model: SdaModel
    sounds: tuple[TrialSound, ...]
    clips: tuple[AudioClip, ...]
    spreads: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """Length of the sounds together."""
        return sum(len(sound.latent) for sound in self.sounds) / self.model.frame_rate


@dataclass(frozen=True)
class Trial:
    """One sound along a slider.

    `reach`: range of steps over which the sound follows; `rho`: rank correlation of steps and feature; `misses`:
    deviations from the response; `slopes`: change per step by feature. A sound that does not follow has only `reach`.
    """

    reach: tuple[float, float]
    rho: float = 0.0
    misses: Sequence[float] = ()
    slopes: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls, response: Response, name: str, measure: Measure, anchor: bool, check: tuple[str, int] | None = None
    ) -> Trial:
        """Compare a sound with its response to the slider `name`.

        Args:
            response: the response, which tells how far the sound follows.
            name: the slider and the feature that it changes.
            measure: returns features of the sound moved by each of some steps.
            anchor: whether the response is shifted to what is measured at step 0.
            check: a time that has to follow the steps as well, and clearly, and 1 if it grows with them, else -1.
        """
        reach = response.followed
        steps = np.linspace(*reach, TRIED_STEPS).tolist()
        measured = measure(steps) if response.is_followed else []
        values, checked = ([one[key] for one in measured] for key in (name, check[0] if check else name))
        if not values or not np.isfinite([values, checked]).all():  # a gesture can lose its onsets between steps
            return cls(reach)
        expected = response.anchored(measure([0.0])[0][name]) if anchor else response
        misses = [abs(value - expected.at(step)) for step, value in zip(steps, values, strict=True)]
        slopes = {feature: slope_of(steps, [one[feature] for one in measured]) for feature in measured[0]}
        rho = rank_correlation(steps, values)
        return cls(reach, min(rho, _clear_correlation(steps, checked, check[1])) if check else rho, misses, slopes)


def needed_trials(trials: Iterable[Trial], planned: int) -> list[Trial]:
    """Return `trials` as they are made, up to the one after which the mean rank correlation can't reach MIN_RHO.

    `planned` is their largest number. What comes after would not change that the slider is hidden.
    """
    found: list[Trial] = []
    for trial in trials:
        found.append(trial)
        rest = planned - len(found)
        if sum(one.rho for one in found) + rest < MIN_RHO * (len(found) + rest):
            break
    return found


def _clear_correlation(steps: Sequence[float], times: Sequence[float], sign: int) -> float:
    """Return the rank correlation of steps and times, 0 unless the times differ by CLEAR from one end to the other."""
    is_clear = abs(np.log(times[-1] / times[0])) >= np.log(CLEAR)
    return sign * rank_correlation(steps, times) if is_clear else 0.0


def rank_correlation(steps: Sequence[float], values: Sequence[float]) -> float:
    """Return Spearman's rank correlation, 0 if all values are equal."""
    return float(scipy.stats.spearmanr(steps, values).statistic) if np.ptp(values) > 0 else 0.0


def slope_of(steps: Sequence[float] | np.ndarray, values: Sequence[float] | np.ndarray) -> float:
    """Return the slope of the regression line of values over steps."""
    return float(np.polyfit(steps, values, 1)[0])


def safe_ends(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Return the ends of the safe zone for a feature's values in the corpus; 0 and 0 if there are none."""
    low, high = np.quantile(values, SAFE_QUANTILES) if len(values) else (0.0, 0.0)
    return float(low), float(high)


def card_of(
    name: str, unit: str, trials: Sequence[Trial], spreads: Mapping[str, float], ends: tuple[float, float]
) -> SliderCard:
    """Summarize the trials of a slider.

    `spreads` holds the standard deviation in the corpus of the slider's feature `name` and of those whose side effects
    are reported, `ends` the safe range of the slider's feature. Without trials the card is that of a hidden slider.
    """
    slopes = [[trial.slopes[one] for one in spreads] for trial in trials if trial.slopes] or [[0.0] * len(spreads)]
    slope = dict(zip(spreads, np.mean(slopes, 0).tolist(), strict=True))
    own = (slope[name] or 1.0) / spreads[name]
    misses = [miss for trial in trials for miss in trial.misses]
    low, high = np.mean([trial.reach for trial in trials] or [(0.0, 0.0)], 0).tolist()
    rho = float(np.mean([trial.rho for trial in trials] or [0.0]))
    error = float(np.quantile(misses, 0.9)) if misses else 0.0
    side = {one: float(slope[one] / spreads[one] / own) for one in spreads if one != name}
    return SliderCard(name, unit, rho, slope[name], (low, high), error, side, *ends)
