"""Figures of a model's health show the values that they are given."""

import numpy as np
import pytest

from sda_lib.codec.code_usage import CodeUsage
from sda_lib.health.figures import curve_picture, distance_picture, relative_use, usage_picture
from sda_lib.training.evaluate import Fidelity


def test_the_training_curve_has_both_lines_and_the_kept_step():
    axes = curve_picture([(0, 2.0, 1.8), (5, 1.5, 1.2), (9, 1.6, 1.0)], 5).axes[0]
    drawn = {line.get_label(): line.get_xydata().tolist() for line in axes.get_lines()}
    assert drawn["held-out sounds"] == [[0, 2.0], [5, 1.5], [9, 1.6]]
    assert drawn["learned sounds"] == [[0, 1.8], [5, 1.2], [9, 1.0]]
    assert drawn["kept"][0][0] == 5


def test_distances_have_a_line_per_known_curve():
    axes = distance_picture(Fidelity(counts=(1, 2), train_curve=(3.0, 2.0))).axes[0]
    assert [line.get_label() for line in axes.get_lines()] == ["learned sounds"]


def test_unused_codes_are_masked():
    use = CodeUsage(np.array([[2, 2, 0, 4]]))
    found = relative_use(use)
    assert found.mask.tolist() == [[False, False, True, False]]
    assert found.compressed() == pytest.approx([0.0, 0.0, 1.0])
    assert usage_picture(use, ("Structure",)).axes[0].images[0].get_clim() == (-3, 3)
