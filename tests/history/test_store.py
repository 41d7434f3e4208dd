"""The store of every sound made: nothing that was recorded is lost, and a stranger's file misleads nobody."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sda_lib.errors import SdaError
from sda_lib.export import write
from sda_lib.history.entry import LONGEST_NAME
from sda_lib.history.recipe import render
from sda_lib.history.search import Search
from sda_lib.history.store import HistoryStore
from sda_lib.sessions.provenance_tags import read_provenance

ROOT = Path(__file__).parents[2]


def numbers(store, **search):
    return [entry.number for entry in store.search(Search(**search)).entries]


def change(store, statement, *values):
    with sqlite3.connect(store.database) as base:
        base.execute(statement, values)
    base.close()


def test_a_recorded_sound_is_found_with_all_that_made_it(store, record, history_model, take):
    assert store.search().entries == ()
    assert not store.folder.exists()  # looking makes nothing
    first = record()
    second = record(kind="edited", description="reverse", parent=first, clip=None)
    after, before = store.search().entries
    assert (before.number, after.number, after.parent) == (first, second, first)
    assert (before.kind, before.seed, before.model, before.title) == ("generated", 7, "tiny", "a new sound")
    assert before.seconds == pytest.approx(0.5, abs=0.01)
    assert before.stored == store.sound_path(first).stat().st_size
    assert (after.stored, store.sound_path(second)) == (0, None)
    assert np.array_equal(render(history_model, store.recipe(second)).samples, take.clip.samples)


def test_the_stored_sound_is_the_sound_and_tells_how_it_was_made(store, record, take):
    path = store.sound_path(record())
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == take.clip.sample_rate
    assert np.abs(samples.T - take.clip.samples).max() < 2**-22
    assert np.array_equal(read_provenance(path).sound.indices, take.codes.indices)


def test_thumbnails_show_the_sound(store, record):
    first, second = record(), record(clip=None)
    found = store.thumbnails([first, second, 99])
    assert set(found) == {first}
    assert max(found[first]) == 255


def test_star_name_and_note_are_kept_and_searched(store, record):
    first, second = record(), record(description="Straße")
    store.star(first)
    store.rename(first, "  Rain on\n tin  " + "x" * 500)
    entry = store.annotate(second, "for the\nfilm \x1b[2J")
    assert entry.note == "for the\nfilm \\x1b[2J"
    assert store.entry(first).name.startswith("Rain on")
    assert len(store.entry(first).name) == LONGEST_NAME
    assert numbers(store, text="TIN rain") == [first]
    assert numbers(store, text="FILM") == [second]
    assert numbers(store, text="STRASSE") == [second]
    assert numbers(store, text="a new") == [first]
    assert numbers(store, text="seven") == []
    assert numbers(store, starred=True) == [first]
    store.star(first, False)
    assert numbers(store, starred=True) == []
    with pytest.raises(SdaError, match="no sound 99"):
        store.star(99)


def test_deleted_sounds_are_in_the_trash_and_their_numbers_are_not_used_again(store, record, tmp_path):
    first, second = record(), record()
    with pytest.raises(SdaError, match="no sound 8"):
        store.delete([first, 8], tmp_path / "trash")
    assert numbers(store) == [second, first]
    assert store.delete([second], tmp_path / "trash") == 1
    assert numbers(store) == [first]
    assert read_provenance(tmp_path / f"trash/{second}.flac").sound is not None
    assert record() > second
    with pytest.raises(SdaError, match="no sound"):
        store.recipe(second)


def test_beyond_the_cap_sounds_go_recipes_and_starred_ones_stay(store, record, made, history_model, monkeypatch):
    numbered = [record() for _ in range(4)]
    size = store.entry(numbered[0]).stored
    store.star(numbered[0])
    tight = HistoryStore(store.folder, 3 * size + size // 2)
    (notice,) = tight.record(made).notices
    assert "2 oldest" in notice
    stored = [entry.number for entry in store.search(Search(order="oldest")).entries if entry.stored]
    assert stored == [numbered[0], numbered[3], numbered[3] + 1]
    assert sorted(path.stem for path in store.sounds.iterdir()) == sorted(map(str, stored))
    assert render(history_model, store.recipe(numbered[1])).length
    (notice,) = HistoryStore(store.folder, 1).record(made).notices
    assert store.entry(numbered[0]).stored == size
    for entry in store.search().entries:
        store.star(entry.number)
    assert "unstar" in HistoryStore(store.folder, 1).keep_within()


def test_a_full_disk_keeps_the_recipe_and_says_so(store, made, record, monkeypatch):
    def full(*_, **__):
        raise SdaError("x.flac can't be written (No space left on device); free some space.")

    record()
    monkeypatch.setattr(write, "write_clip", full)
    recorded = store.record(made)
    assert "recipe" in recorded.notices[0]
    assert store.entry(recorded.number).stored == 0


@pytest.mark.parametrize("data", [b"", b"not a database at all" * 200, b"SQLite format 3\0" + b"\1" * 4000])
def test_a_file_that_is_no_history_is_set_aside(store, made, data):
    store.folder.mkdir(parents=True)
    store.database.write_bytes(data)
    recorded = store.record(made)
    assert [entry.number for entry in store.search().entries] == [recorded.number]
    aside = store.folder.with_name("history-damaged")
    assert bool(recorded.notices) == bool(data)  # an empty file is a new history
    assert not data or (aside / "history.sqlite").read_bytes() == data


def test_a_damaged_history_is_said_once_when_it_is_read(store, record):
    record()
    store.database.write_bytes(b"x" * 9000)
    with pytest.raises(SdaError, match=r"damaged.*history-damaged; a new one begins\.$"):
        store.search()
    assert store.search().entries == ()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW more AS SELECT * FROM entries",
        "CREATE TRIGGER t AFTER UPDATE ON entries BEGIN DELETE FROM recipes; END",
        "ALTER TABLE entries ADD COLUMN more TEXT",
        "DROP TABLE recipes",
    ],
)
def test_a_strangers_tables_views_and_triggers_are_refused(store, record, statement):
    record()
    change(store, statement)
    with pytest.raises(SdaError, match="damaged"):
        store.search()


def test_a_newer_history_is_left_alone(store, record, made):
    record()
    change(store, "PRAGMA user_version = 2")
    for act in (store.search, lambda: store.record(made)):
        with pytest.raises(SdaError, match="newer SDA"):
            act()
    assert store.database.exists()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "shell"), ("made", "soon"), ("made", 1e300), ("seconds", -1), ("seconds", "long"), ("starred", 7),
        ("stored", -1), ("seed", "x"), ("parent", 0.5), ("name", b"\xff\x00"), ("name", "x" * 20_000), ("note", b"x"),
    ],
)  # fmt: skip
def test_a_strangers_row_is_left_out_and_the_others_are_listed(store, record, column, value):
    first, second = record(), record()
    change(store, f"UPDATE entries SET {column} = ? WHERE number = ?", value, first)
    found = store.search()
    assert [entry.number for entry in found.entries] == [second]
    assert (found.total, found.unreadable) == (2, 1)
    with pytest.raises(SdaError, match="damaged"):
        store.entry(first)
    store.delete([first], store.folder.parent / "trash")


def test_control_characters_and_broken_text_are_shown_not_obeyed(store, record):
    number = record()
    change(store, "UPDATE entries SET name = CAST(x'FF1B5B324A41' AS TEXT) WHERE number = ?", number)
    assert store.entry(number).name.isprintable()


def test_threads_record_at_once(store, record):
    found = []
    threads = [threading.Thread(target=lambda: found.append(record(clip=None))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(numbers(store))
    assert len(set(found)) == 12


RECORDER = """
import sys
from pathlib import Path
from sda_lib.codec.codes import load_codes
from sda_lib.history.entry import MadeSound
from sda_lib.history.recipe import SoundRecipe
from sda_lib.history.store import HistoryStore
from sda_lib.audio.clip import read_clip
from sda_lib.sessions.history import SoundState
from sda_lib.sessions.provenance_tags import Provenance
codes, clip = load_codes(sys.argv[2]), read_clip(sys.argv[3])
store = HistoryStore(Path(sys.argv[1]))
while True:
    recipe = SoundRecipe(Provenance(codes, quality="play"), SoundState(codes))
    print(store.record(MadeSound("generated", recipe, clip=clip)).number, flush=True)
"""


@pytest.mark.slow
def test_a_kill_loses_nothing_that_was_recorded(store):
    earlier = ROOT / "tests/data/earlier"
    files = earlier / "pluck.codes.npz", earlier / "pluck_decoded.wav"
    for lines in (3, 6, 11):
        two = [
            subprocess.Popen([sys.executable, "-c", RECORDER, store.folder, *files], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        recorded = [int(process.stdout.readline()) for process in two for _ in range(lines)]
        for process in two:
            os.kill(process.pid, signal.SIGKILL)
            rest = process.communicate()[0].split("\n")[:-1]
            recorded += map(int, rest)
        found = {entry.number: entry for entry in store.search().entries}
        assert set(recorded) <= set(found)
        assert all(store.recipe(number).provenance.sound.frames for number in recorded)
        assert all(found[number].stored and store.sound_path(number) for number in recorded)
