"""Findings at, above and below their thresholds."""

import numpy as np
import pytest

from sda_lib.codec.code_usage import CodeUsage
from sda_lib.config import Recipe
from sda_lib.health.findings import (
    GREEN,
    RED,
    YELLOW,
    Finding,
    copying_finding,
    frames_finding,
    gap_finding,
    grouped,
    level_findings,
    thin_levels,
)
from sda_lib.training.evaluate import Fidelity
from sda_lib.writers.copying import Copying


@pytest.mark.parametrize(("gap", "severity"), [(1.5, GREEN), (2.0, YELLOW), (3.0, RED)])
def test_the_gap_of_held_out_sounds(gap, severity):
    near = Fidelity(train=1.0, held_out=gap, held_out_seconds=5.0)
    found = gap_finding(near, Recipe(), 0)
    assert (found.severity, bool(found.fix)) == (severity, severity != GREEN)
    foreign = gap_finding(near, Recipe(), 0, foreign=True)
    assert (foreign.severity, foreign.fix) == (severity, "" if severity == GREEN else "sda train DIR")


def test_little_held_out_sound_is_never_a_problem():
    assert gap_finding(Fidelity(train=1.0, held_out=9.0, held_out_seconds=0.5), Recipe(), 0).severity == GREEN


@pytest.mark.parametrize(("frames", "severity"), [(5000, GREEN), (400, YELLOW), (100, RED)])
def test_frames_per_code(frames, severity):
    found = frames_finding(frames, Recipe().override(codec__codebook_size=256))
    assert found.severity == severity


def test_few_frames_are_no_problem_for_codes_of_a_base():
    assert frames_finding(20, Recipe().override(codec__codebook_size=256, codec__own_levels=0)).severity == GREEN


@pytest.mark.parametrize(("share", "severity"), [(0.1, GREEN), (0.5, YELLOW), (0.95, RED)])
def test_copying(share, severity):
    found = copying_finding(Copying("walk", share, 1.0), memory=True)
    assert (found.severity, found.subject) == (severity, "copies (walk)")


@pytest.mark.parametrize(("waveform", "severity"), [(0.1, GREEN), (0.7, YELLOW), (0.95, RED)])
def test_copying_by_waveform_counts_where_it_is_known(waveform, severity):
    found = copying_finding(Copying("walk", 0.0, 1.0, waveform), memory=True)
    assert (found.severity, found.number) == (severity, waveform)
    assert f"{waveform:.0%} of the 200-ms windows" in found.sentence


def test_findings_are_grouped_by_fix():
    one, other, green = (
        Finding("a", 1, RED, "A.", "fix"),
        Finding("b", 1, RED, "B.", "fix"),
        Finding("c", 1, GREEN, "C."),
    )
    assert grouped((one, green, other)) == (("fix", (one, other)), ("", (green,)))


def test_a_thin_level_is_reported_unless_frames_are_too_few():
    assert thin_levels([0.9, 0.2], 1.0)[0].startswith("Timbre uses 20% of its codes; ")
    assert thin_levels([0.9, 0.2], 0.3) == ()


def test_unused_codes_of_generic_levels_are_no_fault():
    usage = np.zeros((4, 64), np.int64)
    usage[:, :8] = 1000
    found = level_findings(CodeUsage(usage), np.full(4, 0.5), Recipe().override(codec__levels=4), 8000)
    assert [one.severity for one in found] == [RED] * 3 + [GREEN]
    assert found[3].sentence == "Detail uses 12% of its codes."


def test_a_single_frame_is_not_green():
    recipe = Recipe().override(codec__codebook_size=4)
    assert frames_finding(1, recipe).severity == "yellow"
    assert "single frame (43 ms)" in frames_finding(1, recipe).sentence
    assert frames_finding(2, recipe).severity == "green"
