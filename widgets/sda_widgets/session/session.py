"""Session: the state of one page. Widgets observe its traits and those of its parts, and call their actions."""

from dataclasses import replace
from pathlib import Path

from traitlets import Instance, Tuple, Unicode

import sda_lib
from sda_lib.decoder_version import decoder_note
from sda_lib.errors import SdaError
from sda_lib.health.fixes import Retraining
from sda_lib.model.model import SdaModel
from sda_lib.writers.options import GenerateOptions
from sda_widgets.session.aligned_views import AlignedViews
from sda_widgets.session.auditions import Auditions
from sda_widgets.session.comparing import Comparing
from sda_widgets.session.context import Context
from sda_widgets.session.exported_files import ExportedFiles
from sda_widgets.session.exporting import BatchExport, Exporting, export_options
from sda_widgets.session.folder_scan import FolderScan
from sda_widgets.session.guard import verb
from sda_widgets.session.instrument_export import InstrumentExport
from sda_widgets.session.layer_mix import LayerMix
from sda_widgets.session.listening import Listening
from sda_widgets.session.machine import Machine
from sda_widgets.session.made_sounds import MadeSounds
from sda_widgets.session.map_work import MapWork
from sda_widgets.session.midi_map import MidiMap
from sda_widgets.session.model_blend import ModelBlend
from sda_widgets.session.model_checks import HealthCheck, HiddenControls
from sda_widgets.session.model_library import ModelLibrary
from sda_widgets.session.model_merge import ModelMerge
from sda_widgets.session.page_acts import PageActs
from sda_widgets.session.places import Places
from sda_widgets.session.preset_shelf import PresetShelf
from sda_widgets.session.previews import Previews
from sda_widgets.session.prior_fit import PriorFit
from sda_widgets.session.recording_choice import RecordingChoice
from sda_widgets.session.session_files import SessionFiles
from sda_widgets.session.slider_fit import SliderFit
from sda_widgets.session.sound import Sound
from sda_widgets.session.sound_measures import SoundMeasures
from sda_widgets.session.sources import Sources
from sda_widgets.session.spectrogram_work import SpectrogramWork
from sda_widgets.session.starter_making import StarterMaking
from sda_widgets.session.stem_split import StemSplit
from sda_widgets.session.training_run import TrainingRun

NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Names of the places of the page, in the order of its rail.
PLACE_NAMES = LEARN, PLAY, CODES, MIX, EXPORT, LIBRARY = ("learn", "play", "codes", "mix", "export", "library")


class Session(Context):
    """A model, several sounds, and the parts of the page. The sounds are equals; one of them is always there."""

    sounds = Tuple(help="Sounds A, B, C …")
    playheads = Tuple(help="lines in the figures of grids that players move, by their ids in the browser")
    receiver = Unicode(NAMES[0], help="name of the sound that new sounds replace")
    place = Unicode(help="name of the place that the page shows; empty where there are none")
    offered = Tuple(PLACE_NAMES, help="names of the places that the page has")
    proposal = Instance(Retraining, allow_none=True, help="retraining to be reviewed; nothing starts by itself")

    def __init__(self, places: Places | None = None) -> None:
        super().__init__(places or Places.from_environment())
        self.page_acts = PageActs(self)
        self.sounds = (Sound(NAMES[0], self, self._use_model),)
        self._removed: dict[str, Sound] = {}
        self.views = AlignedViews(self)
        self.library = ModelLibrary(self)
        self.hidden_controls = HiddenControls(self)
        self.previews = Previews(self)
        self.spectrograms = SpectrogramWork(self, self.previews)
        self.made = MadeSounds(self, self.previews, lambda: self.sounds)
        self.map_work = MapWork(self)
        self.sources = Sources(self, self.previews)
        self.recordings = RecordingChoice(self)
        self.compare = Comparing(self)
        self.listening = Listening(self)
        self.midi = MidiMap(self)
        self.presets = PresetShelf(self)
        self.slider_fit = SliderFit(self)
        self.prior_fit = PriorFit(self)
        self.health = HealthCheck(self)
        self.exports = Exporting(self)
        self.exported = ExportedFiles(self, self.exports, self.previews)
        self.batch = BatchExport(self, self.exports)
        self.layers = LayerMix(self, self.exports, self.previews)
        self.stems = StemSplit(self, self.exports, self.layers)
        self.instruments = InstrumentExport(self)
        self.model_blend = ModelBlend(self, self.exports, self.previews)
        self.model_merge = ModelMerge(self, self.library)
        self.measures = SoundMeasures(self)
        self.files = SessionFiles(self, self.library, lambda: self.sounds)
        self.scan = FolderScan(self, self.previews)
        self.training = TrainingRun(self, self.library, self.open_model)
        self.machine = Machine(self)
        self.starter = StarterMaking(self, self._open_starter)
        self.auditions = Auditions(self, self.training, self.previews)
        self.on_other_model(lambda: self._keep(self.sounds[:1]))  # another model closes the other sounds
        self.made.observe(lambda change: None if change.new is None else self.go_to(LEARN), "collected")

    @property
    def sound(self) -> Sound:
        """The first sound."""
        return self.sounds[0]

    @property
    def receiving(self) -> Sound:
        """The sound that new sounds replace."""
        return next((sound for sound in self.sounds if sound.name == self.receiver), self.sound)

    def next_to(self, sound: Sound) -> Sound | None:
        """Return the sound after this one, in turn; None for an only one."""
        number = self.sounds.index(sound) + 1
        return self.sounds[number % len(self.sounds)] if len(self.sounds) > 1 else None

    def go_to(self, name: str) -> None:
        """Show a place; nothing happens on a page without it."""
        if self.place and name in self.offered:
            self.place = name

    def close(self) -> None:
        """End the background work."""
        for sound in (*self.sounds, *self._removed.values()):
            sound.close()
        self.map_work.idle.close()
        self.spectrograms.idle.close()

    # --- models ------------------------------------------------------------------------------------------------------

    @verb
    def open_model(self, path: str | Path) -> None:
        """Load a model and generate a first sound, so that there is something to play and edit."""
        if Path(path).parent == self.places.models:
            self.places.checked(path)  # it can be a link
        model, sound = sda_lib.SdaModel.load(path), self.sound
        sound.steps.clear()
        self.set(model=model, model_path=Path(path))
        sound.create.generate(sda_lib.GenerateOptions(source_amount=sound.source_amount))
        self.notice = decoder_note(model.decoder, model.title)

    def _open_starter(self, path: Path) -> None:
        self.library.refresh()
        self.open_model(path)

    def _use_model(self, sound: Sound, model: SdaModel, path: Path | None) -> None:
        """Open the model of a former sound. Raises SdaError unless it is the first, which the others follow."""
        if sound is not self.sound:
            raise SdaError("That sound is another model's, and all sounds need the same; change it for A first.")
        self.set(model=model, model_path=path)

    @verb
    def play_trained(self) -> None:
        """Open the model made by this page's run."""
        run = self.training.run
        if run is not None:
            self.go_to(PLAY)  # also if the model opens but can't generate
            self.open_model(run.model_path)

    @verb
    def propose(self, proposal: Retraining) -> None:
        """Show a retraining in the training window for review."""
        self.proposal = None  # so that the same proposal triggers observers again
        self.proposal = proposal
        self.go_to(LEARN)

    # --- sounds ------------------------------------------------------------------------------------------------------

    @verb
    def add_sound(self, name: str = "") -> None:
        """Add a sound beside the others, at first a copy of the first one; by default under the next free name."""
        self.sound.need_codes()
        taken = {sound.name for sound in self.sounds}
        free = [one for one in NAMES if one not in taken]
        name = name if name in free else free[0]
        sound = self._removed.pop(name, None) or Sound(name, self, self._use_model)
        sound.set(**self.sound.state)
        self.sounds = (*self.sounds, sound)

    @verb
    def add_new_sound(self) -> None:
        """Add a sound beside the others that is generated as the first one was, with the next seed."""
        options = replace(export_options(self.sound), quality=GenerateOptions.quality)
        self.add_sound()
        self.receiver = self.sounds[-1].name
        self.receiving.create.generate(replace(options, seed=options.seed + len(self.sounds) - 1))

    @verb
    def add_recording(self) -> None:
        """Add a sound beside the others, and show the map, on which a click makes it a recording of the model."""
        self.add_sound()
        self.receiver = self.sounds[-1].name
        self.go_to(PLAY)
        self.notice = f"click a recording on the map: it becomes {self.receiver}"

    @verb
    def remove_sound(self, sound: Sound) -> None:
        """Remove a sound other than the first."""
        self._keep(tuple(one for one in self.sounds if one is not sound or one is self.sound))

    def _keep(self, sounds: tuple[Sound, ...]) -> None:
        removed = [sound for sound in self.sounds if sound not in sounds]
        if not removed:
            return
        for sound in removed:
            sound.response_work.stop()
            self._removed[sound.name] = sound  # used again with its widgets, which ipywidgets would keep anyway
        self.compare.drop_blend()
        stays = self.receiving in sounds
        self.set(sounds=sounds, receiver=self.receiver if stays else self.sound.name)
        for sound in removed:
            sound.empty()

    @verb
    def set_source(self, amount: float) -> None:
        """Set Source of all sounds: the amount of the corpus' own grains in them, 0..1."""
        for sound in self.sounds:
            sound.renderer.set_source(amount)

    @verb
    def set_quantized(self, quantized: bool) -> None:
        """Set whether moved sounds are quantized to codes before they are decoded."""
        names = [sound.response_work.clear() for sound in self.sounds]
        self.quantized = quantized
        for sound, known in zip(self.sounds, names, strict=True):
            sound.renderer.refresh()
            sound.response_work.compute_later(known)

    # --- background work ---------------------------------------------------------------------------------------------

    @property
    def is_expecting(self) -> bool:
        """Whether threads are at work whose results the page's heartbeat applies, or such results wait."""
        works = (
            self.scan.is_running or self.auditions.has_thread or self.starter.is_running or self.machine.is_measuring
        )
        return bool(self.deliveries) or self.working > 0 or works

    def tick(self) -> None:
        """Apply what threads and processes have found since the last tick. Called by the page's heartbeat."""
        with self.lock:
            self.slider_fit.poll()
            self.prior_fit.poll()
            while self.deliveries:
                self.deliveries.popleft()()
            self.deliver_responses()
            self.training.poll()

    def deliver_responses(self) -> None:
        """Apply the slider responses computed so far. Called by the page's heartbeat."""
        for sound in self.sounds:
            sound.response_work.deliver()
