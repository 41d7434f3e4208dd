"""Sliders view: move the current sound along the model's directions: brighter, warmer, louder, noisier."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ipywidgets import HTML, BoundedIntText, Checkbox, Dropdown, HBox, Layout, VBox

from sda_lib.codec.codes import Codes
from sda_lib.directions.directions import STEPS, Response, SliderCard
from sda_lib.directions.gestures import LOUDNESS
from sda_lib.model.model import SdaModel
from sda_lib.sliders.fit import display_name
from sda_lib.sliders.settings import SliderSettings
from sda_lib.sliders.zones import zones
from sda_widgets.common.form_controls import auto_width, button, show_if, watch
from sda_widgets.common.glossary import explained, heading
from sda_widgets.common.heartbeat import Heartbeat
from sda_widgets.common.markup import quiet
from sda_widgets.common.work_progress import WorkProgress
from sda_widgets.session.session import Session
from sda_widgets.sliders.slider_panel import SliderPanel

AWAITED = "The training that is under way makes the sliders at its end."
NO_CURVE, NO_PAD = "no curve", "no pad"
# Milliseconds between two polls of background results.
BEAT = 150
# Change of the level in dB from which it is shown.
SHOWN_DB = 0.1
# Side effects below this fraction of the slider's own change are not mentioned.
SIDE_EFFECT = 0.1


class SlidersView(VBox):
    """View of `session.sound.settings`: a slider for every direction of the model.

    The response of a sound is computed in the background: of a new sound at once, of an edited one when a slider moves.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.panel = SliderPanel(self._act)
        self.reason = HTML()
        self.make = button(
            "Make the sliders", "Fit sliders to the recordings (half a minute)", session.slider_fit.start
        )
        self.progress = WorkProgress(session.slider_fit.cancel)
        self.random = button("Random", "Set all unlocked sliders to random values in their safe zones", self._random)
        self.seed = BoundedIntText(value=0, min=0, max=999_999, layout=Layout(width="72px"), tooltip="Seed of Random")
        self.seed.tooltip = "The same seed gives the same values"
        self.reset = button("Reset", "Set all unlocked sliders to 0", session.sound.sliders.reset)
        self.curve = Dropdown(options=[(NO_CURVE, "")], description="Over time", layout=auto_width())
        self.undo = button("Undo", "Undo the last move or edit", session.sound.steps.undo)
        self.pad = Dropdown(options=[(NO_PAD, False), ("two sliders", True)], description="Pad", layout=auto_width())
        self.codes = Checkbox(value=session.quantized, description="Quantize", indent=False, layout=auto_width())
        self.codes.tooltip = "On: the grid matches the sound. Off: smoother; the grid is approximate"
        self.tools = HBox(
            [self.random, self.seed, self.reset, self.undo, self.curve, self.pad, explained(self.codes, "Quantize")]
        )
        self.tools.add_class("sda-toolbar")
        self.level = HTML()
        self.heartbeat = Heartbeat(milliseconds=BEAT)
        self.heartbeat.on_message(lambda _beat: session.deliver_responses())
        super().__init__(
            [
                heading("Sliders", "Safe and warning zone"),
                self.reason,
                self.make,
                self.progress,
                self.panel,
                self.level,
                self.tools,
                self.heartbeat,
            ]
        )
        self.add_class("sda-card")
        self.curve.observe(lambda _change: self._draw_curve(), "value")
        self.pad.observe(lambda _change: self._draw_pad(), "value")
        self.codes.observe(lambda change: session.set_quantized(change.new), "value")
        sound = session.sound
        watch(self._begin_responses, (sound, "original"))
        watch(lambda: setattr(self.heartbeat, "beating", sound.is_computing), (sound, "is_computing"))
        watch(lambda: self.panel.set_trait("locks", list(sound.locks)), (sound, "locks"))
        watch(self._draw_fit, (session.slider_fit, "process share words"))
        watch(lambda: self.panel.set_trait("midi", dict(session.midi.knobs)), (session.midi, "knobs"))
        watch(self._draw, (session, "model"))
        watch(self._offer, (session, "model model_path"), (session.training, "run state"))
        watch(self._draw_tracks, (session, "model"), (sound, "responses"))
        watch(self._draw_values, (session, "model"), (sound, "settings"))

        session.page_acts.provide("random_sliders", self._random, self._why_none)
        session.page_acts.provide("make_sliders", session.slider_fit.start, self._why_not_made)

    def _why_none(self) -> str:
        return "" if self.session.sound.sliders.cards else _why_none(self.session.model)

    def _why_not_made(self) -> str:
        """Return why no sliders can be made, or an empty string."""
        model = self.session.model
        if self.session.slider_fit.process is not None:
            return "The sliders are being made."
        if model is not None and model.sliders is not None:
            return "This model has its sliders already."
        return "" if model is not None and model.memory is not None else _why_none(model)

    # --- user input

    def _act(self, message: Mapping[str, Any]) -> None:
        session, sound = self.session, self.session.sound
        kind, name = message["kind"], message.get("name", "")
        if kind == "move":
            sound.sliders.move({name: message["value"]}, message["done"])
        elif kind == "pad":
            self.panel.pad = {"x": message["x"], "y": message["y"]}
            if any(self.panel.values.get(one, 0.0) != step for one, step in message["values"].items()):
                sound.sliders.move(message["values"], message["done"])
        elif kind == "curve":
            sound.sliders.draw(name, message["points"])
        elif kind == "lock":
            others = tuple(one for one in sound.locks if one != name)
            sound.locks = (*others, name) if message["on"] else others
        elif kind == "map":
            session.midi.assign(name, message["source"])
        elif kind == "forget":
            session.midi.assign(name, "")

    def _begin_responses(self) -> None:
        if self.session.sound.original is not None:
            self.session.sound.response_work.compute_all_later()

    def _random(self) -> None:
        self.session.sound.sliders.randomize(self.seed.value)
        self.seed.value = (self.seed.value + 1) % self.seed.max

    # --- display

    def _draw(self) -> None:
        """Show the sliders of another model."""
        cards = self.session.sound.sliders.cards
        show_if(cards, self.panel, self.level, self.tools)
        names = [card.name for card in cards]
        self.curve.options = [(NO_CURVE, ""), *((_label(card), card.name) for card in cards)]
        self.panel.set_trait("pad", {})
        self.pad.value = False
        self.session.sound.locks = tuple(name for name in self.session.sound.locks if name in names)

    def _offer(self) -> None:
        """Say why there are no sliders, and offer to make them unless a training does."""
        cards, model = self.session.sound.sliders.cards, self.session.model
        awaits = self.session.training.makes_sliders and not cards
        self.reason.value = "" if cards else quiet(AWAITED if awaits else _why_none(model))
        show_if(model is not None and model.sliders is None and model.memory is not None and not awaits, self.make)

    def _draw_fit(self) -> None:
        fit = self.session.slider_fit
        self.make.disabled = fit.process is not None
        self.progress.show(fit.share, fit.words)

    def _draw_tracks(self) -> None:
        responses = self.session.sound.responses
        self.panel.sliders = [_track(card, responses.get(card.name)) for card in self.session.sound.sliders.cards]

    def _draw_values(self) -> None:
        settings = self.session.sound.settings
        steps = {} if settings is None else settings.steps
        self.panel.values = {card.name: float(steps.get(card.name, 0.0)) for card in self.session.sound.sliders.cards}
        self.level.value = quiet(_level_words(settings, self.session.sound.codes))
        self._draw_curve()

    def _draw_curve(self) -> None:
        name, settings = self.curve.value, self.session.sound.settings
        if not name or settings is None:
            self.panel.curve = {}
            return
        points = [list(point) for point in settings.curves.get(name, ())]
        self.panel.curve = {"name": name, "seconds": self.session.sound.seconds, "points": points}

    def _draw_pad(self) -> None:
        names = [card.name for card in self.session.sound.sliders.cards]
        self.panel.pad = {"x": names[0], "y": names[1]} if self.pad.value and len(names) > 1 else {}


def _track(card: SliderCard, response: Response | None) -> dict[str, Any]:
    """Return a slider as the panel shows it, for a sound with this response (None: not computed yet). The track ends
    where the sound no longer follows the slider."""
    known = None if card.is_axis else response
    track = zones(card, known) if known is not None else [(STEPS[0], STEPS[-1], "unknown")]
    reason = "" if known is None or known.is_followed else f"This sound does not respond to {card.name}."
    return {
        "name": card.name, "label": _label(card), "unit": card.unit, "low": track[0][0], "high": track[-1][1],
        "steps": list(STEPS) if known is not None else [], "values": list(known.values) if known is not None else [],
        "zones": [list(zone) for zone in track], "tip": _tip(card), "disabled_reason": reason,
    }  # fmt: skip


def _level_words(settings: SliderSettings | None, codes: Codes | None) -> str:
    """Return by how much the sliders' change of the level is taken back, in words."""
    if settings is None or codes is None or settings.is_neutral or not isinstance(settings.base, Codes):
        return ""
    if not settings.holds_level:
        return "These moves change the level: they come from a session that was saved before levels were held."
    decibels = 20 * math.log10(abs(codes.gain / settings.base.gain))
    return f"Level held: {decibels:+.1f} dB" if abs(decibels) >= SHOWN_DB else ""


def _label(card: SliderCard) -> str:
    return card.name.capitalize()


def _tip(card: SliderCard) -> str:
    """Return what was measured of a slider, in a sentence or two."""
    if card.is_axis:
        return f"{display_name(card)}. {card.share:.0%} of the variance of your sounds lies along it."
    besides = {name: share for name, share in card.side.items() if abs(share) >= SIDE_EFFECT}
    most = sorted(besides, key=lambda name: -abs(besides[name]))[:2]
    words = " and ".join(f"{name} {besides[name]:+.0%}" for name in most)
    also = f" Side effects: {words} of its own change." if words else ""
    held = "" if card.name == LOUDNESS else " The level is held."
    return (
        f"Measured: rank correlation {card.rho:.2f}, one step {card.slope:+.3g} {card.unit}.{held}{also} "
        f"Range of your sounds: {card.low:.3g} to {card.high:.3g} {card.unit}."
    )


def _why_none(model: SdaModel | None) -> str:
    if model is None:
        return "Open a model first."
    if model.sliders is not None:
        return "No slider works reliably in this model."
    if model.memory is None:
        return "This model has no sliders, and without recordings none can be fitted."
    return "Sliders have not been fitted for this model yet."
