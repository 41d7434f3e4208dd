"""Display of a model's health."""

import dataclasses

import pytest

from sda_lib.display.health import health_view, legend_of
from sda_lib.health.diagnose import diagnose
from sda_lib.health.findings import Finding


@pytest.fixture(scope="module")
def health(plain):
    return diagnose(plain)


def test_findings_and_pictures(health, checked_html):
    html = checked_html(health_view(health))
    assert health.verdict in html
    assert [
        one for one in ("How often codes are used", "Structure 1", "Farthest from their originals") if one not in html
    ] == []


def test_fixes_and_names_are_escaped(health, checked_html):
    finding = Finding("codes", 0.1, "red", "Level <0> is bad.", "sda train <DIR>", 0)
    html = checked_html(health_view(dataclasses.replace(health, findings=(finding,), unknown=("<what>",), name="<m>")))
    assert "sda train &lt;DIR&gt;" in html
    assert "sda-red" in html


def test_a_curve_of_the_training(health, checked_html):
    curve = ((0.0, 2.0, 1.9), (50.0, 1.5, 1.4))
    assert "training steps" in checked_html(health_view(dataclasses.replace(health, curve=curve)))


def test_a_legend_names_both_lines():
    assert legend_of("a", "b").count("sda-key") == 2
