"""Batch generation: many sounds of one model in parallel. A sound whose file exists already is not made again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from sda_lib.batch.vary import Varied, Wish, values, varying
from sda_lib.batch.workers import Crew, loaded
from sda_lib.errors import SdaError
from sda_lib.export.finishing import Finish
from sda_lib.files import plain_name, sweep
from sda_lib.model.model import SdaModel
from sda_lib.sessions import provenance_tags
from sda_lib.sessions.provenance_tags import Origin
from sda_lib.writers.duration import settled
from sda_lib.writers.generate import composed
from sda_lib.writers.options import GenerateOptions, Sound, is_cut, tags_of


@dataclass(frozen=True)
class Order:
    """One sound of a batch: its path, options and finishing."""

    path: Path
    options: GenerateOptions
    finish: Finish


@dataclass(frozen=True)
class Naming:
    """Naming of a batch's files. The template may contain {model}, {seed}, {index} and the names of varied values."""

    folder: Path
    template: str
    suffix: str
    model: str
    varied: Sequence[Varied] = ()

    def order(self, wish: Wish, index: int) -> Order:
        """Return the order of sound `index`. Raises SdaError for templates that can't be filled in and for invalid
        options."""
        options, finish = varying(wish, self.varied, index)
        stem = named(self.template, self.model, options.seed, index, values(self.varied, index))
        return Order(self.folder / f"{stem}.{self.suffix.lstrip('.')}", options, finish)


def named(template: str, model: str, seed: int, index: int, varied: Mapping[str, float]) -> str:
    """Fill in a template like {model}_{seed:04d}. Raises SdaError for unknown fields or invalid formats."""
    facts = {**varied, "model": model, "seed": seed, "index": index}
    try:
        name = template.format(**facts)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        known = ", ".join(f"{{{one}}}" for one in ("model", "seed", "index", *varied))
        raise SdaError(f"The name {template} can't be filled in; there are {known}, e.g. {{seed:04d}}.") from error
    return plain_name(name)


@dataclass(frozen=True, eq=False)
class Batch:
    """The model and the given sounds that all orders share."""

    model: SdaModel
    given: Sound | None = None
    other: Sound | None = None

    def options(self, order: Order) -> GenerateOptions:
        """Return the order's options, with `auto` seconds resolved."""
        return settled(self.model, order.options, self.given, self.other)

    def key(self, order: Order) -> str:
        """Return the provenance key of the order's file (`Origin.key`)."""
        asked = provenance_tags.asked_for(self.options(order), self.given, self.other)
        told = Origin(self.given, finish=order.finish, asked=asked, model=provenance_tags.of_model(self.model))
        return told.key


@dataclass(frozen=True)
class Made:
    """An order that is done; `before` is true when its file already existed."""

    order: Order
    before: bool = False


def compose(batch: Batch, order: Order) -> Sound:
    """Return the order's codes or latents. Raises SdaError for invalid options."""
    return composed(batch.model, batch.options(order), batch.given, batch.other)


def make_in_worker(order: Order, given: Sound | None, other: Sound | None) -> None:
    """Write one sound with the model of a worker process. Raises SdaError as `make` does."""
    make(Batch(loaded(), given, other), order)


def make(batch: Batch, order: Order) -> Sound:
    """Compose one sound and write its file. Raises SdaError for invalid options and for write errors."""
    sound, options = compose(batch, order), batch.options(order)
    told = Origin(
        sound,
        options.source_amount,
        options.quality,
        is_cut(options, batch.given),
        order.finish,
        provenance_tags.asked_for(options, batch.given, batch.other),
    )
    provenance_tags.write(batch.model, told, order.path, tags_of(options))
    return sound


def placed(batch: Batch, orders: Iterable[Order], force: bool = False) -> Iterator[tuple[Order, bool]]:
    """Yield each order with a unique path, and whether its file exists already.

    A file made by another request is never replaced unless `force` is set: the new one is called name-2, name-3 …
    """
    taken: set[Path] = set()
    folders: set[Path] = set()
    for order in orders:
        if order.path.parent not in folders:
            folders.add(order.path.parent)
            sweep(order.path.parent)
        number, path, there = 1, order.path, False
        while path in taken or (path.exists() and not force):
            there = path not in taken and provenance_tags.told_by(path) == batch.key(order)
            if there:
                break
            number += 1
            path = order.path.with_stem(f"{order.path.stem}-{number}")
        taken.add(path)
        yield replace(order, path=path), there


def run(
    batch: Batch, orders: Iterable[tuple[Order, bool]], crew: Crew | None = None, looks_on: bool = False
) -> Iterator[Made]:
    """Make the missing files and yield each order as it is done, in constant memory. Raises the first SdaError;
    finished files are kept.

    When all workers are busy, sounds are also made in this process, unless `looks_on` is set because it has other work.
    """
    for order, there in orders:
        if there:
            yield Made(order, there)
        elif crew is None or (crew.is_busy and not looks_on):
            yield _made(batch, order)
        else:
            crew.take(order, make_in_worker, order, batch.given, batch.other)
        if crew is not None and crew.waiting:
            yield from map(Made, crew.done(None if looks_on and crew.is_busy else 0))
    while crew is not None and crew.waiting:
        yield from map(Made, crew.done())


def _made(batch: Batch, order: Order) -> Made:
    """Make an order in this process on one thread: a sound is too small to be split."""
    with threadpool_limits(1):
        make(batch, order)
    return Made(order)


def row(batch: Batch, order: Order) -> dict[str, object]:
    """Return the manifest row of a sound."""
    facts = {
        "file": order.path.name,
        "model": batch.model.name,
        **tags_of(batch.options(order)),
        **order.finish.to_plain(),
    }
    return json.loads(json.dumps(facts))
