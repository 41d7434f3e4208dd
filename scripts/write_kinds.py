"""Every kind of write that SDA does, for the scripts that kill it (kills.py) and fill its disk (full_disk.py).

A kind is one line in KINDS. It acts in the current folder, a world that `make_world` has filled, and writes nowhere
else; it can be repeated in a world in which it has been done. `check_file` reads a file of any kind.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel
    from sda_lib.sessions.history import History

ROOT = Path(__file__).parents[1]
SOUNDS = ("tabla_ghe1", "elec_blip", "perc_snap")


@dataclass(frozen=True)
class Kind:
    """A kind of write: what it does in the current folder, and whether it can be done again where it has been done."""

    act: Callable[[], object]
    again: bool = True


def sda(line: str, again: bool = True) -> Kind:
    """Return a command as a kind."""

    def act() -> None:
        from sda_lib import cli

        sys.argv, sys.stdout = ["sda", *line.split()], io.StringIO()
        try:
            cli.main()
        except SystemExit as ended:
            if ended.code:
                raise

    return Kind(act, again)


def rain() -> tuple[SdaModel, History]:
    """Return the model, and the history of a sound of it."""
    from sda_lib.codec.codes import load_codes
    from sda_lib.model.model import SdaModel
    from sda_lib.sessions.history import History, SoundState
    from sda_lib.sliders.settings import SliderSettings

    codes = load_codes("rain.codes.npz")
    return SdaModel.load("tiny.sda"), History.begin(SoundState(codes, SliderSettings(codes)), "rain")


def save_session() -> None:
    from sda_lib.sessions.playback import Playback
    from sda_lib.sessions.session_file import save_session as save

    model, history = rain()
    save("take.json", model, history, Playback(), "rain", "_")


def save_page() -> None:
    from sda_lib.sessions.autosave import OpenSound, Place
    from sda_lib.sessions.autosave import save_page as save
    from sda_lib.sessions.playback import Playback

    model, history = rain()
    sound = OpenSound("A", "rain", history, Playback(), Place())
    save(Path("page.json"), model, Path("tiny.sda"), "play", "A", [sound])


def record_sound() -> None:
    from sda_lib.audio.clip import read_clip
    from sda_lib.codec.codes import load_codes
    from sda_lib.history.entry import MadeSound
    from sda_lib.history.recipe import recipe_of
    from sda_lib.history.store import HistoryStore
    from sda_lib.model.model import SdaModel
    from sda_lib.sessions.history import SoundState
    from sda_lib.sessions.playback import Playback
    from sda_lib.sliders.settings import SliderSettings

    codes = load_codes("rain.codes.npz")
    recipe = recipe_of(SdaModel.load("tiny.sda"), SoundState(codes, SliderSettings(codes)), Playback())
    HistoryStore(Path("home/history")).record(MadeSound("opened", recipe, name="rain", clip=read_clip("rain.wav")))


def keep_votes() -> None:
    from sda_lib.comparison.blind import BlindVotes
    from sda_lib.comparison.vote_log import keep_result

    keep_result(Path("home/votes.jsonl"), BlindVotes(("A", "B")).answer("1"), ("rain", "other"))


def rename_level() -> None:
    from sda_lib.model.model import SdaModel

    SdaModel.load("tiny.sda").with_level_name(0, f"level {os.getpid()}").save("tiny.sda")


def star_preset() -> None:
    from sda_lib.home import Home
    from sda_lib.presets.store import PresetStore

    store = PresetStore.of(Home.from_environment())
    store.star("Crushed", not store.entry("Crushed").starred)


def save_knobs() -> None:
    from sda_widgets.session.context import Context
    from sda_widgets.session.midi_map import MidiMap
    from sda_widgets.session.places import Places

    MidiMap(Context(Places.from_environment())).assign("warmth", f"1:{os.getpid() % 100}")


def upload() -> None:
    from sda_widgets.files.upload import UploadedFile
    from sda_widgets.training.folder_upload import FolderUpload

    receiver, data = FolderUpload(Path("home/sounds"), print), Path("rain.wav").read_bytes()
    for name in ("one.wav", "two.wav"):
        file = UploadedFile(name, len(data), receiver.incoming)
        file.add(0, data)
        receiver.keep(file)
        file.close()


def upload_unchecked() -> None:
    """Upload as if the disk were filled after its free space has been checked."""
    from sda_widgets.files import upload as module

    module.check_space = lambda *_: None
    upload()


def checkpoint() -> None:
    import torch

    from sda_lib.training.checkpoint import CheckpointWriter, RunState

    state = RunState.from_plain(json.loads(Path("state.json").read_text()))
    CheckpointWriter(Path("run"), 0.0).write({"weights": torch.zeros(300_000)}, state)


def make_html() -> None:
    sda("notebook page.ipynb --force").act()
    sda("html page.ipynb --force").act()


STEPS = "--steps 2 --set train.batch=2 --set train.segment=8192 --set codec.width=16 --device cpu"
TRAINING = f"{STEPS} --no-sliders --force"
KINDS = {
    "train": sda(f"train sounds --name new {TRAINING}"),
    "checkpoint": Kind(checkpoint),
    "sweep": sda(f"sweep sounds --grid codec.levels=1,2 --seeds 1 --out swept {STEPS}"),
    "grow": sda("train more --from tiny.sda --steps 0 -o grown.sda --no-sliders --force"),
    "prior": sda("prior tiny.sda --steps 2"),
    "rename a level": Kind(rename_level),
    "strip-memory": sda("strip-memory tiny.sda -o bare.sda --force"),
    "blend --weights": sda("blend tiny.sda tiny.sda --weights --save between.sda --force"),
    "generate": sda("generate tiny.sda -n 1 --seconds 0.5 -o out --force"),
    "starter": sda("starter -o new.sda --force"),
    "synth": sda("synth -n 2 -o out --longest 0.2 --force"),
    "batch": sda("generate tiny.sda -n 2 --seconds 0.5 -o batch --workers 1 --list --sheet"),
    "encode .npz": sda("encode rain.wav -m tiny.sda -o new.codes.npz"),
    "encode .json": sda("encode rain.wav -m tiny.sda -o new.json"),
    "edit": sda("edit rain.codes.npz --op reverse -o edited.codes.npz"),
    "decode .wav": sda("decode rain.codes.npz -m tiny.sda -o decoded.wav --depth 24"),
    "decode .flac": sda("decode rain.codes.npz -m tiny.sda -o decoded.flac"),
    "decode .mp3": sda("decode rain.codes.npz -m tiny.sda -o decoded.mp3"),
    "decode .ogg": sda("decode rain.codes.npz -m tiny.sda -o decoded.ogg"),
    "decode .opus": sda("decode rain.codes.npz -m tiny.sda -o decoded.opus --rate 48000"),
    "export": sda("export rain.wav -o exported.wav --depth 32 --lufs -20 --force"),
    "render": sda("render take.json -m tiny.sda"),
    "reconstruct": sda("reconstruct rain.wav -m tiny.sda -o back.wav"),
    "morph": sda("morph tiny.sda rain.wav other.wav -o out"),
    "blend": sda("blend tiny.sda tiny.sda -n 1 --seconds 0.5 -o out"),
    "loop": sda("loop rain.wav --whole -o looped.wav"),
    "stems": sda("stems rain.codes.npz -m tiny.sda -o stems --force"),
    "instrument": sda("instrument rain.wav other.wav -o kit --force"),
    "mix": sda("mix rain.wav other.wav@0.1 -o mixed.wav --force"),
    "scan --fix": sda("scan sounds --fix clean", again=False),
    "sheet": sda("sheet rain.wav -o sheet.png"),
    "palette": sda("palette tiny.sda -o palette.svg"),
    "health --report": sda("health tiny.sda --report health.html"),
    "compare": sda("compare rain.wav other.wav -o compared.html --force"),
    "votes": Kind(keep_votes),
    "session": Kind(save_session),
    "page for a reload": Kind(save_page),
    "defaults": sda("defaults author Jane"),
    "html": Kind(make_html),
    "notebook": sda("notebook copied.ipynb --force"),
    "preset": sda("presets save swell --novelty 0.7 --force"),
    "shared preset": sda("presets export crushed -o crushed.json --force"),
    "star of a preset": Kind(star_preset),
    "history": Kind(record_sound),
    "history export": sda("history export 1 -o exported"),
    "history restore": sda("history restore 1 -o restored.json"),
    "history collect": sda("history collect 1 -o collected"),
    "history like": sda("history like 1 -n 1 -o alike"),
    "history delete": sda("history delete 1", again=False),
    "models tag": sda("models tag tiny wet"),
    "models duplicate": sda("models duplicate tiny"),
    "models rename": sda("models rename more renamed", again=False),
    "models delete": sda("models delete more", again=False),
    "models import": sda("models import tiny.sda"),
    "models export": sda("models export tiny -o copies"),
    "knobs of the page": Kind(save_knobs),
    "upload of the page": Kind(upload),
    "upload, unchecked": Kind(upload_unchecked),
    "run to the trash": sda("runs delete old", again=False),
    "clean": sda("clean trash parts --yes", again=False),
}


def make_world(folder: Path, model: Path) -> None:
    """Fill a folder with what the kinds read: a model, sounds, codes, a session and a run."""
    from sda_lib.audio.corpus import Corpus
    from sda_lib.codec.codes import load_codes
    from sda_lib.config import Recipe
    from sda_lib.runs import manage
    from sda_lib.training.checkpoint import RunState

    for name in ("sounds", "more", "run", "home/trash", "home/models"):
        (folder / name).mkdir(parents=True)
    for name in ("tiny", "home/models/tiny", "home/models/more"):
        shutil.copy(model, folder / f"{name}.sda")
    for name in SOUNDS:
        shutil.copy(ROOT / f"data/demo/{name}.flac", folder / "sounds")
    shutil.copy(ROOT / "data/demo/elec_beep.flac", folder / "more")
    shutil.copy(ROOT / "README.md", folder / "home/trash/deleted.md")
    job = manage.Job("old", (folder / "sounds",), folder / "old.sda", Recipe())
    with manage.create_run(folder / "home/runs", job) as (run, _):
        (run.folder / "state").write_text("finished")
    recipe = Recipe.for_corpus(Corpus.from_folder(folder / "sounds"))
    state = RunState(recipe, "0", None, 0.0, 1.0, 1.0, {})
    (folder / "state.json").write_text(state.to_json())
    for line in ("export sounds/tabla_ghe1.flac -o rain.wav", "export sounds/perc_snap.flac -o other.wav",
                 "encode rain.wav -m tiny.sda -o rain.codes.npz"):  # fmt: skip
        sda(line).act()
    assert load_codes(folder / "rain.codes.npz").frames
    save_session()
    record_sound()


def check_file(path: Path) -> None:
    """Read a file completely. Raises an exception for one that is not whole."""
    if reader := READERS.get(path.suffix):
        reader(path)


def _check_model(path: Path) -> None:
    from sda_lib.model.model import SdaModel

    SdaModel.load(path)


def _check_sound(path: Path) -> None:
    from sda_lib.audio.clip import read_clip
    from sda_lib.audio.tags import read_tags

    assert read_clip(path).length
    read_tags(path)


def _check_codes(path: Path) -> None:
    from sda_lib.codec.codes import load_codes

    load_codes(path)


def _check_tensors(path: Path) -> None:
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        for name in file.keys():  # noqa: SIM118 (not a dict)
            file.get_tensor(name)


def _check_picture(path: Path) -> None:
    from PIL import Image

    with Image.open(path) as picture:
        picture.load()


def _check_instrument(path: Path) -> None:
    from sda_lib.export.instruments import samples_of

    mentioned = samples_of([path])
    assert mentioned
    for name in mentioned:
        _check_sound(path.parent / name)


def _check_end(end: str) -> Callable[[Path], None]:
    def check(path: Path) -> None:
        assert path.read_text().rstrip().endswith(end)

    return check


def _check_lines(path: Path) -> None:
    """The last line may be cut off: readers skip it."""
    for line in path.read_text().split("\n")[:-1]:
        json.loads(line)


def _check_history(path: Path) -> None:
    from sda_lib.history.store import HistoryStore

    store = HistoryStore(path.parent)
    found = store.search()
    assert not found.unreadable
    for entry in found.entries:
        store.recipe(entry.number)


READERS: dict[str, Callable[[Path], object]] = {
    ".sda": _check_model,
    **dict.fromkeys((".wav", ".flac", ".mp3", ".ogg", ".opus"), _check_sound),
    ".npz": _check_codes,
    ".sqlite": _check_history,
    ".safetensors": _check_tensors,
    ".png": _check_picture,
    ".sfz": _check_instrument,
    ".dspreset": _check_instrument,
    ".svg": _check_end("</svg>"),
    ".html": _check_end("</html>"),
    ".json": lambda path: json.loads(path.read_bytes()),
    ".ipynb": lambda path: json.loads(path.read_bytes()),
    ".toml": lambda path: tomllib.loads(path.read_text()),
    ".jsonl": _check_lines,
}
