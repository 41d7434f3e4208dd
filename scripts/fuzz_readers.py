"""Every reader of files that is fuzzed: how valid files are made, read and mutated."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fuzz_mutations import mutate_body, mutate_json, mutate_lines, mutate_model, mutate_npz, mutate_tail, mutate_text

EARLIER = Path(__file__).parents[1] / "tests" / "data" / "earlier"


@dataclass(frozen=True)
class Target:
    """A reader: how seeds are made, how a file is read, whether its header is valid, and how files are mutated."""

    seeds: Callable[[Path], list[Path]]
    read: Callable[[Path], object]
    header: Callable[[Path], object]
    mutate: Callable[[bytes, random.Random], bytes]


# --- readers ---------------------------------------------------------------------------------------------------------


def sound_seeds(folder: Path) -> list[Path]:
    import soundfile

    wave = 0.3 * np.sin(np.arange(4000) / 20)
    names = {
        "a.wav": "PCM_16", "b.wav": "FLOAT", "c.flac": "PCM_16", "d.ogg": "VORBIS", "e.mp3": "MPEG_LAYER_III",
        "f.aiff": "PCM_16", "g.w64": "PCM_24", "h.au": "ULAW", "i.caf": "ALAC_16", "j.voc": "PCM_16",
        "k.rf64": "PCM_24",
    }  # fmt: skip
    for name, subtype in names.items():
        soundfile.write(folder / name, np.stack([wave, wave]).T, 22050, subtype=subtype)
    wavex = folder / "l.wav"
    soundfile.write(wavex, np.tile(wave[:, None], (1, 6)), 22050, format="WAVEX")
    return sorted(folder.iterdir())


# Encoders of a file of each suffix, as arguments of the command line of FFmpeg.
MEDIA = {
    ".3gp": "aac", ".aac": "aac", ".ac3": "ac3", ".amr": "libopencore_amrnb -ar 8000 -ac 1 -b:a 12.2k", ".avi": "mp2",
    ".dts": "dca -strict -2", ".flv": "libmp3lame", ".m2ts": "ac3 -f mpegts", ".m4a": "aac", ".mka": "flac",
    ".mkv": "libopus", ".mov": "alac", ".mp4": "aac", ".mpg": "mp2", ".rm": "ac3", ".tta": "tta", ".webm": "libopus",
    ".wma": "wmav2", ".wv": "wavpack",
}  # fmt: skip


def media_seeds(folder: Path) -> list[Path]:
    import imageio_ffmpeg

    program = imageio_ffmpeg.get_ffmpeg_exe()
    tones = ("-f", "lavfi", "-i", "sine=440:d=0.3", "-ac", "2")
    for suffix, encoder in MEDIA.items():
        command = [program, "-v", "error", "-nostdin", *tones, "-c:a", *encoder.split(), str(folder / f"a{suffix}")]
        subprocess.run(command, check=True)
    video = ("-f", "lavfi", "-i", "testsrc=d=0.3:s=64x64", *tones, "-c:a", "aac")
    subprocess.run([program, "-v", "error", "-nostdin", *video, str(folder / "video.mp4")], check=True)
    return sorted(folder.iterdir())


def read_sound(path: Path) -> object:
    from sda_lib.audio.clip import read_clip
    from sda_lib.audio.tags import read_loop, read_tags

    clip = read_clip(path)
    read_tags(path)
    read_loop(path)
    return clip


def open_sound(path: Path) -> object:
    from sda_lib.audio.reader import open_sound as opened

    with opened(path) as file:
        return file.channels


def earlier(*names: str) -> Callable[[Path], list[Path]]:
    """Return a maker of seeds that copies files of the test data."""

    def copied(folder: Path) -> list[Path]:
        return [Path(shutil.copy(EARLIER / name, folder / Path(name).name)) for name in names]

    return copied


def read_model(path: Path) -> object:
    from sda_lib.model.model import SdaModel

    return SdaModel.load(path)


def read_header(path: Path) -> object:
    from sda_lib.model.header import read_header as header

    return header(path)


def read_codes(path: Path) -> object:
    from sda_lib.codec.codes import load_codes

    return load_codes(path)


def open_archive(path: Path) -> object:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def json_codes(folder: Path) -> list[Path]:
    from sda_lib.codec.codes import load_codes, save_codes

    return [save_codes(load_codes(EARLIER / "pluck.codes.npz"), folder / "pluck.json")]


def read_session(path: Path) -> object:
    from sda_lib.sessions.session_file import load_session

    return load_session(path)


def pages(folder: Path) -> list[Path]:
    """Save a page with one sound."""
    from sda_lib.codec.codes import load_codes
    from sda_lib.model.model import SdaModel
    from sda_lib.sessions.autosave import OpenSound, Place, save_page
    from sda_lib.sessions.history import History, SoundState
    from sda_lib.sessions.playback import Playback
    from sda_lib.sliders.settings import SliderSettings

    codes = load_codes(EARLIER / "pluck.codes.npz")
    history = History.begin(SoundState(codes, SliderSettings(codes)), "pluck")
    sound, path = OpenSound("A", "pluck", history, Playback(), Place()), EARLIER / "before.sda"
    return [save_page(folder / "page.json", SdaModel.load(path), path, "play", "A", [sound])]


def read_page(path: Path) -> object:
    from sda_lib.sessions.autosave import load_page

    return load_page(path)


def parse_json(path: Path) -> object:
    return json.loads(path.read_bytes())


def read_tagged(path: Path) -> object:
    from sda_lib.sessions.provenance_tags import read_provenance

    return read_provenance(path)


def mutate_provenance(data: bytes, chance: random.Random) -> bytes:
    """Mutate the JSON text of a provenance inside a file's tags."""
    from sda_lib.audio.tags import PROVENANCE_TAG, read_tags, write_tags

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "x.wav"
        path.write_bytes(data)
        text = mutate_json(read_tags(path)[PROVENANCE_TAG].encode(), chance).decode(errors="replace")
        wave = np.sin(np.arange(1000) / 20)
        write_wave(path, wave)
        write_tags(path, {PROVENANCE_TAG: text})
        return path.read_bytes()


def write_wave(path: Path, wave: np.ndarray) -> None:
    import soundfile

    soundfile.write(path, wave, 22050)


def heads(folder: Path) -> list[Path]:
    from sda_lib.export.hrtf import BUNDLED

    return [Path(shutil.copy(BUNDLED, folder / "head.sofa"))]


def read_head(path: Path) -> object:
    from sda_lib.export.hrtf import HrtfSet

    return HrtfSet.read(path)


def starts_as_hdf(path: Path) -> None:
    if path.read_bytes()[:8] != b"\x89HDF\r\n\x1a\n":
        raise ValueError("not HDF5")


def read_run(path: Path) -> object:
    """Read a run's folder in which the mutated file takes the place of the one it was made from."""
    from sda_lib.runs.run import list_runs, unreadable

    with tempfile.TemporaryDirectory() as place:
        run = shutil.copytree(EARLIER / "run", Path(place) / "20260101-000000-x")
        shutil.copy(path, run / path.name)
        found = list_runs(place)
        return [(one.state, one.message, one.events()) for one in found], unreadable(place)


def list_library(path: Path) -> object:
    """List a folder with the model, and describe it as `sda info` does."""
    from sda_lib.cli.models import info
    from sda_lib.model.library import models

    entries = models(path.parent)
    if [entry.path.name for entry in entries].count(path.name) != 1:
        raise AssertionError("the list lacks a model")
    info(path)
    info(path, json=True)
    return entries


def manifests(folder: Path) -> list[Path]:
    from sda_lib.batch.manifest import update_manifest

    (folder / "x_0.wav").touch()
    rows = [
        {"file": f"x_{number}.wav", "model": "x", "seed": number, "effects": {"reverb": 0.3}} for number in range(3)
    ]
    update_manifest(folder, rows)
    return [folder / "manifest.json"]


def read_manifest(path: Path) -> object:
    """Add a row to a manifest, which keeps the rows that are valid."""
    from sda_lib.batch.manifest import update_manifest

    return update_manifest(path.parent, [{"file": "new.wav", "model": "x", "seed": 1}])


def defaults(folder: Path) -> list[Path]:
    path = folder / "defaults.toml"
    path.write_text('author = "Jane Doe"\nlicence = "CC0"\nformat = "flac"\n# a note\nfolder = "sounds"\n')
    return [path]


def change_defaults(path: Path) -> object:
    from sda_lib.export.defaults import read_defaults

    return read_defaults(path)


def read_toml(path: Path) -> object:
    import tomllib

    return tomllib.loads(path.read_text())


def histories(folder: Path) -> list[Path]:
    """Record two sounds, and keep the database."""
    from sda_lib.codec.codes import load_codes
    from sda_lib.history.entry import MadeSound
    from sda_lib.history.recipe import SoundRecipe
    from sda_lib.history.store import HistoryStore
    from sda_lib.sessions.history import SoundState
    from sda_lib.sessions.provenance_tags import Provenance

    codes = load_codes(EARLIER / "pluck.codes.npz")
    store = HistoryStore(folder)
    for kind in ("generated", "opened"):
        store.record(MadeSound(kind, SoundRecipe(Provenance(codes), SoundState(codes)), "a sound"))
    return [store.database]


def read_history(path: Path) -> object:
    """Read all entries and recipes of a copy of a database; a damaged one is set aside."""
    from sda_lib.errors import SdaError
    from sda_lib.history.search import Search
    from sda_lib.history.store import HistoryStore

    with tempfile.TemporaryDirectory() as place:
        store = HistoryStore(Path(place) / "history")
        store.folder.mkdir()
        shutil.copy(path, store.database)
        found = store.search(Search("sound"))
        for entry in found.entries:
            with contextlib.suppress(SdaError):
                store.recipe(entry.number)
        return found


def is_sqlite(path: Path) -> None:
    if path.read_bytes()[:16] != b"SQLite format 3\0":
        raise ValueError("not SQLite")


def marks(folder: Path) -> list[Path]:
    from sda_lib.library.marks import FILE_NAME, Marks, MarksFile, change_marks

    wet = Marks(("wet",), "a note", True)
    change_marks(folder, lambda _: MarksFile({"a.sda": wet}, {"b.sda": ("b.sda", wet)}))
    return [folder / FILE_NAME]


def read_library_marks(path: Path) -> object:
    """Read and change the marks in a copy of their file. Raises SdaError as a change of it would."""
    from sda_lib.library.marks import FILE_NAME, Marks, change_marks, read_marks

    with tempfile.TemporaryDirectory() as place:
        shutil.copy(path, Path(place) / FILE_NAME)
        read_marks(Path(place))
        return change_marks(Path(place), lambda found: found.marked("c.sda", Marks(("dry",))))


def knobs(folder: Path) -> list[Path]:
    path = folder / "knobs.json"
    path.write_text(json.dumps({"brightness": "0:74", "noisiness": "0:71", "axis 1": "15:1"}))
    return [path]


def read_knobs(path: Path) -> object:
    from sda_widgets.session.midi_map import load

    return load(path)


def presets(folder: Path) -> list[Path]:
    """Presets of the factory with all kinds of settings."""
    from sda_lib.presets.store import FACTORY

    names = ("around_your_head", "dense_and_dark", "fade_away", "from_tone_to_noise")
    return [Path(shutil.copy(FACTORY / f"{name}.json", folder)) for name in names]


def read_preset(path: Path) -> object:
    """Read a preset, and list the folder that it is in."""
    from sda_lib.presets import preset_file
    from sda_lib.presets.store import PresetStore
    from sda_lib.presets.words import preset_words

    found = PresetStore(path.parent, path).entries()
    if path.name not in [entry.path.name for entry in found]:
        raise AssertionError("the list lacks a preset")
    return preset_words(preset_file.read_preset(path))


def checkpoints(folder: Path) -> list[Path]:
    """Train some steps and keep their checkpoint."""
    from sda_lib.audio.corpus import Corpus
    from sda_lib.config import CHECKPOINT, Recipe
    from sda_lib.training.train import learn

    (folder / "sounds").mkdir()
    shutil.copy(EARLIER / "pluck_decoded.wav", folder / "sounds" / "a.wav")
    shutil.copy(EARLIER / "session.wav", folder / "sounds" / "b.wav")
    corpus = Corpus.from_folder(folder / "sounds")
    recipe = Recipe.for_corpus(corpus).override(
        train__steps=2, train__batch=2, train__segment=4096, codec__width=8, codec__levels=2, codec__bands=32
    )
    (folder / "run").mkdir()
    for _ in learn(corpus, recipe, folder / "run" / "x.sda", "x", "cpu", folder / "run"):
        pass
    return [(folder / "run" / CHECKPOINT).rename(folder / CHECKPOINT)]


def load_checkpoint(path: Path) -> object:
    from sda_lib.training.checkpoint import read_checkpoint

    return read_checkpoint(path.parent)


def checkpoint_header(path: Path) -> object:
    data = path.read_bytes()
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])


TARGETS = {
    "sound": Target(sound_seeds, read_sound, open_sound, mutate_body),
    "media": Target(media_seeds, read_sound, open_sound, mutate_body),
    "model": Target(earlier("before.sda"), read_model, read_header, mutate_model),
    "library": Target(earlier("before.sda"), list_library, read_header, mutate_model),
    "checkpoint": Target(checkpoints, load_checkpoint, checkpoint_header, mutate_model),
    "codes": Target(earlier("pluck.codes.npz"), read_codes, open_archive, mutate_npz),
    "json codes": Target(json_codes, read_codes, parse_json, mutate_json),
    "session": Target(earlier("session.json"), read_session, parse_json, mutate_json),
    "page": Target(pages, read_page, parse_json, mutate_json),
    "tags": Target(earlier("tagged.wav"), read_tagged, open_sound, mutate_tail),
    "provenance": Target(earlier("tagged.wav"), read_tagged, open_sound, mutate_provenance),
    "head": Target(heads, read_head, starts_as_hdf, mutate_body),
    "run": Target(earlier("run/job.json", "run/recipe.json", "run/process.json"), read_run, parse_json, mutate_json),
    "manifest": Target(manifests, read_manifest, parse_json, mutate_json),
    "defaults": Target(defaults, change_defaults, read_toml, mutate_text),
    "preset": Target(presets, read_preset, parse_json, mutate_json),
    "history": Target(histories, read_history, is_sqlite, mutate_body),
    "marks": Target(marks, read_library_marks, parse_json, mutate_json),
    "MIDI map": Target(knobs, read_knobs, parse_json, mutate_json),
    "events": Target(earlier("run/events.jsonl"), read_run, lambda path: path.read_text(), mutate_lines),
}
