"""Registry of edits by name, and `Edit`: an edit as data that can be applied, described in words, and saved."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sda_lib.codec.codes import Codes, codes_from_dict, codes_to_dict, level_names, load_codes, range_slice
from sda_lib.editing import codebook_edits, edits
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel

# A rectangle of the grid: (first level, end), (first frame, end), both half-open.
Cells = tuple[tuple[int, int], tuple[int, int]]

# Edits by name, for the command line, the grid and the tests.
EDITS: dict[str, Callable[..., Codes]] = {
    "set": edits.set_codes,
    "paint": edits.paint,
    "clear": codebook_edits.clear,
    "step": edits.step,
    "transpose": codebook_edits.transpose,
    "randomize": codebook_edits.randomize,
    "regenerate": codebook_edits.regenerate,
    "reverse": edits.reverse,
    "shift": edits.shift,
    "copy": edits.copy,
    "paste": edits.paste,
    "mix": codebook_edits.mix,
    "swap": edits.swap,
    "blend": codebook_edits.blend,
    "restructure": edits.restructure,
    "mute": edits.mute,
    "solo": edits.solo,
    "delete": edits.delete,
    "duplicate": edits.duplicate,
    "loop": edits.loop,
    "insert": codebook_edits.insert,
    "stretch": codebook_edits.stretch,
}
# Edits that change the sound's length.
RESHAPING = ("delete", "duplicate", "loop", "insert", "stretch")
# Edits that change which levels are decoded, but no cells.
MUTING = ("mute", "solo")
# Parameters that every edit may have, besides its own arguments.
SHARED_PARAMETERS = ("codes", "codebooks", "model", "levels", "frames")


@dataclass(frozen=True, eq=False)
class Edit:
    """One of EDITS with its arguments. It changes only cells inside the rectangles `within` (empty: its whole region)
    and outside of those `frozen`."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    within: tuple[Cells, ...] = ()
    frozen: tuple[Cells, ...] = ()

    def __post_init__(self) -> None:
        if self.name not in EDITS:
            raise SdaError(f"There is no edit {self.name!r}; there are {', '.join(EDITS)}.")
        unknown = set(self.arguments) - set(parameters(self.name)) - {"levels", "frames"}
        if unknown:
            takes = ", ".join(parameters(self.name)) or "none"
            raise SdaError(f"The edit {self.name!r} knows no {', '.join(sorted(unknown))}; its arguments are: {takes}.")

    def apply(self, codes: Codes, model: SdaModel | None = None) -> Codes:
        """Return the edited codes. Raises SdaError for wrong arguments, and without a model when one is needed."""
        return self._guarded(codes, self._call(codes, model))

    @cached_property
    def region(self) -> dict[str, tuple[int, int]]:
        """The levels and frames of the edit, as far as they are given: by its arguments, or else by what `within`
        spans."""
        spans = {}
        if self.within:
            for name, pairs in zip(("levels", "frames"), zip(*self.within, strict=True), strict=True):
                spans[name] = (min(first for first, _ in pairs), max(end for _, end in pairs))
        said = {name: self.arguments[name] for name in ("levels", "frames") if self.arguments.get(name) is not None}
        return {**spans, **said}

    def _call(self, codes: Codes, model: SdaModel | None) -> Codes:
        """Apply the edit's function to the whole region."""
        knows = inspect.signature(EDITS[self.name]).parameters
        own = {name: value for name, value in self.arguments.items() if name not in ("levels", "frames")}
        spans = {name: value for name, value in self.region.items() if name in knows}
        try:
            return EDITS[self.name](codes, **_from_model(knows, codes, model, self.name), **own, **spans)
        except (TypeError, ValueError, IndexError, OverflowError) as error:
            raise SdaError(f"The edit {self.name!r} was given wrong arguments: {error}.") from error

    def _guarded(self, before: Codes, after: Codes) -> Codes:
        """Return `after` in cells that the edit may change, and `before` in all others."""
        if self.name in RESHAPING:
            self._spare_frozen(before)
            return after
        free = np.ones(before.indices.shape, bool)
        if self.within:
            free = mask(self.within, before)
        free &= ~mask(self.frozen, before)
        return after if free.all() else after.with_indices(np.where(free, after.indices, before.indices))

    def _spare_frozen(self, codes: Codes) -> None:
        """Raise SdaError when frozen cells would be deleted or changed; they may move with their frames."""
        columns = slice(*self.region.get("frames", (0, codes.frames)))
        if self.name in ("delete", "stretch") and mask(self.frozen, codes)[:, columns].any():
            raise SdaError("Some of these columns hold frozen cells; unfreeze them first.")

    def frozen_after(self, before: Codes) -> tuple[Cells, ...]:
        """Return the rectangles of frozen cells after an edit that moved frames."""
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
        """Describe the edit for a list: "swap Structure 1, frames 10 to 40"; `names` are those of the levels."""
        named = [_in_words(name, value) for name, value in self.arguments.items() if name not in ("levels", "frames")]
        known = inspect.signature(EDITS[self.name]).parameters
        spans = {name: span for name, span in self.region.items() if name in known}
        place = _where(spans, self.within, codes, names or level_names(codes.levels))
        return " ".join(part for part in (self.name, *named, place) if part)

    def to_plain(self) -> dict[str, Any]:
        """Return JSON data from which `from_plain` restores the edit."""
        arguments = {name: _plain(value) for name, value in self.arguments.items()}
        return {"name": self.name, "arguments": arguments, "within": _plain(self.within), "frozen": _plain(self.frozen)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Edit:
        """Restore the edit that `to_plain` wrote. Raises SdaError for anything else."""
        try:
            arguments = {str(name): _rich(name, value) for name, value in plain["arguments"].items()}
            areas = (tuple(_cells(one) for one in plain.get(name, ())) for name in ("within", "frozen"))
            return cls(str(plain["name"]), arguments, *areas)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SdaError(f"{str(plain)[:80]} is not an edit; write it with its name and arguments.") from error


def edit(codes: Codes, name: str, model: SdaModel | None = None, **arguments: Any) -> Codes:
    """Apply an edit by name. Raises SdaError for an unknown name or wrong arguments, and without a model when one is
    needed."""
    return Edit(name, arguments).apply(codes, model)


def parameters(name: str) -> dict[str, inspect.Parameter]:
    """Return an edit's own parameters, without those in GIVEN."""
    return {key: one for key, one in inspect.signature(EDITS[name]).parameters.items() if key not in SHARED_PARAMETERS}


def edit_usage(name: str) -> str:
    """Return the command-line syntax of an edit and its help text, the docstring."""
    function = inspect.signature(EDITS[name]).parameters
    own = [f"{_called(key)}={_shown(one)}" for key, one in parameters(name).items()]
    spans = [f"{key}=A:B" for key in ("levels", "frames") if key in function]
    head = f"{name}:{','.join([*own, *spans])}"
    return f"{head}\n    {' '.join((EDITS[name].__doc__ or '').split())}"


def edit_facts(name: str) -> dict[str, Any]:
    """Return an edit as JSON data: help text, arguments with their defaults (null: required), and which of levels and
    frames it takes."""
    function = inspect.signature(EDITS[name]).parameters
    own = {_called(key): None if one.default is one.empty else _shown(one) for key, one in parameters(name).items()}
    spans = [key for key in ("levels", "frames") if key in function]
    return {"help": " ".join((EDITS[name].__doc__ or "").split()), "arguments": own, "spans": spans}


def _called(key: str) -> str:
    return "with" if key == "other" else key


def _shown(parameter: inspect.Parameter) -> str:
    """Return an argument's default, or a placeholder for its type if it is required."""
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


def _from_model(knows: Mapping[str, Any], codes: Codes, model: SdaModel | None, name: str) -> dict[str, Any]:
    """Return the arguments of the edit's function that come from the model. Raises SdaError when they are required and
    there is no model."""
    if model is not None:
        model.check(codes)
    found: dict[str, Any] = {}
    for part in ("codebooks", "model"):
        if part not in knows:
            continue
        if model is None and knows[part].default is inspect.Parameter.empty:
            raise SdaError(f"The edit {name!r} needs the model that the codes are of; say which one with --model.")
        found[part] = model if part == "model" or model is None else model.codebooks
    return found


def _in_words(name: str, value: Any) -> str:
    if isinstance(value, Codes):
        return "with another sound"
    if name == "block":
        return "{} x {} cells".format(*np.atleast_2d(np.asarray(value)).shape)
    if name == "cells":
        return f"{len(value)} cells"
    return (
        f"{name.replace('_', ' ')} {value:g}" if isinstance(value, int | float) else f"{name} {value}" if value else ""
    )


def _where(region: Mapping[str, tuple[int, int]], within: tuple[Cells, ...], codes: Codes, names: Sequence[str]) -> str:
    """Describe the region of an edit in words; empty for the whole grid."""
    parts = []
    first, end = region.get("levels", (0, codes.levels))
    if end - first == 1:
        parts.append(names[first])
    elif (first, end) != (0, codes.levels):
        parts.append(f"levels {first} to {end - 1}")
    first, end = region.get("frames", (0, codes.frames))
    if end - first == 1:
        parts.append(f"frame {first}")
    elif (first, end) != (0, codes.frames):
        parts.append(f"frames {first} to {end - 1}")
    several = f"in {len(within)} places" if len(within) > 1 else ""
    return " ".join(filter(None, [", ".join(parts), several]))


def _plain(value: Any) -> Any:
    if isinstance(value, Codes):
        return {"codes": {**codes_to_dict(value), "indices": value.indices.tolist()}}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value


def _rich(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return codes_from_dict(value["codes"])
    if name == "block":
        return np.array(value)
    if isinstance(value, list):
        return tuple(tuple(one) if isinstance(one, list) else one for one in value)
    return value


def _cells(value: Any) -> Cells:
    (first_level, level_end), (first_frame, frame_end) = value
    return (int(first_level), int(level_end)), (int(first_frame), int(frame_end))


# --- edits as people write them on a command line --------------------------------------------------------------------


def parse_edit(text: str) -> Edit:
    """Parse 'swap:level=0,frames=10:40,with=other.codes.npz'. Raises SdaError when the syntax is wrong."""
    name, _, rest = text.partition(":")
    arguments: dict[str, Any] = {}
    for item in filter(None, rest.split(",")):
        key, equals, value = item.partition("=")
        if not equals:
            raise SdaError(f"{item!r} in the edit {text!r} should read name=value.")
        arguments.update(_argument(key.strip(), value.strip(), text))
    return Edit(name.strip(), arguments)


def _argument(key: str, value: str, text: str) -> dict[str, Any]:
    if key == "with":
        return {"other": load_codes(value)}
    try:
        if key in ("level", "levels", "frame", "frames"):
            return {key.rstrip("s") + "s": _range(value)}
        if key == "cells":
            return {key: tuple(tuple(int(part) for part in cell.split("@")) for cell in value.split("/"))}
    except ValueError as error:
        raise SdaError(f"{value!r} in the edit {text!r} is not a whole number or a range like 10:40.") from error
    return {key: _number(value)}


def _range(value: str) -> tuple[int, int]:
    first, colon, end = value.partition(":")
    return int(first), int(end) if colon else int(first) + 1


def _number(value: str) -> int | float | str:
    """Return an int or float if the text is one, else the text."""
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
