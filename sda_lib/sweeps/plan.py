"""What a sweep tries: every combination of a grid of settings, on every corpus, with every seed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sda_lib import safe_json
from sda_lib.audio.corpus import Corpus
from sda_lib.config import DEFAULT_EFFORT, Recipe
from sda_lib.errors import SdaError, explained_as
from sda_lib.file_names import safe_stem, without_unprintable
from sda_lib.files import write_atomically
from sda_lib.training.estimate import forecast

NAME, FORMAT = "sweep.json", 1
# Checks of each training; the first rungs are the first and the third of them.
CHECKS = 9
MOST_TRIALS, MOST_SEEDS = 10_000, 100
# Settings that change which sounds are held out or how the distance is measured, so that trials can't be compared.
FIXED = (
    "train.seed", "train.held_out", "train.checks", "audio.sample_rate", "audio.channels", "audio.trim",
    "files.include", "files.exclude", "files.weights",
)  # fmt: skip

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Arm:
    """One combination of settings on one corpus: what a sweep chooses among. Numbers count from 0."""

    corpus: int
    number: int


@dataclass(frozen=True)
class Trial:
    """One training of a sweep: an arm with one seed."""

    arm: Arm
    seed: int

    @property
    def name(self) -> str:
        """Name of its folder."""
        return f"{self.arm.corpus:02d}-{self.arm.number:04d}-{self.seed}"


@dataclass(frozen=True)
class SweepPlan:
    """The trainings of a sweep.

    Args:
        names: names of the corpora, which are those of their models.
        folders: folders of the corpora.
        grid: combinations of settings, as values by names of the recipe.
        recipes: the recipe [corpus][combination], with the steps of the whole training and seed 0.
        seeds: number of seeds, from 0 on.
    """

    names: tuple[str, ...]
    folders: tuple[Path, ...]
    grid: tuple[Settings, ...]
    recipes: tuple[tuple[Recipe, ...], ...] = field(repr=False)
    seeds: int = 3

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """All arms, by corpus."""
        return tuple(Arm(corpus, number) for corpus in range(len(self.names)) for number in range(len(self.grid)))

    def trials(self, arm: Arm) -> tuple[Trial, ...]:
        """The trainings of an arm, one for each seed."""
        return tuple(Trial(arm, seed) for seed in range(self.seeds))

    def recipe(self, trial: Trial) -> Recipe:
        """The recipe of a training."""
        recipe = self.recipes[trial.arm.corpus][trial.arm.number]
        return replace(recipe, train=replace(recipe.train, seed=trial.seed))

    def steps(self, arm: Arm) -> int:
        """Steps of a whole training of an arm."""
        return self.recipes[arm.corpus][arm.number].train.steps or 0

    def to_json(self) -> str:
        """Return the plan as JSON, for the folder of a sweep."""
        plain = {
            "format": FORMAT,
            "names": self.names,
            "folders": [str(folder) for folder in self.folders],
            "grid": [dict(one) for one in self.grid],
            "recipes": [[recipe.to_plain() for recipe in row] for row in self.recipes],
            "seeds": self.seeds,
        }
        return json.dumps(plain, indent=1, ensure_ascii=False)


def plan_sweep(
    corpora: Sequence[Corpus],
    grid: Mapping[str, Sequence[Any]],
    seeds: int = 3,
    minutes: float | None = None,
    effort: str = DEFAULT_EFFORT,
    settings: Settings | None = None,
) -> SweepPlan:
    """Plan the trainings of every combination of a grid on every corpus.

    A time budget is turned into steps by the time of a step on an ordinary computer (`training.estimate`), so that the
    same sweep takes the same steps on any machine.

    Args:
        corpora: the sounds.
        grid: values by setting of the recipe, e.g. {"codec.levels": [4, 8]}.
        seeds: number of seeds, 1 to MOST_SEEDS.
        minutes: time budget of each training; None is that of the effort.
        effort: amount of training, one of `config.EFFORTS`.
        settings: settings of all trainings.

    Raises SdaError for settings that the recipe lacks or that trials can't be compared by, for an empty grid, and for
    too many trainings.
    """
    common = {"train.threads": 1, **(settings or {})}
    _check_grid(corpora, grid, seeds, common)
    combinations = tuple(dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values()))
    recipes = tuple(
        tuple(_recipe(corpus, minutes, effort, common, chosen) for chosen in combinations) for corpus in corpora
    )
    known = tuple({key: _value(recipes[0][number], key) for key in one} for number, one in enumerate(combinations))
    folders = tuple(corpus.folder.resolve() for corpus in corpora)
    return SweepPlan(_names(folders), folders, known, recipes, seeds)


def parse_grid(texts: Sequence[str]) -> dict[str, list[str]]:
    """Parse ['codec.levels=4,8', …] to values by setting. Raises SdaError for text of another form."""
    found: dict[str, list[str]] = {}
    for text in texts:
        key, equals, values = text.partition("=")
        chosen = [value.strip() for value in values.split(",") if value.strip()]
        if not (equals and key.strip() and chosen):
            raise SdaError(f"--grid {text} should read SETTING=VALUE,VALUE, e.g. codec.levels=4,8.")
        if key.strip() in found:
            raise SdaError(f"--grid {key.strip()} is given twice; write all its values once, with commas.")
        found[key.strip()] = chosen
    return found


def read_plan(folder: Path) -> str | None:
    """Return the JSON of the plan in a folder; None if there is none. Raises SdaError where it can't be read."""
    path = folder / NAME
    if not path.exists():
        return None
    with explained_as(f"{path} can't be read; choose another --out.", (*safe_json.MALFORMED, OSError)):
        return json.dumps(safe_json.read(path, safe_json.LARGEST), indent=1, ensure_ascii=False)


def begin_plan(plan: SweepPlan, folder: Path) -> bool:
    """Note a plan in the folder of its sweep; return whether it was there. Raises SdaError where another one is."""
    found, wanted = read_plan(folder), plan.to_json()
    if found is None:
        write_atomically(folder / NAME, wanted.encode())
    elif found != json.dumps(safe_json.parse(wanted, safe_json.LARGEST), indent=1, ensure_ascii=False):
        raise SdaError(f"{folder} has another sweep; choose another --out, or give the command that began it.")
    return found is not None


def _check_grid(corpora: Sequence[Corpus], grid: Mapping[str, Sequence[Any]], seeds: int, common: Settings) -> None:
    if not corpora:
        raise SdaError("Name a folder of sounds to train on.")
    if not grid or not all(grid.values()):
        raise SdaError("A sweep needs settings to try; give e.g. --grid codec.levels=4,8.")
    if not 1 <= seeds <= MOST_SEEDS:
        raise SdaError(f"seeds must be from 1 to {MOST_SEEDS}, not {seeds}.")
    for key in (*grid, *common):
        if key in FIXED:
            other = "; give --seeds" if key == "train.seed" else ""
            raise SdaError(f"{key} would change what the trainings are compared by, so a sweep can't set it{other}.")
    if both := sorted(grid.keys() & common.keys() - {"train.threads"}):
        raise SdaError(f"{both[0]} is both tried and set; leave out one.")
    count = len(corpora) * seeds
    for values in grid.values():
        count *= len(values)
    if count > MOST_TRIALS:
        raise SdaError(f"That would be {count} trainings; a sweep has {MOST_TRIALS} at most.")


def _recipe(corpus: Corpus, minutes: float | None, effort: str, common: Settings, chosen: Settings) -> Recipe:
    """Return the recipe of one combination, with steps in place of its time budget."""
    base = Recipe.for_corpus(corpus, minutes, effort).override(**{**common, "train.checks": CHECKS})
    recipe = base.override(**chosen)
    if recipe.train.steps is not None:
        return recipe
    budget = base.override(**{"train.minutes": recipe.train.minutes})  # equal steps, whatever a step costs
    steps = forecast(budget, corpus.sounding_seconds).steps if recipe.train.minutes else 0
    return recipe.override(**{"train.steps": steps})


def _value(recipe: Recipe, key: str) -> Any:
    section, _, name = key.replace("__", ".").partition(".")
    return getattr(getattr(recipe, section), name)


def _names(folders: Sequence[Path]) -> tuple[str, ...]:
    """Return names of corpora: those of their folders, with a number where several have the same."""
    found: list[str] = []
    for folder in folders:
        name = safe_stem(without_unprintable(folder.name), "corpus")
        alike = sum(one == name or one.startswith(f"{name}-") for one in found)
        found.append(f"{name}-{alike + 1}" if alike else name)
    return tuple(found)
