"""Sentences of single findings."""

from sda_lib.health.findings import thin_levels


def test_a_thin_level_is_reported_unless_frames_are_too_few():
    assert thin_levels([0.9, 0.2], 1.0)[0].startswith("Level 1 uses 20% of its codes; ")
    assert thin_levels([0.9, 0.2], 0.3) == ()
