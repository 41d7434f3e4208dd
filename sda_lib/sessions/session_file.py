"""Session files: a sound with all its steps and the identity of its model, to be restored bit for bit.

The codes are the same in every version; the sound is what the present decoder makes of them."""

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
from sda_lib.decoder_version import DECODER_VERSION, FIRST, KEY, decoder_of
from sda_lib.editing.edits import LONGEST_FRAMES, check_frames
from sda_lib.editing.registry import Edit, cells_of, mask
from sda_lib.errors import SdaError, explained_as, with_field
from sda_lib.file_names import printable
from sda_lib.files import write_atomically
from sda_lib.model.library import find_model
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import Action, History, SoundState, Step
from sda_lib.sessions.playback import Playback
from sda_lib.sliders.settings import SliderSettings, moved_codes
from sda_lib.typed_fields import Fields
from sda_lib.writers.compose_codes import compose_codes as compose
from sda_lib.writers.options import GenerateOptions

FORMAT = 1
# Number that stands for the sound before its first step, as the base of slider settings.
SOURCE = -1
# Key, in session files since version 0.1, of the options of a step that regenerated a part.
REGENERATED = "anew"


@dataclass(frozen=True, eq=False)
class SessionFile:
    """Content of a session file.

    Args:
        title: name of the sound.
        model: name of the model and fingerprints of its parts.
        playback: how the sound is played.
        plain: the whole file as JSON data, with the steps on the path to the current sound.
        decoder: version of the decoder that it was saved with.
    """

    title: str
    model: Mapping[str, str]
    playback: Playback
    plain: Mapping[str, Any]
    decoder: int = FIRST


# --- saving ----------------------------------------------------------------------------------------------------------


def save_session(
    path: str | Path, model: SdaModel, history: History, playback: Playback, title: str = "", number: str = ""
) -> Path:
    """Write a session file atomically; `number` as for `write_atomically`.

    Raises SdaError for a model without codes, for a session that is too large, and when the file can't be written.
    """
    plain = session_to_plain(model, history, playback, title)
    text = _lines(plain)
    if len(text) > safe_json.LARGEST or safe_json.too_much(text) or len(plain["source"]["indices"][0]) > LONGEST_FRAMES:
        raise SdaError("This sound and its steps are too large for a session file; export it, or save a shorter one.")
    return write_atomically(Path(path), text.encode(), number)


def session_to_plain(model: SdaModel, history: History, playback: Playback, title: str) -> dict[str, Any]:
    """Return a session as JSON data, with the steps on the path to the current one. Raises SdaError without codes."""
    steps = [history.steps[number] for number in history.path]
    root, settings = steps[0], steps[0].state.settings
    if history.state.codes is None or settings is None or not isinstance(settings.base, Codes):
        raise SdaError(model.why_no_codes or "There is no sound to save; generate one or open a file.")
    known, others = [settings.base, *(step.state.codes for step in steps)], list[Codes]()
    plain_steps = [_step_to_plain(step, known[: number + 1], others) for number, step in enumerate(steps[1:], 1)]
    return {
        "format": FORMAT,
        KEY: DECODER_VERSION,
        "title": title,
        "model": {"name": model.name, **model.fingerprints},
        "hearing": dataclasses.asdict(playback),
        "written": None if root.action is None else dataclasses.asdict(root.action),
        "source": codes_to_plain(settings.base),
        "begins": _settings_to_plain(settings, known),
        "begun": None if root.state.codes is settings.base else codes_to_plain(root.state.codes),
        "frozen": root.state.frozen,
        "steps": plain_steps,
        "others": [codes_to_plain(codes) for codes in others],
    }


def _lines(plain: Mapping[str, Any]) -> str:
    """Return JSON with one line per key and one per step."""
    steps = ",\n".join(f"  {json.dumps(step)}" for step in plain["steps"])
    texts = {key: json.dumps(value) for key, value in plain.items()} | {"steps": f"[\n{steps}\n ]" if steps else "[]"}
    return "{\n" + ",\n".join(f' "{key}": {text}' for key, text in texts.items()) + "\n}\n"


def _step_to_plain(step: Step, known: Sequence[Codes | None], others: list[Codes]) -> dict[str, Any]:
    facts = {"words": step.description, "frozen": step.state.frozen}
    if isinstance(step.action, Edit):
        return {**facts, "edit": step.action.to_plain(others)}
    facts["kept"] = step.frozen_before
    if isinstance(step.action, SliderSettings):
        return {**facts, "sliders": _settings_to_plain(step.action, known)}
    return {**facts, REGENERATED: None if step.action is None else dataclasses.asdict(step.action)}


def _settings_to_plain(settings: SliderSettings, known: Sequence[Codes | None]) -> dict[str, Any]:
    """Return slider settings as plain data, with the number of the step that they act on.

    `known` are the codes before the settings. A base that is none of these is written out.
    """
    base = next((number for number, codes in enumerate(known) if codes is settings.base), None)
    where = {"codes": codes_to_plain(settings.base)} if base is None else {"base": base + SOURCE}
    facts = {"steps": dict(settings.steps), "curves": dict(settings.curves), "frames": settings.frames}
    return {**facts, "holds_level": settings.holds_level, **where}


def codes_to_plain(codes: object) -> dict[str, Any]:
    """Return codes as JSON data. Raises SdaError for latents and clips."""
    if not isinstance(codes, Codes):
        raise SdaError("A session file can hold sounds of models with codes only; export the sound instead.")
    return {**codes_to_dict(codes), "indices": codes.indices.tolist()}


# --- loading ---------------------------------------------------------------------------------------------------------


def load_session(path: str | Path) -> SessionFile:
    """Read a session file; nothing in it is executed. Raises SdaError for any other or a damaged file."""
    path = Path(path)
    if not path.is_file():
        raise SdaError(f"There is no session file {printable(path)}; save one on the page.")
    if path.stat().st_size > safe_json.LARGEST:
        raise SdaError(
            f"{printable(path.name)} is too large for a session file; choose one that was saved on the page."
        )
    try:
        return plain_to_session(safe_json.read(path), path.name)
    except (OSError, *safe_json.MALFORMED) as error:
        faults.pass_on(error)
        sentence = f"{printable(path.name)} is not a session file, or is cut off; save it again."
        raise SdaError(with_field(sentence, error)) from error


def plain_to_session(plain: Any, name: str) -> SessionFile:
    """Return a session of JSON data from a file called `name`.

    Raises SdaError for a newer format, and one of `safe_json.MALFORMED` for data that is no session.
    """
    facts = Fields(plain)
    version = facts.whole("format")
    if version > FORMAT:
        raise SdaError(f"{printable(name)} was saved by a newer SDA (format {version}); update SDA to open it.")
    if version < FORMAT:
        raise ValueError(version)
    for _ in facts.each("steps"):
        pass
    model, title = facts.inner("model").texts(), facts.text("title")
    return SessionFile(title, model, _plain_to_playback(facts.inner("hearing")), plain, decoder_of(plain))


def _plain_to_playback(facts: Fields) -> Playback:
    return Playback(facts.number("source_amount", 0, 1), facts.switch("quantized"), facts.switch("fades"))


def find_session_model(file: SessionFile, folders: Sequence[Path]) -> tuple[SdaModel, Path] | None:
    """Return the model in the folders that a session was saved with, and its path; None if there is none.

    Of several with matching fingerprints it is the newest. Files that can't be loaded are skipped.
    """
    return find_model(str(file.model.get("name")), lambda model: not session_mismatch(model, file), folders)


def session_mismatch(model: SdaModel, file: SessionFile) -> str:
    """Return why the model would make another sound of the session, as a sentence; empty if it makes the same one."""
    steps = file.plain["steps"]
    needed = {
        "codec": True,
        "memory": True,
        "sliders": any(map(_moves_sliders, [{"sliders": file.plain.get("begins")}, *steps])),
        "prior": any(REGENERATED in step or "regenerate" in str(step.get("edit", "")) for step in steps),
    }
    found = model.fingerprints
    if all(found.get(part) == file.model.get(part) for part, is_needed in needed.items() if is_needed):
        return ""
    return (
        f"This session was saved with other contents of the model than {model.name or 'this one'} has now; "
        f"open it with {file.model.get('name') or 'the model it was saved with'}."
    )


def _moves_sliders(step: Mapping[str, Any]) -> bool:
    settings = [step.get(name) for name in ("sliders", REGENERATED)]
    return any(one.get("steps") or one.get("curves") or one.get("sliders") for one in settings if isinstance(one, dict))


def replay(model: SdaModel, file: SessionFile) -> History:
    """Replay all steps of a session. Raises SdaError for another model and for a damaged session."""
    if why := session_mismatch(model, file):
        raise SdaError(why)
    with explained_as(f"The session {file.title!r} is damaged; save it again.", safe_json.MALFORMED):
        return _Replay(model, file).history()


class _Replay:
    """Replay of a session: `known` holds the source and the codes after each step, `others` sounds used by edits.

    Methods raise SdaError or one of `safe_json.MALFORMED` for data that is no valid session.
    """

    def __init__(self, model: SdaModel, file: SessionFile) -> None:
        self.model, self.title, self.plain = model, file.title, file.plain
        self.known = [self._codes(file.plain["source"])]
        self.others = [self._codes(one) for one in file.plain.get("others", ())]

    def history(self) -> History:
        plain, settings = self.plain, self._settings(self.plain["begins"])
        codes = self._codes(plain["begun"]) if plain.get("begun") else moved_codes(self.model, settings)
        if codes.frames != self.known[0].frames:
            raise ValueError(codes.frames)
        options = None if plain.get("written") is None else _plain_to_options(plain["written"])
        history = History.begin(self._state(codes, settings, plain["frozen"]), self.title, options)
        for number, step in enumerate(plain["steps"], 1):
            frozen = cells_of(step["kept"]) if "kept" in step else history.state.frozen
            action, codes, settings = self._step(step, dataclasses.replace(history.state, frozen=frozen))
            state = self._state(codes, settings, step["frozen"])
            history = history.add(action, Fields(step, f"steps {number}").text("words"), state, frozen)
        return history

    def _step(self, step: Mapping[str, Any], before: SoundState) -> tuple[Action, Codes, SliderSettings]:
        """Return a step's action, and the codes and slider settings after it."""
        if "sliders" in step:
            settings = self._settings(step["sliders"])
            return settings, before.keep_frozen(moved_codes(self.model, settings)), settings
        if "edit" in step:
            edit = Edit.from_plain(step["edit"], self.others)
            codes = edit.apply(self.known[-1], self.model)
            return edit, codes, SliderSettings(codes)
        options = _plain_to_options(step[REGENERATED])
        codes = before.keep_frozen(compose(self.model, options, self.known[-1]))
        return options, codes, SliderSettings(codes)

    def _state(self, codes: Codes, settings: SliderSettings, plain_frozen: Sequence[Any]) -> SoundState:
        """Return a checked state. Raises SdaError for frozen cells outside the grid and for too many frames."""
        state = SoundState(codes, settings, cells_of(plain_frozen))
        mask(state.frozen, codes)
        check_frames(codes.frames)
        self.known.append(codes)
        return state

    def _codes(self, plain: Mapping[str, Any]) -> Codes:
        codes = codes_from_dict(plain)
        self.model.check(codes)
        check_frames(codes.frames)
        return codes

    def _settings(self, plain: Mapping[str, Any]) -> SliderSettings:
        base = self._codes(plain["codes"]) if "codes" in plain else self._known(plain["base"])
        steps = {str(name): _finite(step) for name, step in plain["steps"].items()}
        curves = {
            str(name): tuple((_finite(second), _finite(step)) for second, step in points)
            for name, points in plain["curves"].items()
        }
        frames = None if plain["frames"] is None else (int(plain["frames"][0]), int(plain["frames"][1]))
        range_slice(frames, base.frames, "frames")
        holds_level = Fields(plain, "sliders").switch("holds_level", False)  # missing in earlier sessions
        return SliderSettings(base, steps, curves, frames, holds_level)

    def _known(self, base: Any) -> Codes:
        """Return the codes that a base's number refers to."""
        number = Fields({"base": base}).whole("base", SOURCE, len(self.known) + SOURCE - 1)
        return self.known[number - SOURCE]


def _finite(value: Any) -> float:
    if not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _plain_to_options(plain: Mapping[str, Any]) -> GenerateOptions:
    return GenerateOptions(**{name: safe_json.as_tuples(value) for name, value in plain.items()})
