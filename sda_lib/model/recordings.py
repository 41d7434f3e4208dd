"""The recordings of a model: their names and categories, and the model with some of them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from sda_lib.audio.categories import LONGEST, MOST_TAGS, Recording, found_by
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Memory
from sda_lib.model.facts import ModelFacts

Model = TypeVar("Model", bound=ModelFacts)


def recordings_of(model: ModelFacts) -> tuple[Recording, ...]:
    """Return the recordings of a model with their tags, in their order. Raises SdaError where it has none."""
    if model.memory is None:
        raise SdaError(
            f"{model.title} was saved without its recordings, so none can be chosen; use a copy that has them."
        )
    hop, tags = model.hop / model.sample_rate, _tags(model.header)
    return tuple(
        Recording(pieces[0].name, sum(piece.frames for piece in pieces) * hop, tags.get(pieces[0].name, ()))
        for pieces in model.memory.recordings
    )


def chosen_recordings(model: ModelFacts, patterns: Sequence[str]) -> np.ndarray:
    """Return [recording] whether a pattern of `audio/categories.py` finds each.

    Raises SdaError without recordings, and for a pattern that finds none.
    """
    return np.array(found_by(patterns, recordings_of(model)), bool)


def with_recordings(model: Model, chosen: np.ndarray) -> Model:
    """Return a model with the chosen ones [recording] of its recordings alone."""
    assert model.memory is not None  # there is something to choose from
    groups = zip(chosen, model.memory.recordings, strict=True)
    return replace(model, memory=Memory(model.codec, [piece for keep, own in groups if keep for piece in own]))


def _tags(header: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the tags of recordings by name; what is none is left out."""
    corpus = header.get("corpus")
    found = corpus.get("tags") if isinstance(corpus, dict) else None
    rows = found.items() if isinstance(found, dict) else ()
    return {str(name): tuple(map(str, tags[:MOST_TAGS])) for name, tags in rows if _are_tags(tags)}


def _are_tags(tags: object) -> bool:
    return isinstance(tags, list) and all(isinstance(one, str) and 0 < len(one) <= LONGEST for one in tags)
