"""Blend form: a blend of the first sound with the others, by the share of each."""

from ipywidgets import HTML, HBox, IntSlider, Layout

from sda_widgets.common.form_controls import Card, button, show_if, watch
from sda_widgets.common.markup import quiet
from sda_widgets.grid.sounds_bar import MOST
from sda_widgets.session.session import NAMES, Session
from sda_widgets.session.sound import Sound

ALONE = "Add a second sound to blend it with A."


class BlendForm(Card):
    """View of `session.compare`: a slider for the share of every further sound, and what the blend is like."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._is_showing = False  # while controls are set to what the session has
        self.shares = {name: self._slider(name) for name in NAMES[1:MOST]}
        self.keep = button("Keep", "Replace A with the blend", session.compare.keep_blend, "sda-primary")
        self.distance, self.alone = HTML().add_class("sda-quiet"), HTML(quiet(ALONE))
        self.acts = HBox([self.keep, self.distance])
        super().__init__([HTML("<h3>Blend</h3>"), self.alone, *self.shares.values(), self.acts], "sda-blend")
        watch(self._show, (session.compare, "blended shares distance"), (session, "sounds"))

    def _slider(self, name: str) -> IntSlider:
        made = IntSlider(
            min=0, max=100, description=f"{name} %", layout=Layout(width="auto"),
            tooltip=f"Share of {name} in the blend with A, within the selection of A if there is one",
        )  # fmt: skip
        made.observe(lambda change: self._blend(change.owner), "value")
        return made

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

    def _show(self) -> None:
        compare, others = self.session.compare, self._others
        show_if(not others, self.alone)
        show_if(others, self.acts)
        self._is_showing = True
        for name, slider in self.shares.items():
            show_if(name in others, slider)
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
