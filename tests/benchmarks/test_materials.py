"""New sounds on many kinds of material: jumps, rows of recordings, limits."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sda_lib import AudioClip
from sda_lib.writers.take import Source

HOP, RATE = 1024, 44100


def take(places, samples):
    sources = tuple(Source(file, frame * HOP / RATE, 0.0) for file, frame in places)
    return SimpleNamespace(
        clip=AudioClip(samples, RATE), codes=SimpleNamespace(hop=HOP, sample_rate=RATE), sources=sources
    )


def test_jumps_are_where_a_recording_does_not_continue():
    from materials import jumps

    places = [("a", 3), ("a", 4), ("b", 7), ("b", 8), ("b", 2), ("c", 0), ("c", 1)]
    assert list(jumps(take(places, np.zeros(7 * HOP, np.float32)))) == [(2, False), (4, False), (5, True)]


def test_seams_are_counted_at_jumps_into_a_recording():
    from materials import seams

    tone = np.float32(0.1 * np.sin(np.arange(40 * HOP) * 0.06))
    tone[20 * HOP :] *= np.float32(3)
    places = [("a", i) for i in range(20)] + [("b", i) for i in range(5, 25)]
    known = SimpleNamespace(flux=10.0, step=6.0)
    assert seams(take(places, tone), known) == [(False, True)]
    begins = [("a", i) for i in range(20)] + [("b", i) for i in range(20)]
    assert seams(take(begins, tone), known) == []


def test_rows_are_whole_recordings_one_after_another():
    from material_reference import rows

    clips = [AudioClip(np.full((1, 100 * number), number, np.float32), 1000) for number in (1, 2, 3)]
    made = rows(clips, 5, 2.0)
    assert [clip.length for clip in made] == [2000] * 5
    for clip in made:
        values, counts = np.unique(clip.samples[0, :1000], return_counts=True)
        assert set(values) <= {1, 2, 3}
        assert counts.sum() == 1000


def test_halves_of_one_set_do_not_differ():
    from material_reference import halves

    vectors = [torch.randn(2, 8, generator=torch.Generator().manual_seed(number)) for number in range(40)]
    mean, spread = halves(vectors)
    assert abs(mean) < 2
    assert spread < 3


@pytest.mark.parametrize(("kad", "held_out", "good"), [(0.9, -1.0, True), (1.1, -1.0, False), (2.9, 2.0, True)])
def test_the_limit_of_the_distance_is_the_held_out_sounds(kad, held_out, good):
    import material_table
    from material_reference import Reference

    known = Reference({}, {}, 0, 0, 0, 0, 0, held_out, (0, 0), 10)
    one = material_table.Cell([{"kad": kad}, {"kad": kad}], known)
    assert ("✗" not in material_table.kad(one)) == good


@pytest.mark.parametrize("windows", [1, 4])
def test_sets_of_one_source_are_at_zero_however_many_windows_a_sound_has(windows):
    from kernel import kernel_distance, window_distance

    def sounds(seed, shift=0.0):
        chance = torch.Generator().manual_seed(seed)
        centers = torch.randn(60, 1, 8, generator=chance) + shift
        return [center + 0.1 * torch.randn(windows, 8, generator=chance) for center in centers]

    known, other, far = sounds(0), sounds(1), sounds(1, 1.0)
    assert abs(window_distance(known, other)) < 1
    assert window_distance(known, far) > 10
    if windows == 1:
        assert window_distance(known, other) == pytest.approx(kernel_distance(torch.cat(known), torch.cat(other)))


def test_a_commit_is_measured_and_its_tables_are_printed(tiny_corpus, tiny_model_path, tmp_path, monkeypatch, capsys):
    import material_reference
    import material_table
    import materials

    def embed_windows(clips):
        return [torch.from_numpy(clip.samples[:1, :8].astype(float)) for clip in clips]

    for module in (material_reference, materials):
        monkeypatch.setattr(module, "embed_windows", embed_windows)
    monkeypatch.setattr(materials, "SOUNDS", 3)
    for part in ("train", "held_out"):
        shutil.copytree(tiny_corpus, tmp_path / "drums" / part)
    shutil.copy(tiny_model_path, tmp_path / "drums.sda")
    run = materials.Run(tmp_path, "now", tmp_path, float("inf"), birdnet=False)
    materials.measure(run, ["drums"], 2, list(materials.KINDS))
    figures = tmp_path / "figures" / "now"
    assert sorted(file.name for file in figures.glob("*.json")) == [
        f"drums_{kind}_{number}.json" for kind in ("4s", "auto") for number in (0, 1)
    ]
    assert (figures / "drums_auto_0.png").exists()
    files = {file: file.stat().st_mtime_ns for file in figures.iterdir()}
    materials.measure(run, ["drums"], 2, list(materials.KINDS))
    assert {file: file.stat().st_mtime_ns for file in figures.iterdir()} == files
    capsys.readouterr()
    material_table.report(tmp_path, ["now"], ["drums"], write=False)
    printed = capsys.readouterr().out
    assert printed.count("| drums | now | 2 |") == 5
    assert "none silent 1 of 1" in printed
