"""Sounds bar: up to four sounds beside each other, with swapping and copying between them."""

from ipywidgets import HTML, Dropdown, HBox, Layout, ToggleButton, ToggleButtons

from sda_widgets.common.form_controls import button, offer, show_if, watch
from sda_widgets.session.session import NAMES, Session
from sda_widgets.session.sound import Sound

# Most sounds that the page shows.
MOST = 4


ALONE = "Compare this sound with up to three others, which share its time axis and its player."


class SoundsBar(HBox):
    """View of `session.sounds`: adds and removes sounds, chooses the one that new ones replace, swaps and copies."""

    def __init__(self, session: Session) -> None:
        self.session = session
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
        into = HBox([HTML('<span class="sda-quiet">New sounds to</span>'), self.receiver])
        pair = HBox([self.one, self.other, self.swap, self.across, self.back])
        self._tools = HBox([into, self.more, self.fewer, pair]).add_class("sda-toolbar")
        self.alone = HTML(f'<span class="sda-quiet">{ALONE}</span>')
        super().__init__([self.toggle, self.alone, self._tools])
        self.add_class("sda-card").add_class("sda-ab-bar")
        self.toggle.observe(lambda change: self._toggle(change.new), "value")
        self.receiver.observe(lambda change: self._receive(change.new), "value")
        self.one.observe(lambda _change: self._show_pair(), "value")
        self.other.observe(lambda _change: self._name_buttons(), "value")
        watch(self._show_sounds, (session, "sounds"))
        watch(self._show_receiver, (session, "receiver"))
        watch(lambda: setattr(self.toggle, "disabled", session.sound.codes is None), (session.sound, "codes"))

    @property
    def _pair(self) -> tuple[Sound, ...]:
        """The two sounds that are swapped and copied; fewer while there is one only."""
        sounds = self.session.sounds
        return tuple(sound for choice in (self.one, self.other) for sound in sounds if sound.name == choice.value)

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

    def _show_sounds(self) -> None:
        sounds = self.session.sounds
        names = [sound.name for sound in sounds]
        self.toggle.value = len(sounds) > 1
        show_if(len(sounds) > 1, self._tools)
        show_if(len(sounds) == 1, self.alone)
        show_if(len(sounds) > 2, self.one, self.other)
        free = next((name for name in NAMES if name not in names), "")
        self.more.description, self.fewer.description = f"Add {free}", f"Remove {names[-1]}"
        show_if(len(sounds) < MOST, self.more)
        offer(self.one, [(name, name) for name in names])
        self._show_pair()
        self._show_receiver()

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
