"""Category list: the folders and tags of the scanned sounds, each to be left out or given a weight."""

from ipywidgets import HTML, BoundedFloatText, Checkbox, HBox, Layout, VBox

from sda_lib.audio.categories import Category
from sda_lib.fields import options_of
from sda_lib.file_choice import FilesConfig
from sda_widgets.common.form_controls import auto_width, show_if, watch
from sda_widgets.common.markup import quiet
from sda_widgets.session.session import Session

# Most categories that are listed, those with the most files.
MOST = 40
TITLE = "<h3>Categories</h3>"
ABOUT = "Folders and tags of the sounds. Leave some out, or give a weight: 2 makes them count twice as much."


class CategoryList(VBox):
    """Part of the form for a new model; what it says is `session.scan.chosen`. Hidden where there are no categories."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.about, self.rows = HTML(), VBox([])
        self.boxes: dict[str, Checkbox] = {}
        self.weights: dict[str, BoundedFloatText] = {}
        super().__init__([HTML(TITLE), HTML(quiet(ABOUT)), self.rows, self.about])
        self.add_class("sda-categories")
        watch(self._fill, (session.scan, "corpus"))
        watch(self._describe, (session.scan, "chosen"))

    @property
    def files(self) -> FilesConfig:
        """What the rows say."""
        out = tuple(name for name, box in self.boxes.items() if not box.value)
        weights = {name: one.value for name, one in self.weights.items() if one.value != 1 and name not in out}
        return FilesConfig(exclude=out, weights=weights)

    def _fill(self) -> None:
        """List the categories of other sounds, all of them included."""
        corpus = self.session.scan.corpus
        found = () if corpus is None else corpus.categories
        most = sorted(sorted(found, key=lambda one: -one.files)[:MOST], key=lambda one: one.name)
        self.boxes, self.weights = {}, {}
        self.rows.children = [self._row(one) for one in most]
        show_if(most, self)

    def _row(self, category: Category) -> HBox:
        """Return the row of a category, with box and weight."""
        limits = options_of(FilesConfig)["weights"]
        box = Checkbox(value=True, description=category.name, indent=False, layout=Layout(flex="1 1 0", width="auto"))
        weight = BoundedFloatText(
            1.0, min=limits.low, max=limits.high, step=0.5, layout=Layout(width="64px"),
            tooltip=f"Weight of {category.name}",
        )  # fmt: skip
        self.boxes[category.name], self.weights[category.name] = box, weight
        for one in (box, weight):
            one.observe(lambda _change: self.session.scan.choose(self.files), "value")
        watch(lambda: setattr(weight, "disabled", not box.value), (box, "value"))
        files = "1 file" if category.files == 1 else f"{category.files} files"
        return HBox([box, HTML(quiet(f"{files}, {category.minutes:.1f} min"), layout=auto_width()), weight])

    def _describe(self) -> None:
        chosen = self.session.scan.chosen
        left_out = 0 if chosen is None else chosen.left_out
        text = (
            f"{len(chosen)} sounds are learned from, {left_out} are left out."
            if chosen is not None and left_out
            else ""
        )
        self.about.value = quiet(text) if text else ""
