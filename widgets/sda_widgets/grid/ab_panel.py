"""A/B panel: two sounds side by side, with copying and blending between them."""

import functools
from collections.abc import Callable

from ipywidgets import HTML, HBox, IntSlider, Layout, ToggleButton, ToggleButtons, VBox, Widget, link

from sda_widgets.common.form_controls import button, show_if, watch
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

A, B = "A", "B"


class ABPanel(VBox):
    """View of the second of `session.sounds`: a bar, and below it the grid of the sound while there is one. `grid_of`
    makes a grid for a sound."""

    def __init__(self, session: Session, grid_of: Callable[[Sound], Widget]) -> None:
        self.session, self._grid_of = session, functools.cache(grid_of)  # sounds are used again
        self.toggle = ToggleButton(description="Side by side", tooltip="Show a second sound, B, next to this one")
        self.receiver = ToggleButtons(options=[A, B], tooltips=["New sounds go to A", "New sounds go to B"])
        compare = session.compare
        self.swap = button("A ⇄ B", "Swap the two sounds, with their history", lambda: compare.swap(*session.sounds))
        self.to_b = button("A → B", "Copy the selection in A to the same place in B", lambda: self._copy(0, 1))
        self.to_a = button("B → A", "Copy the selection in B to the same place in A", lambda: self._copy(1, 0))
        self.blend = IntSlider(
            min=0, max=100, description="Blend %", layout=Layout(width="250px"),
            tooltip="Blend the codes of A and B, within the selection of A if there is one",
        )  # fmt: skip
        self.keep = button("Keep", "Replace A with the blend", compare.keep_blend)
        self.distance = HTML().add_class("sda-quiet")
        into = HBox([HTML('<span class="sda-quiet">New sounds to</span>'), self.receiver])
        blend = HBox([self.blend, self.keep, self.distance])
        self._tools = HBox([into, self.swap, self.to_b, self.to_a, blend]).add_class("sda-toolbar")
        self._bar = HBox([self.toggle, self._tools]).add_class("sda-card").add_class("sda-ab-bar")
        super().__init__([self._bar])
        self.add_class("sda-ab")
        self.toggle.observe(lambda change: self._toggle(change.new), "value")
        link((session, "receiver"), (self.receiver, "value"))
        self.blend.observe(lambda change: self._blend(change.new / 100), "value")
        watch(self._show_blend, (compare, "blended share distance"), (session, "sounds"))
        watch(self._show_sounds, (session, "sounds"))
        watch(lambda: setattr(self.toggle, "disabled", session.sound.codes is None), (session.sound, "codes"))

    @property
    def _other(self) -> Sound | None:
        """The second sound, while there is one."""
        return next(iter(self.session.sounds[1:]), None)

    def _copy(self, source: int, target: int) -> None:
        self.session.compare.copy_cells(self.session.sounds[source], self.session.sounds[target])

    def _toggle(self, is_wanted: bool) -> None:
        if is_wanted and self._other is None:
            self.session.add_sound()
            self.toggle.value = self._other is not None
        elif not is_wanted and self._other is not None:
            self.session.remove_sound(self._other)

    def _blend(self, share: float) -> None:
        if share != self.session.compare.share and self._other is not None:
            self.session.compare.blend(self.session.sound, self._other, share)

    def _show_sounds(self) -> None:
        other = self._other
        self.toggle.value = other is not None
        show_if(other is not None, self._tools)
        self.children = [self._bar, *([] if other is None else [self._grid_of(other)])]

    def _show_blend(self) -> None:
        compare = self.session.compare
        self.blend.value = round(100 * compare.share)
        self.keep.disabled = compare.blended is None
        text = f"{nearness(compare.distance)} ({compare.distance:.2f})"
        self.distance.value = "" if compare.blended is None else text


def nearness(distance: float) -> str:
    """Describe how near the codes of a blend are to the exact mixture; 1 is the distance between two codes."""
    if distance < 0.5:
        return "exact codes"
    return "nearby codes" if distance < 1.5 else "distant codes"
