"""Registry of edits by name, and `Edit`: an edit as data that can be applied, described in words, and saved."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sda_lib import safe_json
from sda_lib.codec.codes import (
    Codes,
    codes_from_dict,
    codes_to_dict,
    level_names,
    load_codes,
    range_of_names,
    range_slice,
)
from sda_lib.editing import codebook_edits, edits
from sda_lib.editing.parameters import parameter_option
from sda_lib.errors import SdaError, explained_as

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel

# A rectangle of the grid: (first level, end), (first frame, end), both half-open.
Cells = tuple[tuple[int, int], tuple[int, int]]

# Edits by the names of their functions.
EDITS: dict[str, Callable[..., Codes]] = {
    function.__name__.removesuffix("_codes"): function
    for function in (
        edits.set_codes, edits.paint, codebook_edits.clear, edits.step, codebook_edits.transpose,
        codebook_edits.randomize, codebook_edits.regenerate, edits.reverse, edits.shift, edits.copy, edits.paste,
        codebook_edits.mix, edits.swap, codebook_edits.blend, edits.restructure, edits.mute, edits.solo,
        edits.varispeed, edits.delete,
        edits.duplicate, edits.loop, codebook_edits.insert, codebook_edits.stretch,
    )
}  # fmt: skip
# Edits that change the sound's length.
RESHAPING = ("delete", "duplicate", "loop", "insert", "stretch")
# Parameters that any edit can have, besides its own arguments.
SPANS = ("levels", "frames")
SHARED_PARAMETERS = ("codes", "codebooks", "model", *SPANS)


@dataclass(frozen=True, eq=False)
class Edit:
    """An edit as data: it can be applied to any codes, described in words, and saved.

    It changes only cells inside the rectangles `within` and outside of those `frozen`.

    Args:
        name: name of the edit, one of `sda_lib.EDITS`.
        arguments: its arguments by name; `levels` and `frames` are half-open ranges.
        within: rectangles ((first level, end), (first frame, end)); none: the edit's whole region.
        frozen: rectangles that stay.

    Raises SdaError for an unknown name or argument.

    Example:
        >>> turned = sda_lib.Edit("reverse", {"frames": (2, 8)}, frozen=(((0, 1), (0, 17)),))
        >>> turned.region
        {'frames': (2, 8)}
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    within: tuple[Cells, ...] = ()
    frozen: tuple[Cells, ...] = ()

    def __post_init__(self) -> None:
        if self.name not in EDITS:
            raise SdaError(f"There is no edit {self.name!r}; there are {', '.join(EDITS)}.")
        known = edit_parameters(self.name)
        if unknown := set(self.arguments) - set(known) - set(SPANS):
            raise SdaError(
                f"The edit {self.name!r} has no argument {', '.join(sorted(unknown))}; "
                f"its arguments are: {', '.join(known) or 'none'}."
            )

    def apply(self, codes: Codes, model: SdaModel | None = None) -> Codes:
        """Return the edited codes.

        Args:
            codes: the codes of a sound.
            model: their model, for edits that look at its codebooks.

        Raises SdaError for wrong arguments, and without a model when one is needed.

        Example:
            >>> sda_lib.Edit("reverse").apply(codes).frames == codes.frames
            True
        """
        own = {key: one for key, one in self.arguments.items() if key not in SPANS}
        for key, value in own.items():
            parameter_option(self.name, key).check(value, key)
        given = self._from_model(codes, model)
        try:
            after = EDITS[self.name](codes, **given, **own, **self._spans)
        except (TypeError, ValueError, IndexError, OverflowError) as error:
            raise SdaError(f"The edit {self.name!r} was given wrong arguments: {error}.") from error
        return self._guarded(codes, after)

    @cached_property
    def region(self) -> dict[str, tuple[int, int]]:
        """Levels and frames of the edit, as far as they are limited by its arguments or, if not, by `within`."""
        given = {name: self.arguments[name] for name in SPANS if self.arguments.get(name) is not None}
        if not self.within:
            return given
        ends = zip(SPANS, zip(*self.within, strict=True), strict=True)
        return {**{name: (min(a for a, _ in pairs), max(b for _, b in pairs)) for name, pairs in ends}, **given}

    @property
    def _spans(self) -> dict[str, tuple[int, int]]:
        """The part of the region that the edit's function takes."""
        return {name: span for name, span in self.region.items() if name in _signature(self.name)}

    def _from_model(self, codes: Codes, model: SdaModel | None) -> dict[str, Any]:
        """Return the arguments that come from the model. Raises SdaError when one is required and there is no model."""
        if model is not None:
            model.check(codes)
        needed = {key: one for key, one in _signature(self.name).items() if key in ("codebooks", "model")}
        if model is None:
            if any(one.default is one.empty for one in needed.values()):
                raise SdaError(f"The edit {self.name!r} needs the model of the codes; give it with --model.")
            return {}
        return {key: model if key == "model" else model.codebooks for key in needed}

    def free_cells(self, codes: Codes) -> np.ndarray:
        """Return the mask [level, frame] of cells that the edit may change.

        Args:
            codes: the codes that it is applied to.

        Raises SdaError for rectangles outside the grid.

        Example:
            >>> first_level = sda_lib.Edit("reverse", within=(((0, 1), (0, 4)),))
            >>> int(first_level.free_cells(codes).sum())
            4
        """
        return (mask(self.within, codes) if self.within else np.True_) & ~mask(self.frozen, codes)

    def _guarded(self, before: Codes, after: Codes) -> Codes:
        """Return `after` in cells that the edit may change, and `before` in all others."""
        frozen = mask(self.frozen, before)
        if self.name in RESHAPING:
            columns = slice(*self.region.get("frames", (0, before.frames)))
            if self.name in ("delete", "stretch") and frozen[:, columns].any():
                raise SdaError("Some of these frames hold frozen cells; unfreeze them first.")
            return after
        free = self.free_cells(before)
        return after if free.all() else after.with_indices(np.where(free, after.indices, before.indices))

    def frozen_after(self, before: Codes) -> tuple[Cells, ...]:
        """Return the rectangles of frozen cells after the edit, which may move frames.

        Args:
            before: the codes that it is applied to.

        Raises SdaError for rectangles outside the grid.

        Example:
            >>> twice = sda_lib.Edit("duplicate", {"frames": (0, 2)}, frozen=(((0, 4), (4, 6)),))
            >>> twice.frozen_after(codes)
            (((0, 4), (6, 8)),)
        """
        if not self.frozen or self.name not in RESHAPING:
            return self.frozen
        marks = Codes(mask(self.frozen, before).astype(np.int64), 2, before.hop, before.sample_rate)
        first, end = self.region.get("frames", (0, before.frames))
        if self.name == "insert":
            gap = np.zeros((before.levels, end - first), np.int64)
            return rectangles(np.insert(marks.indices, [first], gap, axis=1) > 0)
        arguments = {**self.arguments, **({"smooth": 0} if self.name == "stretch" else {})}
        return rectangles(Edit(self.name, arguments, self.within).apply(marks).indices > 0)

    # --- words and plain data

    def description(self, codes: Codes, names: Sequence[str] = ()) -> str:
        """Describe the edit in words.

        Args:
            codes: the codes that it is applied to.
            names: names of the levels; default: Structure, Timbre, Texture and Detail.

        Example:
            >>> later = sda_lib.Edit("shift", {"by": 2, "levels": (0, 1), "frames": (2, 8)})
            >>> later.description(codes)
            'shift by 2 Structure, frames 2 to 7'
        """
        own = [_argument_in_words(name, value) for name, value in self.arguments.items() if name not in SPANS]
        called = names or level_names(codes.levels)
        levels = _span_in_words(self._spans.get("levels"), codes.levels, partial(range_of_names, called))
        frames = _span_in_words(self._spans.get("frames"), codes.frames, _frames_in_words)
        several = f"in {len(self.within)} places" if len(self.within) > 1 else ""
        return " ".join(filter(None, (self.name, *own, ", ".join(filter(None, (levels, frames))), several)))

    def to_plain(self, others: list[Codes] | None = None) -> dict[str, Any]:
        """Return JSON data from which `from_plain` restores the edit.

        Args:
            others: a list that sounds among the arguments are added to, to be written as their number there. Default:
                sounds are written out.

        Example:
            >>> sda_lib.Edit("shift", {"by": 2}).to_plain()
            {'name': 'shift', 'arguments': {'by': 2}, 'within': [], 'frozen': []}
        """
        arguments = {name: _to_plain(value, others) for name, value in self.arguments.items()}
        areas = {"within": _to_plain(self.within), "frozen": _to_plain(self.frozen)}
        return {"name": self.name, "arguments": arguments, **areas}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any], others: Sequence[Codes] = ()) -> Edit:
        """Restore the edit that `to_plain` returned.

        Args:
            plain: the JSON data.
            others: the sounds that `to_plain` added to its list.

        Raises SdaError for other data.

        Example:
            >>> sda_lib.Edit.from_plain({"name": "shift", "arguments": {"by": 2}}).name
            'shift'
        """
        with explained_as(f"{str(plain)[:80]} is not an edit; give its name and arguments.", safe_json.MALFORMED):
            arguments = {str(name): _from_plain(name, value, others) for name, value in plain["arguments"].items()}
            areas = (cells_of(plain.get(name, ())) for name in ("within", "frozen"))
            return cls(str(plain["name"]), arguments, *areas)


def edit(codes: Codes, name: str, model: SdaModel | None = None, **arguments: Any) -> Codes:
    """Return codes after an edit. `Codes.edit` is the same for codes that know their model.

    Args:
        codes: the codes of a sound.
        name: name of the edit, one of `sda_lib.EDITS`.
        model: their model, for edits that look at its codebooks.
        **arguments: the edit's arguments; `levels` and `frames` are half-open ranges.

    Raises SdaError for an unknown name or wrong arguments, and without a model when one is needed.

    Example:
        >>> brighter = sda_lib.edit(codes, "transpose", model, by="brightness", amount=2)
        >>> brighter.frames == codes.frames
        True
    """
    return Edit(name, arguments).apply(codes, model)


def _signature(name: str) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(EDITS[name]).parameters


def edit_parameters(name: str) -> dict[str, inspect.Parameter]:
    """Return an edit's own parameters, without SHARED_PARAMETERS."""
    return {key: one for key, one in _signature(name).items() if key not in SHARED_PARAMETERS}


def edit_usage(name: str) -> str:
    """Return the command-line syntax of an edit and its help text."""
    facts = edit_facts(name)
    own = [f"{_option_name(key)}={_default_in_words(one)}" for key, one in edit_parameters(name).items()]
    head = f"{name}:{','.join([*own, *(f'{key}=A:B' for key in facts['spans'])])}"
    return "\n    ".join([head, facts["help"], *(f"{key}: {text}" for key, text in facts["texts"].items())])


def edit_facts(name: str) -> dict[str, Any]:
    """Return an edit as JSON data: help text, arguments with defaults (null: required), and which SPANS it takes."""
    own = {
        _option_name(key): None if one.default is one.empty else _default_in_words(one)
        for key, one in edit_parameters(name).items()
    }
    texts = {_option_name(key): parameter_option(name, key).text for key in edit_parameters(name)}
    spans = [key for key in SPANS if key in _signature(name)]
    return {"help": " ".join((EDITS[name].__doc__ or "").split()), "arguments": own, "texts": texts, "spans": spans}


def _option_name(key: str) -> str:
    return "with" if key == "other" else key


def _default_in_words(parameter: inspect.Parameter) -> str:
    """Return a parameter's default, or a placeholder for its type if it is required."""
    if parameter.default is parameter.empty:
        kinds = {"int": "N", "float": "X", "Codes": "FILE", "np.ndarray": "BLOCK"}
        return kinds.get(str(parameter.annotation), "LEVEL@FRAME/…")
    return "none" if parameter.default is None else str(parameter.default) or "default"


def mask(areas: Sequence[Cells], codes: Codes) -> np.ndarray:
    """Return the mask [level, frame] of cells in any of the rectangles. Raises SdaError when one exceeds the grid."""
    found = np.zeros(codes.indices.shape, bool)
    for levels, frames in areas:
        found[range_slice(levels, codes.levels, "levels"), range_slice(frames, codes.frames, "frames")] = True
    return found


def rectangles(cells: np.ndarray) -> tuple[Cells, ...]:
    """Return rectangles that make up a mask [level, frame]: runs of equal frames, split into runs of levels."""
    found, frames = [], cells.shape[1]
    borders = [0, *(np.flatnonzero((cells[:, 1:] != cells[:, :-1]).any(0)) + 1), frames]
    for first, end in itertools.pairwise(borders):
        column = np.concatenate([[False], cells[:, first], [False]]).astype(int)
        starts, ends = np.flatnonzero(np.diff(column) == 1), np.flatnonzero(np.diff(column) == -1)
        found += [((int(a), int(b)), (int(first), int(end))) for a, b in zip(starts, ends, strict=True)]
    return tuple(found)


def _argument_in_words(name: str, value: Any) -> str:
    if isinstance(value, Codes):
        return "with another sound"
    if name == "block":
        return "{} x {} cells".format(*np.atleast_2d(np.asarray(value)).shape)
    if name == "cells":
        return f"{len(value)} cells"
    if isinstance(value, int | float):
        return f"{name.replace('_', ' ')} {value:g}"
    return f"{name} {value}" if value else ""


def _span_in_words(span: tuple[int, int] | None, count: int, words: Callable[[int, int], str]) -> str:
    """Describe a range of levels or frames, of which there are `count`; empty for all of several."""
    first, end = span or (0, count)
    return "" if (first, end) == (0, count) and count > 1 else words(first, end)


def _frames_in_words(first: int, end: int) -> str:
    return f"frame {first}" if end == first + 1 else f"frames {first} to {end - 1}"


def _to_plain(value: Any, others: list[Codes] | None = None) -> Any:
    if isinstance(value, Codes) and others is not None:
        if not any(value is one for one in others):
            others.append(value)
        return {"other": next(number for number, one in enumerate(others) if one is value)}
    if isinstance(value, Codes):
        return {"codes": {**codes_to_dict(value), "indices": value.indices.tolist()}}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [_to_plain(one) for one in value] if isinstance(value, tuple | list) else value


def _from_plain(name: str, value: Any, others: Sequence[Codes]) -> Any:
    if isinstance(value, Mapping):
        return others[range(len(others))[value["other"]]] if "other" in value else codes_from_dict(value["codes"])
    if name == "block":
        return np.array(value)
    return safe_json.as_tuples(value)


def cells_of(plain: Sequence[Any]) -> tuple[Cells, ...]:
    """Return rectangles from JSON data. Raises one of `safe_json.MALFORMED` for other data."""
    return tuple(((int(a), int(b)), (int(c), int(d))) for (a, b), (c, d) in plain)


# --- edits as text ----------------------------------------------------------------------------------------------------


def parse_edit(text: str) -> Edit:
    """Parse 'swap:level=0,frames=10:40,with=other.codes.npz'; values with a comma stand in quotes.

    Raises SdaError when the syntax is wrong.
    """
    name, _, rest = text.partition(":")
    arguments: dict[str, Any] = {}
    for item in filter(None, _comma_separated(rest, text)):
        key, equals, value = item.partition("=")
        if not equals:
            raise SdaError(f"{item!r} in the edit {text!r} should read name=value.")
        arguments.update(_parse_argument(key.strip(), value.strip(), text))
    return Edit(name.strip(), arguments)


def _comma_separated(rest: str, text: str) -> list[str]:
    """Split at commas outside of single or double quotes, and remove the quotes."""
    lexer = shlex.shlex(rest, posix=True)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters, lexer.escape = ",", True, "", ""
    with explained_as(f"A quote in the edit {text!r} is not closed."):
        return list(lexer)


def _parse_argument(key: str, value: str, text: str) -> dict[str, Any]:
    if key == "with":
        return {"other": load_codes(value)}
    with explained_as(f"{value!r} in the edit {text!r} is not a whole number or a range like 10:40."):
        if key in ("level", "levels", "frame", "frames"):
            first, colon, end = value.partition(":")
            return {key.rstrip("s") + "s": (int(first), int(end) if colon else int(first) + 1)}
        if key == "cells":
            return {key: tuple(tuple(int(part) for part in cell.split("@")) for cell in value.split("/"))}
    return {key: _parse_value(value)}


def _parse_value(text: str) -> int | float | str:
    """Return an int or float if the text is one, else the text."""
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text
