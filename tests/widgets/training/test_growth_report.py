"""The report of a growth."""

import dataclasses

from sda_lib.growing.report import Growth
from sda_widgets.training.growth_report import growth_report


def test_a_report_explains_its_figures():
    growth = Growth(
        when="2030-01-01", files=3, generated=2, agreement=(0.9, 0.5), codebook_distance=0.02,
        old=(1.0, 1.01), new=(2.0, 1.0), unheard=(1.0, 1.1), minutes=(1.0, 2.0), remembered=2.0,
    )  # fmt: skip
    shown = growth_report(growth)
    for said in ("2 of 3 files", "90% at Structure, 50% or more", "unchanged", "50% closer", "10% farther", "2.0%"):
        assert said in shown
    kept = growth_report(dataclasses.replace(growth, generated=0, agreement=(1.0, 1.0), unheard=(0.0, 0.0)))
    assert "All old codes keep their meaning." in kept
    assert "Made by a model" not in kept
    assert "Held-out" not in kept
    assert "no codes" in growth_report(dataclasses.replace(growth, agreement=()))
