"""Batch: many sounds of one model, side by side on several cores, each written once however often it is asked for."""

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
    """One sound of a batch, and where it goes."""

    path: Path
    options: GenerateOptions
    finish: Finish


@dataclass(frozen=True)
class Naming:
    """Where the sounds of a batch go and how they are called: {model}, {seed}, {index} and what varies can stand in the
    template."""

    folder: Path
    template: str
    suffix: str
    model: str
    varied: Sequence[Varied] = ()

    def order(self, wish: Wish, index: int) -> Order:
        """Sound `index` of the batch. Raises SdaError for templates that can't be filled in, and impossible wishes."""
        options, finish = varying(wish, self.varied, index)
        stem = named(self.template, self.model, options.seed, index, values(self.varied, index))
        return Order(self.folder / f"{stem}.{self.suffix.lstrip('.')}", options, finish)


def named(template: str, model: str, seed: int, index: int, varied: Mapping[str, float]) -> str:
    """A template like {model}_{seed:04d}, filled in. Raises SdaError."""
    facts = {**varied, "model": model, "seed": seed, "index": index}
    try:
        name = template.format(**facts)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        known = ", ".join(f"{{{one}}}" for one in ("model", "seed", "index", *varied))
        raise SdaError(f"The name {template} can't be filled in; there are {known}, e.g. {{seed:04d}}.") from error
    return plain_name(name)


@dataclass(frozen=True, eq=False)
class Batch:
    """What the orders have in common: a model, and the sounds that it is given."""

    model: SdaModel
    given: Sound | None = None
    other: Sound | None = None

    def options(self, order: Order) -> GenerateOptions:
        """The order's options, with the seconds that `auto` comes to."""
        return settled(self.model, order.options, self.given, self.other)

    def key(self, order: Order) -> str:
        """What a file of this order says of itself."""
        asked = provenance_tags.asked_for(self.options(order), self.given, self.other)
        told = Origin(self.given, finish=order.finish, asked=asked, model=provenance_tags.of_model(self.model))
        return told.key


@dataclass(frozen=True)
class Made:
    """An order that is done; `before` when its file was there already."""

    order: Order
    before: bool = False


def compose(batch: Batch, order: Order) -> Sound:
    """The order's codes or latents. Raises SdaError."""
    return composed(batch.model, batch.options(order), batch.given, batch.other)


def make_in_worker(order: Order, given: Sound | None, other: Sound | None) -> None:
    """Write one sound with the model of a worker process. Raises SdaError."""
    make(Batch(loaded(), given, other), order)


def make(batch: Batch, order: Order) -> Sound:
    """Write one sound, and its file. Raises SdaError."""
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
    """Each order with a path of its own, and whether its file is there already. A file that another wish led to is
    never replaced unless `force`d: the new one is called name-2, name-3 …"""
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
    """Make what is not there yet and tell of each sound as it is done. Memory doesn't grow with their number. Raises
    the first SdaError; what is finished stays.

    What a crew has no time for is made here, unless this process `looks_on` because it has other things to do."""
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
    """An order done here, on one thread: a sound is too small a piece of work to be shared."""
    with threadpool_limits(1):
        make(batch, order)
    return Made(order)


def row(batch: Batch, order: Order) -> dict[str, object]:
    """What a list of sounds says of one."""
    facts = {
        "file": order.path.name,
        "model": batch.model.name,
        **tags_of(batch.options(order)),
        **order.finish.to_plain(),
    }
    return json.loads(json.dumps(facts))
