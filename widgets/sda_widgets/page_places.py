"""The places of the page: what each of them shows."""

from __future__ import annotations

from functools import cached_property, partial

from ipywidgets import HTML, HBox, VBox, Widget

from sda_lib.export.finish import Finish
from sda_widgets.common.form_controls import Card
from sda_widgets.export.batch_form import BatchForm
from sda_widgets.export.delivery_form import DeliveryForm
from sda_widgets.export.export_view import ExportView
from sda_widgets.export.exported_view import ExportedView
from sda_widgets.export.instrument_form import InstrumentForm
from sda_widgets.export.layers_view import LayersView
from sda_widgets.export.stems_form import StemsForm
from sda_widgets.files.library_view import LibraryView
from sda_widgets.files.open_model import OpenModel
from sda_widgets.files.session_list import SessionList
from sda_widgets.files.sound_opener import SoundOpener
from sda_widgets.files.starter_offer import StarterOffer
from sda_widgets.frame.place import Place
from sda_widgets.generate import GenerateForm
from sda_widgets.grid.blend_form import BlendForm
from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.grid.history_list import HistoryList
from sda_widgets.grid.second_sound import SecondSound
from sda_widgets.grid.sound_grids import SoundGrids
from sda_widgets.grid.sound_pictures import SoundPictures
from sda_widgets.grid.sounds_bar import SoundsBar
from sda_widgets.health.health_view import HealthView
from sda_widgets.history.history_card import HistoryCard
from sda_widgets.listen.listening_bar import ListeningBar
from sda_widgets.listen.measures_view import MeasuresView
from sda_widgets.model_blend_form import ModelBlendForm
from sda_widgets.plane.code_palette import CodePalette
from sda_widgets.plane.recording_map import RecordingMap
from sda_widgets.preset_card import PresetCard
from sda_widgets.session.guest import is_guest
from sda_widgets.session.session import CODES, EXPORT, LEARN, LIBRARY, MIX, PLAY, Session
from sda_widgets.sliders.sliders_view import SlidersView
from sda_widgets.sources_card import SourcesCard
from sda_widgets.training.prior_form import PriorForm
from sda_widgets.training.training_view import TrainingView


class PagePlaces:
    """Makes the places of one page, which share the form for delivery."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def all(self) -> tuple[Place, ...]:
        """The places in the order of the rail; a guest has neither Learn nor Library."""
        places = (
            Place(LEARN, "Learn", "Train a model on your sounds, and check its health", self._learn),
            Place(PLAY, "Play", "New sounds, sliders, the map of the recordings, presets", self._play),
            Place(CODES, "Codes", "Edit the codes of sounds", self._codes),
            Place(MIX, "Mix", "Compare, blend and layer sounds", self._mix),
            Place(EXPORT, "Export", "Write sounds to files, alone or many at once", self._export),
            Place(LIBRARY, "Library", "Models, sessions and sound files", self._library),
        )
        return tuple(place for place in places if place.name in self.session.offered)

    @cached_property
    def delivery(self) -> DeliveryForm:
        """The form for delivery, which Export shows. A guest opens no files by their paths."""
        places = self.session.places
        return DeliveryForm(None if is_guest(places) else places.checked)

    def history(self) -> Widget:
        """What the dock opens to: the steps of the sound and, except for guests, every sound made."""
        kept = [] if is_guest(self.session.places) else [panel(HistoryCard(self.session, self._delivered))]
        return HBox([panel(HistoryList(self.session)), *kept])

    def _delivered(self) -> tuple[Finish, str]:
        return self.delivery.finish, self.delivery.suffix

    def _learn(self) -> Widget:
        training = TrainingView(self.session, [StarterOffer(self.session)])
        return VBox([training, panel(HealthView(self.session), PriorForm(self.session))])

    def _play(self) -> Widget:
        session = self.session
        form = GenerateForm(session)
        new = panel(StarterOffer(session), form, PresetCard(session, form, self.delivery))
        parts = [SlidersView(session), RecordingMap(session), SourcesCard(session)]
        return VBox([new, *(panel(part) for part in parts)])

    def _codes(self) -> Widget:
        session = self.session
        grid = CodeGrid(session, session.sound, undoes=False)
        others = SoundGrids(session, partial(CodeGrid, session))
        palette = CodePalette(session, grid.drawing.x)
        return VBox([panel(SoundsBar(session), grid, others), panel(palette)])

    def _mix(self) -> Widget:
        session = self.session
        blind = Card([HTML("<h3>Blind tests</h3>"), ListeningBar(session)])
        layers, models = LayersView(session, self._delivered), ModelBlendForm(session, self._delivered)
        compared = panel(BlendForm(session), blind, MeasuresView(session))
        pictures = HBox([SoundPictures(session), SecondSound(session)]).add_class("sda-sounds-row")
        shown = VBox([SoundsBar(session), pictures]).add_class("sda-sounds")
        return VBox([shown, compared, panel(layers, StemsForm(session)), panel(models)])

    def _export(self) -> Widget:
        session = self.session
        # A batch takes all cores, and much of the disk.
        many = [] if is_guest(session.places) else [panel(BatchForm(session, self._delivered))]
        instrument, exported = panel(InstrumentForm(session)), panel(ExportedView(session)).add_class("sda-shelf")
        return VBox([panel(ExportView(session, self.delivery)), *many, instrument, exported])

    def _library(self) -> Widget:
        session = self.session
        models = Card([HTML("<h3>Models</h3>"), LibraryView(session)], "sda-models")
        return VBox([panel(models), panel(OpenModel(session), SessionList(session)), panel(SoundOpener(session))])


def panel(*parts: Widget) -> VBox:
    """Return a column of a place; it scrolls by itself where it is too long."""
    return VBox(parts).add_class("sda-panel")
