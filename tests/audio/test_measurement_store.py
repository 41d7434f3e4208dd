"""Measurements in the cache are those of the file as it is now; a damaged store costs time alone."""

import dataclasses
import os
import time

import numpy as np
import pytest

from sda_lib.audio import measurement_store
from sda_lib.audio.measurement import measured
from sda_lib.audio.measurement_store import NAME, MeasurementStore


@pytest.fixture
def recording(tiny_corpus, tmp_path, monkeypatch):
    path = tmp_path / "pluck.wav"
    path.write_bytes((tiny_corpus / "pluck.wav").read_bytes())
    monkeypatch.setattr(measurement_store, "SETTLED_SECONDS", 0.0)
    return path


def kept(folder, path):
    with MeasurementStore(folder) as store:
        store.keep(path, found := measured(path))
    return found


def found_in(folder, path):
    with MeasurementStore(folder) as store:
        return store.find(path)


def test_what_is_kept_is_found_in_another_process(recording, tmp_path):
    one, other = kept(tmp_path / "cache", recording), found_in(tmp_path / "cache", recording)
    for field in dataclasses.fields(one):
        assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name


def test_a_changed_file_is_not_found(recording, tmp_path):
    kept(tmp_path / "cache", recording)
    os.utime(recording, (1, 1))
    assert found_in(tmp_path / "cache", recording) is None
    recording.unlink()
    assert found_in(tmp_path / "cache", recording) is None


def test_a_file_that_has_just_changed_is_not_kept(recording, tmp_path, monkeypatch):
    """It could change again within the same tick of the file system's clock."""
    monkeypatch.setattr(measurement_store, "SETTLED_SECONDS", 60.0)
    kept(tmp_path / "cache", recording)
    assert not (tmp_path / "cache").exists()
    assert found_in(tmp_path / "cache", recording) is None


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 99, None])
def test_a_damaged_store_is_made_again(recording, tmp_path, damage):
    one, place = kept(tmp_path / "cache", recording), tmp_path / "cache" / NAME
    data = place.read_bytes()
    place.write_bytes(data[:2048] + bytes(len(data) - 2048) if damage is None else damage)
    assert found_in(tmp_path / "cache", recording) is None
    kept(tmp_path / "cache", recording)
    kept(tmp_path / "cache", recording)
    assert found_in(tmp_path / "cache", recording).digest == one.digest


def test_a_store_that_cannot_be_made_is_done_without(recording, tmp_path):
    (tmp_path / "cache").write_text("a file")
    kept(tmp_path / "cache", recording)
    assert found_in(tmp_path / "cache", recording) is None


def test_those_used_longest_ago_are_dropped(recording, tmp_path, monkeypatch):
    other = recording.with_name("other.wav")
    other.write_bytes(recording.read_bytes())
    one = kept(tmp_path / "cache", recording)
    monkeypatch.setattr(measurement_store, "LIMIT", 1.5 * (one.level.nbytes + one.spectra.nbytes))
    later = time.time() + 2 * measurement_store.DAY
    monkeypatch.setattr(time, "time", lambda: later)
    kept(tmp_path / "cache", other)
    assert found_in(tmp_path / "cache", recording) is None
    assert found_in(tmp_path / "cache", other) is not None
