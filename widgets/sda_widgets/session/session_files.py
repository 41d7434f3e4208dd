"""Session files: save a sound with all its steps, and open it again later."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from traitlets import Instance, Tuple

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.decoder_version import decoder_note
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import History
from sda_lib.sessions.playback import Playback
from sda_lib.sessions.session_file import (
    SessionFile,
    find_session_model,
    load_session,
    replay,
    save_session,
    session_mismatch,
)
from sda_lib.sliders.settings import SliderSettings
from sda_widgets.session.context import Context, Part, needed
from sda_widgets.session.guard import verb
from sda_widgets.session.model_library import ModelLibrary
from sda_widgets.session.places import NUMBER, modified, stem_of
from sda_widgets.session.sound import Sound
from sda_widgets.session.sound_traits import FormerSound


class SessionFiles(Part):
    """Files in the sessions folder."""

    paths = Tuple(help="paths of the session files, newest first")
    saved = Instance(Path, allow_none=True, help="the session file that was saved last")

    def __init__(self, context: Context, library: ModelLibrary, sounds: Callable[[], tuple[Sound, ...]]) -> None:
        """`sounds` returns all sounds of the session, which have one source amount."""
        super().__init__(context)
        self._library, self._sounds = library, sounds

    @verb
    def save(self, sound: Sound) -> Path:
        """Write a sound and its steps into the sessions folder. Raises SdaError when there is no sound."""
        needed(sound.clip)
        path = self.context.places.sessions / f"{stem_of(sound.title)}.json"
        model = self.context.need_model()
        self.saved = save_session(path, model, sound.history, sound.renderer.playback, sound.title, NUMBER)
        self.refresh()
        return self.saved

    @verb
    def open(self, path: str | Path, sound: Sound) -> None:
        """Open a saved session in place of a sound, with its model and all its steps, at the step where it was
        saved."""
        file = load_session(path)
        model, model_path = self._model_for(file)
        history = replay(model, file)
        settings = history.steps[0].state.settings
        if settings is None or not isinstance(settings.base, Codes):
            raise SdaError(f"{Path(path).name} has no codes; save it again from a model with codes.")
        if model is not self.context.model:
            sound.steps.clear()
            self.context.set(model=model, model_path=model_path)
        show_session(sound, file, history)
        for other in self._sounds():
            if other.source_amount != sound.source_amount:
                other.renderer.set_source(sound.source_amount)
        self.context.notice = decoder_note(file.decoder)

    @verb
    def refresh(self) -> None:
        """Read the sessions folder again."""
        context = self.context
        folder = context.places.sessions
        found = [(modified(path), path) for path in folder.glob("*.json") if not path.name.startswith(".")]
        self.paths = tuple(path for _, path in sorted(found, reverse=True) if context.places.holds(path))

    def _model_for(self, file: SessionFile) -> tuple[SdaModel, Path | None]:
        """Return the session's model and its path: the open one or one of the library's. Raises SdaError if missing."""
        context = self.context
        if context.model is not None and not session_mismatch(context.model, file):
            return context.model, context.model_path
        self._library.refresh()
        found = find_session_model(file, [context.places.models])
        if found is None:
            name = file.model.get("name")
            raise SdaError(f"The session's version of the model {name!r} is not in the library; put it back there.")
        return found[0], context.places.checked(found[1])


def show_session(sound: Sound, file: SessionFile, history: History) -> None:
    """Make the history of a session a sound of the open model, at its current step."""
    show_history(sound, file.title, file.playback, history)


def show_history(sound: Sound, title: str, playback: Playback, history: History) -> None:
    """Make a history a sound of the open model, at its current step."""
    settings = needed(history.steps[0].state.settings)
    base = settings.base
    assert not isinstance(base, AudioClip)  # what is saved holds codes or latents
    sound.steps.replace(title, base, base.seconds, fades=playback.fades)
    sound.source_amount, sound.context.quantized = playback.source_amount, playback.quantized
    sound.original = sound.renderer.render(base if isinstance(base, Codes) else None, SliderSettings(base))
    sound.steps.show(history)


def former_sound(context: Context, file: SessionFile, history: History) -> FormerSound:
    """Return the history of a session as a sound that undo leads to; it is decoded when it comes back."""
    state, settings, first = history.state, history.state.settings, history.steps[0].state.settings
    base = None if first is None else first.base
    assert isinstance(base, Codes)
    sound: dict[str, Any] = {
        "title": file.title, "excerpt": "", "seconds": base.seconds if state.codes is None else state.codes.seconds,
        "recording": None, "written": base, "codes": state.codes, "original": None, "clip": None, "settings": settings,
        "responses": {}, "history": history, "frozen": state.frozen, "cursor": (0, 0), "selection": None, "more": (),
        "source_amount": file.playback.source_amount, "fades": file.playback.fades, "decoded": None, "dragged": (),
        "left": history.position, "drag_key": None,
    }  # fmt: skip
    return FormerSound(sound, context.model, context.model_path, file.playback.quantized)
