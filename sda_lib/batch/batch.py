"""Batch generation: many sounds of one model on several cores. A sound whose file exists is not made again."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from sda_lib import safe_json
from sda_lib.batch.vary import OptionsAndFinish, Variation, varied_values, with_variations
from sda_lib.batch.workers import WorkerPool, worker_model
from sda_lib.cluster.shared import one_task_at_a_time, shared_path, task_folder
from sda_lib.codec.frames import CodeStream
from sda_lib.errors import explained_as
from sda_lib.export.finish import Finish
from sda_lib.file_names import checked_name, numbered
from sda_lib.files import remove_partial_files, write_atomically
from sda_lib.model.model import SdaModel
from sda_lib.sessions.provenance_tags import Provenance, model_identity, provenance_key, write_with_provenance
from sda_lib.writers.auto_duration import with_duration
from sda_lib.writers.generate import compose_any
from sda_lib.writers.options import GenerateOptions, option_tags, sets_duration
from sda_lib.writers.take import Sound
from sda_lib.writers.varispeed import with_varispeed


@dataclass(frozen=True)
class BatchItem:
    """One sound of a batch: its path, options and finishing, and whether its file existed before the batch."""

    path: Path
    options: GenerateOptions
    finish: Finish
    existed: bool = False


NumberedItem = tuple[int, BatchItem]


@dataclass(frozen=True)
class FileNaming:
    """File names of a batch.

    Args:
        folder: folder of the files.
        template: name with the fields {model}, {seed}, {index} and {label} of any variation.
        suffix: file format, with or without a dot.
        model: name of the model.
        variations: values that vary from sound to sound.
    """

    folder: Path
    template: str
    suffix: str
    model: str
    variations: Sequence[Variation] = ()

    def item(self, settings: OptionsAndFinish, index: int) -> BatchItem:
        """Return sound `index`. Raises SdaError for a template that can't be filled in and for invalid options."""
        options, finish = with_variations(settings, self.variations, index)
        stem = fill_template(self.template, self.model, options.seed, index, varied_values(self.variations, index))
        return BatchItem(self.folder / f"{stem}.{self.suffix.lstrip('.')}", options, finish)


def fill_template(template: str, model: str, seed: int, index: int, varied: Mapping[str, float]) -> str:
    """Fill in a template like {model}_{seed:04d}. Raises SdaError for unknown fields and invalid formats."""
    facts = {**varied, "model": model, "seed": seed, "index": index}
    known = ", ".join(f"{{{one}}}" for one in ("model", "seed", "index", *varied))
    problem = f"The name {template} can't be filled in; use {known}, e.g. {{seed:04d}}."
    with explained_as(problem, safe_json.MALFORMED):
        return checked_name(template.format(**facts))


@dataclass(frozen=True, eq=False)
class Batch:
    """What all sounds of a batch share: the model, the given sound to start from, and the one to morph with."""

    model: SdaModel
    given: Sound | None = None
    other: Sound | None = None

    def options(self, item: BatchItem) -> GenerateOptions:
        """Return the item's options, with `auto` seconds and the varispeed drawn."""
        options = with_varispeed(item.options, self.given, self.other)
        return with_duration(self.model, options, self.given, self.other)

    def key(self, item: BatchItem) -> str:
        """Return the key of the provenance that the item's file has or will have (`Provenance.key`)."""
        made = Provenance.of(None, self.options(item), item.finish, False, self.given, self.other)
        return replace(made, model=model_identity(self.model)).key


def compose_item(batch: Batch, item: BatchItem) -> Sound | CodeStream:
    """Return the codes or latents of a sound. Raises SdaError for invalid options."""
    return compose_any(batch.model, batch.options(item), batch.given, batch.other)


def make_sound(batch: Batch, item: BatchItem) -> None:
    """Compose a sound and write its file. Raises SdaError for invalid options and for write errors."""
    options = batch.options(item)
    sound, fades = compose_item(batch, item), sets_duration(options, batch.given)
    provenance = Provenance.of(sound, options, item.finish, fades, batch.given, batch.other)
    write_with_provenance(batch.model, provenance, item.path, option_tags(options))


def make_in_worker(item: BatchItem, given: Sound | None, other: Sound | None) -> None:
    """Make a sound with the model of this worker process. Raises SdaError as `make_sound` does."""
    make_sound(Batch(worker_model(), given, other), item)


def file_in_worker(sent_model: str, item: BatchItem, given: Sound | None, other: Sound | None) -> None:
    """Make a sound with a model that was named to this worker, whose disk is the caller's. Raises as `make_sound`."""
    with one_task_at_a_time():
        make_sound(Batch(_loaded(shared_path(sent_model)), given, other), item)


def content_in_worker(sent_model: str, item: BatchItem, given: Sound | None, other: Sound | None) -> bytes:
    """Make a sound with a model that was sent to this worker, and return its file. Raises SdaError as `make_sound`."""
    with one_task_at_a_time(), task_folder() as folder:
        path = folder / item.path.name
        make_sound(Batch(_loaded(shared_path(sent_model)), given, other), replace(item, path=path))
        return path.read_bytes()


@functools.lru_cache(maxsize=2)
def _loaded(path: Path) -> SdaModel:
    return SdaModel.load(path)


def load_in_worker(sent_model: str) -> None:
    """Load a model that was sent to this worker before its first sound is due. Raises SdaError."""
    with one_task_at_a_time():
        _loaded(shared_path(sent_model))


def resolve_paths(batch: Batch, items: Iterable[BatchItem], force: bool = False) -> Iterator[BatchItem]:
    """Yield each item with a unique path and whether its file exists.

    A file of another request is never replaced unless `force` is true: the new one is called name-2, name-3 …
    """
    used: set[Path] = set()
    folders: set[Path] = set()
    for item in items:
        if item.path.parent not in folders:
            folders.add(item.path.parent)
            remove_partial_files(item.path.parent)
        for path in map(item.path.with_stem, numbered(item.path.stem)):
            exists = not force and path.exists()
            if path not in used and (not exists or provenance_key(path) == batch.key(item)):
                break
        used.add(path)
        yield replace(item, path=path, existed=exists)


def run_batch(
    batch: Batch,
    items: Iterable[BatchItem],
    pool: WorkerPool[NumberedItem] | None = None,
    only_workers: bool = False,
) -> Iterator[BatchItem]:
    """Make the missing files, and yield the sounds in their order as they are done, in constant memory.

    When all workers are busy, sounds are also made in this process, unless `only_workers` is true. Raises the first
    SdaError; finished files are kept.
    """
    held: dict[int, BatchItem] = {}
    count = 0
    for number, item in _made(batch, enumerate(items), pool, only_workers):
        held[number] = item
        while count in held:
            yield held.pop(count)
            count += 1


def _made(
    batch: Batch, items: Iterable[NumberedItem], pool: WorkerPool[NumberedItem] | None, only_workers: bool
) -> Iterator[NumberedItem]:
    """Make the missing files, and yield each numbered sound as it is done."""
    folders: set[Path] = set()
    for number, item in items:
        if item.existed:
            yield number, item
        elif pool is None or (pool.is_busy and not only_workers):
            with threadpool_limits(1):  # a sound is too small to be split
                make_sound(batch, item)
            yield number, item
        else:
            _queue(pool, batch, (number, item))
        if pool is not None and pool.pending:
            yield from _taken(pool, None if only_workers and pool.is_busy else 0)
        folders.add(item.path.parent)
    while pool is not None and pool.pending:
        yield from _taken(pool)
    for folder in folders if pool is not None else ():
        remove_partial_files(folder)  # of workers that died


def _queue(pool: WorkerPool[NumberedItem], batch: Batch, job: NumberedItem) -> None:
    """Have a worker make a sound."""
    _, item = job
    if pool.sent_model:
        work = content_in_worker if pool.returns_files else file_in_worker
        pool.submit(job, work, pool.sent_model, item, batch.given, batch.other)
    else:
        pool.submit(job, make_in_worker, item, batch.given, batch.other)


def _taken(pool: WorkerPool[NumberedItem], timeout: float | None = None) -> Iterator[NumberedItem]:
    """Yield finished sounds, whose files are written here if the workers have returned them."""
    for (number, item), content in pool.finished(timeout):
        if isinstance(content, bytes):
            write_atomically(item.path, content)
        yield number, item


def manifest_row(batch: Batch, item: BatchItem) -> dict[str, object]:
    """Return a sound's row of the manifest."""
    facts = {"file": item.path.name, "model": batch.model.name}
    return safe_json.parse(json.dumps({**facts, **option_tags(batch.options(item)), **item.finish.to_plain()}))
