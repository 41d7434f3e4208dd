"""Take sounds out of the history: as sound files, or as session files in which work goes on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sda_lib import files
from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.decoder_version import DECODER_VERSION
from sda_lib.errors import SdaError
from sda_lib.export.finish import Finish
from sda_lib.export.finishing import write_finished_stream
from sda_lib.export.write import Stream
from sda_lib.file_names import safe_stem
from sda_lib.history.entry import HistoryEntry
from sda_lib.history.recipe import SoundRecipe, render
from sda_lib.history.store import HistoryStore
from sda_lib.home import Home
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import History
from sda_lib.sessions.provenance_tags import find_sound_model, sound_mismatch, write_with_provenance
from sda_lib.sessions.session_file import save_session
from sda_lib.sliders.settings import SliderSettings


@dataclass(frozen=True)
class TakenOut:
    """A file of a sound of the history; `exact` tells whether it was made again bit for bit as it was heard."""

    number: int
    path: Path
    exact: bool


def take_out(
    store: HistoryStore,
    numbers: Iterable[int],
    folder: Path,
    suffix: str,
    finish: Finish,
    models: Sequence[Path],
    tags: Mapping[str, str] | None = None,
    opened: Iterable[SdaModel] = (),
) -> Iterator[TakenOut]:
    """Write sounds of the history as files in a folder and yield each; existing files stay.

    A sound is made from its recipe, with the model that made it, one of `opened` or of the folders `models`; without
    it, from its stored samples. Raises SdaError for a sound that has neither.
    """
    found = list(opened)
    for number in numbers:
        entry, recipe = store.entry(number), store.recipe(number)
        path = folder / f"{safe_stem(entry.title, 'sound')}{suffix}"
        model = _model_of(recipe, found, models)
        if model is None:
            yield TakenOut(number, _from_samples(store, entry, path, finish, tags or {}), False)
            continue
        made = dataclasses.replace(recipe.provenance, finish=finish)
        exact = recipe.provenance.decoder == DECODER_VERSION
        yield TakenOut(
            number, write_with_provenance(model, made, path, {"title": entry.title, **(tags or {})}, "-"), exact
        )


def sound_of(store: HistoryStore, number: int, opened: Sequence[SdaModel], models: Sequence[Path]) -> AudioClip:
    """Return a sound of the history: its stored samples, which are there at once, else made from its recipe.

    `opened` are models in memory, `models` folders where others are searched. Raises SdaError for a sound that has
    neither samples nor its model.
    """
    entry, stored = store.entry(number), store.sound_path(number)
    if stored is not None:
        return dataclasses.replace(read_clip(stored), name=entry.title)
    recipe = store.recipe(number)
    return dataclasses.replace(render(needed_model(entry, recipe, opened, models), recipe), name=entry.title)


def collection(home: Home) -> Path:
    """Return the folder of the user's in which sounds of the history are collected to train on."""
    return home.sounds / "history"


def collect(store: HistoryStore, numbers: Iterable[int], folder: Path, models: Sequence[Path]) -> list[Path]:
    """Write sounds of the history as FLAC files into a folder to train on, and return their paths.

    A file is named after the sound's number and title, so that the same sound is there once; its tags say that a model
    made it. Raises SdaError for a sound that has neither stored samples nor its model.
    """
    return [_collected(store, number, folder, models) for number in numbers]


def _collected(store: HistoryStore, number: int, folder: Path, models: Sequence[Path]) -> Path:
    entry, stored = store.entry(number), store.sound_path(number)
    path = folder / f"{number:05d}_{safe_stem(entry.title, 'sound')}.flac"
    if stored is not None:
        return files.write_atomically(path, stored.read_bytes())
    recipe = store.recipe(number)
    model = needed_model(entry, recipe, [], models)
    made = dataclasses.replace(recipe.provenance, finish=Finish())
    return write_with_provenance(model, made, path, {"title": entry.title})


def save_as_session(store: HistoryStore, number: int, path: Path, models: Sequence[Path], mark: str = "") -> Path:
    """Write a sound of the history as a session file, which the page opens: codes, sliders, frozen cells, options.

    `mark` as `number` of `write_atomically`. Raises SdaError without the model that made it, and for a model without
    codes.
    """
    recipe, entry = store.recipe(number), store.entry(number)
    model = _model_of(recipe, [], models)
    if model is None:
        raise no_model(entry, "put it back to open the sound")
    return save_session(path, model, history_of(recipe, entry.title), recipe.playback, entry.title, mark)


def history_of(recipe: SoundRecipe, title: str) -> History:
    """Return the history of a sound from which work goes on."""
    state = recipe.state
    if state.settings is None and state.codes is not None:
        state = dataclasses.replace(state, settings=SliderSettings(state.codes))
    return History.begin(state, title, recipe.options)


def needed_model(
    entry: HistoryEntry, recipe: SoundRecipe, opened: Sequence[SdaModel], models: Sequence[Path]
) -> SdaModel:
    """Return the model that made a sound, one of `opened` or of the folders `models`. Raises SdaError without it."""
    model = _model_of(recipe, list(opened), models)
    if model is None:
        raise no_model(entry, "put it back to make the sound again")
    return model


def _model_of(recipe: SoundRecipe, found: list[SdaModel], folders: Sequence[Path]) -> SdaModel | None:
    """Return the model that made a sound, one of `found` or of a folder; it is added to `found`."""
    made = recipe.provenance
    for model in found:
        if not sound_mismatch(model, made):
            return model
    if (pair := find_sound_model(made, folders)) is None:
        return None
    found.append(pair[0])
    return pair[0]


def _from_samples(
    store: HistoryStore, entry: HistoryEntry, path: Path, finish: Finish, tags: Mapping[str, str]
) -> Path:
    """Write the stored samples of a sound. Raises SdaError where there are none."""
    stored = store.sound_path(entry.number)
    if stored is None:
        raise no_model(entry, "put it back to make the sound again")
    clip = read_clip(stored)
    stream = Stream(lambda: [clip], clip.length, clip.sample_rate, clip.channels)
    return write_finished_stream(stream, path, finish, {"title": entry.title, "model": entry.model, **tags}, "-")


def no_model(entry: HistoryEntry, remedy: str) -> SdaError:
    """Return the error that the model that made a sound is missing, with a remedy."""
    model = entry.model or "unnamed"
    return SdaError(
        f"The version of the model {model} that made sound {entry.number} is not among your models; {remedy}."
    )
