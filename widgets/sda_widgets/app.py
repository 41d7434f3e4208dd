"""The workbench: one session and the widgets that show it, on one page."""

from functools import partial

from ipywidgets import HTML, HBox, Tab, VBox, Widget

from sda_lib.allocation import release_freed_memory
from sda_lib.errors import SdaError
from sda_widgets.commands.command_search import CommandSearch
from sda_widgets.commands.key_sheet import KeySheet
from sda_widgets.common.form_controls import Card, watch
from sda_widgets.common.heartbeat import Heartbeat
from sda_widgets.common.kernel_watch import KernelWatch
from sda_widgets.common.theme import stylesheet
from sda_widgets.export.export_view import ExportView
from sda_widgets.export.layers_view import LayersView
from sda_widgets.files.model_chooser import ModelChooser
from sda_widgets.files.sound_opener import SoundOpener
from sda_widgets.generate import GenerateForm
from sda_widgets.grid.ab_panel import ABPanel
from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.grid.history_list import HistoryList
from sda_widgets.health.health_view import HealthView
from sda_widgets.history.history_card import HistoryCard
from sda_widgets.listen.listening_bar import ListeningBar
from sda_widgets.listen.preview import preview_of
from sda_widgets.listen.sound_player import SoundPlayer
from sda_widgets.plane.code_palette import CodePalette
from sda_widgets.plane.recording_map import RecordingMap
from sda_widgets.preset_card import PresetCard
from sda_widgets.session.autosave import Autosave
from sda_widgets.session.guest import IDLE, GuestPlaces, end_later, is_guest
from sda_widgets.session.pauses import Pauses
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session
from sda_widgets.session.sound_keeper import SoundKeeper
from sda_widgets.sliders.sliders_view import SlidersView
from sda_widgets.status_line import StatusLine
from sda_widgets.training.training_view import TrainingView

# Seconds without an act after which freed memory is returned; the next act takes some 60 ms longer.
MEMORY_REST = 15.0
SIDES = ("play", "train")


class Page(VBox):
    """The workbench as a widget; closing it ends the session's background work."""

    def __init__(self, session: Session, children: list[Widget]) -> None:
        self.session = session
        self.autosave: Autosave | None = None
        self.keeper: SoundKeeper | None = None
        self.pauses = [Pauses(session, MEMORY_REST, release_freed_memory)]
        super().__init__(children)

    def close(self) -> None:
        if self.autosave is not None:
            self.autosave.close()
        if self.keeper is not None:
            self.keeper.close()
        for pauses in self.pauses:
            pauses.close()
        self.session.close()
        super().close()


def workbench(places: Places | None = None, resumes: bool = False) -> Page:
    """Return the whole page as one widget. It opens the newest model and watches a run in progress;
    without a model it offers to train one. With `resumes` it goes on where the page before it was, its own state is
    saved after every act, and its sounds are kept in the history."""
    session = Session(places)
    train = VBox([TrainingView(session), HealthView(session)]).add_class("sda-train")
    tabs = Tab([_play(session), train], titles=("Play", "Train")).add_class("sda-tabs")
    page = Page(session, [stylesheet(), KernelWatch(), _top(session), tabs]).add_class("sda-app")
    session.observe(lambda change: session.set(tab="play") if change.old is None else None, "model")
    tabs.observe(lambda change: session.set(tab=SIDES[change.new]), "selected_index")
    session.observe(lambda change: setattr(tabs, "selected_index", SIDES.index(change.new)), "tab")
    session.tab = "train"
    problem = _begin(session, page, resumes)
    if problem and not session.message:
        session.report(problem)
    return page


def guest_page(places: GuestPlaces) -> Page:
    """Return the page of a guest: it plays, edits and exports sounds of the models that are there. Nothing is trained,
    and neither the history nor a page that comes back is kept. It ends after IDLE seconds without an act."""
    session = Session(places)
    heartbeat = Heartbeat()
    heartbeat.on_message(lambda _beat: session.tick())
    watch(
        lambda: setattr(heartbeat, "beating", session.slider_fit.process is not None), (session.slider_fit, "process")
    )
    parts = [stylesheet(), KernelWatch(), heartbeat, _top(session), _play(session)]
    page = Page(session, parts).add_class("sda-app")
    session.library.refresh()
    _open_newest(session)
    page.pauses.append(Pauses(session, IDLE, partial(end_later, session)))
    return page


def _top(session: Session) -> HBox:
    brand = HTML("<span class='sda-brand'>SDA</span><span class='sda-claim'>Small DataSet Audio</span>")
    return HBox([brand, StatusLine(session), CommandSearch(session), KeySheet(session)]).add_class("sda-top")


def _play(session: Session) -> HBox:
    grid = CodeGrid(session, session.sound)
    pair = ABPanel(session, lambda other: CodeGrid(session, other))
    form, export = GenerateForm(session), ExportView(session)
    presets = PresetCard(session, form, export.form)
    kept: list[Widget] = []  # nothing of a guest is
    if not is_guest(session.places):
        kept = [HistoryCard(session, lambda: (export.form.finish, export.form.suffix))]
    side = [ModelChooser(session), form, presets, SoundOpener(session), HistoryList(session), *kept, export]
    side.append(LayersView(session, lambda: (export.form.finish, export.form.suffix)))
    palette, recordings = CodePalette(session, grid.drawing.x), RecordingMap(session)
    windows = [
        Card([SoundPlayer(session), ListeningBar(session)]),
        grid,
        palette,
        pair,
        SlidersView(session),
        recordings,
    ]
    main = VBox([*windows, preview_of(session)]).add_class("sda-main")
    return HBox([VBox(side).add_class("sda-side"), main]).add_class("sda-page")


def _begin(session: Session, page: Page, resumes: bool) -> str:
    """Go on where the page before was, or open the newest model; return what of that did not work, as a sentence."""
    session.library.refresh()
    problem = ""
    if resumes:
        try:
            page.autosave = Autosave(session)
        except SdaError as error:
            problem = f"This page is not kept for a reload: {error}"
    autosave = page.autosave
    is_resumed = autosave is not None and autosave.resume()
    if resumes:
        page.keeper = SoundKeeper(session)
        page.keeper.watch()
    if not is_resumed:
        _open_newest(session)
    if autosave is not None:
        autosave.watch()
        problem = autosave.problem
    _look_around(session)
    return problem


def _open_newest(session: Session) -> None:
    newest = next((entry for entry in session.library.models if not getattr(entry, "problem", "")), None)
    if newest is not None:
        session.open_model(newest.path)


def _look_around(session: Session) -> None:
    """Watch a run in progress, and scan the example sounds."""
    session.training.attach()
    if session.places.demo.is_dir() and session.places.demo != session.places.folder:
        session.scan.start(session.places.demo)
