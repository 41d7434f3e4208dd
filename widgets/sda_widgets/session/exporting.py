"""Export: write a sound, or many similar ones, to files for other programs."""

import dataclasses
import io
import os
import threading
import time
import zipfile
from pathlib import Path

from traitlets import Bool, Instance, Int, Tuple, Unicode

from sda_lib.audio.suffixes import is_sound
from sda_lib.batch.batch import Batch, BatchItem, FileNaming, manifest_row, resolve_paths, run_batch
from sda_lib.batch.manifest import update_manifest
from sda_lib.batch.vary import parse_variations
from sda_lib.batch.workers import start_workers, workers_for
from sda_lib.errors import SdaError
from sda_lib.export.finish import Finish
from sda_lib.sessions.playback import playback_sound
from sda_lib.sessions.provenance_tags import Provenance, write_with_provenance
from sda_lib.writers.auto_duration import as_drawn
from sda_lib.writers.options import GenerateOptions
from sda_widgets.session.context import Context, Part, needed
from sda_widgets.session.guard import errors_as_sentences, verb
from sda_widgets.session.long_work import in_words
from sda_widgets.session.places import NUMBER, modified, stem_of
from sda_widgets.session.sound import Sound

# How many exported sounds are offered to grow a model, newest first.
MAX_OFFERED = 500
# Most sounds of a contact sheet.
MOST_DRAWN = 64
# Largest size of sounds offered together as one .zip download, in bytes.
MAX_ARCHIVE_BYTES = 100_000_000


class Exporting(Part):
    """Files in the exports folder."""

    path = Instance(Path, allow_none=True, help="the last export: a sound, or the folder of a batch")

    @verb
    def write(self, sound: Sound, finish: Finish | None = None, suffix: str = ".wav") -> Path:
        """Write a sound into the exports folder and return its path; the file's tags record how it was made.

        finish: None: 24 bit at the model's rate. Raises SdaError when there is no sound.
        """
        needed(sound.clip)
        model, playback = self.context.need_model(), sound.renderer.playback
        played, finish = playback_sound(model, sound.history.state, playback), finish or Finish()
        provenance = Provenance(played, playback.source_amount, fades=playback.fades, finish=finish)
        path = self.context.places.exports / f"{stem_of(sound.title)}{suffix}"
        self.path = write_with_provenance(model, provenance, path, {"title": sound.title}, NUMBER)
        return self.path

    @property
    def sounds(self) -> tuple[Path, ...]:
        """Paths of the exported sounds, newest first, at most MAX_OFFERED."""
        found = (path for path in self.context.places.exports.rglob("*") if is_sound(path.name))
        holds = self.context.places.holds
        listed = [path for path in found if path.is_file() and not path.name.startswith(".") and holds(path)]
        return tuple(sorted(listed, key=modified, reverse=True)[:MAX_OFFERED])


class BatchExport(Part):
    """The batch that is being made, or was made last."""

    is_running = Bool(False, help="whether a batch is being made")
    done = Int(0, help="number of sounds made so far")
    count = Int(0, help="number of sounds that are to be made")
    words = Unicode(help="what it does now, and how long the rest takes; empty when it is done")
    files = Tuple(help="paths of the sounds made so far")
    sheet = Instance(Path, allow_none=True, help="picture of the sounds of the last batch, if one was drawn")

    def __init__(self, context: Context, exports: Exporting) -> None:
        super().__init__(context)
        self.exports = exports
        self._stopping = threading.Event()

    @verb
    def start(
        self, sound: Sound, count: int, vary: str, finish: Finish, suffix: str, name: str, draws: bool = False
    ) -> None:
        """Make `count` sounds like this one in a folder of their own, with other seeds and the variations given by
        `vary`. Where its length was drawn, theirs are drawn, too. The same call after a stop makes only the missing
        sounds. With `draws`, a contact sheet shows the first of them."""
        context, model = self.context, self.context.need_model()
        if self.is_running:
            raise SdaError("A batch is being made; stop it, or wait until it is done.")
        variations = parse_variations(vary, [card.name for card in sound.sliders.cards])
        folder = context.places.exports / stem_of(f"{model.name}_batch")
        naming = FileNaming(folder, name, suffix, model.name, variations)
        template = as_drawn(model, export_options(sound)), finish
        items = [naming.item(template, index) for index in range(count)]
        self.set(is_running=True, done=0, count=count, files=(), sheet=None, words="Starting a process for each core …")
        self._stopping.clear()
        self.start_thread(self._make, Batch(model), context.model_path, items, folder, draws)

    def stop(self) -> None:
        """Stop after the sounds that are being made."""
        self._stopping.set()
        if self.is_running:
            self.words = "Stopping after the sounds that are being made …"

    def _make(self, batch: Batch, model_path: Path, items: list[BatchItem], folder: Path, draws: bool) -> None:
        """Make the batch; an error becomes `message`, and finished sounds are kept."""
        made: list[BatchItem] = []
        began = time.monotonic()
        sentences: list[str] = []
        with errors_as_sentences(sentences.append, "The batch could not be made."):
            with start_workers(model_path, workers_for(len(items), os.cpu_count())) as pool:
                for one in run_batch(batch, resolve_paths(batch, items), pool, only_workers=True):
                    made.append(one)
                    with self.context.lock:
                        words = f"sound {len(made)} of {len(items)} is made"
                        words = in_words(words, len(made) / len(items), time.monotonic() - began)
                        self.set(done=len(made), files=(*self.files, one.path), words=words)
                    if self._stopping.is_set():
                        sentences.append(f"Stopped after {len(made)} of {len(items)} sounds; start again to continue.")
                        break
            update_manifest(folder, [manifest_row(batch, item) for item in made])
            with self.context.lock:
                self.words = "Drawing the contact sheet …" if draws and made else ""
            sheet = _drawn([item.path for item in made], folder) if draws and made else None
            with self.context.lock:
                self.sheet = sheet
        with self.context.lock:
            self.set(is_running=False, words="")
            if sentences:
                self.fail(sentences[-1])
            if made:
                self.exports.path = folder


def export_options(sound: Sound) -> GenerateOptions:
    """Return the options that generated a sound, with its sliders; default options for an opened file."""
    action = sound.history.steps[0].action
    options = action if isinstance(action, GenerateOptions) else GenerateOptions()
    steps = {**options.sliders, **sound.sliders.whole_steps}
    return dataclasses.replace(
        options, sliders=steps, regenerate=None, levels=None, quality="export", source_amount=sound.source_amount
    )


def _drawn(paths: list[Path], folder: Path) -> Path:
    """Draw the first MOST_DRAWN sounds of a batch into its folder."""
    from sda_lib.audio.clip import read_clip
    from sda_lib.maps import figures  # imports matplotlib, which takes a second

    sounds = ((path.stem, read_clip(path)) for path in sorted(paths)[:MOST_DRAWN])
    return figures.save_figure(figures.thumbnails(sounds), folder / "contact_sheet.png")


def archive(paths: tuple[Path, ...], folder: Path) -> bytes | None:
    """Return the files and their folder's manifest as one .zip, or None when it exceeds MAX_ARCHIVE_BYTES."""
    lists = [
        path
        for path in (folder / "manifest.csv", folder / "manifest.json", folder / "contact_sheet.png")
        if path.is_file()
    ]
    if sum(path.stat().st_size for path in paths) > MAX_ARCHIVE_BYTES:
        return None
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as file:
        for path in [*dict.fromkeys(paths), *lists]:
            # a ZipInfo has a fixed date, so that equal files make equal archives
            file.writestr(zipfile.ZipInfo(f"{folder.name}/{path.name}"), path.read_bytes())
    return content.getvalue()
