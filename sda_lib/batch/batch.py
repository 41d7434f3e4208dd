"""Batch generation: many sounds of one model in parallel. A sound whose file exists already is not made again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from sda_lib.batch.vary import OptionsAndFinish, Variation, values, with_variations
from sda_lib.batch.workers import WorkerPool, worker_model
from sda_lib.errors import SdaError
from sda_lib.export.finishing import Finish
from sda_lib.files import checked_name, remove_partial_files
from sda_lib.model.model import SdaModel
from sda_lib.sessions import provenance_tags
from sda_lib.sessions.provenance_tags import Provenance
from sda_lib.writers.auto_duration import with_duration
from sda_lib.writers.generate import compose_sound
from sda_lib.writers.options import GenerateOptions, Sound, option_tags, sets_duration


@dataclass(frozen=True)
class BatchItem:
    """One sound of a batch: its path, options and finishing."""

    path: Path
    options: GenerateOptions
    finish: Finish


@dataclass(frozen=True)
class FileNaming:
    """Naming of a batch's files. The template may contain {model}, {seed}, {index} and the names of varied values."""

    folder: Path
    template: str
    suffix: str
    model: str
    varied: Sequence[Variation] = ()

    def item(self, wish: OptionsAndFinish, index: int) -> BatchItem:
        """Return the order of sound `index`. Raises SdaError for templates that can't be filled in and for invalid
        options."""
        options, finish = with_variations(wish, self.varied, index)
        stem = fill_template(self.template, self.model, options.seed, index, values(self.varied, index))
        return BatchItem(self.folder / f"{stem}.{self.suffix.lstrip('.')}", options, finish)


def fill_template(template: str, model: str, seed: int, index: int, varied: Mapping[str, float]) -> str:
    """Fill in a template like {model}_{seed:04d}. Raises SdaError for unknown fields or invalid formats."""
    facts = {**varied, "model": model, "seed": seed, "index": index}
    try:
        name = template.format(**facts)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        known = ", ".join(f"{{{one}}}" for one in ("model", "seed", "index", *varied))
        raise SdaError(f"The name {template} can't be filled in; there are {known}, e.g. {{seed:04d}}.") from error
    return checked_name(name)


@dataclass(frozen=True, eq=False)
class Batch:
    """The model and the given sounds that all orders share."""

    model: SdaModel
    given: Sound | None = None
    other: Sound | None = None

    def options(self, item: BatchItem) -> GenerateOptions:
        """Return the order's options, with `auto` seconds resolved."""
        return with_duration(self.model, item.options, self.given, self.other)

    def key(self, item: BatchItem) -> str:
        """Return the provenance key of the order's file (`Provenance.key`)."""
        request = provenance_tags.request_facts(self.options(item), self.given, self.other)
        told = Provenance(
            self.given, finish=item.finish, request=request, model=provenance_tags.model_identity(self.model)
        )
        return told.key


@dataclass(frozen=True)
class BatchResult:
    """An order that is done; `before` is true when its file already existed."""

    item: BatchItem
    before: bool = False


def compose(batch: Batch, item: BatchItem) -> Sound:
    """Return the order's codes or latents. Raises SdaError for invalid options."""
    return compose_sound(batch.model, batch.options(item), batch.given, batch.other)


def make_in_worker(item: BatchItem, given: Sound | None, other: Sound | None) -> None:
    """Write one sound with the model of a worker process. Raises SdaError as `make_sound` does."""
    make_sound(Batch(worker_model(), given, other), item)


def make_sound(batch: Batch, item: BatchItem) -> Sound:
    """Compose one sound and write its file. Raises SdaError for invalid options and for write errors."""
    sound, options = compose(batch, item), batch.options(item)
    told = Provenance(
        sound,
        options.source_amount,
        options.quality,
        sets_duration(options, batch.given),
        item.finish,
        provenance_tags.request_facts(options, batch.given, batch.other),
    )
    provenance_tags.write(batch.model, told, item.path, option_tags(options))
    return sound


def resolve_paths(batch: Batch, items: Iterable[BatchItem], force: bool = False) -> Iterator[tuple[BatchItem, bool]]:
    """Yield each order with a unique path, and whether its file exists already.

    A file made by another request is never replaced unless `force` is set: the new one is called name-2, name-3 …
    """
    taken: set[Path] = set()
    folders: set[Path] = set()
    for item in items:
        if item.path.parent not in folders:
            folders.add(item.path.parent)
            remove_partial_files(item.path.parent)
        number, path, there = 1, item.path, False
        while path in taken or (path.exists() and not force):
            there = path not in taken and provenance_tags.provenance_key(path) == batch.key(item)
            if there:
                break
            number += 1
            path = item.path.with_stem(f"{item.path.stem}-{number}")
        taken.add(path)
        yield replace(item, path=path), there


def run(
    batch: Batch, items: Iterable[tuple[BatchItem, bool]], pool: WorkerPool | None = None, only_workers: bool = False
) -> Iterator[BatchResult]:
    """Make the missing files and yield each order as it is done, in constant memory. Raises the first SdaError;
    finished files are kept.

    When all workers are busy, sounds are also made in this process, unless `only_workers` is set because it has other work.
    """
    for item, there in items:
        if there:
            yield BatchResult(item, there)
        elif pool is None or (pool.is_busy and not only_workers):
            yield _made(batch, item)
        else:
            pool.submit(item, make_in_worker, item, batch.given, batch.other)
        if pool is not None and pool.pending:
            yield from map(BatchResult, pool.done(None if only_workers and pool.is_busy else 0))
    while pool is not None and pool.pending:
        yield from map(BatchResult, pool.done())


def _made(batch: Batch, item: BatchItem) -> BatchResult:
    """Make an order in this process on one thread: a sound is too small to be split."""
    with threadpool_limits(1):
        make_sound(batch, item)
    return BatchResult(item)


def manifest_row(batch: Batch, item: BatchItem) -> dict[str, object]:
    """Return the manifest row of a sound."""
    facts = {
        "file": item.path.name,
        "model": batch.model.name,
        **option_tags(batch.options(item)),
        **item.finish.to_plain(),
    }
    return json.loads(json.dumps(facts))
