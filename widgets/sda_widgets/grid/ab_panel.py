"""Pair: two sounds side by side, with copying and blending between them."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import HTML, Button, HBox, IntSlider, Layout, ToggleButton, ToggleButtons, VBox, Widget

from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

A, B = "A", "B"


class ABPanel(VBox):
    """View of the second of `session.sounds`: a bar, and below it the grid of the sound while there is one. `grid_of`
    makes a grid for a sound."""

    def __init__(self, session: Session, grid_of: Callable[[Sound], Widget]) -> None:
        self.session, self._grid_of = session, grid_of
        self.toggle = ToggleButton(
            description="Side by side", tooltip="A second sound, B, beside this one", layout=Layout(width="auto")
        )
        self.receiver = ToggleButtons(options=[A, B], tooltips=["New sounds come into A", "New sounds come into B"])
        self.swap = _button(
            "A ⇄ B", "Each in the other's place, with its steps", lambda: session.compare.swap(*session.sounds)
        )
        self.to_b = _button("A → B", "What is selected in A to the same place in B", lambda: self._copy(0, 1))
        self.to_a = _button("B → A", "What is selected in B to the same place in A", lambda: self._copy(1, 0))
        self.blend = IntSlider(
            min=0, max=100, description="Blend %", layout=Layout(width="250px"),
            tooltip="Between A and B, where codes are points; within A's selection if there is one",
        )  # fmt: skip
        self.keep = _button("Keep", "The blend becomes A", session.compare.keep_blend)
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
        session.observe(lambda _change: self._show(), "sounds")
        session.observe(lambda change: setattr(self.receiver, "value", change.new), "receiver")
        session.compare.observe(lambda _change: self._tell(), ["blended", "share", "distance"])
        session.sound.observe(lambda _change: self._enable(), "codes")
        self._show()
        self._enable()

    @property
    def _other(self) -> Sound | None:
        """The second sound, while there is one."""
        return next(iter(self.session.sounds[1:]), None)

    def _copy(self, source: int, target: int) -> None:
        self.session.compare.copy_cells(self.session.sounds[source], self.session.sounds[target])

    def _toggle(self, wanted: bool) -> None:
        if wanted and self._other is None:
            self.session.add_sound()
            self.toggle.value = self._other is not None
        elif not wanted and self._other is not None:
            self.session.remove_sound(self._other)

    def _blend(self, share: float) -> None:
        if share != self.session.compare.share and self._other is not None:
            self.session.compare.blend(self.session.sound, self._other, share)

    def _show(self) -> None:
        other = self._other
        self.toggle.value = other is not None
        self._tools.layout.display = "none" if other is None else None
        grid = [] if other is None else [self._grid_of(other)]
        self.children = [self.children[0], *grid]
        self._tell()

    def _tell(self) -> None:
        compare = self.session.compare
        self.blend.value = round(100 * compare.share)
        self.keep.disabled = compare.blended is None
        words = f"{nearness(compare.distance)} ({compare.distance:.2f})"
        self.distance.value = "" if compare.blended is None else words

    def _enable(self) -> None:
        self.toggle.disabled = self.session.sound.codes is None


def nearness(apart: float) -> str:
    """Describe in words how near the codes of a blend lie to the mixture; 1 is the distance between two codes."""
    if apart < 0.5:
        return "codes right there"
    return "codes nearby" if apart < 1.5 else "no codes nearby"


def _button(text: str, tip: str, act: Callable[[], None]) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
