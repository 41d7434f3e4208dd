"""Export verbs of a session: write the current sound to a file, and make batches of similar sounds."""

from __future__ import annotations

import dataclasses
import io
import logging
import os
import threading
import zipfile
from pathlib import Path
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Bool, HasTraits, Int, Tuple

from sda_lib import faults
from sda_lib.errors import SdaError
from sda_widgets.session.guard import LOGGED, NO_SOUND, verb
from sda_widgets.session.saving import stem_of, unused

log = logging.getLogger(__name__)

# Largest size of sounds offered together as one .zip download, in bytes.
LARGEST_PARCEL = 100_000_000


class ExportVerbs(HasTraits):
    """Session mixin for writing files for other programs."""

    exported = AnyTrait(None, allow_none=True, help="Path of the last export: a sound, or the folder of a batch")
    batching = Bool(False, help="whether a batch is being made")
    batch_done = Int(0, help="how many of its sounds are there")
    batch_count = Int(0, help="how many there will be")
    batch_files = Tuple(help="their paths so far")
    batcher: threading.Thread | None = None

    @verb
    def export(self, finish: Any = None, suffix: str = ".wav") -> Path:
        """Write the current sound into the exports folder and return its path. `finish` defaults to 24 bit at the
        model's rate; the file's tags record how the sound was made. Sets `message` when there is no sound."""
        from sda_lib.export.finish import Finish
        from sda_lib.sessions import provenance_tags
        from sda_lib.sessions.playback import playback_sound

        if self.clip is None:
            raise SdaError(NO_SOUND)
        playback = self._hearing()
        told = provenance_tags.Provenance(
            playback_sound(self.model, self.history.state, playback),
            playback.source_amount,
            fades=playback.fades,
            finish=finish or Finish(),
        )
        path = unused(self.places.exports, stem_of(self.title), suffix)
        self.exported = provenance_tags.write_with_provenance(self.model, told, path, {"title": self.title})
        return self.exported

    @verb
    def export_many(
        self, count: int, vary: str = "", finish: Any = None, suffix: str = ".wav", name: str = "{model}_{seed:04d}"
    ) -> None:
        """Make `count` sounds like the current one in a folder of their own, with other seeds and the variations
        given by `vary`. Finished files are appended to `batch_files`. The same call after a stop makes only the
        missing sounds."""
        from sda_lib.batch.batch import Batch, FileNaming
        from sda_lib.batch.vary import parse_variations
        from sda_lib.export.finish import Finish

        model = self._need_model()
        if self.batching:
            raise SdaError("A batch is being made; stop it first, or wait until it is there.")
        sliders = [] if model.sliders is None else [card.name for card in model.sliders.shown]
        naming = FileNaming(
            self.places.exports / stem_of(f"{model.name}_batch"),
            name,
            suffix,
            model.name,
            parse_variations(vary, sliders),
        )
        wish = self._wish(), finish or Finish()
        items = [naming.item(wish, index) for index in range(count)]
        self.set(batching=True, batch_done=0, batch_count=count, batch_files=())
        self._stopping = threading.Event()
        work = Batch(model), self.model_path, items, naming.folder
        self.batcher = threading.Thread(target=self._make_batch, args=work, daemon=True)
        self.batcher.start()

    def stop_batch(self) -> None:
        """Stop the batch after the sounds that are being made."""
        if self.batching:
            self._stopping.set()

    def _wish(self) -> Any:
        """Return the options that generated the current sound, with its sliders; default options for an opened file."""
        from sda_lib.writers.options import GenerateOptions

        action = self.history.steps[0].action if self.history is not None else None
        options = action if isinstance(action, GenerateOptions) else GenerateOptions()
        steps = {**options.sliders, **self._standing_steps()}
        whole = {"regenerate": None, "levels": None, "quality": "export", "source_amount": self.source_amount}
        return dataclasses.replace(options, sliders=steps, **whole)

    def _make_batch(self, batch: Any, model_path: Path, items: list[Any], folder: Path) -> None:
        """Make the batch in its own thread; errors go to `message`, and finished sounds are kept."""
        from sda_lib.batch.batch import manifest_row, resolve_paths, run_batch
        from sda_lib.batch.manifest import update_manifest
        from sda_lib.batch.workers import start_workers, workers_for

        made, said = [], ""
        try:
            with start_workers(model_path, workers_for(len(items), os.cpu_count())) as pool:
                for one in run_batch(batch, resolve_paths(batch, items), pool, only_workers=True):
                    made.append(one.item)
                    with self._lock:
                        self.set(batch_done=len(made), batch_files=(*self.batch_files, one.item.path))
                    if self._stopping.is_set():
                        said = f"Stopped after {len(made)} of {len(items)} sounds; the same batch goes on from there."
                        break
            update_manifest(folder, [manifest_row(batch, item) for item in made])
        except SdaError as error:
            said = str(error)
        except Exception as error:
            log.exception("export_many failed")
            said = f"The batch could not be made. {faults.sentence(error, LOGGED)}"
        with self._lock:
            self.set(batching=False, message=said, **({"exported": folder} if made else {}))


def parcel(paths: tuple[Path, ...], folder: Path) -> bytes | None:
    """Return the files and their folder's manifest as one .zip, or None when it exceeds LARGEST_PARCEL bytes."""
    lists = [path for path in (folder / "manifest.csv", folder / "manifest.json") if path.is_file()]
    if sum(path.stat().st_size for path in paths) > LARGEST_PARCEL:
        return None
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as file:
        for path in [*dict.fromkeys(paths), *lists]:
            file.write(path, f"{folder.name}/{path.name}")
    return held.getvalue()
