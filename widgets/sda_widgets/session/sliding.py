"""Slider actions of one sound: move it along the model's directions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sda_lib
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.sliders.readout import readout
from sda_lib.sliders.settings import SliderSettings
from sda_lib.sliders.zones import draw_safe_steps
from sda_widgets.session.guard import verb
from sda_widgets.session.renderer import Renderer
from sda_widgets.session.response_work import ResponseWork
from sda_widgets.session.sound_traits import SoundPart
from sda_widgets.session.steps import Steps


@dataclass(eq=False)
class Sliding(SoundPart):
    """Moves a sound; the settings always apply to the sound before the sliders, so that moves do not accumulate."""

    renderer: Renderer
    responses: ResponseWork
    steps: Steps
    moved: tuple[int, dict[str, float]] = (-1, {})  # number of the step of the last move, and its sliders

    def __post_init__(self) -> None:
        self.sound.observe(self._say_in_units, "responses")

    @verb
    def move(self, steps: Mapping[str, float], done: bool = True) -> None:
        """Set sliders to the given steps, on the selected frames if any. With `done` false the move is a part of a
        drag, which is one step of the history."""
        settings, names = self._settings_to_move(), tuple(sorted(steps))
        is_drag = names == self.sound.dragged and settings.base is self.sound.need_settings().base
        self._apply(settings.moved(steps), self._words(steps, settings), is_drag)
        self.moved = (self.sound.history.current, dict(steps))
        self.sound.dragged = () if done else names
        self.responses.compute_later(names)

    @verb
    def draw(self, name: str, curve: Sequence[Sequence[float]]) -> None:
        """Draw a slider over time as (second, step) points; an empty curve makes it a constant again."""
        points = tuple((float(second), float(step)) for second, step in curve)
        settings = self._settings_to_move().drawn(name, points)
        self._apply(settings, f"{name} drawn over time" if points else f"{name} reset")

    @verb
    def reset(self) -> None:
        """Reset all unlocked sliders to 0."""
        settings, locks = self.sound.need_settings(), self.sound.locks
        steps = {name: step for name, step in settings.steps.items() if name in locks}
        curves = {name: curve for name, curve in settings.curves.items() if name in locks}
        self._apply(dataclasses.replace(settings, steps=steps, curves=curves), "sliders reset")

    @verb
    def randomize(self, seed: int) -> None:
        """Set all unlocked sliders to random steps in their safe zones; the same seed gives the same steps."""
        settings = self._settings_to_move()
        free = {card.name: card for card in self.cards if not card.is_axis and card.name not in self.sound.locks}
        self.responses.use(settings)
        self.responses.compute(tuple(free))
        self._apply(settings.moved(draw_safe_steps(free, self.sound.responses, seed)), f"random sliders, seed {seed}")

    def _words(self, steps: Mapping[str, float], settings: SliderSettings) -> str:
        """Return moves in words, in the units of the sliders as far as this sound's responses are known."""
        is_same = self.sound.settings is not None and settings.base is self.sound.settings.base
        cards = {card.name: card for card in self.cards}
        known = self.sound.responses if is_same else {}
        return ", ".join(f"{name} {readout(cards.get(name), known.get(name), step)}" for name, step in steps.items())

    def _say_in_units(self, _change: object) -> None:
        """Say the last move in units, once the sound's responses are known."""
        number, steps = self.moved
        history, settings = self.sound.history, self.sound.settings
        if number != history.current or settings is None or history.steps[number].action is not settings:
            return
        words = self._words(steps, settings)
        if words != history.steps[number].description:
            self.sound.history = history.with_current_step(None, history.state, words)

    @property
    def whole_steps(self) -> dict[str, float]:
        """The slider steps to be applied to the next sound, too; none where they act on a selection alone."""
        names, settings = {card.name for card in self.cards}, self.sound.settings
        if settings is None or settings.frames is not None:
            return {}
        return {name: step for name, step in settings.steps.items() if step and name in names}

    def begin(self, original: AudioClip, steps: Mapping[str, float]) -> None:
        """Set the clip of a new sound, moved by the slider steps of the one before, without a step of its history."""
        if steps:
            self._apply(self.sound.need_settings().moved(steps), "", True, original)
        else:
            self.sound.set(original=original, clip=original)

    def _settings_to_move(self) -> SliderSettings:
        """Return the settings that sliders change: new ones, from the current codes, if other frames are selected."""
        sound, settings = self.sound, self.sound.need_settings()
        frames = sound.selection[1] if sound.selection else None
        if frames == settings.frames or sound.codes is None:
            return settings
        return sda_lib.SliderSettings(settings.base if settings.is_neutral else sound.codes, frames=frames)

    def _apply(
        self, settings: SliderSettings, words: str, amends: bool = False, original: AudioClip | None = None
    ) -> None:
        """Apply slider settings, as a new step of the history or as an update of the current one; `original` is set
        together with the first moved clip."""
        sound, history = self.sound, self.sound.history
        codes = self._codes_of(settings) if self.context.quantized or settings.is_neutral else None
        for clip in self.renderer.parts(codes, settings, sound.position):  # before the grid's codes, also slow
            sound.set(clip=clip, original=original or sound.original)
        codes = codes or self._codes_of(settings)
        sound.codes = codes or sound.codes
        state = self.steps.state(codes, settings)
        if amends:
            self.steps.amend(state, settings if history.can_undo else None, words if history.can_undo else "")
        else:
            sound.set(dragged=(), history=history.add(settings, words, state))
        self.responses.use(settings)

    def _codes_of(self, settings: SliderSettings) -> Codes | None:
        """Return the codes nearest to the moved sound, except in locked cells; None in a model without codes."""
        model = self.context.need_model()
        if not model.discrete:
            return None
        return self.sound.history.state.keep_frozen(sda_lib.moved_codes(model, settings))
