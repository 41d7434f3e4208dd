"""The workbench: one session and the widgets that show it, on one page."""

from functools import partial

from ipywidgets import HTML, HBox, VBox, Widget

from sda_lib.allocation import release_freed_memory
from sda_lib.errors import SdaError
from sda_widgets.closer_progress import CloserProgress
from sda_widgets.commands.command_search import CommandSearch
from sda_widgets.commands.key_sheet import KeySheet
from sda_widgets.common.form_controls import watch
from sda_widgets.common.kernel_watch import KernelWatch
from sda_widgets.common.theme import stylesheet
from sda_widgets.common.theme_switch import ThemeSwitch
from sda_widgets.files.sound_opener import sound_upload
from sda_widgets.frame.dock import Dock
from sda_widgets.frame.first_steps import FirstSteps
from sda_widgets.frame.first_steps_bar import FirstStepsBar
from sda_widgets.frame.health_mark import HealthMark
from sda_widgets.frame.model_switcher import ModelSwitcher
from sda_widgets.frame.rail import Rail
from sda_widgets.frame.stage import Stage
from sda_widgets.frame.step_buttons import StepButtons
from sda_widgets.listen.level_match import LevelMatch
from sda_widgets.listen.preview import preview_of
from sda_widgets.listen.sound_player import SoundPlayer
from sda_widgets.page_clock import PageClock
from sda_widgets.page_places import PagePlaces
from sda_widgets.session.autosave import Autosave
from sda_widgets.session.guest import IDLE, GuestPlaces, end_later, keep_small
from sda_widgets.session.pauses import Pauses
from sda_widgets.session.places import Places
from sda_widgets.session.session import CODES, EXPORT, LEARN, MIX, PLAY, Session
from sda_widgets.session.sound_keeper import SoundKeeper
from sda_widgets.status_line import StatusLine, error_mark

# Seconds without an act after which freed memory is returned; the next act takes some 60 ms longer.
MEMORY_REST = 15.0
OF_GUESTS = (PLAY, CODES, MIX, EXPORT)


class Page(VBox):
    """The workbench as a widget: a bar at the top, the player, the rail with the places, the place that is shown, and
    the dock. Closing it ends the session's background work."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.autosave: Autosave | None = None
        self.keeper: SoundKeeper | None = None
        self.pauses = [Pauses(session, MEMORY_REST, release_freed_memory)]
        made = PagePlaces(session)
        self.rail, self.stage = Rail(made.all), Stage(made.all)
        # Guests neither train nor make models, which the first steps lead to.
        self.first = FirstSteps(session) if LEARN in session.offered else None
        steps = [] if self.first is None else [FirstStepsBar(self.first)]
        foot = [StatusLine(session), CloserProgress(session), sound_upload(session)]
        self.dock = Dock("History", made.history, foot)
        session.page_acts.provide("open_dock", lambda: setattr(self.dock.toggle, "is_open", True))
        player = SoundPlayer(session)
        brand = HTML("<span class='sda-brand'>SDA</span>")
        # Further tools of the page, such as a list of the keys, go to the end of `tools`.
        tools: list[Widget] = [LevelMatch(session), StepButtons(session), CommandSearch(session), ThemeSwitch()]
        tools.append(KeySheet(session))
        head = [brand, ModelSwitcher(session), HealthMark(session, leads=LEARN in session.offered)]
        super().__init__(
            [stylesheet(), KernelWatch(), PageClock(session), HBox(head).add_class("sda-head"), player,
             HBox(tools).add_class("sda-tools"), self.rail, *steps, self.stage, self.dock, preview_of(session),
             error_mark(session)]
        )  # fmt: skip
        self.add_class("sda-app").add_class("sda-frame")

    def show_places(self) -> None:
        """Show the place of the session from now on, which builds it."""
        self.rail.observe(lambda change: self.session.go_to(change.new), "shown")
        watch(self._show, (self.session, "place"))
        watch(self._mark, (self.session, "model"), (self.session.library, "models"))

    def show_first_model(self) -> None:
        """Show Play, unless the first steps have led elsewhere."""
        if self.first is None or not self.first.is_shown:
            self.session.go_to(PLAY)

    def _show(self) -> None:
        place = self.session.place
        for name in self.session.offered:
            (self.add_class if name == place else self.remove_class)(f"sda-at-{name}")
        self.rail.shown = place
        self.stage.show(place)

    def _mark(self) -> None:
        """Mark a page on which nothing can sound yet, so that its player takes no room."""
        is_bare = self.session.model is None and not self.session.library.models
        (self.add_class if is_bare else self.remove_class)("sda-without-model")

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
    session.place = LEARN
    page = Page(session)
    session.observe(lambda change: page.show_first_model() if change.old is None else None, "model")
    problem = _begin(session, page, resumes)
    if resumes and page.first is not None:
        page.first.begin()
    page.show_places()
    if problem and not session.message:
        session.report(problem)
    return page


def guest_page(places: GuestPlaces) -> Page:
    """Return the page of a guest: it plays, edits and exports sounds of the models that are there. Nothing is trained,
    and neither the history nor a page that comes back is kept. It ends after IDLE seconds without an act."""
    session = Session(places)
    session.set(offered=OF_GUESTS, place=PLAY)
    page = Page(session)
    session.library.refresh()
    _open_newest(session)
    page.show_places()
    page.pauses.append(Pauses(session, IDLE, partial(end_later, session)))
    session.observe(lambda change: None if change.new else keep_small(session), "busy")
    return page


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
    """Watch a run in progress, and scan the sounds that it learns from, or the examples."""
    session.training.attach()
    folder = session.training.folder
    if folder is not None and session.places.holds(folder):
        session.scan.start(folder)
    elif session.places.demo.is_dir() and session.places.demo != session.places.folder:
        session.scan.start(session.places.demo)
