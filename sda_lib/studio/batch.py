"""Batch: many sounds of one model, side by side on several cores, each written once however often it is asked for."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import connection
from pathlib import Path

from threadpoolctl import threadpool_limits

from sda_lib.errors import SdaError
from sda_lib.files import plain_name, sweep
from sda_lib.models.bundle import SdaModel
from sda_lib.sound.finish import Finish
from sda_lib.studio import origin
from sda_lib.studio.generate import GenerateOptions, Sound, composed, is_cut, tags_of
from sda_lib.studio.origin import Origin
from sda_lib.studio.vary import Varied, Wish, values, varying

AHEAD = 2
"""Orders that wait per worker: enough that none is idle, few enough that stopping is quick."""


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
    """What the orders have in common: a model (and its file, for other processes), and the sounds that it is given."""

    model: SdaModel
    model_path: Path
    given: Sound | None = None
    other: Sound | None = None

    def key(self, order: Order) -> str:
        """What a file of this order says of itself."""
        asked = origin.asked_for(order.options, self.given, self.other)
        told = Origin(self.given, finish=order.finish, asked=asked, model=origin.of_model(self.model))
        return told.key


@dataclass(frozen=True)
class Made:
    """An order that is done; `before` when its file was there already."""

    order: Order
    before: bool = False


def compose(batch: Batch, order: Order) -> Sound:
    """The order's codes or latents. Raises SdaError."""
    return composed(batch.model, order.options, batch.given, batch.other)


def make(batch: Batch, order: Order) -> Sound:
    """Write one sound, and its file. Raises SdaError."""
    sound, options = compose(batch, order), order.options
    told = Origin(
        sound,
        options.source_amount,
        options.quality,
        is_cut(options, batch.given),
        order.finish,
        origin.asked_for(options, batch.given, batch.other),
    )
    origin.write(batch.model, told, order.path, tags_of(options))
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
            there = path not in taken and origin.told_by(path) == batch.key(order)
            if there:
                break
            number += 1
            path = order.path.with_stem(f"{order.path.stem}-{number}")
        taken.add(path)
        yield replace(order, path=path), there


def run(batch: Batch, orders: Iterable[tuple[Order, bool]], workers: int = 1, looks_on: bool = False) -> Iterator[Made]:
    """Make what is not there yet and tell of each sound as it is done. Memory doesn't grow with their number. Raises
    the first SdaError; what is finished stays.

    This process is one of the workers, unless it `looks_on` because it has other things to do."""
    others = workers if looks_on else workers - 1
    if others:
        yield from _side_by_side(batch, orders, others, looks_on)
        return
    for order, there in orders:
        yield Made(order, there) if there else _made(batch, order)


def _made(batch: Batch, order: Order) -> Made:
    """An order done here, on one thread: a sound is too small a piece of work to be shared."""
    with threadpool_limits(1):
        make(batch, order)
    return Made(order)


def _side_by_side(batch: Batch, orders: Iterable[tuple[Order, bool]], workers: int, looks_on: bool) -> Iterator[Made]:
    """Orders for so many other processes; what they have no time for is done here, unless this one looks on."""
    pool = ProcessPoolExecutor(
        workers,
        multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(batch.model_path, batch.given, batch.other),
    )
    waiting: dict[Future, Order] = {}
    try:
        for order, there in orders:
            if there:
                yield Made(order, there)
                continue
            if len(waiting) >= workers * AHEAD and not looks_on:
                yield _made(batch, order)
                yield from _done(waiting, until=0)
                continue
            waiting[pool.submit(_work, order)] = order
            if len(waiting) >= workers * AHEAD:
                yield from _done(waiting, until=None if looks_on else 0)
        while waiting:
            yield from _done(waiting)
    except BrokenProcessPool as error:
        raise SdaError("A worker was ended from outside; give the same command again to go on.") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _done(waiting: dict[Future, Order], until: float | None = None) -> Iterator[Made]:
    """What is done; waits `until` so many seconds have passed for the first one (none: until it is there)."""
    for future in wait(waiting, until, FIRST_COMPLETED).done:
        order = waiting.pop(future)
        future.result()
        yield Made(order)


# --- in a worker's process -------------------------------------------------------------------------------------------

_batch: Batch | None = None  # a worker's own: the model is loaded once in each


def _begin(model_path: Path, given: Sound | None, other: Sound | None) -> None:
    """Load the model, on one thread: the cores are for the other workers. When the process that asked for the work is
    gone, so is this one."""
    global _batch
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threadpool_limits(1)
    _batch = Batch(SdaModel.load(model_path), model_path, given, other)


def _end_with_parent() -> None:
    connection.wait([multiprocessing.parent_process().sentinel])
    os._exit(1)


def _work(order: Order) -> None:
    make(_batch, order)


def workers_for(count: int, wanted: int | None) -> int:
    """How many processes: as many as are wanted, else one per core as soon as there is enough to do to pay for them."""
    if wanted is not None:
        return max(1, min(wanted, count))
    return min(os.cpu_count() or 1, count // 8 + 1)


def row(batch: Batch, order: Order) -> dict[str, object]:
    """What a list of sounds says of one."""
    facts = {"file": order.path.name, "model": batch.model.name, **tags_of(order.options), **order.finish.to_plain()}
    return json.loads(json.dumps(facts))
