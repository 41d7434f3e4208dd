"""Session files: a sound, its history, and its model, so that work can be restored bit for bit and continued."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sda_lib import faults, safe_json
from sda_lib.codec.codes import Codes, codes_from_dict, codes_to_dict, range_slice
from sda_lib.editing.edits import LONGEST_FRAMES, checked_frames
from sda_lib.editing.registry import Cells, Edit, mask
from sda_lib.errors import SdaError
from sda_lib.files import write_atomically
from sda_lib.model import library
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import History, SoundState, Step
from sda_lib.sessions.playback import Playback
from sda_lib.sliders.settings import SliderSettings, moved_codes
from sda_lib.writers.compose_codes import compose_codes as compose
from sda_lib.writers.options import GenerateOptions

FORMAT = 1
# Maximum size of a session file in bytes.
LARGEST = 64 * 2**20
# Number of the sound before its first step, as a base of sliders.
SOURCE = -1
# Exceptions raised by plain data that is not a valid session.
FOREIGN = (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError)


@dataclass(frozen=True, eq=False)
class SessionFile:
    """`model` holds the name and the fingerprints of the model's parts; `plain` is the whole file, including the steps
    on the path to the current sound."""

    title: str
    model: Mapping[str, str]
    playback: Playback
    plain: Mapping[str, Any]


# --- saving ----------------------------------------------------------------------------------------------------------


def save_session(path: str | Path, model: SdaModel, history: History, playback: Playback, title: str = "") -> Path:
    """Write a session file atomically. Raises SdaError for a model without codes, when the session is too large, and
    for a full disk."""
    if history.state.codes is None:
        raise SdaError(model.why_no_codes or "There is no sound to be saved; generate one or open a file.")
    steps = [history.steps[number] for number in history.path]
    root, source = steps[0], steps[0].state.shape.base
    known, others = [source, *(step.state.codes for step in steps)], []
    done = [_step_out(step, known, others) for step in steps[1:]]
    plain = {
        "format": FORMAT,
        "title": title,
        "model": {"name": model.name, **model.fingerprints},
        "hearing": dataclasses.asdict(playback),
        "written": None if root.action is None else dataclasses.asdict(root.action),
        "source": _codes_out(source),
        "begins": _shape_out(root.state.shape, known),
        "begun": None if root.state.codes is source else _codes_out(root.state.codes),
        "frozen": root.state.frozen,
        "steps": done,
        "others": [_codes_out(codes) for codes in others],
    }
    text = _lines(plain).encode()
    if len(text) > LARGEST or source.frames > LONGEST_FRAMES:
        raise SdaError(
            "This sound and its steps are more than a session file may hold; export it, or save a shorter one."
        )
    return write_atomically(Path(path), text)


def _lines(plain: Mapping[str, Any]) -> str:
    """Return JSON with one line per key and one per step."""
    steps = ",\n".join(f"  {json.dumps(step)}" for step in plain["steps"])
    texts = {key: json.dumps(value) for key, value in plain.items()} | {"steps": f"[\n{steps}\n ]" if steps else "[]"}
    return "{\n" + ",\n".join(f' "{key}": {text}' for key, text in texts.items()) + "\n}\n"


def _step_out(step: Step, known: Sequence[Codes], others: list[Codes]) -> dict[str, Any]:
    facts = {"words": step.description, "frozen": step.state.frozen}
    if isinstance(step.action, Edit):
        return {**facts, "edit": _edit_out(step.action, others)}
    if isinstance(step.action, SliderSettings):
        return {**facts, "kept": step.kept, "sliders": _shape_out(step.action, known)}
    return {**facts, "kept": step.kept, "anew": dataclasses.asdict(step.action)}


def _edit_out(edit: Edit, others: list[Codes]) -> dict[str, Any]:
    """Return an edit as plain data. Sounds among its arguments are replaced by numbers in `others`, so that each is
    written once."""
    numbers = {}
    for name, value in edit.arguments.items():
        if isinstance(value, Codes):
            if not any(value is one for one in others):
                others.append(value)
            numbers[name] = {"other": next(number for number, one in enumerate(others) if one is value)}
    light = {name: value for name, value in edit.arguments.items() if name not in numbers}
    plain = dataclasses.replace(edit, arguments=light).to_plain()
    return {**plain, "arguments": {name: numbers.get(name, plain["arguments"].get(name)) for name in edit.arguments}}


def _shape_out(shape: SliderSettings, known: Sequence[Codes]) -> dict[str, Any]:
    """Return slider settings as plain data, with the number of the step that they act on; a base that is no longer a
    step's is written out."""
    base = next((number for number, codes in enumerate(known) if codes is shape.base), None)
    where = {"codes": _codes_out(shape.base)} if base is None else {"base": base - 1}
    return {"steps": dict(shape.steps), "curves": dict(shape.curves), "frames": shape.frames, **where}


def _codes_out(codes: Codes) -> dict[str, Any]:
    return {**codes_to_dict(codes), "indices": codes.indices.tolist()}


# --- loading ---------------------------------------------------------------------------------------------------------


def load_session(path: str | Path) -> SessionFile:
    """Read a session file; nothing in it is executed. Raises SdaError for any other or damaged file."""
    path = Path(path)
    if not path.is_file():
        raise SdaError(f"There is no session file {path}; save one on the page.")
    if path.stat().st_size > LARGEST:
        raise SdaError(f"{path.name} is too large for a session file; choose one that was saved on the page.")
    try:
        plain = safe_json.read(path, LARGEST)
        version = _a(int, plain["format"])
        if version > FORMAT:
            raise SdaError(f"{path.name} was saved by a newer SDA (format {version}); update SDA to open it.")
        if version < FORMAT:
            raise ValueError(version)
        for step in _a(list, plain["steps"]):
            _a(dict, step)
        model = {name: _a(str, value) for name, value in _a(dict, plain["model"]).items()}
        return SessionFile(_a(str, plain["title"]), model, _hearing_in(plain["hearing"]), plain)
    except (OSError, *FOREIGN) as error:
        faults.pass_on(error)
        raise SdaError(f"{path.name} is no session file, or is cut off; save it again.") from error


def _a(kind: type, value: Any) -> Any:
    """Return the value if it is exactly of that type. Raises TypeError otherwise."""
    if type(value) is not kind:
        raise TypeError(f"{value!r:.80} is no {kind.__name__}")
    return value


def _hearing_in(plain: Mapping[str, Any]) -> Playback:
    amount = float(plain["source_amount"])
    if not 0 <= amount <= 1:
        raise ValueError(amount)
    return Playback(amount, _a(bool, plain["quantized"]), _a(bool, plain["fades"]))


def model_of(file: SessionFile, folders: Sequence[Path]) -> tuple[SdaModel, Path] | None:
    """Return the model that a session was saved with, and its path, or None: of the models of that name in the folders,
    the newest with matching fingerprints. Files that can't be loaded are skipped."""
    return library.find_model(str(file.model.get("name")), lambda model: not session_mismatch(model, file), folders)


def session_mismatch(model: SdaModel, file: SessionFile) -> str:
    """Return a sentence if the model would make another sound of the session, an empty string otherwise."""
    needed, steps = ["codec", "memory"], file.plain["steps"]
    needed += ["sliders"] if any(map(_moves, [{"sliders": file.plain.get("begins")}, *steps])) else []
    needed += ["prior"] if any("anew" in step or "regenerate" in str(step.get("edit", "")) for step in steps) else []
    found = model.fingerprints
    if all(found.get(part) == file.model.get(part) for part in needed):
        return ""
    return (
        f"This session was saved with another model than {model.name or 'this one'} as it is now; "
        f"open it with {file.model.get('name') or 'the one it was saved with'}."
    )


def _moves(step: Mapping[str, Any]) -> bool:
    """Return whether a step involves sliders."""
    told = [step.get(name) for name in ("sliders", "anew")]
    return any(one.get("steps") or one.get("curves") or one.get("sliders") for one in told if isinstance(one, dict))


def replay(model: SdaModel, file: SessionFile) -> History:
    """Replay all steps of a session. Raises SdaError for another model and for a damaged session."""
    if why := session_mismatch(model, file):
        raise SdaError(why)
    try:
        return _replayed(model, file)
    except FOREIGN as error:
        raise SdaError(f"The session {file.title!r} is damaged; save it again.") from error


def _replayed(model: SdaModel, file: SessionFile) -> History:
    plain, source = file.plain, _codes_in(file.plain["source"], model)
    others = [_codes_in(one, model) for one in plain.get("others", ())]
    shape = _shape_in(plain["begins"], (source, None), model)
    begun = _codes_in(plain["begun"], model) if plain.get("begun") else moved_codes(model, shape)
    if begun.frames != source.frames:
        raise ValueError(begun.frames)
    state = _checked(SoundState(begun, shape, _frozen(plain["frozen"])))
    written = plain.get("written")
    history = History.begin(state, file.title, None if written is None else _options_in(written))
    known = [source, state.codes]
    for step in plain["steps"]:
        kept = _frozen(step["kept"]) if "kept" in step else history.state.frozen
        action, state = _done(model, dataclasses.replace(history.state, frozen=kept), step, known, others)
        history = history.done(action, _a(str, step["words"]), _checked(state), kept)
        known.append(state.codes)
    return history


def _done(
    model: SdaModel, before: SoundState, step: Mapping[str, Any], known: Sequence[Codes], others: Sequence[Codes]
) -> tuple[Edit | SliderSettings | GenerateOptions, SoundState]:
    """Return a step's act and the resulting state."""
    frozen = _frozen(step["frozen"])
    if "edit" in step:
        edit = _edit_in(step["edit"], others)
        codes = edit.apply(before.codes, model)
        return edit, SoundState(codes, SliderSettings(codes), frozen)
    if "sliders" in step:
        shape = _shape_in(step["sliders"], known, model)
        return shape, SoundState(before.keep_frozen(moved_codes(model, shape)), shape, frozen)
    options = _options_in(step["anew"])
    codes = before.keep_frozen(compose(model, options, before.codes))
    return options, SoundState(codes, SliderSettings(codes), frozen)


def _checked(state: SoundState) -> SoundState:
    """Return the state. Raises SdaError for frozen cells outside the grid and for too many frames."""
    mask(state.frozen, state.codes)
    checked_frames(state.codes.frames)
    return state


def _codes_in(plain: Mapping[str, Any], model: SdaModel) -> Codes:
    """Return codes of the model. Raises SdaError or one of FOREIGN otherwise."""
    codes = codes_from_dict(plain)
    model.check(codes)
    checked_frames(codes.frames)
    return codes


def _edit_in(plain: Mapping[str, Any], others: Sequence[Codes]) -> Edit:
    """Return an edit, with numbers replaced by the sounds that they refer to."""
    numbers = {
        name: one["other"] for name, one in plain["arguments"].items() if isinstance(one, dict) and "other" in one
    }
    light = {name: one for name, one in plain["arguments"].items() if name not in numbers}
    edit = Edit.from_plain({**plain, "arguments": light})
    sounds = {name: others[range(len(others))[_a(int, number)]] for name, number in numbers.items()}
    arguments = {name: sounds.get(name, edit.arguments.get(name)) for name in plain["arguments"]}
    return dataclasses.replace(edit, arguments=arguments)


def _shape_in(plain: Mapping[str, Any], known: Sequence[Codes], model: SdaModel) -> SliderSettings:
    base = _codes_in(plain["codes"], model) if "codes" in plain else known[_number(plain["base"], known)]
    steps = {str(name): _finite(step) for name, step in plain["steps"].items()}
    curves = {
        str(name): tuple((_finite(second), _finite(step)) for second, step in points)
        for name, points in plain["curves"].items()
    }
    frames = None if plain["frames"] is None else (int(plain["frames"][0]), int(plain["frames"][1]))
    range_slice(frames, base.frames, "frames")
    return SliderSettings(base, steps, curves, frames)


def _finite(value: Any) -> float:
    if not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _number(base: Any, known: Sequence[Codes | None]) -> int:
    """Return the index of a base in `known`. Raises ValueError when it is out of range or has no codes."""
    if not SOURCE <= _a(int, base) < len(known) - 1 or known[base + 1] is None:
        raise ValueError(base)
    return base + 1


def _options_in(plain: Mapping[str, Any]) -> GenerateOptions:
    rich = {
        name: tuple(tuple(one) if isinstance(one, list) else one for one in value) if isinstance(value, list) else value
        for name, value in plain.items()
    }
    return GenerateOptions(**rich)


def _frozen(plain: Sequence[Any]) -> tuple[Cells, ...]:
    return tuple(((int(a), int(b)), (int(c), int(d))) for (a, b), (c, d) in plain)
