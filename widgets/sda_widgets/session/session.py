"""Session: the state of one page and the verbs that change it. Widgets observe its traits and call its verbs."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Bool, Dict, Float, Tuple, Unicode

import sda_lib
from sda_lib.codec.codes import Codes
from sda_lib.config import DEFAULT_PRESET
from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError
from sda_lib.files import safe_stem
from sda_widgets.session import midi_map
from sda_widgets.session.auditioning import PaletteVerbs
from sda_widgets.session.editing import EditVerbs
from sda_widgets.session.examining import HealthVerbs
from sda_widgets.session.exporting import ExportVerbs
from sda_widgets.session.growing import GrowVerbs
from sda_widgets.session.guard import NO_SOUND, verb
from sda_widgets.session.idle import IdleWork
from sda_widgets.session.pairing import PairVerbs
from sda_widgets.session.places import Places
from sda_widgets.session.saving import FileVerbs
from sda_widgets.session.scanning import ScanVerbs
from sda_widgets.session.sliding import SliderVerbs


class Session(
    EditVerbs, ExportVerbs, FileVerbs, GrowVerbs, HealthVerbs, PairVerbs, PaletteVerbs, ScanVerbs, SliderVerbs
):
    """State of one page. Values are frozen objects of sda_lib: verbs replace them and never change them in place."""

    models = Tuple(help="library entries, newest first")
    model = AnyTrait(None, allow_none=True, help="the open SdaModel")
    model_path = AnyTrait(None, allow_none=True, help="where it was opened from")
    why_hidden = Dict(help="why controls that do nothing in the model are not offered, as far as anybody looked")
    title = Unicode(help="what the sound at hand is called")
    seconds = Float(0.0, help="how long it is; its last frame may reach beyond")
    sound = AnyTrait(None, allow_none=True, help="AudioClip of the file that was opened, as it was read")
    written = AnyTrait(None, allow_none=True, help="Codes as generated or encoded")
    codes = AnyTrait(None, allow_none=True, help="Codes as edited")
    original = AnyTrait(None, allow_none=True, help="AudioClip of the sound before edits")
    clip = AnyTrait(None, allow_none=True, help="AudioClip of the codes as edited")
    source_amount = Float(1.0, help="0 = the model alone, 1 = the corpus' own grains")
    position = Float(0.0, help="playhead, seconds")
    preview = AnyTrait(None, allow_none=True, help="AudioClip to be heard at once, beside what is at hand")
    run = AnyTrait(None, allow_none=True, help="the training Run this page watches")
    run_state = Unicode(help="its state at the last look")
    events = Tuple(help="its Events so far")
    busy = Bool(False)
    message = Unicode(help="one sentence for the user, or nothing")

    def __init__(self, places: Places | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        self.places = places or Places.from_environment()
        self._lock = threading.RLock()
        self.idle = IdleWork(lambda: self._lock, lambda words: self.set(message=words))
        self._fades = False
        self._left: tuple[int, int] | None = None  # position in the history at which the next sound replaced it
        self._origin: tuple[Any, ...] | None = None  # what a pointer drag makes sounds from
        # The last sound in whole frames, and its codes; None if slider positions were decoded without quantizing.
        self._decoded: tuple[Codes | None, Any] | None = None
        self._read_to = 0  # bytes of the run's events already read
        self._dragged: tuple[str, ...] = ()  # sliders being dragged: one step of the history together
        self.knobs = midi_map.load(self.places.midi_map)
        self.observe(lambda change: self._keep_pair(change.old, change.new), "model")

    def close(self) -> None:
        """End the background work of this session and of session B."""
        for one in (self, self.other):
            if one is not None:
                one.idle.close()

    def set(self, **traits: Any) -> None:
        """Assign several traits; observers run once all of them are set."""
        with self.hold_trait_notifications():
            for name, value in traits.items():
                setattr(self, name, value)

    # --- the library ---------------------------------------------------------------------------------------------

    @verb
    def refresh(self) -> None:
        """Read the models folder again."""
        self._refresh()

    def _refresh(self) -> None:
        from sda_lib.model import library

        self.models = library.models(self.places.models)

    @verb
    def open_model(self, path: str | Path) -> None:
        """Load a model and generate a first sound, so that there is something to play and edit."""
        self._open(Path(path))

    def _open(self, path: Path) -> None:
        model = sda_lib.SdaModel.load(path)
        self._put_away()
        self.set(model=model, model_path=path, why_hidden={})
        self._write(sda_lib.GenerateOptions(source_amount=self.source_amount), None, {})

    def _put_away(self) -> None:
        """Clear the current sound, which belongs to another model."""
        self._take_up("", None, 0.0)
        self.set(original=None, clip=None)

    @verb
    def look_at_controls(self) -> None:
        """Find the controls that the recordings offer no choice of (no pitch, no variation); sets `why_hidden`."""
        model = self._need_model()
        if model.memory is not None:
            reasons = {name: model.ranges.why_hidden(name) for name in CONTROLS}
            self.why_hidden = {name: why for name, why in reasons.items() if why}

    @verb
    def try_controls(self) -> None:
        """Find the controls that have an effect, by generating some sounds with each; sets `why_hidden`."""
        from sda_lib.writers.control_check import check_controls
        from sda_lib.writers.registry import default_writer

        model = self._need_model()
        found = check_controls(model, default_writer(model))
        self.why_hidden = {name: one.why_hidden for name, one in found.items() if one.why_hidden}
        if not self.why_hidden:
            self.message = "All of the controls act in this model."

    # --- sounds --------------------------------------------------------------------------------------------------

    @verb
    def generate(self, options: Any) -> None:
        """Generate a new sound from GenerateOptions."""
        self._write(options, None, self._standing_steps())

    @verb
    def go_on(self, options: Any) -> None:
        """Append `options.seconds` to the current sound (`auto`: as long as a new sound). Slider values that apply to
        the whole sound also move the continuation; other slider changes are kept as part of the sound."""
        model = self._need_model()
        if model.discrete:
            self._need_codes()
        shape = self._need_shape()
        alike = shape.frames is None and not shape.curves
        made = sda_lib.moved_codes if model.discrete else sda_lib.moved_latents
        given = made(model, sda_lib.SliderSettings(shape.base) if alike else shape)
        self._write(options, given, self._standing_steps() if alike else {})

    def _write(self, options: Any, given: Any, steps: Mapping[str, float]) -> None:
        take = sda_lib.generate(self._need_model(), options, given=given)
        made = take.latent if take.codes is None else take.codes
        self._take_up(f"{self.model.name} · seed {options.seed}", made, take.clip.seconds, written=True)
        self._begin_history(self.title, options)
        self.source_amount = options.source_amount
        self.set(original=take.clip, clip=take.clip)
        if take.codes is not None:
            self._decode(take.codes)  # in whole frames, so that the first edit decodes only what it changes
        self._keep(steps)

    @verb
    def load_sound(self, path: str | Path) -> None:
        """Read and encode a sound file; what plays is the model's decoding of it."""
        sound, model = sda_lib.read_clip(path), self._need_model()
        codes, steps = model.encode(sound) if model.discrete else None, self._standing_steps()
        self._take_up(sound.name, sound if codes is None else codes, sound.seconds)
        self.sound = sound
        clip = self._decode(codes) if model.discrete else model.reconstruct(sound, self.source_amount)
        self.set(original=clip, clip=clip)
        self._keep(steps)

    # --- the map of the recordings

    def preview_recording(self, number: int) -> None:
        """Preview the beginning of a recording. Called often, while the pointer moves."""
        from sda_lib.maps import corpus_map

        with self._lock:
            try:
                self.preview = corpus_map.recording_clip(self._need_model(), number)
            except SdaError as error:
                self.message = str(error)

    @verb
    def take_recording(self, number: int) -> None:
        """Make a recording of the model's memory the current sound."""
        from sda_lib.maps import corpus_map

        model = self._need_model()
        self._take_codes(corpus_map.recording_name(model, number), corpus_map.recording(model, number))

    @verb
    def go_between(self, one: int, other: int, share: float) -> None:
        """Make the point `share` (0..1) of the way between two recordings the current sound. Successive positions
        between the same two recordings, without edits in between, count as one sound for undo."""
        from sda_lib.maps import corpus_map

        model = self._need_model()
        names = (corpus_map.recording_name(model, number) for number in (one, other))
        codes = (corpus_map.recording(model, number) for number in (one, other))
        title = "{} → {} · {:.0%}".format(*names, share)
        self._take_codes(title, sda_lib.interpolated(model, *codes, share), ("between", one, other))

    def _take_codes(self, title: str, codes: Codes, origin: tuple[Any, ...] | None = None) -> None:
        steps = self._standing_steps()
        self._take_up(title, codes, codes.seconds, origin=origin)
        clip = self._decode(codes)
        self.set(original=clip, clip=clip)
        self._keep(steps)

    def _take_up(
        self, title: str, base: Any, seconds: float, written: bool = False, origin: tuple[Any, ...] | None = None
    ) -> None:
        """Replace the current sound by a new one (its codes, or in a model without codes its latents or clip). Undo
        brings the old one back, unless both come from the same drag with no edits in between. A generated sound
        (`written`) may be cut off and gets a fade-out; a recording keeps its own end."""
        moves_on = origin is not None and origin == self._origin
        if not (moves_on and len(self.history.steps) == 1 and not self.frozen):
            self._keep_former()
        self._look_no_more()
        self._left, self._origin = None, origin
        self._fades = written
        self._decoded = None
        codes = base if isinstance(base, Codes) else None
        shape = None if base is None else sda_lib.SliderSettings(base)
        self.set(title=title, seconds=seconds, cursor=(0, 0), selection=None, more=(), frozen=(), position=0.0)
        self.set(written=codes, codes=codes, sound=None, responses={}, shape=shape)
        self._begin_history(title)

    @verb
    def set_source(self, amount: float) -> None:
        """Set Source: the amount of the corpus' own grains in the sound, 0..1."""
        self.source_amount = float(amount)
        if self.other is not None:
            self.other.set_source(amount)
        if self.codes is not None:
            self._decoded = None
            original = self._decode(self.written)
            self.set(original=original, clip=self._sound(self.shape))
        elif self.sound is not None:
            original = self._need_model().reconstruct(self.sound, self.source_amount)
            self.set(original=original, clip=self._sound(self.shape))
        elif self.shape is not None:
            self.set(original=self._sound(sda_lib.SliderSettings(self.shape.base)), clip=self._sound(self.shape))

    # --- what plays ------------------------------------------------------------------------------------------------

    def _sound(self, shape: sda_lib.SliderSettings) -> Any:
        """Return the sound of the codes, or of the sliders when quantizing is off."""
        *_, clip = self._sounds(self.codes, shape)
        return clip

    def _sounds(self, codes: Codes | None, shape: sda_lib.SliderSettings, at: float | None = None) -> Iterator[Any]:
        """Yield the sound of codes or sliders; if decoding takes long, first the part around second `at`, then all."""
        from sda_lib.sessions.playback import render_in_parts

        model, amount = self._need_model(), self.source_amount
        known, before = self._decoded or (None, None)
        if codes is not None and (self.quantized or shape.is_neutral):
            sound, seconds = model.latents(model.embed(codes), codes.samples), codes.seconds
            changed_frames = model.changed_frames(codes, known, amount)
        else:
            sound, seconds, changed_frames, codes = sda_lib.moved_latents(model, shape), self.seconds, None, None
        self._decoded = None  # if decoding fails midway, the buffer is a mixture of two sounds
        for whole in render_in_parts(model, sound, before, changed_frames, at, amount):
            yield self._ended(whole, seconds)
        self._decoded = (codes, whole)

    def _ended(self, whole: Any, seconds: float) -> Any:
        """Cut a sound to `seconds`, with the current sound's kind of ending."""
        from sda_lib.sessions.playback import trim_end

        return trim_end(whole, seconds, self._fades)

    def _decode(self, codes: Codes) -> Any:
        """Return the sound of the codes; decodes only what differs from the sound decoded before."""
        *_, clip = self._sounds(codes, sda_lib.SliderSettings(codes))
        return clip

    def _need_model(self) -> Any:
        if self.model is None:
            raise SdaError("No model is open; choose one, or train one from a folder of sounds.")
        return self.model

    def _need_codes(self) -> Codes:
        if self.codes is None:
            raise SdaError(getattr(self.model, "why_no_codes", "") or NO_SOUND)
        return self.codes

    # --- training ------------------------------------------------------------------------------------------------

    @verb
    def train(
        self,
        corpus_folder: str | Path,
        minutes: float,
        name: str,
        preset: str = DEFAULT_PRESET,
        changes: Mapping[str, Any] | None = None,
    ) -> None:
        """Start a training run in its own process; it continues when the page is closed. Never overwrites a model.
        `changes` are recipe values by key, as text. Sets `message` when the name is taken."""
        from sda_lib.runs import manage

        corpus = sda_lib.Corpus.from_folder(corpus_folder)
        recipe = sda_lib.Recipe.for_corpus(corpus, minutes, preset).override(**(changes or {}))
        job = manage.Job(name, (Path(corpus_folder),), self._model_path(name), recipe)
        self._watch(manage.start(self.places.runs, job))

    def _model_path(self, name: str) -> Path:
        stem = safe_stem(name)
        if not stem:
            raise SdaError("The model needs a name with at least one letter or digit.")
        path = self.places.models / f"{stem}.sda"
        if path.exists():
            raise SdaError(f"There is a model {stem} already; choose another name, or move the old one away.")
        return path

    @verb
    def attach(self) -> None:
        """Watch the running or queued run, or else the newest one if it died, failed or was stopped (after the page
        was closed or reloaded)."""
        from sda_lib.runs import manage

        known = manage.list_runs(self.places.runs)
        states = {run: run.state for run in known}
        found = next((run for wanted in ("running", "queued") for run in known if states[run] == wanted), None)
        if found is None and known and states[known[0]] in ("died", "failed", "stopped"):
            found = known[0]
        if found is not None:
            self._watch(found)

    @verb
    def resume_run(self) -> None:
        """Resume a stopped, failed or died run from its last checkpoint; a run in which a model grows starts
        again."""
        from sda_lib.runs import manage

        if self.run is not None:
            self._watch(manage.resume(self.run))

    @verb
    def stop(self) -> None:
        """Stop the run; it keeps the best model so far."""
        from sda_lib.runs import manage

        if self.run is not None:
            manage.stop(self.run)

    def tick(self) -> None:
        """Read what the run has written since the last tick. Called by the page's heartbeat."""
        with self._lock:
            self.look_for_sliders()
            self.hear_news()
            self.hear_idle()
            if self.run is None:
                return
            state = self.run.state  # before the events: an ended run has written all of them
            new, self._read_to = self.run.events(self._read_to)
            self.set(run_state=state, events=(*self.events, *new))
            kinds = {event.kind for event in new}
            written = "done" in kinds or ("saved" in kinds and self.model is None)
            if written and self.run.model_path.exists():
                self._adopt(Path(self.run.model_path))

    def _watch(self, run: Any) -> None:
        self._read_to = 0
        self.set(run=run, run_state=run.state, events=())
        self.tick()

    @verb
    def _adopt(self, path: Path) -> None:
        """List the model written by the run, and open it unless another one is open."""
        self._refresh()
        if self.model_path in (None, path):
            self._open(path)
