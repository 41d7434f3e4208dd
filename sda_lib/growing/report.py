"""What growing did to a model, in figures, and how its manifest keeps them."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from sda_lib.audio.corpus import Corpus, quantiles
from sda_lib.codec.codec import Codec
from sda_lib.training.closed_form import hear
from sda_lib.training.segments import Sound
from sda_lib.training.snapshot import distance

MEASURED_SECONDS, EXCERPT_SECONDS = 30.0, 6.0
"""How much sound of either side is measured, and how much of one file."""


@dataclass(frozen=True)
class Growth:
    """`when` (ISO date) how many `files` came to a model, so many of them `generated` by models.

    `agreement` is the share of the old recordings' frames that kept their code, per level (none without codes);
    `codebook_distance` how far the codes moved, over their size, counted as often as old sounds use them. Then pairs,
    before and after: mel distance at Source 0 of `old` and `new` files that were learned from and of `unheard` files (0
    to 0 where there are none), and the `minutes` of sound that the model was made of. `remembered` is how many minutes
    its memory now holds."""

    when: str
    files: int
    generated: int
    agreement: tuple[float, ...]
    codebook_distance: float
    old: tuple[float, float]
    new: tuple[float, float]
    unheard: tuple[float, float]
    minutes: tuple[float, float]
    remembered: float

    def to_plain(self) -> dict[str, Any]:
        """As JSON data, rounded."""
        return {name: _rounded(value) for name, value in dataclasses.asdict(self).items()}

    @classmethod
    def last_of(cls, manifest: Mapping[str, Any]) -> Growth | None:
        """The last one that a manifest tells of; none of a model that never grew, or that tells of it strangely."""
        try:
            facts = manifest["corpus"]["grown"][-1]
            return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()})
        except (KeyError, TypeError, IndexError, AttributeError):
            return None

    def lines(self) -> list[str]:
        """What a person wants to know, a sentence each."""
        files = "1 file" if self.files == 1 else f"{self.files} files"
        found = [f"It grew by {files}: {self.minutes[0]:.1f} → {self.minutes[1]:.1f} min of sound."]
        if self.generated:
            found.append(f"{self.generated} of {files} {'was' if self.generated == 1 else 'were'} made by a model.")
        if self.agreement:
            kept = f"{self.agreement[0]:.0%} of the old sounds' codes stay at level 0"
            rest = ", ".join(f"{one:.0%}" for one in self.agreement[1:])
            found.append(f"{kept}{f' (above it: {rest})' if rest else ''}; codebooks moved by "
                         f"{self.codebook_distance:.1%}.")  # fmt: skip
        sides = {"old files": self.old, "new files": self.new, "unheard files": self.unheard}
        told = [f"{name} {before:.3f} → {after:.3f}" for name, (before, after) in sides.items() if before or after]
        return [*found, f"Mel distance at Source 0 (lower is better): {', '.join(told)}."]


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value


@torch.no_grad()
def mean_distance(codec: Codec, sounds: Sequence[Sound]) -> float:
    """Mean mel distance at Source 0 of the beginnings of sounds from all over; 0 of none."""
    parts = [sound.part(0, round(EXCERPT_SECONDS * sound.sample_rate)) for sound in sounds]
    step = max(1, -(-int(sum(part.seconds for part in parts)) // int(MEASURED_SECONDS)))
    heard = hear(codec, parts[::step])
    return statistics.mean(distance(codec, one) for one in heard) if heard else 0.0


def merged(old: Any, corpus: Corpus, sounds: Sequence[Sound]) -> dict[str, Any]:
    """A model's corpus report with that of new files; the median is over all `sounds` that are at hand. A stranger's
    report may hold anything, and what is no number counts as none."""
    old, new = old if isinstance(old, dict) else {}, corpus.report()
    files, minutes = int(number(old.get("files"))), number(old.get("minutes"))
    wide = number(old.get("stereo_share")) * files + new["stereo_share"] * len(corpus)
    report = {
        **old,
        "files": files + len(corpus),
        "minutes": round(minutes + corpus.minutes, 4),
        "median_seconds": round(statistics.median(sound.seconds for sound in sounds), 4),
        "lengths": list(quantiles([sound.seconds for sound in sounds])),
        "stereo_share": round(wide / (files + len(corpus)), 4),
        "generated": int(number(old.get("generated"))) + new["generated"],
        "skipped": [*_listed(old.get("skipped")), *new["skipped"]],
    }
    for name in ("rates", "channels"):
        known = old.get(name) if isinstance(old.get(name), dict) else {}
        report[name] = {
            key: int(number(known.get(key)) + number(new[name].get(key))) for key in sorted({*known, *new[name]})
        }
    return report


def with_growth(report: dict[str, Any], growth: Growth) -> dict[str, Any]:
    """The corpus report with one more growth in its list `grown`."""
    return {**report, "grown": [*_listed(report.get("grown")), growth.to_plain()]}


def number(value: Any) -> float:
    """A number that a stranger's file holds, or 0."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
