"""Pair: two sounds side by side, with copying and blending between them."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import HTML, Button, HBox, IntSlider, Layout, ToggleButton, ToggleButtons, VBox, Widget

from sda_widgets.session.pairing import A, B
from sda_widgets.session.session import Session


class ABPanel(VBox):
    """View of `session.other`: a bar, and below it the grid of the second sound while there is one. `grid_of` makes
    a grid for a session."""

    def __init__(self, session: Session, grid_of: Callable[[Session], Widget]) -> None:
        self.session, self._grid_of = session, grid_of
        self.toggle = ToggleButton(
            description="Side by side", tooltip="A second sound, B, beside this one", layout=Layout(width="auto")
        )
        self.receiver = ToggleButtons(options=[A, B], tooltips=["New sounds come into A", "New sounds come into B"])
        self.swap = _button("A ⇄ B", "Each in the other's place, with its steps", session.swap_sounds)
        self.to_b = _button("A → B", "What is selected in A to the same place in B", lambda: session.copy_across(B))
        self.to_a = _button("B → A", "What is selected in B to the same place in A", lambda: session.copy_across(A))
        self.blend = IntSlider(
            min=0, max=100, description="Blend %", layout=Layout(width="250px"),
            tooltip="Between A and B, where codes are points; within A's selection if there is one",
        )  # fmt: skip
        self.keep = _button("Keep", "The blend becomes A", session.keep_blend)
        self.distance = HTML().add_class("sda-quiet")
        into = HBox([HTML('<span class="sda-quiet">New into</span>'), self.receiver])
        blend = HBox([self.blend, self.keep, self.distance])
        self._tools = HBox([into, self.swap, self.to_b, self.to_a, blend]).add_class("sda-toolbar")
        bar = HBox([self.toggle, self._tools]).add_class("sda-card").add_class("sda-pair-bar")
        super().__init__([bar])
        self.add_class("sda-pair")
        self.toggle.observe(lambda change: self._toggle(change.new), "value")
        self.receiver.observe(lambda change: setattr(session, "receiver", change.new), "value")
        self.blend.observe(lambda change: self._blend(change.new / 100), "value")
        session.observe(lambda _change: self._show(), "other")
        session.observe(lambda change: setattr(self.receiver, "value", change.new), "receiver")
        session.observe(lambda _change: self._tell(), ["blended", "share", "apart"])
        session.observe(lambda _change: self._enable(), "codes")
        self._show()
        self._enable()

    def _toggle(self, wanted: bool) -> None:
        if wanted and self.session.other is None:
            self.session.open_pair()
            self.toggle.value = self.session.other is not None
        elif not wanted and self.session.other is not None:
            self.session.close_pair()

    def _blend(self, share: float) -> None:
        if share != self.session.share and self.session.other is not None:
            self.session.blend_sounds(share)

    def _show(self) -> None:
        other = self.session.other
        self.toggle.value = other is not None
        self._tools.layout.display = "none" if other is None else None
        grid = [] if other is None else [self._grid_of(other)]
        self.children = [self.children[0], *grid]
        self._tell()

    def _tell(self) -> None:
        session = self.session
        self.blend.value = round(100 * session.share)
        self.keep.disabled = session.blended is None
        self.distance.value = "" if session.blended is None else f"{nearness(session.apart)} ({session.apart:.2f})"

    def _enable(self) -> None:
        self.toggle.disabled = self.session.codes is None


def nearness(apart: float) -> str:
    """Describe in words how near the codes of a blend lie to the mixture; 1 is the distance between two codes."""
    if apart < 0.5:
        return "codes right there"
    return "codes nearby" if apart < 1.5 else "no codes nearby"


def _button(text: str, tip: str, act: Callable[[], None]) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
