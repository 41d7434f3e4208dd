"""Sliders: move a sound along a model's directions in a notebook."""

from __future__ import annotations

from collections.abc import Mapping

from traitlets import Dict, Float, Unicode

from sda_lib.display.sliders import sliders_view
from sda_lib.errors import SdaError
from sda_lib.sliders.settings import SliderSettings
from sda_widgets.common.form_controls import watch
from sda_widgets.common.heartbeat import Heartbeat
from sda_widgets.session.session import Session
from sda_widgets.sliders.sliders_view import SlidersView
from sda_widgets.standalone.opening import AnyCodes, AnyModel, session_of
from sda_widgets.standalone.root import SoundRoot, player_of


class Sliders(SoundRoot):
    """A model's sliders with their units and safe zones, XY pad, curves over time and MIDI; they move one sound.

    Args:
        model: a model, its file, or its name in the library; default: that of the session.
        codes: codes, a take, or any sound, which is encoded. Default: a new sound.
        session: the session of another widget, to move the same sound.
        player: whether a player is shown above; default: unless a session is given.

    Raises SdaError for a model or sound that can't be opened.

    Example:
        >>> sliders = Sliders(model, codes)
        >>> sliders.values = {"brightness": 1.0}
        >>> "brightness" in sliders.names, sliders.codes.frames == codes.frames
        (True, True)
    """

    values = Dict(
        value_trait=Float(), key_trait=Unicode(), help="steps by slider that is not at 0; 0 is the sound as it is"
    ).tag(sync=True)

    def __init__(
        self,
        model: AnyModel | None = None,
        codes: AnyCodes | None = None,
        *,
        session: Session | None = None,
        player: bool | None = None,
    ) -> None:
        shared = session_of(model, codes, session, generates=True)
        beat = Heartbeat()
        beat.on_message(lambda _beat: shared.tick())
        has_player = session is None if player is None else player
        super().__init__(shared, [*([player_of(shared)] if has_player else []), SlidersView(shared), beat])
        watch(lambda: setattr(beat, "beating", shared.slider_fit.process is not None), (shared.slider_fit, "process"))
        if shared.sound.original is not None:
            shared.sound.response_work.compute_all_later()
        self.mirror(shared.sound, "settings", "values", _steps)
        self.control("values", self._move)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sliders."""
        return tuple(card.name for card in self.session.sound.sliders.cards)

    def still(self) -> str:
        """Return the measured sliders, and the sound."""
        sliders = None if self.model is None else self.model.sliders
        return (sliders_view(sliders) if sliders is not None else "") + super().still()

    def _move(self, values: Mapping[str, float]) -> bool:
        """Set sliders to steps; those that are not named return to 0."""
        before = _steps(self.session.sound.settings)
        wanted = {name: float(step) for name, step in values.items() if step}
        if wanted == before:
            return False
        if unknown := sorted(set(wanted) - set(self.names)):
            raise SdaError(f"There is no slider {unknown[0]}; there are {', '.join(self.names) or 'none'}.")
        self.session.sound.sliders.move({**dict.fromkeys(before, 0.0), **wanted})
        return True


def _steps(settings: SliderSettings | None) -> dict[str, float]:
    return {} if settings is None else {name: float(step) for name, step in settings.steps.items() if step}
