"""Prior form: train a prior for the open model."""

from __future__ import annotations

from ipywidgets import HTML, BoundedFloatText, HBox, Layout

from sda_widgets.common.form_controls import Card, button, watch
from sda_widgets.common.markup import quiet, status
from sda_widgets.common.work_progress import progress_of
from sda_widgets.session.context import NO_MODEL
from sda_widgets.session.prior_fit import NO_RECORDINGS
from sda_widgets.session.session import Session

ABOUT = (
    "Networks that predict the next code from those before it. New sounds then follow the recordings' "
    "order more closely, and a model without its recordings can generate."
)


class PriorForm(Card):
    """View of `session.prior_fit`, and of the open model's prior."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.minutes = BoundedFloatText(
            1.0, min=0.1, max=60, step=0.5, description="Minutes", layout=Layout(width="170px")
        )
        self.train = button("Train a prior", "It ends early without improvement", self._train)
        self.state = HTML()
        row = HBox([self.minutes, self.train])
        self.progress = progress_of(session.prior_fit)
        super().__init__([HTML(f"<h3>Prior</h3>{quiet(ABOUT)}"), row, self.progress, self.state], "sda-prior")
        session.page_acts.provide_button("models.train_a_prior", self.train, self._why_not)
        watch(self._show, (session, "model"), (session.prior_fit, "process result"))

    def _why_not(self) -> str:
        model = self.session.model
        if self.session.prior_fit.process is not None:
            return "A prior is being trained."
        return NO_MODEL if model is None else model.why_no_codes or NO_RECORDINGS

    def _train(self) -> None:
        self.session.prior_fit.start(self.minutes.value)

    def _show(self) -> None:
        model, fit = self.session.model, self.session.prior_fit
        is_running = fit.process is not None
        can = model is not None and model.discrete and model.memory is not None
        self.train.disabled = is_running or not can
        self.train.description = "Training a prior …" if is_running else "Train a prior"
        self.state.value = status(quiet(self._words()))

    def _words(self) -> str:
        model, fit = self.session.model, self.session.prior_fit
        if fit.process is not None:
            return "The model can be played meanwhile."
        if fit.result:
            return fit.result
        if model is None:
            return "Open a model first."
        if model.prior is None:
            return "This model has no prior."
        return "This model has an n-gram prior." if model.prior.is_ngram else "This model has a prior network."
