"""Sliders: move the current sound along the model's directions: brighter, warmer, louder, noisier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, BoundedIntText, Button, Checkbox, Dropdown, HBox, Layout, VBox

from sda_widgets.common.heartbeat import Heartbeat
from sda_widgets.session.session import Session
from sda_widgets.sliders.slider_panel import SliderPanel

if TYPE_CHECKING:
    from sda_lib.directions.directions import Response, SliderCard

NO_CURVE, NO_PAD = "no curve", "no pad"
# Milliseconds between two polls of background results.
BEAT = 150
# Side effects below this fraction of the slider's own change are not mentioned.
SIDE_EFFECT = 0.1


class SlidersView(VBox):
    """View of `session.shape`: a slider for every direction of the model that is shown by name.

    The response of a new sound to them is computed once it is there, and that of an edited sound once a slider is
    touched; both in the background, while no act is under way.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.panel = SliderPanel(self._act)
        self.why = HTML()
        self.make = _button("Make the sliders", "Try out what the model can tell apart; half a minute", self._make)
        self.random = _button("Random", "All unlocked sliders somewhere in their safe zones", self._random)
        self.seed = BoundedIntText(value=0, min=0, max=999_999, layout=Layout(width="72px"))
        self.seed.tooltip = "The same seed says the same"
        self.reset = _button("Reset", "All unlocked sliders back to 0", lambda: session.reset_sliders())
        self.curve = Dropdown(options=[(NO_CURVE, "")], description="Over time", layout=Layout(width="auto"))
        self.undo = _button("Undo", "Back to before the last move or edit", lambda: session.undo())
        self.pad = Dropdown(options=[(NO_PAD, False), ("two sliders", True)], description="Pad")
        self.pad.layout.width = "auto"
        self.codes = Checkbox(value=True, description="as codes", indent=False, layout=Layout(width="auto"))
        self.codes.tooltip = (
            "Moved sounds become codes again; off: decoded as they come, smoother, the grid only near it"
        )
        self.tools = HBox([self.random, self.seed, self.reset, self.undo, self.curve, self.pad, self.codes])
        self.tools.add_class("sda-toolbar")
        self.heartbeat = Heartbeat(milliseconds=BEAT)
        self.heartbeat.on_msg(lambda _widget, _message, _buffers: session.hear_idle())
        super().__init__([HTML("<h3>Sliders</h3>"), self.why, self.make, self.panel, self.tools, self.heartbeat])
        self.add_class("sda-card")
        self.curve.observe(lambda _change: self._draw_curve(), "value")
        self.pad.observe(lambda _change: self._draw_pad(), "value")
        self.codes.observe(lambda change: session.set_quantized(change.new), "value")
        session.observe(lambda _change: self._draw(), "model")
        session.observe(lambda _change: self._draw_tracks(), "responses")
        session.observe(lambda _change: self._draw_values(), "shape")
        session.observe(lambda change: change.new is not None and session.follow_later(), "original")
        session.observe(lambda change: setattr(self.heartbeat, "beating", change.new), "looking")
        session.observe(lambda change: self.panel.set_trait("locks", list(change.new)), "locks")
        session.observe(lambda _change: self._draw_maker(), "maker")
        session.observe(lambda change: self.panel.set_trait("midi", dict(change.new)), "knobs")
        self.panel.midi = dict(session.knobs)
        self._draw()

    # --- user input

    def _act(self, message: Mapping[str, Any]) -> None:
        session, kind, name = self.session, message["kind"], message.get("name", "")
        if kind == "move":
            session.move_sliders({name: message["value"]}, message["done"])
        elif kind == "pad":
            self.panel.pad = {"x": message["x"], "y": message["y"]}
            if any(self.panel.values.get(one, 0.0) != step for one, step in message["values"].items()):
                session.move_sliders(message["values"], message["done"])
        elif kind == "curve":
            session.draw_slider(name, message["points"])
        elif kind == "lock":
            others = tuple(one for one in session.locks if one != name)
            session.locks = (*others, name) if message["on"] else others
        elif kind == "map":
            session.map_knob(name, message["source"])
        elif kind == "forget":
            session.map_knob(name, "")

    def _random(self) -> None:
        self.session.random_sliders(self.seed.value)
        self.seed.value = (self.seed.value + 1) % self.seed.max

    def _make(self) -> None:
        self.session.make_sliders()

    # --- display

    def _draw(self) -> None:
        """Show the sliders of another model."""
        cards, model = self.session.cards, self.session.model
        self.why.value = "" if cards else f'<p class="sda-quiet">{_why_none(model)}</p>'
        untried = model is not None and model.sliders is None and model.memory is not None
        self.make.layout.display = None if untried else "none"
        self.panel.layout.display = self.tools.layout.display = None if cards else "none"
        names = [card.name for card in cards]
        self.curve.options = [(NO_CURVE, ""), *((_label(card), card.name) for card in cards)]
        self.panel.set_trait("pad", {})
        self.pad.value = False
        self.session.locks = tuple(name for name in self.session.locks if name in names)
        self._draw_tracks()
        self._draw_values()

    def _draw_maker(self) -> None:
        self.make.disabled = self.session.maker is not None
        self.make.description = "Trying them out …" if self.make.disabled else "Make the sliders"

    def _draw_tracks(self) -> None:
        ways = self.session.responses
        self.panel.sliders = [_track(card, ways.get(card.name)) for card in self.session.cards]

    def _draw_values(self) -> None:
        shape = self.session.shape
        steps = {} if shape is None else shape.steps
        self.panel.values = {card.name: float(steps.get(card.name, 0.0)) for card in self.session.cards}
        self._draw_curve()

    def _draw_curve(self) -> None:
        name, shape = self.curve.value, self.session.shape
        if not name or shape is None:
            self.panel.curve = {}
            return
        points = [list(point) for point in shape.curves.get(name, ())]
        self.panel.curve = {"name": name, "seconds": self.session.seconds, "points": points}

    def _draw_pad(self) -> None:
        names = [card.name for card in self.session.cards]
        self.panel.pad = {"x": names[0], "y": names[1]} if self.pad.value and len(names) > 1 else {}


def _track(card: SliderCard, way: Response | None) -> dict[str, Any]:
    """Return a slider as the panel shows it, for a sound with this response (None: not computed yet). The track ends
    where the sound no longer follows the slider."""
    from sda_lib.directions.directions import STEPS
    from sda_lib.sliders.settings import zones

    known = way is not None and not card.is_axis
    track = zones(card, way) if known else [(STEPS[0], STEPS[-1], "unknown")]
    return {
        "name": card.name, "label": _label(card), "unit": card.unit, "low": track[0][0], "high": track[-1][1],
        "steps": list(STEPS) if known else [], "values": list(way.values) if known else [],
        "zones": [list(zone) for zone in track],
        "tip": _tip(card), "why_off": "" if not known or way.is_followed else f"This sound doesn't follow {card.name}.",
    }  # fmt: skip


def _label(card: SliderCard) -> str:
    return card.name.capitalize()


def _tip(card: SliderCard) -> str:
    """Return what was measured of a slider, in a sentence or two."""
    from sda_lib.sliders.fit import display_name

    if card.is_axis:
        return f"{display_name(card)}. {card.share:.0%} of what differs between your sounds lies along it."
    besides = {name: share for name, share in card.side.items() if abs(share) >= SIDE_EFFECT}
    most = sorted(besides, key=lambda name: -abs(besides[name]))[:2]
    words = " and ".join(f"{name} {besides[name]:+.0%}" for name in most)
    also = f" It also changes {words} of its own change." if words else ""
    return (
        f"Measured: rank correlation {card.rho:.2f}, one step {card.slope:+.3g} {card.unit}.{also} "
        f"Your sounds lie between {card.low:.3g} and {card.high:.3g} {card.unit}."
    )


def _why_none(model: Any) -> str:
    if model is None:
        return "Open a model first."
    if model.sliders is not None:
        return "None of the sliders that were tried does what it says in this model."
    if model.memory is None:
        return "This model has no sliders, and without recordings none can be tried out."
    return "Nobody has tried out yet what this model can tell apart."


def _button(text: str, tip: str, act: Any) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
