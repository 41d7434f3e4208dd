"""How a sound responds to each slider: computed at once, or in the background while no action is under way."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.directions.directions import Response
from sda_lib.sliders.settings import SliderSettings, response_of
from sda_widgets.session.context import needed
from sda_widgets.session.idle import IdleWork, Pause, Task
from sda_widgets.session.sound_traits import SoundPart, SoundTraits


class ResponseWork(SoundPart):
    """Fills `responses` of a sound. They belong to the base of its slider settings."""

    def __init__(self, sound: SoundTraits) -> None:
        super().__init__(sound)
        self.idle = IdleWork(sound.context.lock, sound.context.report)
        self._pending: tuple[Any, tuple[str, ...]] = (None, ())  # the base, and the sliders still to compute

    def compute_all_later(self) -> None:
        """Compute the responses to all sliders that are shown in the background; `deliver` sets them one by one."""
        self.compute_later([card.name for card in self.cards])

    def deliver(self) -> None:
        """Apply the results of the background work. Called by the page's heartbeat."""
        self.idle.deliver()
        self.sound.is_computing = self.idle.is_working

    def use(self, settings: SliderSettings) -> None:
        """Set the slider settings; responses of another base are dropped."""
        if self.sound.settings is None or settings.base is not self.sound.settings.base:
            self.clear()
        self.sound.settings = settings

    def clear(self) -> tuple[str, ...]:
        """Drop all responses and the background work; return the names of the sliders."""
        names = (*self.sound.responses, *self._pending[1])
        self.stop()
        self.sound.responses = {}
        return names

    def stop(self) -> None:
        """Drop the background work."""
        self._pending = (None, ())
        self.idle.cancel()

    def compute(self, names: Sequence[str]) -> None:
        """Compute the responses to these sliders, where not yet known."""
        sound, unknown = self.sound, [name for name in names if name not in self.sound.responses]
        if unknown:
            model, base, clip = self.context.need_model(), sound.need_settings().base, self._base_clip()()
            found = {name: response_of(model, base, clip, name, self.context.quantized) for name in unknown}
            sound.responses = {**sound.responses, **found}
            self.compute_later(())

    def compute_later(self, names: Sequence[str]) -> None:
        """Compute the same in the background, before what is queued already; work in progress is not restarted."""
        self.idle.deliver()
        sound = self.sound
        base = None if sound.settings is None else sound.settings.base
        queued = self._pending[1] if self._pending[0] is base else ()
        queued = tuple(name for name in queued if name not in sound.responses)
        wanted = tuple(dict.fromkeys((*(name for name in names if name not in sound.responses), *queued)))
        if base is None or not wanted:
            self.stop()
        elif wanted != queued or not self.idle.is_working:
            clip = self._base_clip()
            self._pending = base, wanted
            self.idle.begin([self._task(base, clip, name) for name in wanted])
            sound.is_computing = True

    def _task(self, base: Any, clip: Callable[[], AudioClip], name: str) -> Task:
        model, quantized = self.context.need_model(), self.context.quantized

        def task(pause: Pause) -> Callable[[], None]:
            response = response_of(model, base, clip(), name, quantized, pause)
            return lambda: self._add(base, quantized, name, response)

        return task

    def _add(self, base: Any, quantized: bool, name: str, response: Response) -> None:
        settings = self.sound.settings
        if settings is not None and settings.base is base and self.context.quantized == quantized:
            self.sound.responses = {**self.sound.responses, name: response}

    def _base_clip(self) -> Callable[[], AudioClip]:
        """Return a function that gives the sound before the sliders, decoded at its first call."""
        sound, model, base = self.sound, self.context.need_model(), self.sound.need_settings().base
        original, amount = sound.original, sound.source_amount
        if isinstance(base, Codes) and base is not sound.written:
            return cache(lambda: model.decode(base, amount))
        clip = needed(original)
        return lambda: clip
