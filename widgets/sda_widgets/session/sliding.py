"""Slider verbs of a session: move the sound before the sliders along directions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from traitlets import Any as AnyTrait
from traitlets import Bool, Dict, HasTraits, Tuple

import sda_lib
from sda_lib.errors import SdaError
from sda_widgets.session import midi_map
from sda_widgets.session.guard import NO_SOUND, verb

if TYPE_CHECKING:
    from sda_lib.codec.codes import Codes
    from sda_lib.directions.directions import Response, SliderCard
    from sda_lib.sliders.settings import SliderSettings
    from sda_widgets.session.idle import IdleWork, Pause, Turn


class SliderVerbs(HasTraits):
    """Session mixin for sliders; codes, history and sound belong to the session."""

    shape = AnyTrait(None, allow_none=True, help="Shape: what the sliders make of the sound before them")
    responses = Dict(help="how that sound follows each slider: Courses by name, as far as they are worked out")
    looking = Bool(help="whether more of them are being worked out")
    idle: IdleWork
    _wanted_courses: tuple[Any, tuple[str, ...]] = (None, ())  # the base sound, and the sliders still to compute
    quantized = Bool(True, help="whether moved sounds are made of codes again, or decoded as they come")
    locks = Tuple(help="names of sliders that Random leaves alone")
    maker = AnyTrait(None, allow_none=True, help="the process that tries sliders out")
    knobs = Dict(help="MIDI controllers by slider: channel:controller")

    @verb
    def move_sliders(self, steps: Mapping[str, float], done: bool = True) -> None:
        """Set sliders to the given steps, on the selected frames if any. A drag is one step of the history."""
        shape, names = self._shape_to_move(), tuple(sorted(steps))
        goes_on = names == self._dragged and shape.base is self.shape.base
        self._move(shape.moved(steps), ", ".join(f"{name} {step:+.2g}" for name, step in steps.items()), goes_on)
        self._dragged = () if done else names
        self._look_later(names)

    @verb
    def draw_slider(self, name: str, curve: Sequence[Sequence[float]]) -> None:
        """Draw a slider over time as (second, step) points; an empty curve makes it a constant again."""
        shape, points = self._shape_to_move(), tuple((float(second), float(step)) for second, step in curve)
        self._move(shape.drawn(name, points), f"{name} drawn over time" if points else f"{name} at rest")

    @verb
    def reset_sliders(self) -> None:
        """Reset all unlocked sliders to 0."""
        shape = self._need_shape()
        steps = {name: step for name, step in shape.steps.items() if name in self.locks}
        curves = {name: curve for name, curve in shape.curves.items() if name in self.locks}
        self._move(dataclasses.replace(shape, steps=steps, curves=curves), "sliders at rest")

    @verb
    def random_sliders(self, seed: int) -> None:
        """Set all unlocked sliders to random steps in their safe zones; the same seed gives the same steps."""
        from sda_lib.sliders.settings import draw_safe_steps

        shape = self._shape_to_move()
        free = {card.name: card for card in self.cards if not card.is_axis and card.name not in self.locks}
        self._stand_on(shape)
        self._look_along(tuple(free))
        self._move(shape.moved(draw_safe_steps(free, self.responses, seed)), f"random sliders, seed {seed}")

    @verb
    def set_quantized(self, quantized: bool) -> None:
        """Set whether moved sounds are quantized to codes before they are decoded."""
        known = (*self.responses, *self._wanted_courses[1])
        self._look_no_more()
        self.set(quantized=quantized, responses={})
        if self.other is not None:
            self.other.set_quantized(quantized)
        if self.shape is not None and not self.shape.is_neutral:
            self._decoded = None
            self.clip = self._sound(self.shape)
        self._look_later(known)

    @verb
    def follow_sliders(self) -> None:
        """Compute how the sound responds to each slider, where not yet known; takes a second or more."""
        if self.shape is not None:
            self._look_along(tuple(card.name for card in self.cards))

    def follow_later(self) -> None:
        """Compute the same in the background; `responses` are updated one by one by `hear_idle`."""
        self._look_later(tuple(card.name for card in self.cards))

    def hear_idle(self) -> None:
        """Apply results of the idle work. Called by the page's heartbeat."""
        self.idle.deliver()
        self.looking = self.idle.is_working

    @verb
    def make_sliders(self) -> None:
        """Find the model's sliders in a separate process; `look_for_sliders` takes over the result."""
        from sda_lib.runs import manage

        if self.maker is None:
            self.set(maker=manage.make_sliders(self.model_path), message="")

    def look_for_sliders(self) -> None:
        """Take over the sliders once the process has ended. Called by the page's heartbeat."""
        if self.maker is None or self.maker.poll() is None:
            return
        maker, self.maker = self.maker, None
        with maker.stderr as stderr:
            said = stderr.read().decode(errors="replace").strip()
        if maker.returncode:
            self.message = said.splitlines()[-1] if said else "The sliders could not be tried out; try again."
        else:
            self._take_sliders()

    @verb
    def _take_sliders(self) -> None:
        self.model = dataclasses.replace(self.model, sliders=sda_lib.SdaModel.load(self.model_path).sliders)

    @verb
    def map_knob(self, name: str, source: str) -> None:
        """Map a MIDI controller ("channel:controller") to a slider, or none (""); saved for later pages."""
        others = {one: knob for one, knob in self.knobs.items() if one != name and knob != source}
        self.knobs = {**others, **({name: source} if source else {})}
        midi_map.save(self.places.midi_map, self.knobs)

    @property
    def cards(self) -> tuple[SliderCard, ...]:
        """The open model's sliders that are shown."""
        sliders = getattr(self.model, "sliders", None)
        return () if sliders is None else sliders.shown

    def _need_shape(self) -> SliderSettings:
        if self.shape is None:
            raise SdaError(NO_SOUND)
        return self.shape

    def _shape_to_move(self) -> SliderSettings:
        """Return the shape that sliders move: a new one, from the current codes, if other frames are selected."""
        shape, frames = self._need_shape(), self.selection[1] if self.selection else None
        if frames == shape.frames or self.codes is None:
            return shape
        return sda_lib.SliderSettings(shape.base if shape.is_neutral else self.codes, frames=frames)

    def _move(self, shape: SliderSettings, description: str, goes_on: bool = False) -> None:
        """Apply slider positions, as a new step of the history or as an update of the last one."""
        codes = self._codes_of(shape) if self.quantized or shape.is_neutral else None
        for clip in self._sounds(codes, shape, self.position):  # before the grid's codes, which take time too
            self.clip = clip
        codes = codes or self._codes_of(shape)
        if codes is not None:
            self.codes = codes
        state, past = self._state(codes, shape), self.history
        if goes_on:
            self.history = past.with_current_step(shape if past.can_undo else None, state)
        else:
            self._dragged = ()
            self.history = past.add(shape, description, state)
        self._stand_on(shape)

    def _codes_of(self, shape: SliderSettings) -> Codes | None:
        """Return the codes nearest to the moved sound, except in locked cells; None in a model without codes."""
        return self.history.state.keep_frozen(sda_lib.moved_codes(self.model, shape)) if self.model.discrete else None

    def _stand_on(self, shape: SliderSettings) -> None:
        """Set the shape; responses known for another base sound are dropped."""
        if self.shape is None or shape.base is not self.shape.base:
            self.responses = {}
            self._look_no_more()
        self.shape = shape

    def _look_along(self, names: Sequence[str]) -> None:
        """Compute how the base sound responds to the sliders that are not known yet."""
        from sda_lib.sliders.settings import response_of

        unknown = [name for name in names if name not in self.responses]
        if unknown:
            model, base, standing = self._need_model(), self.shape.base, self._standing()()
            found = {name: response_of(model, base, standing, name, self.quantized) for name in unknown}
            self.responses = {**self.responses, **found}
            self._look_later(())

    def _look_later(self, names: Sequence[str]) -> None:
        """Compute the same in the background, before what is queued already; work in progress is not restarted."""
        self.idle.deliver()
        base = None if self.shape is None else self.shape.base
        before = self._wanted_courses[1] if self._wanted_courses[0] is base else ()
        before = tuple(name for name in before if name not in self.responses)
        wanted = tuple(dict.fromkeys((*(name for name in names if name not in self.responses), *before)))
        if base is None or not wanted:
            self._look_no_more()
        elif wanted != before or not self.idle.is_working:
            standing = self._standing()
            self._wanted_courses = base, wanted
            self.idle.begin([self._turn(base, standing, name) for name in wanted])
            self.looking = True

    def _look_no_more(self) -> None:
        self._wanted_courses = (None, ())
        self.idle.cancel()

    def _turn(self, base: Any, standing: Callable[[], Any], name: str) -> Turn:
        """Return the computation of one slider's response as idle work."""
        from sda_lib.sliders.settings import response_of

        model, quantized = self._need_model(), self.quantized

        def turn(pause: Pause) -> Callable[[], None]:
            response = response_of(model, base, standing(), name, quantized, pause)
            return lambda: self._learn_course(base, quantized, name, response)

        return turn

    def _learn_course(self, base: Any, quantized: bool, name: str, response: Response) -> None:
        if self.shape is not None and self.shape.base is base and self.quantized == quantized:
            self.responses = {**self.responses, name: response}

    def _standing(self) -> Callable[[], Any]:
        """Return a function that gives the sound before the sliders, decoded at its first call."""
        model, base, original, amount = self._need_model(), self.shape.base, self.original, self.source_amount
        if base is self.written or not isinstance(base, sda_lib.Codes):
            return lambda: original
        return cache(lambda: model.decode(base, amount))

    def _standing_steps(self) -> dict[str, float]:
        """Return the current slider steps, to be applied to the next sound; none when they apply to a selection."""
        names = {card.name for card in self.cards}
        if self.shape is None or self.shape.frames is not None:
            return {}
        return {name: step for name, step in self.shape.steps.items() if step and name in names}

    def _keep(self, steps: Mapping[str, float]) -> None:
        """Apply the slider steps of the sound before to a new one, without a step of its history."""
        if steps:
            self._move(self.shape.moved(steps), "", goes_on=True)
