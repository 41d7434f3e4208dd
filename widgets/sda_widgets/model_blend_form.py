"""Model blend form: one sound of the open model and another."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import HTML, BoundedIntText, Dropdown, FloatSlider, HBox, Text, Widget

from sda_lib.export.finish import Finish
from sda_lib.writers.options import GenerateOptions
from sda_widgets.common.form_controls import Card, auto_width, button, offer, watch
from sda_widgets.common.markup import quiet
from sda_widgets.common.work_progress import progress_of
from sda_widgets.session.session import Session

ABOUT = "The same options and seed for two models; their sounds are mixed at equal loudness."
ABOUT_WEIGHTS = "Or a new model between both, where they were trained from the same sounds and seed:"
NONE = ("Choose a model", "")


class ModelBlendForm(Card):
    """View of `session.model_blend`. `delivery` returns the finish and suffix of its files."""

    def __init__(self, session: Session, delivery: Callable[[], tuple[Finish, str]]) -> None:
        self.session, self._delivery = session, delivery
        self.other = Dropdown(options=[NONE], description="With", layout=auto_width())
        self.share = FloatSlider(
            0.5, min=0, max=1, step=0.05, description="Share", layout=auto_width(),
            tooltip="0: the open model alone, 1: the other alone",
        )  # fmt: skip
        self.seed = BoundedIntText(value=0, max=999_999, description="Seed", layout=auto_width())
        self.make = button("Blend and listen", "Generate with both models, mix and play the sounds", self._make)
        self.write = button("Export blend", "Write the blend to a file", self._write)
        acts = HBox([self.make, self.write])
        self.progress = progress_of(session.model_blend)
        parts = [self.other, self.share, self.seed, acts, self.progress, *self._merging()]
        super().__init__([HTML(f"<h3>Blend of models</h3>{quiet(ABOUT)}"), *parts], "sda-model-blend")
        session.page_acts.provide("models.one_sound_of_two", self.other.focus)
        session.page_acts.provide("models.one_model_of_two", self.name.focus)
        self.other.observe(lambda _change: self._enable(), "value")
        watch(self._list, (session.library, "models"), (session, "model_path"))
        merges = (session.model_merge, "is_running")
        watch(self._enable, (session, "model"), (session.model_blend, "clip is_running"), merges)

    def _merging(self) -> list[Widget]:
        """Build what makes a model of the two: their weights, interpolated."""
        self.name = Text(placeholder="Name of a new model", layout=auto_width())
        tooltip = "Save a model whose weights lie between those of both; they must come from the same sounds and seed"
        self.merge = button("Blend the weights", tooltip, self._merge)
        about = HTML(quiet(ABOUT_WEIGHTS))
        return [about, self.name, self.merge, progress_of(self.session.model_merge)]

    def _list(self) -> None:
        others = [one for one in self.session.library.models if one.path != self.session.model_path and not one.problem]
        offer(self.other, [NONE, *((one.name, str(one.path)) for one in others)])
        self._enable()

    def _enable(self) -> None:
        model = self.session.model
        is_making = self.session.model_blend.is_running
        self.make.disabled = is_making or not self.other.value or model is None or bool(model.why_no_writing)
        is_merging = self.session.model_merge.is_running
        self.merge.disabled = is_merging or not self.other.value or model is None
        self.write.disabled = self.session.model_blend.clip is None

    def _make(self) -> None:
        self.session.model_blend.make(self.other.value, self.share.value, GenerateOptions(seed=self.seed.value))

    def _merge(self) -> None:
        self.session.model_merge.make(self.other.value, self.share.value, self.name.value)

    def _write(self) -> None:
        self.session.model_blend.write(*self._delivery())
