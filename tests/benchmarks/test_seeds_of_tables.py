"""Tables of several seeds: what is said of means, changes and their errors."""

import json

import pytest


@pytest.fixture
def measured(tmp_path, monkeypatch):
    import base

    monkeypatch.setattr(base, "DATA", tmp_path / "base.json")
    return base


def trained(held_out, own=1.0, codes=256):
    return {"held_out": held_out, "own": own, "codes": codes}


def test_a_change_has_its_error_over_seeds(measured):
    case = {"before": {"0": trained(2.0), "1": trained(2.0)}, "auto": {"0": trained(1.0), "1": trained(1.2)}}
    assert measured.means_cell("auto", "before", [case]) == "1.100 (-45.0 ± 5.0 %) / 1.000 (+0.0 ± 0.0 %)"
    assert measured.means_cell("before", "before", [case]) == "2.000 / 1.000"


def test_only_seeds_of_all_cases_count(measured):
    whole = {"before": {"0": trained(2.0), "1": trained(2.0)}, "auto": {"0": trained(1.0), "1": trained(9.0)}}
    part = {"before": {"0": trained(2.0)}, "auto": {"0": trained(1.0)}}
    assert measured.means_cell("auto", "before", [whole, part]) == "1.000 (-50.0 %) / 1.000 (+0.0 %)"


def test_codes_that_differ_by_seed_are_all_said(measured):
    assert measured.cell([trained(1.0, 2.0, 16), trained(2.0, 2.0, 256)]) == "1.500 / 2.000 (16/256)"


def test_a_figure_is_measured_once(measured):
    assert measured.figures("some", lambda: {"mel": 1.0}) == {"mel": 1.0}
    assert measured.figures("some", lambda: {"mel": 2.0}) == {"mel": 1.0}
    assert measured.figures("other") is None


def test_a_base_made_again_is_compared_by_corpus(measured):
    from base_curve import again_table

    found = {"again long-mono shipped abc": {"notes": 2.0}, "again long-mono again def": {"notes": 1.99}}
    measured.DATA.write_text(json.dumps(found))
    assert again_table().splitlines()[-1] == "|  | change, % | -0.5 |"


def test_new_sounds_are_judged_by_means_of_seeds():
    from decoder_alone import summary

    corpora = [[{"before": before, "on": {"new": on}} for before, on in ((6.0, 1.0), (4.0, 3.0))]]
    assert "at most 2: 0 of the commit before / 1 of 1" in summary(corpora)
    assert "above 4: 1 of 1" in summary(corpora)
