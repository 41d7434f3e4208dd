"""Session files: a sound, everything that was done to it, and by which model, so that it can be made again to the last
bit and gone on with."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sda_lib.errors import SdaError
from sda_lib.files import write_beside
from sda_lib.models.bundle import SdaModel
from sda_lib.models.codes import Codes, codes_of, table_of
from sda_lib.models.editing import Cells, Edit
from sda_lib.studio.compose import write as compose
from sda_lib.studio.generate import GenerateOptions
from sda_lib.studio.hearing import Hearing
from sda_lib.studio.history import History, State
from sda_lib.studio.shape import Shape, shaped

FORMAT = 1
LARGEST = 64 * 2**20
"""Bytes that a session file may have."""
SOURCE = -1
"""The number that stands for the sound before its first step, as a base of sliders."""


@dataclass(frozen=True, eq=False)
class SessionFile:
    """`model` has the name and the fingerprints of the model's parts; `history` is that of the sound, along the one way
    that led to where it is."""

    title: str
    model: Mapping[str, str]
    hearing: Hearing
    plain: Mapping[str, Any]


# --- out -------------------------------------------------------------------------------------------------------------


def save_session(path: str | Path, model: SdaModel, history: History, hearing: Hearing, title: str = "") -> Path:
    """Write a session file beside, then renamed. Raises SdaError for a model without codes, and for a full disk."""
    if history.state.codes is None:
        raise SdaError(model.why_no_codes or "There is no sound to be saved; generate one or open a file.")
    steps = [history.steps[number] for number in history.path]
    known = [steps[0].state.shape.base, *(step.state.codes for step in steps)]
    plain = {
        "format": FORMAT,
        "title": title,
        "model": {"name": model.name, **model.fingerprints},
        "hearing": dataclasses.asdict(hearing),
        "source": _codes_out(known[0]),
        "begins": _shape_out(steps[0].state.shape, known),
        "frozen": steps[0].state.frozen,
        "steps": [
            {"words": step.words, "frozen": step.state.frozen, **_act_out(step.act, known)} for step in steps[1:]
        ],
    }
    return write_beside(Path(path), json.dumps(plain).encode())


def _act_out(act: Edit | Shape | GenerateOptions, known: Sequence[Codes]) -> dict[str, Any]:
    if isinstance(act, Edit):
        return {"edit": act.to_plain()}
    if isinstance(act, Shape):
        return {"sliders": _shape_out(act, known)}
    return {"anew": dataclasses.asdict(act)}


def _shape_out(shape: Shape, known: Sequence[Codes]) -> dict[str, Any]:
    """Sliders and the number of the step that they move; a base that is no step's any more is written out."""
    base = next((number for number, codes in enumerate(known) if codes is shape.base), None)
    where = {"codes": _codes_out(shape.base)} if base is None else {"base": base - 1}
    return {"steps": dict(shape.steps), "curves": dict(shape.curves), "frames": shape.frames, **where}


def _codes_out(codes: Codes) -> dict[str, Any]:
    return {**table_of(codes), "indices": codes.indices.tolist()}


# --- in --------------------------------------------------------------------------------------------------------------


def load_session(path: str | Path) -> SessionFile:
    """Read a session file; nothing in it is executed. Raises SdaError in one sentence for anything else."""
    path = Path(path)
    if not path.is_file():
        raise SdaError(f"There is no session file {path}; save one on the page.")
    if path.stat().st_size > LARGEST:
        raise SdaError(f"{path.name} is too large for a session file; choose one that was saved on the page.")
    try:
        plain = json.loads(path.read_text())
        if plain["format"] > FORMAT:
            raise SdaError(f"{path.name} was saved by a newer SDA (format {plain['format']}); update SDA to open it.")
        if not isinstance(plain["steps"], list):
            raise ValueError("steps")
        model = {str(name): str(value) for name, value in plain["model"].items()}
        hearing = Hearing(
            float(plain["hearing"]["source_amount"]),
            bool(plain["hearing"]["quantized"]),
            bool(plain["hearing"]["fades"]),
        )
        return SessionFile(str(plain["title"]), model, hearing, plain)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SdaError(f"{path.name} is no session file, or is cut off; save it again.") from error


def why_not(model: SdaModel, file: SessionFile) -> str:
    """One sentence for a model that would make another sound of the session; nothing for the one it was saved with."""
    needed = ["codec", "memory"]
    acts = [step for step in file.plain["steps"] if isinstance(step, dict)]
    needed += ["sliders"] if any("sliders" in step for step in acts) else []
    needed += ["prior"] if any("anew" in step or "regenerate" in str(step.get("edit", "")) for step in acts) else []
    found = model.fingerprints
    if all(found.get(part) == file.model.get(part) for part in needed):
        return ""
    return (
        f"This session was saved with another model than {model.name or 'this one'} as it is now; "
        f"open it with {file.model.get('name') or 'the one it was saved with'}."
    )


def replayed(model: SdaModel, file: SessionFile) -> History:
    """Everything that was done, done again. Raises SdaError for another model, and for what is no session."""
    if why := why_not(model, file):
        raise SdaError(why)
    try:
        return _replayed(model, file)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise SdaError(f"The session {file.title!r} is damaged; save it again.") from error


def _replayed(model: SdaModel, file: SessionFile) -> History:
    source = codes_of(file.plain["source"])
    model.check(source)
    known = [source]
    shape = _shape_in(file.plain["begins"], known)
    state = State(shaped(model, shape), shape, _frozen(file.plain["frozen"]))
    history = History.begin(state, file.title)
    known.append(state.codes)
    for step in file.plain["steps"]:
        act, state = _done(model, history.state, step, known)
        history = history.done(act, str(step["words"]), state)
        known.append(state.codes)
    return history


def _done(
    model: SdaModel, before: State, step: Mapping[str, Any], known: Sequence[Codes]
) -> tuple[Edit | Shape | GenerateOptions, State]:
    """A step's act, and what comes of it."""
    frozen = _frozen(step["frozen"])
    if "edit" in step:
        edit = Edit.from_plain(step["edit"])
        codes = edit.apply(before.codes, model)
        return edit, State(codes, Shape(codes), frozen)
    if "sliders" in step:
        shape = _shape_in(step["sliders"], known)
        return shape, State(before.spared(shaped(model, shape)), shape, frozen)
    options = _options_in(step["anew"])
    codes = before.spared(compose(model, options, before.codes))
    return options, State(codes, Shape(codes), frozen)


def _shape_in(plain: Mapping[str, Any], known: Sequence[Codes]) -> Shape:
    base = codes_of(plain["codes"]) if "codes" in plain else known[_number(plain["base"], known)]
    steps = {str(name): float(step) for name, step in plain["steps"].items()}
    curves = {
        str(name): tuple((float(second), float(step)) for second, step in points)
        for name, points in plain["curves"].items()
    }
    frames = None if plain["frames"] is None else (int(plain["frames"][0]), int(plain["frames"][1]))
    return Shape(base, steps, curves, frames)


def _number(base: Any, known: Sequence[Codes]) -> int:
    if not SOURCE <= int(base) < len(known) - 1:
        raise ValueError(base)
    return int(base) + 1


def _options_in(plain: Mapping[str, Any]) -> GenerateOptions:
    rich = {
        name: tuple(tuple(one) if isinstance(one, list) else one for one in value) if isinstance(value, list) else value
        for name, value in plain.items()
    }
    return GenerateOptions(**rich)


def _frozen(plain: Sequence[Any]) -> tuple[Cells, ...]:
    return tuple(((int(a), int(b)), (int(c), int(d))) for (a, b), (c, d) in plain)
