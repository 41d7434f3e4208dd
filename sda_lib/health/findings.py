"""Lamps: from which number on something is unwell, what to say of it in plain words, and what helps.

Where the limits come from: utilization and entropy efficiency are what is reported of quantizers in general (Kumar et
al., "High-Fidelity Audio Compression with Improved RVQGAN", 2023, give the efficiency in bits); that 70 % is well and
30 % is not is this house's choice. In closed-form models of five folders (19 to 72 sounds) every level lies above 97 %
and 83 %. Both are measured in what so many frames could reach at all, so that small corpora are not called sick; and
with few codes, or fewer than eight frames for each, only the lower limit counts, and a level may change nothing: after
some levels so few frames are known by heart, and nothing is left for the others. In 36 folders of 1 to 16 sounds (0.04
to 50 s) no lamp is lit then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sda_lib.codec.code_usage import CodeUse, reachable_efficiency, reachable_utilization
from sda_lib.config import FEW_CODES, FRAMES_PER_CODE, LEAST_CODES, LEAST_FRAMES_PER_CODE, Recipe, codebook_size_for
from sda_lib.training.evaluate import Fidelity
from sda_lib.writers.copying import Copying
from sda_lib.writers.provenance import LARGE_SHARE

LAMPS = GREEN, YELLOW, RED = "green", "yellow", "red"
WELL_USED, ILL_USED = 0.7, 0.3
"""Utilization and entropy efficiency, in what is reachable: green from the one on, red below the other."""
STILL, DEAD_STILL = 0.005, 0.001
"""What a level's codes move, in all that the levels move together: yellow and red below. In the same models the last of
twelve levels moves 0.019 of it and more."""
FEW_FRAMES, TOO_FEW_FRAMES = float(LEAST_FRAMES_PER_CODE), 1.0
"""Frames per code: yellow and red below. `config.codebook_size_for` leaves two to every code at least; with fewer than
one, every frame can have a code of its own."""
WIDE_GAP, TOO_WIDE_GAP = 2.0, 3.0
"""How many times as far from the original held-out sounds come back as those that were learned from: yellow and red
from here on. Closed-form models of five folders: 1.1 to 1.6, where single held-out sounds are unlike all others."""
LEAST_SECONDS = 1.0
"""With less held-out sound it lights no lamp: the quiet ends of three short sounds come back twice as far."""
COPIED, RECITED = 0.4, LARGE_SHARE
"""Share of copied 8-grams at the highest novelty: yellow from the one on, red from the other, where `trace` warns of a
single sound. Walks of seven models: 0.00 to 0.05; priors of networks: 0.16 and 0.28; n-grams of one recording: up to
0.57; a walk over a collapsed codebook: 0.82."""
LEARN = "sda train DIR"
"""What helps where sounds are not those that the model learned from."""


@dataclass(frozen=True)
class Finding:
    """What was found about `subject` (of a `level`, if it is one's): a number, a lamp, a sentence in plain words, and
    where the lamp isn't green a command that helps; DIR and MODEL in it stand for folder and file."""

    subject: str
    number: float
    lamp: str
    sentence: str
    remedy: str = ""
    level: int | None = None


def level_findings(
    use: CodeUse, moved: np.ndarray, recipe: Recipe, frames: int, foreign: bool = False
) -> tuple[Finding, ...]:
    """One for every level, of its most telling fault. `moved` [level] is what its codes move, in all that is moved;
    the model learned from so many `frames`. What `foreign` sounds leave unused is no fault of the codebooks."""
    kinds = [_level(use, moved, level) for level in range(use.levels)]
    grades = [LAMPS.index(lamp) for lamp, _ in kinds]
    return tuple(
        Finding(
            "codes",
            float(use.utilization[level]),
            lamp,
            sentence,
            "" if lamp == GREEN else LEARN if foreign else _level_remedy(level, grades, recipe, frames),
            level,
        )
        for level, (lamp, sentence) in enumerate(kinds)
    )


def _level(use: CodeUse, moved: np.ndarray, level: int) -> tuple[str, str]:
    """The lamp of a level, and the sentence that says why."""
    used, efficient = float(use.utilization[level]), float(use.efficiency[level])
    reached = used / reachable_utilization(use.frames, use.size)
    even = efficient / max(reachable_efficiency(use.frames, use.size), 1e-9)
    codes = "1 code" if use.size - use.dead[level] == 1 else f"{used:.0%} of its codes"
    few = use.size <= FEW_CODES or use.frames < FRAMES_PER_CODE * use.size
    well = ILL_USED if few else WELL_USED
    if use.size <= LEAST_CODES and use.frames < FEW_FRAMES * use.size:
        return GREEN, f"Level {level} uses {codes}; {use.frames} frames say little."
    told = [
        (_from_below(reached, well, ILL_USED), f"Level {level} uses {codes}."),
        (
            _from_below(even, well, ILL_USED),
            f"Level {level} uses its codes unevenly: as if it had {use.perplexity[level]:.0f} of {use.size}.",
        ),
    ]
    if not few:
        still = f"Level {level} hardly changes the sound, whichever code it takes."
        told.append((_from_below(float(moved[level]), STILL, DEAD_STILL), still))
    return max(told, key=lambda one: LAMPS.index(one[0]))


def thin_levels(used: Sequence[float], reachable: float) -> tuple[str, ...]:
    """While a model learns: a sentence for every level that uses less than ILL_USED of what it could; `used` [level]
    are shares of its codes, `reachable` the share that there are frames for."""
    return tuple(
        f"Level {level} uses {share:.0%} of its codes; if that stays so, fewer levels (codec.levels) or smaller "
        "codebooks (codec.codebook_size) fit these sounds better."
        for level, share in enumerate(used)
        if share < ILL_USED * reachable
    )


def _level_remedy(level: int, grades: Sequence[int], recipe: Recipe, frames: int) -> str:
    """Fewer levels where all from some level on are as ill; else codebooks that are made anew in another way. `grades`
    [level] are places in LAMPS."""
    first = len(grades)
    while first and grades[first - 1] >= grades[level]:
        first -= 1
    if 0 < first <= level:
        return f"sda train DIR --set codec.levels={first}"
    size = codebook_size_for(frames)
    if recipe.train.codebook_decay < 1:
        return "sda train DIR --set train.codebook_decay=1"
    if recipe.codec.codebook_size > size:
        return f"sda train DIR --set codec.codebook_size={size}"
    return f"sda train DIR --set train.seed={recipe.train.seed + 1}"


def frames_finding(frames: int, recipe: Recipe) -> Finding:
    """Whether there was enough sound for that many codes."""
    size = recipe.codec.codebook_size
    each = frames / size
    lamp = GREEN if size <= LEAST_CODES else _from_below(each, FEW_FRAMES, TOO_FEW_FRAMES)
    if lamp == GREEN:
        return Finding("frames per code", each, lamp, f"{each:.0f} frames of your sounds stand behind every code.")
    return Finding(
        "frames per code",
        each,
        lamp,
        f"There are only {each:.1f} frames for every code, so codes know your sounds by heart.",
        f"sda train DIR --set codec.codebook_size={codebook_size_for(frames)}",
    )


def gap_finding(near: Fidelity, recipe: Recipe, steps: float, foreign: bool = False) -> Finding:
    """Whether the codec knows more than the sounds that it learned from, by how far these and held-out ones come back;
    or `foreign` ones, to which it owes nothing. Only where both are known."""
    gap = near.gap
    lamp = _from_above(gap, WIDE_GAP, TOO_WIDE_GAP)
    if foreign:
        fact = f"The sounds in this folder come back {gap:.1f} times as far from the original as learned ones"
        end = "." if lamp == GREEN else ": the model does not know their kind; train one on them."
        return Finding("gap", gap, lamp, fact + end, "" if lamp == GREEN else LEARN)
    fact = f"Unheard sounds come back {gap:.1f} times as far from the original as learned ones"
    if near.held_out_seconds < LEAST_SECONDS:
        return Finding("gap", gap, GREEN, f"{fact}; {near.held_out_seconds:.1f} s of them say little.")
    if lamp == GREEN:
        return Finding("gap", gap, lamp, f"{fact}, which is usual.")
    return Finding(
        "gap",
        gap,
        lamp,
        f"{fact}: the codec knows your sounds by heart; more sounds help most.",
        _smaller(recipe, steps),
    )


def _smaller(recipe: Recipe, steps: float) -> str:
    """A codec with less room to learn by heart: smaller networks where such were trained, else fewer codes."""
    codec = recipe.codec
    if steps > 0 and codec.width >= 16:
        return f"sda train DIR --set codec.width={codec.width // 2} --set train.minutes={recipe.train.minutes / 2:g}"
    if codec.bottleneck != "rvq":
        return f"sda train DIR --set codec.latent_dim={max(1, codec.latent_dim // 2)}"
    return f"sda train DIR --set codec.codebook_size={max(LEAST_CODES, codec.codebook_size // 2)}"


def copying_finding(one: Copying, memory: bool) -> Finding:
    """Whether a writer writes anything new."""
    lamp = _from_above(one.share, COPIED, RECITED)
    fact = f"At the highest novelty {one.share:.0%} of the short passages by the {one.writer} stand in your recordings"
    if lamp == GREEN:
        return Finding(f"copies ({one.writer})", one.share, lamp, f"{fact}.")
    return Finding(
        f"copies ({one.writer})",
        one.share,
        lamp,
        f"{fact}, up to {one.longest:.1f} s in one piece: it has them by heart.",
        _newer(one.writer, memory),
    )


def _newer(writer: str, memory: bool) -> str:
    if writer != "prior":
        return "sda generate MODEL --novelty 1 --level-temperature 0=1"
    return "sda generate MODEL --writer walk --novelty 0.7" if memory else "sda prior MODEL --corpus DIR --minutes 2"


def _from_below(number: float, well: float, ill: float) -> str:
    return GREEN if number >= well else YELLOW if number >= ill else RED


def _from_above(number: float, unwell: float, ill: float) -> str:
    return GREEN if number < unwell else YELLOW if number < ill else RED


def grouped(findings: Iterable[Finding]) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
    """(remedy, findings that it helps), in their order; those that need none stand alone."""
    groups: dict[object, list[Finding]] = {}
    for one in findings:
        groups.setdefault(one.remedy or one, []).append(one)
    return tuple((found[0].remedy, tuple(found)) for found in groups.values())
