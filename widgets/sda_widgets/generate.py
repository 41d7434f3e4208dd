"""Generate: form for new sounds, for continuing the current one, and for regenerating the selection."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import (
    HTML,
    Accordion,
    BoundedIntText,
    Button,
    Dropdown,
    FloatSlider,
    HBox,
    Layout,
    SelectionSlider,
    ToggleButton,
    VBox,
)

from sda_lib.controls.names import CONTROLS
from sda_lib.fields import options_of
from sda_lib.writers.loudness_contour import SHAPES
from sda_lib.writers.options import GenerateOptions
from sda_widgets.session.session import Session

# Number of candidates for each jump at focus 0.
MAX_CANDIDATES = 48
AS_IT_COMES = "as it comes"
# Label and value of a control that is not set; such sliders cannot hold None.
FREE, NOTHING = "any", -1.0


class GenerateForm(VBox):
    """Options of a new sound, with buttons to generate it, continue the current sound, or regenerate the selection."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seconds = _slider("seconds", 4.0, 0.5, 30.0, 0.5, ".1f")
        self.seconds.layout = Layout(width="auto", flex="1 1 0")
        self.auto = ToggleButton(
            value=True, description="Auto", layout=Layout(width="auto"),
            tooltip="As long as one of your recordings; the seed draws which. Move the slider to choose a length",
        )  # fmt: skip
        self.seconds.observe(lambda _change: setattr(self.auto, "value", False), "value")
        self.novelty = _slider("novelty", 0.5, 0.0, 1.0, 0.01)
        self.source = _slider("source_amount", session.source_amount, 0.0, 1.0, 0.01)
        self.source.continuous_update = False
        self.seed = BoundedIntText(
            value=0, min=0, max=999_999, description="Seed", layout=Layout(width="auto", flex="1 1 0")
        )
        self.again = _button("Generate", "Write a sound with this seed", self._generate, "sda-primary")
        self.another = _button("Next seed", "One seed further", self._next)
        self.onwards = _button("Go on", "Write these seconds behind the sound at hand", self._go_on)
        self.anew = _button("Selection anew", "Write the selected cells anew, to fit what is around them", self._anew)
        self.why = HTML()
        super().__init__(
            [
                HTML("<h3>Write</h3>"), self.why, HBox([self.seconds, self.auto]), self.novelty,
                HBox([self.seed, self.another]), self.again, HBox([self.onwards, self.anew]), self._wishes(),
                self.source,
            ]
        )  # fmt: skip
        self.add_class("sda-card")
        self.source.observe(lambda change: self._set_source(change.new), "value")
        session.observe(lambda change: setattr(self.source, "value", change.new), "source_amount")
        session.observe(lambda _change: self._enable(), "model")
        session.observe(lambda _change: self._hide(), "why_hidden")
        self._enable()

    def _wishes(self) -> Accordion:
        """Build the sampling and control options, folded away at first."""
        self.creativity = _slider("temperature", 0.5, 0.05, 2.0, 0.05)
        self.focus = _slider("top_k", 0.0, 0.0, 1.0, 0.05)  # 0: MOST_PLACES candidates, 1: the best one
        self.diversity = _slider("top_p", 1.0, 0.05, 1.0, 0.05)
        self.controls = {name: _control(name, what) for name, what in CONTROLS.items()}
        self.contour = Dropdown(
            options=[(AS_IT_COMES, ()), *((name, points) for name, points in SHAPES.items())],
            description="Contour", tooltip="How loud it is from beginning to end", layout=Layout(width="auto"),
        )  # fmt: skip
        self.trial = _button("Try them out", "Hide what does nothing in this model; takes some seconds", self._try)
        self.why_hidden = HTML()
        turns = VBox([self.creativity, self.focus, self.diversity])
        likes = VBox([*self.controls.values(), self.contour, self.why_hidden, self.trial])
        folded = Accordion([turns, likes], titles=("How it turns", "What it is like"))
        folded.observe(lambda change: change.new == 1 and self._look(), "selected_index")
        return folded

    def _look(self) -> None:
        if self.session.model is not None:
            self.session.look_at_controls()

    def _try(self) -> None:
        self.session.try_controls()

    def _hide(self) -> None:
        """Hide controls that have no effect in this model, and show the reasons."""
        reasons = self.session.why_hidden
        for name, control in self.controls.items():
            control.layout.display = "none" if name in reasons else None
        self.why_hidden.value = "".join(f'<p class="sda-quiet">{escape(why)}</p>' for why in reasons.values())

    def _enable(self) -> None:
        """Disable what the model cannot do, and show the reason."""
        model = self.session.model
        why, less = ("", "") if model is None else (model.why_no_writing, model.why_no_controls)
        self.why.value = f'<p class="sda-quiet">{escape(why or less)}</p>' if why or less else ""
        self.source.disabled = model is None or model.memory is None
        for control in (self.again, self.another, self.onwards, self.seconds, self.auto, self.seed, self.creativity):
            control.disabled = model is None or bool(why)
        for control in (self.anew, self.novelty, self.focus, self.diversity, self.contour):
            control.disabled = model is None or bool(why or less)
        for control in (*self.controls.values(), self.trial):  # their ranges are measured on recordings
            control.disabled = model is None or bool(why or less) or model.memory is None

    @property
    def options(self) -> GenerateOptions:
        """The values of the form."""
        offered = {name: one for name, one in self.controls.items() if name not in self.session.why_hidden}
        asked = {name: control.value for name, control in offered.items() if not control.disabled}
        length = {} if self.auto.value else {"seconds": self.seconds.value}
        return GenerateOptions(
            **length,
            seed=self.seed.value,
            source_amount=self.source.value,
            novelty=self.novelty.value,
            temperature=self.creativity.value,
            top_k=max(1, round(MAX_CANDIDATES * (1 - self.focus.value))),
            top_p=self.diversity.value,
            controls={name: amount for name, amount in asked.items() if amount != NOTHING},
            contour=() if self.contour.disabled else self.contour.value,
        )

    def _generate(self) -> None:
        self.session.receiving.generate(self.options)

    def _go_on(self) -> None:
        self.session.receiving.go_on(self.options)

    def _anew(self) -> None:
        self.session.receiving.write_anew(self.options)

    def _next(self) -> None:
        self.seed.value = (self.seed.value + 1) % self.seed.max
        self._generate()

    def _set_source(self, amount: float) -> None:
        if amount != self.session.source_amount:
            self.session.set_source(amount)


def _slider(name: str, value: float, low: float, high: float, step: float, form: str = ".2f") -> FloatSlider:
    """Return a slider for a generation option, over the range that the page offers."""
    option = options_of(GenerateOptions)[name]
    return FloatSlider(
        value=value, min=low, max=high, step=step, readout_format=form, description=option.title, tooltip=option.text,
        layout=Layout(width="auto"),
    )  # fmt: skip


def _control(name: str, what: str) -> SelectionSlider:
    """Return a slider for a control: not set, or tenths of the range found in the corpus."""
    amounts = [(FREE, NOTHING), *((f"{tenth / 10:.1f}", tenth / 10) for tenth in range(11))]
    return SelectionSlider(
        options=amounts, value=NOTHING, description=name.capitalize(), tooltip=f"{what}, from 0 to 1 of your sounds",
        continuous_update=False, layout=Layout(width="auto"),
    )  # fmt: skip


def _button(text: str, tip: str, act: Any, *classes: str) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    for name in classes:
        button.add_class(name)
    button.on_click(lambda _button: act())
    return button
