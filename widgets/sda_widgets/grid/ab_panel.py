"""A/B panel: up to four sounds below each other, with swapping, copying and blending between them."""

import functools
from collections.abc import Callable

from ipywidgets import HTML, Dropdown, HBox, IntSlider, Layout, ToggleButton, ToggleButtons, VBox, Widget

from sda_widgets.common.form_controls import button, offer, show_if, watch
from sda_widgets.session.session import NAMES, Session
from sda_widgets.session.sound import Sound

# Most sounds that the page shows.
MOST = 4


class ABPanel(VBox):
    """View of the further ones of `session.sounds`: a bar, and below it the grids of the sounds. `grid_of` makes a grid
    for a sound."""

    def __init__(self, session: Session, grid_of: Callable[[Sound], Widget]) -> None:
        self.session, self._grid_of = session, functools.cache(grid_of)  # sounds are used again
        self.toggle = ToggleButton(description="Side by side", tooltip="Show a second sound, B, next to this one")
        self.more = button("", f"Show one more sound, up to {MOST}", session.add_sound)
        self.fewer = button(
            "",
            "Remove the last sound; undo leads back to it when it is added again",
            lambda: session.remove_sound(session.sounds[-1]),
        )
        self.receiver = ToggleButtons(options=[NAMES[0]])
        self.one, self.other = (Dropdown(options=[], layout=Layout(width="58px")) for _ in range(2))
        self.one.tooltip, self.other.tooltip = "Sound to swap or copy", "The other sound"
        self.swap = button("", "Swap the two sounds, with their history", self._swap)
        self.across = button("", "Copy the selection to the same place in the other sound", lambda: self._copy(0, 1))
        self.back = button("", "Copy the selection to the same place in the other sound", lambda: self._copy(1, 0))
        self._is_showing = False  # while controls are set to what the session has
        self.shares = {name: self._slider(name) for name in NAMES[1:MOST]}
        self.keep = button("Keep", "Replace A with the blend", session.compare.keep_blend)
        self.distance = HTML().add_class("sda-quiet")
        into = HBox([HTML('<span class="sda-quiet">New sounds to</span>'), self.receiver])
        pair = HBox([self.one, self.other, self.swap, self.across, self.back])
        blend = HBox([*self.shares.values(), self.keep, self.distance])
        self._tools = HBox([into, self.more, self.fewer, pair, blend]).add_class("sda-toolbar")
        self._bar = HBox([self.toggle, self._tools]).add_class("sda-card").add_class("sda-ab-bar")
        super().__init__([self._bar])
        self.add_class("sda-ab")
        self.toggle.observe(lambda change: self._toggle(change.new), "value")
        self.receiver.observe(lambda change: self._receive(change.new), "value")
        self.one.observe(lambda _change: self._show_pair(), "value")
        self.other.observe(lambda _change: self._name_buttons(), "value")
        watch(self._show_blend, (session.compare, "blended shares distance"), (session, "sounds"))
        watch(self._show_sounds, (session, "sounds"))
        watch(self._show_receiver, (session, "receiver"))
        watch(lambda: setattr(self.toggle, "disabled", session.sound.codes is None), (session.sound, "codes"))

    @property
    def _pair(self) -> tuple[Sound, ...]:
        """The two sounds that are swapped and copied; fewer while there is one only."""
        sounds = self.session.sounds
        return tuple(sound for choice in (self.one, self.other) for sound in sounds if sound.name == choice.value)

    def _slider(self, name: str) -> IntSlider:
        made = IntSlider(
            min=0, max=100, description=f"{name} %", layout=Layout(width="220px"),
            tooltip=f"Share of {name} in the blend with A, within the selection of A if there is one",
        )  # fmt: skip
        made.observe(lambda change: self._blend(change.owner), "value")
        return made

    def _swap(self) -> None:
        if len(self._pair) == 2:
            self.session.compare.swap(*self._pair)

    def _copy(self, source: int, target: int) -> None:
        if len(self._pair) == 2:
            self.session.compare.copy_cells(self._pair[source], self._pair[target])

    def _toggle(self, is_wanted: bool) -> None:
        if is_wanted and len(self.session.sounds) == 1:
            self.session.add_sound()
            self.toggle.value = len(self.session.sounds) > 1
        elif not is_wanted:
            for sound in self.session.sounds[:0:-1]:
                self.session.remove_sound(sound)

    def _receive(self, name: str) -> None:
        if not self._is_showing:
            self.session.receiver = name

    @property
    def _others(self) -> dict[str, Sound]:
        """The sounds that have a slider, by name."""
        return {sound.name: sound for sound in self.session.sounds[1:] if sound.name in self.shares}

    def _blend(self, moved: IntSlider) -> None:
        """Blend with the shares of the sliders; the others make room for the one that moved."""
        if self._is_showing:
            return
        sliders = {name: self.shares[name] for name in self._others}
        room, rest = 100 - moved.value, sum(one.value for one in sliders.values() if one is not moved)
        shares = {
            self._others[name]: (one.value if one is moved or rest <= room else one.value * room // rest) / 100
            for name, one in sliders.items()
        }
        self.session.compare.blend(self.session.sound, shares)

    def _show_sounds(self) -> None:
        sounds = self.session.sounds
        names = [sound.name for sound in sounds]
        self.toggle.value = len(sounds) > 1
        show_if(len(sounds) > 1, self._tools)
        show_if(len(sounds) > 2, self.one, self.other)
        for name, slider in self.shares.items():
            show_if(name in names, slider)
        free = next((name for name in NAMES if name not in names), "")
        self.more.description, self.fewer.description = f"Add {free}", f"Remove {names[-1]}"
        show_if(len(sounds) < MOST, self.more)
        offer(self.one, [(name, name) for name in names])
        self._show_pair()
        self._show_receiver()
        self.children = [self._bar, *(self._grid_of(sound) for sound in sounds[1:])]

    def _show_pair(self) -> None:
        """Offer every sound but the first of the pair as the second."""
        names = [sound.name for sound in self.session.sounds if sound.name != self.one.value]
        offer(self.other, [(name, name) for name in names])
        self._name_buttons()

    def _name_buttons(self) -> None:
        one, other = self.one.value, self.other.value
        self.swap.description = f"{one} ⇄ {other}"
        self.across.description, self.back.description = f"{one} → {other}", f"{other} → {one}"

    def _show_receiver(self) -> None:
        names = [sound.name for sound in self.session.sounds]
        self._is_showing = True  # new options choose the first one for a moment
        if list(self.receiver.options) != names:
            self.receiver.options = names
            self.receiver.tooltips = [f"New sounds go to {name}" for name in names]
        self.receiver.value = self.session.receiver if self.session.receiver in names else names[0]
        self._is_showing = False

    def _show_blend(self) -> None:
        compare = self.session.compare
        self._is_showing = True
        for name, slider in self.shares.items():
            slider.value = round(100 * compare.shares.get(name, 0.0))
        self._is_showing = False
        self.keep.disabled = compare.blended is None
        text = f"{nearness(compare.distance)} ({compare.distance:.2f})"
        self.distance.value = "" if compare.blended is None else text


def nearness(distance: float) -> str:
    """Describe how near the codes of a blend are to the exact mixture; 1 is the distance between two codes."""
    if distance < 0.5:
        return "exact codes"
    return "nearby codes" if distance < 1.5 else "distant codes"
