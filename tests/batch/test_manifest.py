"""The manifest of a folder's sounds stays current across batches."""

import csv
import json

from sda_lib.batch.manifest import read_manifest, update_manifest

ROWS = [
    {"file": "ü 名.wav", "seed": 1, "sliders": {"warmth": 0.5}, "levels": [2, None]},
    {"file": "b, \"c\".wav", "seed": 2, "space": {"mode": "binaural", "place": {"azimuth": 30}}},
]  # fmt: skip


def test_csv_and_json_hold_the_same_rows(tmp_path):
    table, plain = update_manifest(tmp_path, ROWS)
    assert json.loads(plain.read_text()) == ROWS
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [row["file"] for row in ROWS]
    assert rows[0]["sliders.warmth"] == "0.5"
    assert rows[0]["levels"] == "[2, null]"
    assert rows[1]["space.place.azimuth"] == "30"
    assert rows[1]["sliders.warmth"] == ""


def test_rows_are_added_replaced_and_dropped_with_their_files(tmp_path):
    for row in ROWS:
        (tmp_path / row["file"]).touch()
    update_manifest(tmp_path, ROWS)
    update_manifest(tmp_path, [{**ROWS[0], "seed": 7}, {"file": "new.wav", "seed": 8}])
    seeds = {row["file"]: row["seed"] for row in read_manifest(tmp_path)}
    assert seeds == {ROWS[0]["file"]: 7, ROWS[1]["file"]: 2, "new.wav": 8}
    (tmp_path / ROWS[1]["file"]).unlink()
    update_manifest(tmp_path, [{"file": "new.wav", "seed": 9}])
    assert [row["file"] for row in read_manifest(tmp_path)] == [ROWS[0]["file"], "new.wav"]


def test_a_damaged_manifest_is_replaced(tmp_path):
    for text in ("{", "3", '[{"file": 3}, 4]'):
        (tmp_path / "manifest.json").write_text(text)
        assert read_manifest(tmp_path) == []
    update_manifest(tmp_path, ROWS[:1])
    assert len(read_manifest(tmp_path)) == 1


def test_rows_of_names_that_no_file_has_are_dropped(tmp_path):
    names = ["9" * 5000, "../x.wav", "/etc/passwd", "\0", "", "folder"]
    (tmp_path / "folder").mkdir()
    (tmp_path / "manifest.json").write_text(json.dumps([{"file": name} for name in names]))
    update_manifest(tmp_path, [{"file": "new.wav"}])
    assert [row["file"] for row in read_manifest(tmp_path)] == ["new.wav"]
