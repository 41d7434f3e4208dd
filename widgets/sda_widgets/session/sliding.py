"""What a session does with sliders: they move the sound before them, whatever was moved since."""

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
    from sda_lib.directions.directions import Card, Course
    from sda_lib.sliders.settings import Shape
    from sda_widgets.session.idle import IdleWork, Pause, Turn


class SliderVerbs(HasTraits):
    """The part of a session that sliders need; the rest of it (codes, history, sound) is the session's."""

    shape = AnyTrait(None, allow_none=True, help="Shape: what the sliders make of the sound before them")
    courses = Dict(help="how that sound follows each slider: Courses by name, as far as they are worked out")
    looking = Bool(help="whether more of them are being worked out")
    idle: IdleWork
    _wanted_courses: tuple[Any, tuple[str, ...]] = (None, ())  # of which sound, and of which sliders
    quantized = Bool(True, help="whether moved sounds are made of codes again, or decoded as they come")
    locks = Tuple(help="names of sliders that Random leaves alone")
    maker = AnyTrait(None, allow_none=True, help="the process that tries sliders out")
    knobs = Dict(help="MIDI controllers by slider: channel:controller")

    @verb
    def move_sliders(self, steps: Mapping[str, float], done: bool = True) -> None:
        """Sliders to so many steps; on the selected frames, if there are any. A drag is one step of the history."""
        shape, names = self._shape_to_move(), tuple(sorted(steps))
        goes_on = names == self._dragged and shape.base is self.shape.base
        self._move(shape.moved(steps), ", ".join(f"{name} {step:+.2g}" for name, step in steps.items()), goes_on)
        self._dragged = () if done else names
        self._look_later(names)

    @verb
    def draw_slider(self, name: str, curve: Sequence[Sequence[float]]) -> None:
        """A slider over time: (second, step) points, or none to make it a number again."""
        shape, points = self._shape_to_move(), tuple((float(second), float(step)) for second, step in curve)
        self._move(shape.drawn(name, points), f"{name} drawn over time" if points else f"{name} at rest")

    @verb
    def reset_sliders(self) -> None:
        """All sliders that are not locked back to 0."""
        shape = self._need_shape()
        steps = {name: step for name, step in shape.steps.items() if name in self.locks}
        curves = {name: curve for name, curve in shape.curves.items() if name in self.locks}
        self._move(dataclasses.replace(shape, steps=steps, curves=curves), "sliders at rest")

    @verb
    def random_sliders(self, seed: int) -> None:
        """All sliders that are not locked somewhere in their safe zones; the same seed says the same."""
        from sda_lib.sliders.settings import safe_steps

        shape = self._shape_to_move()
        free = {card.name: card for card in self.cards if not card.is_axis and card.name not in self.locks}
        self._stand_on(shape)
        self._look_along(tuple(free))
        self._move(shape.moved(safe_steps(free, self.courses, seed)), f"random sliders, seed {seed}")

    @verb
    def set_quantized(self, quantized: bool) -> None:
        """Whether moved sounds become codes again before they are decoded."""
        known = (*self.courses, *self._wanted_courses[1])
        self._look_no_more()
        self.set(quantized=quantized, courses={})
        if self.other is not None:
            self.other.set_quantized(quantized)
        if self.shape is not None and not self.shape.is_still:
            self._decoded = None
            self.clip = self._sound(self.shape)
        self._look_later(known)

    @verb
    def follow_sliders(self) -> None:
        """Work out how the sound follows each slider, as far as that is not known yet; takes a second or more."""
        if self.shape is not None:
            self._look_along(tuple(card.name for card in self.cards))

    def follow_later(self) -> None:
        """The same while no act is under way: `courses` come one by one, when `hear_idle` is called."""
        self._look_later(tuple(card.name for card in self.cards))

    def hear_idle(self) -> None:
        """Take up what was worked out meanwhile; the page's heartbeat calls this."""
        self.idle.deliver()
        self.looking = self.idle.is_working

    @verb
    def make_sliders(self) -> None:
        """Try out what the model can tell apart, in a process of its own; `look_for_sliders` sees when it is done."""
        from sda_lib.runs import manage

        if self.maker is None:
            self.set(maker=manage.make_sliders(self.model_path), message="")

    def look_for_sliders(self) -> None:
        """Take the sliders over once they are made; the page's heartbeat calls this."""
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
        """A MIDI controller ("channel:controller") for a slider, or none (""); kept for the next page."""
        others = {one: knob for one, knob in self.knobs.items() if one != name and knob != source}
        self.knobs = {**others, **({name: source} if source else {})}
        midi_map.save(self.places.midi_map, self.knobs)

    @property
    def cards(self) -> tuple[Card, ...]:
        """The open model's sliders that have something to show."""
        sliders = getattr(self.model, "sliders", None)
        return () if sliders is None else sliders.shown

    def _need_shape(self) -> Shape:
        if self.shape is None:
            raise SdaError(NO_SOUND)
        return self.shape

    def _shape_to_move(self) -> Shape:
        """The shape that sliders go on with: another one, from what is heard now, if other frames are selected."""
        shape, frames = self._need_shape(), self.selection[1] if self.selection else None
        if frames == shape.frames or self.codes is None:
            return shape
        return sda_lib.Shape(shape.base if shape.is_still else self.codes, frames=frames)

    def _move(self, shape: Shape, words: str, goes_on: bool = False) -> None:
        """The sound as sliders make it, as a step of the history or as what the last one turned out to be."""
        codes = self._codes_of(shape) if self.quantized or shape.is_still else None
        for clip in self._sounds(codes, shape, self.position):  # before what is seen of it, which takes time too
            self.clip = clip
        codes = codes or self._codes_of(shape)
        if codes is not None:
            self.codes = codes
        state, past = self._state(codes, shape), self.history
        if goes_on:
            self.history = past.amended(shape if past.can_undo else None, state)
        else:
            self._dragged = ()
            self.history = past.done(shape, words, state)
        self._stand_on(shape)

    def _codes_of(self, shape: Shape) -> Codes | None:
        """The codes nearest to what sliders ask for, but for what is frozen; none in a model without codes."""
        return self.history.state.spared(sda_lib.shaped(self.model, shape)) if self.model.discrete else None

    def _stand_on(self, shape: Shape) -> None:
        """Take a shape; what was known of another sound's way along the sliders is forgotten."""
        if self.shape is None or shape.base is not self.shape.base:
            self.courses = {}
            self._look_no_more()
        self.shape = shape

    def _look_along(self, names: Sequence[str]) -> None:
        """Work out how the sound before the sliders follows those that are not known yet."""
        from sda_lib.sliders.settings import course_of

        unknown = [name for name in names if name not in self.courses]
        if unknown:
            model, base, standing = self._need_model(), self.shape.base, self._standing()()
            found = {name: course_of(model, base, standing, name, self.quantized) for name in unknown}
            self.courses = {**self.courses, **found}
            self._look_later(())

    def _look_later(self, names: Sequence[str]) -> None:
        """The same while no act is under way, before what is waited for already; nothing is begun twice."""
        self.idle.deliver()
        base = None if self.shape is None else self.shape.base
        before = self._wanted_courses[1] if self._wanted_courses[0] is base else ()
        before = tuple(name for name in before if name not in self.courses)
        wanted = tuple(dict.fromkeys((*(name for name in names if name not in self.courses), *before)))
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
        """One slider's course, as idle work."""
        from sda_lib.sliders.settings import course_of

        model, quantized = self._need_model(), self.quantized

        def turn(pause: Pause) -> Callable[[], None]:
            course = course_of(model, base, standing(), name, quantized, pause)
            return lambda: self._learn_course(base, quantized, name, course)

        return turn

    def _learn_course(self, base: Any, quantized: bool, name: str, course: Course) -> None:
        if self.shape is not None and self.shape.base is base and self.quantized == quantized:
            self.courses = {**self.courses, name: course}

    def _standing(self) -> Callable[[], Any]:
        """What gives the sound before the sliders; it is decoded when it is needed first."""
        model, base, original, amount = self._need_model(), self.shape.base, self.original, self.source_amount
        if base is self.written or not isinstance(base, sda_lib.Codes):
            return lambda: original
        return cache(lambda: model.decode(base, amount))

    def _standing_steps(self) -> dict[str, float]:
        """Where the sliders stand, for the next sound to be moved alike; those of a selection stay with it."""
        names = {card.name for card in self.cards}
        if self.shape is None or self.shape.frames is not None:
            return {}
        return {name: step for name, step in self.shape.steps.items() if step and name in names}

    def _keep(self, steps: Mapping[str, float]) -> None:
        """A new sound is moved as the one before was; that is no step of its history."""
        if steps:
            self._move(self.shape.moved(steps), "", goes_on=True)
