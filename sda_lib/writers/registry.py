"""Registry of writers: their names, the default one, and one instance of each per model."""

from __future__ import annotations

from collections.abc import Callable

from sda_lib.errors import SdaError
from sda_lib.memory.graph import Graph
from sda_lib.model.model import SdaModel
from sda_lib.writers.hybrid import steered
from sda_lib.writers.pattern import PatternWriter
from sda_lib.writers.prior_writer import PriorWriter
from sda_lib.writers.request import Writer
from sda_lib.writers.walk import Walk


def default_writer(model: SdaModel) -> str:
    """Return the name of the writer used when no option names one.

    A model with recordings uses a walk, steered by its prior's networks if it has any; an n-gram of the same recordings
    adds nothing to a walk. A model without recordings needs its prior.
    """
    if model.prior is None:
        return "walk"
    if model.memory is None:
        return "prior"
    return "walk" if model.prior.is_ngram else "hybrid"


def writer_of(model: SdaModel, name: str = "") -> Writer:
    """Return the model's writer of that name (default: `default_writer`), made once per model.

    Raises SdaError when the name is unknown or the model lacks what the writer needs.
    """
    name = name or default_writer(model)
    if name not in WRITERS:
        raise SdaError(f"There is no writer {name!r}; there are {', '.join(WRITERS)}.")
    if why := model.why_no_codes or model.why_no_writing:
        raise SdaError(why)
    if name not in model.writers:
        model.writers[name] = WRITERS[name](model)
    return model.writers[name]


def composer_of(model: SdaModel, name: str = "") -> Writer:
    """Return what composes new sounds with the writer of that name: patterns of events, and textures.

    It is the writer itself where the model has no recordings or these are silent. Raises SdaError as `writer_of` does.
    """
    writer = writer_of(model, name)
    if model.parts is None or not len(model.parts):
        return writer
    return PatternWriter(writer, walk_of(model), model.parts)


def walk_of(model: SdaModel) -> Walk:
    """Return the model's walk. Raises SdaError without recordings."""
    found = writer_of(model, "walk")
    assert isinstance(found, Walk)
    return found


def _walk(model: SdaModel) -> Writer:
    if model.memory is None:
        raise SdaError(model.why_no_recordings)
    return Walk(Graph.of_memory(model.memory), model.codec, lambda: model.ranges, parts=model.parts)


# Factories of the writers of a model with codes; each raises SdaError when the model lacks what the writer needs.
WRITERS: dict[str, Callable[[SdaModel], Writer]] = {
    "walk": _walk,
    "prior": lambda model: PriorWriter.of(model, None if model.memory is None else lambda: walk_of(model).graph),
    "hybrid": lambda model: steered(model, lambda: walk_of(model)),
}
