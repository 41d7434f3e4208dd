"""docs/ACTS.md: each function, command, option and button that it names exists, and every command is in it."""

import pkgutil
import re
import shutil
from pathlib import Path

import pytest
from ipywidgets import HTML, Widget
from typer.main import get_command

from sda_lib.cli import app
from sda_widgets.app import workbench
from sda_widgets.common.keys import HISTORY, spoken
from sda_widgets.export.batch_form import BatchForm
from sda_widgets.export.export_view import ExportView
from sda_widgets.export.instrument_form import InstrumentForm
from sda_widgets.export.layers_view import LayersView
from sda_widgets.export.stems_form import StemsForm
from sda_widgets.files.library_view import LibraryView
from sda_widgets.files.sound_opener import SoundOpener
from sda_widgets.frame.model_switcher import ModelSwitcher
from sda_widgets.generate import GenerateForm
from sda_widgets.grid.blend_form import BlendForm
from sda_widgets.grid.sounds_bar import SoundsBar
from sda_widgets.health.health_view import HealthView
from sda_widgets.history.history_card import HistoryCard
from sda_widgets.listen.level_match import LevelMatch
from sda_widgets.listen.listening_bar import ListeningBar
from sda_widgets.listen.measures_view import MeasuresView
from sda_widgets.model_blend_form import ModelBlendForm
from sda_widgets.preset_card import PresetCard
from sda_widgets.sliders.sliders_view import SlidersView
from sda_widgets.sources_card import SourcesCard
from sda_widgets.training.prior_form import PriorForm
from sda_widgets.training.training_view import TrainingView

TEXT = (Path(__file__).parents[2] / "docs/ACTS.md").read_text()
# Cards of the page and group of commands of each section.
SECTIONS = {
    "Models": ((LibraryView, ModelSwitcher, PriorForm, ModelBlendForm), "models"),
    "History": ((HistoryCard,), "history"),
    "Presets": ((PresetCard,), "presets"),
    "Comparison": ((SoundsBar, BlendForm, ListeningBar, LevelMatch, MeasuresView), ""),
    "Making and checking": ((GenerateForm, SoundOpener, SourcesCard, HealthView, SlidersView, TrainingView), ""),
    "Files": ((ExportView, BatchForm, InstrumentForm, StemsForm, LayersView), ""),
}
# Names of widgets that the page shows as they are.
SHOWN = ("description", "placeholder", "tooltip", "title")


def rows_of(section):
    """Rows of a section as (act, function, command, names on the page)."""
    part = TEXT.split(f"\n## {section}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")][2:]
    for line in lines:
        act, function, command, page = (cell.strip() for cell in line.strip().strip("|").split("|"))
        yield act, function.strip("`"), command.strip("`"), re.findall(r'"([^"]+)"', page)


ROWS = [(section, *row) for section in SECTIONS for row in rows_of(section)]


def command_of(words):
    """The command of a line such as `sda history search --sort`, and its options."""
    command = get_command(app)
    for word in words.split()[1:]:
        if word.startswith("-"):
            assert any(word in one.opts for one in command.params), words
        else:
            command = command.commands[word]
    return command


@pytest.fixture(scope="module")
def texts(tmp_path_factory, tiny_corpus, slider_model_path):
    """What each card of the page shows, by section."""
    from sda_widgets.session.places import Places

    places = Places(tmp_path_factory.mktemp("acts"), tiny_corpus)
    places.models.mkdir()
    shutil.copy(slider_model_path, places.models / "some.sda")
    page = workbench(places)
    for name in page.session.offered:
        page.session.go_to(name)  # places are built when they are first shown
    page.dock.toggle.is_open = True
    every = list(inside(page))
    shown = {
        section: [text for card in every if type(card) in kinds for text in texts_of(card)]
        for section, (kinds, _) in SECTIONS.items()
    }
    page.close()
    return shown


def inside(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from inside(child)


def texts_of(card):
    """The texts of a card: names and hints of its controls, labels of choices, titles; keys of the list of sounds."""
    keys = spoken(HISTORY).split("; ")
    texts = [text for widget in inside(card) for text in texts_in(widget)]
    return [*texts, *keys] if isinstance(card, HistoryCard) else texts


def texts_in(widget: Widget):
    yield from (getattr(widget, name, "") or "" for name in SHOWN)
    options = getattr(widget, "options", ())
    pairs = (one if isinstance(one, tuple) else (one, one) for one in (options if isinstance(options, tuple) else ()))
    yield from (label for label, _ in pairs if isinstance(label, str))
    if isinstance(widget, HTML):
        yield re.sub("<[^>]*>", "", widget.value)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_functions_commands_and_buttons_exist(row, texts):
    section, _, function, command, names = row
    assert not function or pkgutil.resolve_name(function)
    if command:
        assert command_of(command)
    assert not [name for name in names if name not in texts[section]]


@pytest.mark.parametrize("section", [section for section, (_, group) in SECTIONS.items() if group])
def test_every_command_is_in_the_table(section):
    name = SECTIONS[section][1]
    known = {command.split()[2] for *_, command, _ in rows_of(section) if command.startswith(f"sda {name} ")}
    assert set(get_command(app).commands[name].commands) <= known


def test_a_name_that_is_gone_is_found():
    with pytest.raises(AttributeError):
        pkgutil.resolve_name("sda_lib.History.gone")
    with pytest.raises(KeyError):
        command_of("sda history gone")
    with pytest.raises(AssertionError):
        command_of("sda history search --gone")
