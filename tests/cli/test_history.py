"""The history from the command line."""

import dataclasses
import json
import time

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.cli.history import time_of
from sda_lib.errors import SdaError
from sda_lib.history.entry import MadeSound
from sda_lib.history.recipe import recipe_of
from sda_lib.history.store import HistoryStore
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import SoundState
from sda_lib.sessions.playback import Playback
from sda_lib.sessions.provenance_tags import read_provenance
from sda_lib.sliders.settings import SliderSettings
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions


@pytest.fixture
def two(demo, tmp_path):
    """Two sounds of the model demo in the user's history."""
    model = SdaModel.load(demo)
    take = generate(model, GenerateOptions(seconds=0.4, seed=3))
    state = SoundState(take.codes, SliderSettings(take.codes))
    made = MadeSound("generated", recipe_of(model, state, Playback(), take.options), "a new sound", clip=take.clip)
    store = HistoryStore(tmp_path / "data/history")
    store.record(made)
    store.record(dataclasses.replace(made, kind="edited", description="reverse", parent=1, clip=None))
    return store


def test_list_search_star_name_note_show(ok, refused, two):
    assert [line.split()[0] for line in ok("history").splitlines()] == ["2", "1"]
    ok("history", "name", "1", "Tin \x1b[2Jroof")
    ok("history", "note", "1", "for the film")
    ok("history", "star", "1-2")
    ok("history", "star", "2", "--off")
    (found,) = json.loads(ok("history", "search", "FILM", "roof", "--kind", "generated", "--since", "2d", "--json"))
    assert (found["number"], found["starred"], found["seed"], found["model"]) == (1, True, 3, "tiny")
    assert [one["number"] for one in json.loads(ok("history", "--json"))] == [2, 1]
    assert json.loads(ok("history", "search", "--until", "2d", "--json")) == []
    assert "No sound of the history fits" in ok("history", "search", "nothing")
    shown = json.loads(ok("history", "show", "last", "--json"))
    assert (shown["parent"], shown["options"]["seed"], shown["sliders"]) == (1, 3, {})
    assert "note: for the film" in ok("history", "show", "starred")
    assert "no kind 'x'" in refused("history", "search", "--kind", "x")
    assert "is no number" in refused("history", "show", "two")
    assert "names 2 sounds" in refused("history", "show", "1-2")
    assert "no sound 9" in refused("history", "star", "9")


def test_restore_export_and_delete(ok, refused, two, tmp_path):
    path = ok("-q", "history", "restore", "2").strip()
    assert path == "data/sessions/reverse.json"
    ok("history", "export", "1-2", "-o", "out", "--format", "flac")
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["a_new_sound.flac", "reverse.flac"]
    before = (tmp_path / "out/reverse.flac").read_bytes()
    ok("render", "out/reverse.flac", "-o", "again.flac")
    assert (tmp_path / "again.flac").read_bytes() == before
    assert "2 sounds are deleted" in ok("history", "delete", "1-9")
    assert "empty" in ok("history")
    ok("render", "data/trash/1.flac", "-o", "back.wav")  # its tags hold the recipe
    assert "no sound" in refused("history", "delete", "1-9")


def test_more_like_one_and_collected_sounds_are_written(ok, refused, two, tmp_path):
    made = ok("-q", "history", "like", "1", "-n", "2").split()
    assert made == ["data/exports/a_new_sound_4.wav", "data/exports/a_new_sound_5.wav"]
    assert read_provenance(tmp_path / made[0]).request["seed"] == 4
    assert ok("-q", "history", "like", "1", "-n", "2").split() == made
    (varied,) = ok("-q", "history", "like", "2", "-n", "1", "--seed", "9", "-o", "out").split()
    assert read_provenance(tmp_path / varied).request["levels"] == [1, None]
    (path,) = ok("-q", "history", "collect", "1").split()
    assert path == "data/sounds/history/00001_a_new_sound.flac"
    assert "no sound 9" in refused("history", "like", "9")


def test_the_space_is_a_default(ok, refused, two):
    for seed in range(3):
        two.record(MadeSound("opened", two.recipe(1), clip=noise(seed)))
    assert two.stored_bytes() > 1_000_000
    assert "made room" in ok("defaults", "history-size", "1MB")
    assert ok("defaults", "history_size").strip() == "1.0MB"
    assert two.stored_bytes() <= 1_000_000
    assert "is no size" in refused("defaults", "history-size", "much")
    assert "history_size must be 1.0 MB to" in refused("defaults", "history-size", "1")


def noise(seed):
    return AudioClip(np.random.default_rng(seed).uniform(-0.5, 0.5, (1, 150_000)).astype(np.float32), 48000)


def test_days():
    assert time_of("") is None
    assert time_of("1970-01-03") == pytest.approx(2 * 86400, abs=86400)
    assert time_of("2d") == pytest.approx(time.time() - 2 * 86400, abs=7200)
    for wrong in ("yesterday", "99999999", "0000-01-01"):
        with pytest.raises(SdaError, match="is no day"):
            time_of(wrong)
