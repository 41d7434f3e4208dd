"""Health thresholds, the message for each, and the suggested fix.

Sources of the thresholds: utilization and entropy efficiency are commonly reported for quantizers (Kumar et al.,
"High-Fidelity Audio Compression with Improved RVQGAN", 2023, give the efficiency in bits); 70 % as good and 30 % as bad
are SDA's own choice. In closed-form models of five folders (19 to 72 sounds) every level lies above 97 % and 83 %. Both
are measured relative to what the number of frames allows, so that small corpora are not flagged. With few codes, or
fewer than eight frames per code, only the lower limit applies, and a level may leave the sound unchanged: a few levels
then encode such a small number of frames completely, and nothing is left for the others. In 36 folders of 1 to 16
sounds (0.04 to 50 s) no finding is yellow or red under these rules. Neither limit applies to generic levels
(codec/generic_levels.py), whose codes are not made for the corpus alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sda_lib.codec.code_usage import CodeUsage, reachable_efficiency, reachable_utilization
from sda_lib.codec.codes import level_names
from sda_lib.config import FEW_CODES, FRAMES_PER_CODE, LEAST_CODES, LEAST_FRAMES_PER_CODE, Recipe, codebook_size_for
from sda_lib.health.fixes import LEARN

if TYPE_CHECKING:  # a list of models reads the thresholds without loading torch
    from sda_lib.training.evaluate import Fidelity
    from sda_lib.writers.copying import Copying

SEVERITIES = GREEN, YELLOW, RED = "green", "yellow", "red"
# Utilization and entropy efficiency relative to what is reachable: green from the first value, red below the second.
WELL_USED, BADLY_USED = 0.7, 0.3
# Contribution of a level's codes relative to all levels: yellow below the first value, red below the second. In the
# same models the last of twelve levels contributes 0.019 or more.
SMALL_SHARE, NO_SHARE = 0.005, 0.001
# Frames per code: yellow below the first value, red below the second. `config.codebook_size_for` leaves at least two
# frames per code; with fewer than one, every frame can have a code of its own.
FEW_FRAMES, TOO_FEW_FRAMES = float(LEAST_FRAMES_PER_CODE), 1.0
# Ratio of the distances of held-out and learned sounds to their originals: yellow from the first value, red from the
# second. Closed-form models of five folders reach 1.1 to 1.6, where single held-out sounds are unlike all others.
WIDE_GAP, TOO_WIDE_GAP = 2.0, 3.0
# Minimum seconds of held-out sound for a yellow or red gap: the quiet ends of three short sounds are twice as far off.
MIN_SECONDS = 1.0
# Share of copied 8-grams at the highest novelty: yellow from the first
# value, red from the second. Walks of seven models: 0.00 to 0.05; network priors: 0.16 and 0.28; n-grams of one
# recording: up to 0.57; a walk over a collapsed codebook: 0.82.
COPIED, MOSTLY_COPIED = 0.4, 0.6
# Share of windows that are a recording's own waveform at the highest novelty, where there are recordings: yellow from
# the first value, red from the second. Walks: 0 to 0.26, more in models of one to three short sounds.
OWN, MOSTLY_OWN = 0.6, 0.85
# The beginning of fixes that change the recipe.
SET = f"{LEARN} --set"
# Names in JSON of the fields whose names have changed since version 0.1.
FACT_KEYS = {"severity": "lamp", "fix": "remedy"}


@dataclass(frozen=True)
class Finding:
    """A finding about `subject` (and `level`, if it concerns one): the measured number, its severity, a sentence that
    explains it, and, unless green, a command that helps, with the placeholders DIR and MODEL."""

    subject: str
    number: float
    severity: str
    sentence: str
    fix: str = ""
    level: int | None = None

    def facts(self) -> dict[str, Any]:
        """Return plain JSON data, under the keys of version 0.1."""
        return {FACT_KEYS.get(name, name): value for name, value in vars(self).items()}


def _finding(subject: str, number: float, severity: str, good: str, bad: str, fix: str) -> Finding:
    """Return a finding with the sentence `good` if it is green, else with the sentence `bad` and the fix."""
    sentence, fix = (good, "") if severity == GREEN else (bad, fix)
    return Finding(subject, number, severity, sentence, fix)


def level_findings(
    use: CodeUsage, moved: np.ndarray, recipe: Recipe, frames: int, foreign: bool = False, names: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Return one finding per level, for its most severe fault.

    Args:
        use: how the codes are used.
        moved: contribution of each level relative to all [level].
        recipe: the model's recipe.
        frames: number of training frames.
        foreign: whether the sounds are not those that the model was trained on; then unused codes are no fault of the
            codebooks, and the fix is to train on those sounds.
        names: names of the levels; by default the usual ones.
    """
    own = recipe.codec.fitted_levels
    known = level_names(use.levels, names)
    rated = [_rate_level(use, moved, level, known[level], level >= own) for level in range(use.levels)]
    ranks = [SEVERITIES.index(severity) for severity, _ in rated]
    found = []
    for level, (severity, sentence) in enumerate(rated):
        fix = "" if severity == GREEN else LEARN if foreign else _level_fix(level, ranks, recipe, frames)
        found.append(Finding("codes", float(use.utilization[level]), severity, sentence, fix, level))
    return tuple(found)


def _rate_level(use: CodeUsage, moved: np.ndarray, level: int, name: str, generic: bool = False) -> tuple[str, str]:
    """Return the severity of a level's worst fault and the sentence that explains it.

    The codes of a `generic` level are made for sounds that the corpus does not hold, so it may leave many of them
    unused or use them unevenly.
    """
    used, efficient = float(use.utilization[level]), float(use.efficiency[level])
    reached = used / reachable_utilization(use.frames, use.size)
    even = efficient / max(reachable_efficiency(use.frames, use.size), 1e-9)
    codes = "1 code" if use.size - use.dead[level] == 1 else f"{used:.0%} of its codes"
    few = use.size <= FEW_CODES or use.frames < FRAMES_PER_CODE * use.size
    well = BADLY_USED if few else WELL_USED
    if use.size <= LEAST_CODES and use.frames < FEW_FRAMES * use.size:
        return GREEN, f"{name} uses {codes}; {use.frames} frames are too few to judge."
    uneven = f"{name} uses its codes unevenly: as if it had {use.perplexity[level]:.0f} of {use.size}."
    rated = [
        (GREEN if generic else _from_below(reached, well, BADLY_USED), f"{name} uses {codes}."),
        (GREEN if generic else _from_below(even, well, BADLY_USED), uneven),
    ]
    if not few:
        weak = f"{name} hardly changes the sound, whichever code is used."
        rated.append((_from_below(float(moved[level]), SMALL_SHARE, NO_SHARE), weak))
    return max(rated, key=lambda one: SEVERITIES.index(one[0]))


def thin_levels(used: Sequence[float], reachable: float, names: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a warning during training for every level that uses less than BADLY_USED of what it could.

    `used` [level] is the share of codes in use, `reachable` the share that the number of frames allows,
    `names` [level] how the levels are called, by default as usual.
    """
    known = level_names(len(used), names)
    return tuple(
        f"{known[level]} uses {share:.0%} of its codes; if that stays so, fewer levels (codec.levels) or smaller "
        "codebooks (codec.codebook_size) fit these sounds better."
        for level, share in enumerate(used)
        if share < BADLY_USED * reachable
    )


def _level_fix(level: int, ranks: Sequence[int], recipe: Recipe, frames: int) -> str:
    """Suggest fewer levels if all levels from some level on are as bad; otherwise different codebook training.

    `ranks` [level] are indices into SEVERITIES.
    """
    first = len(ranks)
    while first and ranks[first - 1] >= ranks[level]:
        first -= 1
    if 0 < first <= level:
        return f"{SET} codec.levels={first}"
    size = codebook_size_for(frames)
    if recipe.train.codebook_decay < 1:
        return f"{SET} train.codebook_decay=1"
    if recipe.codec.codebook_size > size:
        return f"{SET} codec.codebook_size={size}"
    return f"{SET} train.seed={recipe.train.seed + 1}"


def frames_finding(frames: int, recipe: Recipe) -> Finding:
    """Return whether there are enough frames for the number of codes, and more than one."""
    size = recipe.codec.codebook_size
    each = frames / size
    if frames <= 1:
        seconds = recipe.codec.hop / recipe.audio.sample_rate
        alone = f"The recordings are a single frame ({1000 * seconds:.0f} ms): all that the model can do is repeat it."
        return Finding("frames per code", each, YELLOW, f"{alone} Train on longer ones.", LEARN)
    # Codes that come from a base are not fitted to the frames of the corpus, however few these are.
    is_safe = size <= LEAST_CODES or not recipe.codec.fitted_levels
    severity = GREEN if is_safe else _from_below(each, FEW_FRAMES, TOO_FEW_FRAMES)
    good = f"There are {each:.0f} frames of your sounds per code."
    bad = f"There are only {each:.1f} frames per code, so single codes memorize single frames."
    fix = f"{SET} codec.codebook_size={codebook_size_for(frames)}"
    return _finding("frames per code", each, severity, good, bad, fix)


def gap_finding(near: Fidelity, recipe: Recipe, steps: float, foreign: bool = False) -> Finding:
    """Return how much farther held-out sounds are from their originals than learned ones, as a sign of overfitting.

    With `foreign` sounds the ratio tells whether the model was trained on similar ones. `near.gap` must be known.
    """
    gap = near.gap or 0.0
    severity = _from_above(gap, WIDE_GAP, TOO_WIDE_GAP)
    kind = "The sounds in this folder" if foreign else "Held-out sounds"
    fact = f"{kind} are {gap:.1f} times as far from their originals as learned sounds"
    if foreign:
        bad = f"{fact}: the model was trained on other kinds of sound; train one on these."
        return _finding("gap", gap, severity, f"{fact}.", bad, LEARN)
    if near.held_out_seconds < MIN_SECONDS:
        return Finding("gap", gap, GREEN, f"{fact}; {near.held_out_seconds:.1f} s of them are too few to judge.")
    bad = f"{fact}: the codec overfits your sounds; more sounds help most."
    return _finding("gap", gap, severity, f"{fact}, which is usual.", bad, _smaller_codec(recipe, steps))


def _smaller_codec(recipe: Recipe, steps: float) -> str:
    """Suggest a codec with less capacity to overfit: smaller networks if networks were trained, otherwise fewer codes
    or latent dimensions."""
    codec = recipe.codec
    if steps > 0 and codec.width >= 16:
        return f"{SET} codec.width={codec.width // 2} --set train.minutes={recipe.train.minutes / 2:g}"
    if codec.bottleneck != "rvq":
        return f"{SET} codec.latent_dim={max(1, codec.latent_dim // 2)}"
    return f"{SET} codec.codebook_size={max(LEAST_CODES, codec.codebook_size // 2)}"


def copying_finding(one: Copying, memory: bool) -> Finding:
    """Return whether a writer copies the recordings instead of writing new sequences."""
    codes = f"{one.share:.0%} of its short passages of codes are in your recordings"
    if one.waveform is None:
        share, severity = one.share, _from_above(one.share, COPIED, MOSTLY_COPIED)
        fact = f"At the highest novelty of the {one.writer}, {codes}"
    else:
        by_codes, by_waveform = (
            _from_above(one.share, COPIED, MOSTLY_COPIED),
            _from_above(one.waveform, OWN, MOSTLY_OWN),
        )
        share, severity = one.waveform, max(by_codes, by_waveform, key=SEVERITIES.index)
        own = f"{one.waveform:.0%} of the 200-ms windows by the {one.writer} are your recordings' own waveform"
        fact = f"At the highest novelty {own}; {codes}"
    bad = f"{fact}, up to {one.longest:.1f} s in one piece: it copies them."
    return _finding(f"copies ({one.writer})", share, severity, f"{fact}.", bad, _newer(one.writer, memory))


def _newer(writer: str, memory: bool) -> str:
    """Suggest how to write sounds that copy less."""
    if writer != "prior":
        return "sda generate MODEL --novelty 1 --varispeed-spread 3"
    return "sda generate MODEL --writer walk --novelty 0.7" if memory else "sda prior MODEL --corpus DIR --minutes 2"


def _from_below(number: float, good: float, bad: float) -> str:
    return GREEN if number >= good else YELLOW if number >= bad else RED


def _from_above(number: float, good: float, bad: float) -> str:
    return GREEN if number < good else YELLOW if number < bad else RED


def grouped(findings: Iterable[Finding]) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
    """Group findings by fix, in their order; findings without a fix form groups of their own."""
    groups: dict[object, list[Finding]] = {}
    for one in findings:
        groups.setdefault(one.fix or one, []).append(one)
    return tuple((found[0].fix, tuple(found)) for found in groups.values())
