"""Steps of one sound: undo and redo within its history, and across the sounds that replaced each other."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sda_lib
from sda_lib.codec.codes import Codes
from sda_lib.editing.registry import Cells
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import Action, History, SoundHistory, SoundState
from sda_lib.sliders.settings import SliderSettings
from sda_widgets.session.context import is_other_model
from sda_widgets.session.guard import verb
from sda_widgets.session.renderer import Renderer
from sda_widgets.session.response_work import ResponseWork
from sda_widgets.session.sound_traits import FormerSound, SoundPart, fits_limits, lightened


@dataclass(eq=False)
class Steps(SoundPart):
    """History of a sound. `use_model` opens the model of a former sound, or raises SdaError where it must not."""

    renderer: Renderer
    responses: ResponseWork
    use_model: Callable[[SdaModel, Path | None], None]

    @verb
    def undo(self) -> None:
        """Undo the last action: one step of the sound, or the replacement of a whole sound by another."""
        if self.sound.history.can_undo:
            self.show(self.sound.history.undo())
        elif self.sound.former.before:
            self._bring_back(*self.sound.former.back(self._former(self.sound.left)))
        else:
            self.sound.say_unchanged("There is nothing to undo.")

    @verb
    def redo(self) -> None:
        """Redo what was undone."""
        sound, history = self.sound, self.sound.history
        if self._next_is_sound:
            self._bring_back(*sound.former.forward(self._former(history.position)))
        elif history.can_redo:
            self.show(history.redo())
        else:
            self.sound.say_unchanged("There is nothing to redo.")

    @verb
    def go_to(self, number: int) -> None:
        """Jump to any step of the history."""
        self.show(self.sound.history.go_to(number))

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier step or sound."""
        return bool(self.sound.former.before) or self.sound.history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step or sound."""
        return bool(self.sound.former.after) or self.sound.history.can_redo

    @property
    def _next_is_sound(self) -> bool:
        """Whether redo leads to the next sound: from the step at which it replaced this one, or from the last step."""
        history = self.sound.history
        is_last = self.sound.left == history.position or not history.can_redo
        return is_last and bool(self.sound.former.after)

    def add(self, action: Any, words: str, codes: Codes, frozen: tuple[Cells, ...] | None = None) -> bool:
        """Replace the codes as a step that can be undone. Sliders are reset to 0 for the new codes. Returns whether
        these are other codes."""
        if codes.is_same(self.sound.need_codes()):
            return False
        state = SoundState(codes, sda_lib.SliderSettings(codes), self.sound.frozen if frozen is None else frozen)
        self.show(self.sound.history.add(action, words, state))
        return True

    def amend(self, state: SoundState, action: Action | None = None, words: str = "") -> None:
        """Replace the state of the current step, and what it was made by and its words if given."""
        self.sound.history = self.sound.history.with_current_step(action, state, words)

    def state(self, codes: Codes | None = None, settings: SliderSettings | None = None) -> SoundState:
        """Return the current state of the sound, or the state that an action turns it into."""
        sound = self.sound
        return SoundState(codes or sound.codes, settings or sound.settings, sound.frozen)

    def show(self, history: History) -> None:
        """Make the current step of a history the current state of the sound."""
        sound, state = self.sound, history.state
        sound.dragged = ()
        self._keep_inside(state.codes)
        sound.codes = state.codes  # first, so that the grid shows the edit while the sound is being decoded
        sound.set(history=history, frozen=state.frozen)
        if (settings := state.settings) is not None:
            sound.clip = self.renderer.render(state.codes, settings)
            self.responses.use(settings)  # last: the slider displays can wait

    def replace(
        self, title: str, base: Any, seconds: float, fades: bool = False, drag_key: tuple[Any, ...] | None = None
    ) -> None:
        """Replace the sound by a new one, whose clip is still to be set.

        Undo brings the old one back, unless both come from the same drag with no edits in between.

        base: its codes; in a model without codes its latents or clip; None for no sound.
        fades: whether it may be cut off and gets a fade-out, as generated sounds do; a recording keeps its own end.
        """
        sound = self.sound
        is_drag = drag_key is not None and drag_key == sound.drag_key
        if sound.settings is not None and not (is_drag and len(sound.history.steps) == 1 and not sound.frozen):
            former = self._former(sound.history.position)
            sound.former = lightened(sound.former.replaced(former)).bounded(fits_limits)
        self.responses.clear()
        codes = base if isinstance(base, Codes) else None
        settings = None if base is None else sda_lib.SliderSettings(base)
        sound.set(left=None, drag_key=drag_key, fades=fades, decoded=None, recording=None)
        sound.set(title=title, excerpt="", seconds=seconds, position=0.0)
        sound.set(cursor=(0, 0), selection=None, more=(), frozen=())
        sound.set(written=codes, codes=codes, settings=settings)
        sound.set(dragged=(), history=History.begin(self.state(), title))

    def clear(self) -> None:
        """Leave no sound, because another model is opened."""
        self.replace("", None, 0.0)
        self.sound.set(original=None, clip=None)

    def _former(self, left: tuple[int, int] | None) -> FormerSound:
        """Return the sound with its model, to be kept; it was replaced at position `left` of its history."""
        context, state = self.context, {**self.sound.state, "left": left, "dragged": ()}
        return FormerSound(state, context.model, context.model_path, context.quantized)

    def _bring_back(self, former: FormerSound, others: SoundHistory[FormerSound]) -> None:
        """Bring back another sound with all its steps, and its model if that is another one. A model that only got
        new sliders or names counts as the same."""
        same_mode = self.context.quantized == former.quantized
        state = former.state if same_mode else {**former.state, "responses": {}}
        with self.sound.hold_trait_notifications(), self.context.hold_trait_notifications():  # both are seen at once
            if former.model is not None and is_other_model(self.context.model, former.model):
                self.use_model(former.model, former.model_path)
            self.responses.stop()
            self.sound.set(former=others, position=0.0, **state)
            if self.sound.clip is None:
                self._decode()
        if not same_mode:
            self.renderer.refresh()

    def _decode(self) -> None:
        """Decode a sound that came back from a saved page, before and after its edits."""
        sound = self.sound
        original = self.renderer.render(sound.written)
        sound.set(original=original, clip=self.renderer.render(sound.codes, sound.settings))

    def _keep_inside(self, codes: Codes | None) -> None:
        """Move the cursor into a grid that got shorter, and clear a selection that no longer fits."""
        sound = self.sound
        if codes is None or sound.codes is None or codes.timing == sound.codes.timing:
            return
        level, frame = sound.cursor
        if any(end > codes.frames for _, (_, end) in sound.areas):
            sound.set(selection=None, more=())
        sound.set(cursor=(level, min(frame, codes.frames - 1)), seconds=codes.seconds)
