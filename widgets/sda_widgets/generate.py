"""Form for new sounds, for continuing the current one, and for regenerating the selection."""

from __future__ import annotations

from dataclasses import fields, replace

from ipywidgets import HTML, BoundedIntText, Dropdown, FloatSlider, HBox, SelectionSlider, ToggleButton, VBox

from sda_lib.controls.names import CONTROLS
from sda_lib.fields import options_of
from sda_lib.writers.loudness_contour import SHAPES
from sda_lib.writers.options import AUTO, GenerateOptions
from sda_widgets.common.disclosure import Disclosure
from sda_widgets.common.form_controls import auto_width, button, show_if, watch
from sda_widgets.common.glossary import explained
from sda_widgets.common.markup import quiet
from sda_widgets.common.work_progress import progress_of
from sda_widgets.recordings_form import RecordingsForm
from sda_widgets.session.context import NO_MODEL
from sda_widgets.session.session import Session

# Number of candidates for each jump at focus 0.
MAX_CANDIDATES = 48
# Label and value of a control that is not set; such sliders cannot hold None.
ANY, UNSET = "any", -1.0
NO_RECORDINGS = "This model has no recordings in it, which that needs."


class GenerateForm(VBox):
    """Options of a new sound, with buttons to generate it, continue the current sound, or regenerate the selection."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seconds = _slider("seconds", 4.0, 0.5, 30.0, 0.5, ".1f")
        self.seconds.layout = auto_width(flex="1 1 0")
        self.auto = ToggleButton(
            value=True, description="Auto", layout=auto_width(),
            tooltip="As long as one of your recordings; the seed draws which. Move the slider to choose a length",
        )  # fmt: skip
        self.seconds.observe(lambda _change: setattr(self.auto, "value", False), "value")
        self.novelty = _slider("novelty", 0.5, 0.0, 1.0, 0.01)
        amount = session.sound.source_amount
        self.source = _slider("source_amount", amount, 0.0, 1.0, 0.01)
        self.source.continuous_update = False
        self.seed = BoundedIntText(value=0, max=999_999, description="Seed", layout=auto_width(flex="1 1 0"))
        self.generate_button = button("Generate", "Generate a sound with this seed", self._generate, "sda-primary")
        self.next_button = button("Next seed", "Generate a sound with the next seed", self._next)
        self.continue_button = button("Continue", "Append a sound of this length to the current one", self._continue)
        self.regenerate_button = button(
            "Regenerate selection", "Generate the selected cells again, to fit their context", self._regenerate
        )
        self.copying_button = button(
            "How much is copied?", "Measure how much of the sound is a recording's own waveform", self._check_copying
        )
        self.why, self.copied = HTML(), HTML()
        rows = (
            HTML("<h3>Generate</h3>"), self.why, HBox([self.seconds, self.auto]), explained(self.novelty, "Novelty"),
            HBox([self.seed, self.next_button]), self.generate_button,
            HBox([self.continue_button, self.regenerate_button]).add_class("sda-toolbar"), self._more(),
            explained(self.source, "Source"),
            self.copying_button, progress_of(session.sound.copying.work), self.copied,
        )  # fmt: skip
        super().__init__(rows)
        self.add_class("sda-card")
        self.source.observe(lambda change: self._set_source(change.new), "value")
        session.sound.observe(lambda change: setattr(self.source, "value", change.new), "source_amount")
        watch(lambda: self._show_copied(session.sound.copied), (session.sound, "copied"))
        works = [(session.hidden_controls, "is_running"), (session.sound.copying.work, "is_running")]
        watch(self._enable, (session, "model"), *works)
        watch(self._hide, (session.hidden_controls, "reasons"))
        self._exact = self._shown = self._values
        self._provide_acts()

    def _more(self) -> VBox:
        """Build the sampling and control options, folded away at first."""
        self.temperature = _slider("temperature", 0.5, 0.05, 2.0, 0.05)
        self.jump_focus = _slider("top_k", 0.0, 0.0, 1.0, 0.05)  # 0: MAX_CANDIDATES, 1: the best one
        self.top_p = _slider("top_p", 1.0, 0.05, 1.0, 0.05)
        self.controls = {name: _control(name, what) for name, what in CONTROLS.items()}
        self.contour = Dropdown(
            options=[("unchanged", ()), *SHAPES.items()], description="Contour",
            tooltip="Loudness from beginning to end", layout=auto_width(),
        )  # fmt: skip
        hidden = self.session.hidden_controls
        self.trial_button = button(
            "Try them out", "Hide what has no effect in this model; takes half a minute", hidden.try_out
        )
        self.trial = progress_of(hidden)
        self.why_hidden = HTML()
        self.varispeed = _slider("varispeed", 0.0, -12.0, 12.0, 0.1, "+.1f")
        self.varispeed_spread = _slider("varispeed_spread", 0.0, 0.0, 12.0, 0.1, ".1f")
        self.recordings = RecordingsForm(self.session)
        self.character = Disclosure(
            "Character", [*self.controls.values(), self.contour, self.why_hidden, self.trial_button, self.trial]
        )
        chosen = Disclosure("Recordings", [self.recordings])
        self.session.page_acts.provide("recordings", lambda: chosen.unfold_to(self.recordings.list))
        self.character.observe(
            lambda change: change.new and self.session.model is not None and hidden.check(), "expanded"
        )
        return VBox([
            Disclosure("Sampling", [self.temperature, self.jump_focus, self.top_p]), self.character,
            Disclosure("Varispeed", [self.varispeed, self.varispeed_spread]), chosen,
        ])  # fmt: skip

    def _provide_acts(self) -> None:
        acts = self.session.page_acts
        for name, made in (
            ("generate", self.generate_button), ("next_seed", self.next_button), ("continue", self.continue_button),
            ("regenerate", self.regenerate_button), ("copying", self.copying_button),
            ("try_controls", self.trial_button),
        ):  # fmt: skip
            acts.provide_button(name, made, self._why_disabled)

    def _why_disabled(self) -> str:
        """Return why this model can't do what a disabled button would."""
        model = self.session.model
        if model is None:
            return NO_MODEL
        return model.why_no_writing or model.why_no_controls or NO_RECORDINGS

    def _hide(self) -> None:
        """Hide controls that have no effect in this model, and show the reasons."""
        reasons = self.session.hidden_controls.reasons
        for name, control in self.controls.items():
            show_if(name not in reasons, control)
        self.why_hidden.value = "".join(map(quiet, reasons.values()))

    def _enable(self) -> None:
        """Disable what the model cannot do, and show the reason."""
        model = self.session.model
        why, less = ("", "") if model is None else (model.why_no_writing, model.why_no_controls)
        self.why.value = quiet(why or less) if why or less else ""
        no_grains = model is None or model.memory is None
        always = (
            self.generate_button, self.next_button, self.continue_button, self.seconds, self.auto, self.seed,
            self.varispeed, self.varispeed_spread,
        )  # fmt: skip
        walks = (self.regenerate_button, self.novelty, self.jump_focus, self.top_p, self.contour)
        for widgets, disabled in (
            ((*always, self.temperature), model is None or why),
            (walks, model is None or why or less),
            (self.controls.values(), no_grains or why or less),  # measured on recordings
            ((self.trial_button,), no_grains or why or less or self.session.hidden_controls.is_running),
            ((self.source,), no_grains),
            ((self.copying_button,), no_grains or self.session.sound.copying.work.is_running),
        ):
            for widget in widgets:
                widget.disabled = bool(disabled)

    def fill(self, options: GenerateOptions) -> None:
        """Show options, except for the seed; what the form can't show in full stays exact until it is changed."""
        if options.seconds != AUTO:
            self.seconds.value = float(options.seconds)
        self.auto.value = options.seconds == AUTO
        self.novelty.value, self.temperature.value = options.novelty, options.temperature
        self.jump_focus.value, self.top_p.value = 1 - options.top_k / MAX_CANDIDATES, options.top_p
        self.varispeed.value, self.varispeed_spread.value = options.varispeed, options.varispeed_spread
        self.source.value = options.source_amount
        self.session.recordings.choose(options.recordings)
        self.recordings.strictness.value = options.strictness
        for name, control in self.controls.items():
            control.value = round(options.controls[name], 1) if name in options.controls else UNSET
        shapes = [("unchanged", ()), *SHAPES.items()]
        is_known = options.contour in dict(shapes).values()
        self.contour.options = shapes if is_known else [*shapes, ("of the preset", options.contour)]
        self.contour.value = options.contour
        self._exact, self._shown = options, self._values

    @property
    def options(self) -> GenerateOptions:
        """The values of the form."""
        values, exact, shown = self._values, self._exact, self._shown
        kept = [one.name for one in fields(values) if getattr(values, one.name) == getattr(shown, one.name)]
        kept = [name for name in kept if name not in ("seed", "sliders", "curves")]
        return replace(values, **{name: getattr(exact, name) for name in kept})

    @property
    def _values(self) -> GenerateOptions:
        """The values that the form shows."""
        hidden = self.session.hidden_controls.reasons
        chosen = {
            name: control.value
            for name, control in self.controls.items()
            if name not in hidden and not control.disabled and control.value != UNSET
        }
        return GenerateOptions(
            **({} if self.auto.value else {"seconds": self.seconds.value}),
            seed=self.seed.value,
            source_amount=self.source.value,
            novelty=self.novelty.value,
            temperature=self.temperature.value,
            top_k=max(1, round(MAX_CANDIDATES * (1 - self.jump_focus.value))),
            top_p=self.top_p.value,
            varispeed=self.varispeed.value,
            varispeed_spread=self.varispeed_spread.value,
            recordings=self.session.recordings.names,
            strictness=self.recordings.strictness.value,
            controls=chosen,
            contour=() if self.contour.disabled else self.contour.value or (),
        )

    @property
    def _options_at_same_rate(self) -> GenerateOptions:
        """The values of the form for a continuation or a regenerated part, which have the rate of their sound."""
        return replace(self.options, varispeed=0.0, varispeed_spread=0.0)

    def _generate(self) -> None:
        sound = self.session.receiving
        before = sound.codes
        sound.create.generate(self.options)
        if before is not None and sound.codes is not None and sound.codes.is_same(before):
            sound.say_unchanged(f"Seed {self.seed.value} gives this sound again; Next seed gives another one.")

    def _continue(self) -> None:
        self.session.receiving.create.continue_sound(self._options_at_same_rate)

    def _regenerate(self) -> None:
        self.session.receiving.edits.regenerate(self._options_at_same_rate)

    def _check_copying(self) -> None:
        self.session.sound.copying.measure()

    def _show_copied(self, words: str) -> None:
        self.copied.value = quiet(words) if words else ""

    def _next(self) -> None:
        self.seed.value = (self.seed.value + 1) % self.seed.max
        self._generate()

    def _set_source(self, amount: float) -> None:
        if amount != self.session.sound.source_amount:
            self.session.set_source(amount)


def _slider(name: str, value: float, low: float, high: float, step: float, form: str = ".2f") -> FloatSlider:
    """Return a slider for a generation option, over the range that the page offers."""
    option = options_of(GenerateOptions)[name]
    return FloatSlider(
        value=value, min=low, max=high, step=step, readout_format=form, description=option.title, tooltip=option.text,
        layout=auto_width(),
    )  # fmt: skip


def _control(name: str, what: str) -> SelectionSlider:
    """Return a slider for a control: not set, or tenths of the range found in the corpus."""
    amounts = [(ANY, UNSET), *((f"{tenth / 10:.1f}", tenth / 10) for tenth in range(11))]
    return SelectionSlider(
        options=amounts, value=UNSET, description=name.capitalize(), tooltip=f"{what}, from 0 to 1 of your sounds",
        continuous_update=False, layout=auto_width(),
    )  # fmt: skip
