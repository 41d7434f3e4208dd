"""Session-file verbs: save the current sound with all its steps, and open it again later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import HasTraits, Tuple

from sda_lib.errors import SdaError
from sda_lib.files import free_path, safe_stem
from sda_widgets.session.guard import NO_SOUND, verb


class FileVerbs(HasTraits):
    """Session mixin for session files."""

    sessions = Tuple(help="paths of the session files, newest first")
    saved = AnyTrait(None, allow_none=True, help="Path of the session file that was saved last")

    @verb
    def save_session(self) -> Path:
        """Write the current sound and its steps into the sessions folder; sets `message` when there is no sound."""
        from sda_lib.sessions.session_file import save_session

        if self.history is None or self.clip is None:
            raise SdaError(NO_SOUND)
        path = unused(self.places.sessions, stem_of(self.title), ".json")
        self.saved = save_session(path, self._need_model(), self.history, self._hearing(), self.title)
        self._look_for_sessions()
        return path

    @verb
    def open_session(self, path: str | Path) -> None:
        """Open a saved session with its model and all its steps, at the step where it was saved."""
        from sda_lib.sessions.session_file import load_session, replay

        file = load_session(path)
        model, model_path = self._model_for(file)
        history = replay(model, file)
        first = history.steps[0].state
        if model is not self.model:
            self._put_away()
            self.set(model=model, model_path=model_path, why_hidden={})
        self._take_up(file.title, first.settings.base, first.settings.base.seconds, file.playback.fades)
        self.set(source_amount=file.playback.source_amount, quantized=file.playback.quantized)
        self.original = self._decode(first.settings.base)
        if self.other is not None and self.other.source_amount != self.source_amount:
            self.other.set_source(self.source_amount)
        self._stand(history.state, history)

    @verb
    def refresh_sessions(self) -> None:
        """Read the sessions folder again."""
        self._look_for_sessions()

    def _look_for_sessions(self) -> None:
        folder = self.places.sessions
        found = [(modified(path), path) for path in folder.glob("*.json") if not path.name.startswith(".")]
        self.sessions = tuple(path for _, path in sorted(found, reverse=True))

    def _model_for(self, file: Any) -> tuple[Any, Path | None]:
        """Return the session's model and its path: the open one or one of the library's. Raises SdaError if missing."""
        from sda_lib.sessions.session_file import find_session_model, session_mismatch

        if self.model is not None and not session_mismatch(self.model, file):
            return self.model, self.model_path
        self._refresh()
        found = find_session_model(file, [self.places.models])
        if found is None:
            name = file.model.get("name")
            raise SdaError(f"The model {name!r} as this session knows it is not in the library; put it back there.")
        return found

    def _hearing(self) -> Any:
        from sda_lib.sessions.playback import Playback

        return Playback(self.source_amount, self.quantized, self._fades)


def modified(path: Path) -> float:
    """Return a file's modification time in seconds, or 0 when the file is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def stem_of(title: str) -> str:
    """Return a title as a safe file stem."""
    return safe_stem(title, "sound", keep="-")


def unused(folder: Path, stem: str, suffix: str) -> Path:
    """Return the first free path of stem.wav, stem_2.wav … in the folder."""
    return free_path(folder / f"{stem}{suffix}", "_")
