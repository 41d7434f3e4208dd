"""The library lists, filters and sorts models by their headers and marks; broken files hide no others."""

import json

import pytest

from sda_lib.errors import SdaError
from sda_lib.library.listing import ORDERS, ModelFilter, library
from sda_lib.library.marks import change_marks


@pytest.fixture
def four(put):
    """Four models and a broken file; returns the names that a filter finds."""
    put("rain", "2026-01-01", 2, metrics={"held_out": 1.5, "train": 1.0}, prior={"width": 0})
    put("Door", "2026-02-01", 9, metrics={"held_out": 2.5, "train": 1.0}, prior={"width": 64})
    put("ice", "2026-03-01", 0.5, "vae", metrics={"held_out": 4, "train": 1.0}, memory=[{"name": "a"}])
    folder = put("glass", "2026-04-01", 30, earlier_names=["wind"]).parent
    (folder / "broken.sda").write_bytes(b"nothing")
    marks = {"rain.sda": ("wet", "Drums"), "ice.sda": ("wet",)}
    for name, tags in marks.items():
        change_marks(folder, lambda before, name=name, tags=tags: before.marked(name, before.of(name).tagged(tags)))
    change_marks(folder, lambda before: before.marked("Door.sda", before.of("Door.sda").noted("from the Barn")))
    return lambda **wanted: [one.entry.name for one in library(folder, ModelFilter(**wanted))]


def test_all_are_listed_newest_first(four):
    assert four() == ["glass", "ice", "Door", "rain", "broken"]
    assert library("/nowhere") == ()


def test_filters(four):
    assert four(text="BARN") == ["Door"]
    assert four(text="wind") == ["glass"]
    assert four(text="broken") == ["broken"]
    assert four(tags=("WET",)) == ["ice", "rain"]
    assert four(tags=("wet", "drums")) == ["rain"]
    assert four(since="2026-02-01", until="2026-04-01") == ["ice", "Door"]
    assert four(minutes=(1, 10)) == ["Door", "rain"]
    assert four(bottleneck="vae") == ["ice"]
    assert four(prior="network") == ["Door"]
    assert four(prior="n-gram") == ["rain"]
    assert four(prior="none") == ["glass", "ice"]
    assert [four(health=one) for one in ("green", "yellow", "red")] == [["rain"], ["Door"], ["ice"]]
    assert four(health="unknown") == ["glass", "broken"]
    assert four(starred=True) == []


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("newest", "glass"), ("oldest", "broken"), ("name", "broken"), ("minutes", "glass"), ("size", "ice"),
        ("held-out", "rain"), ("starred", "glass"),
    ],
)  # fmt: skip
def test_orders(four, order, first):
    assert len(four(order=order)) == 5
    assert order in ORDERS
    if order not in ("size",):
        assert four(order=order)[0] == first


@pytest.mark.parametrize("name", ["bottleneck", "prior", "health", "order"])
def test_unknown_values_are_refused(name):
    with pytest.raises(SdaError, match=f"no {name} 'x'"):
        ModelFilter(**{name: "x"})


def test_facts_are_plain(put):
    (one,) = library(put("rain").parent)
    assert json.loads(json.dumps(one.facts()))["name"] == "rain"


def test_a_changed_file_is_read_again(put):
    folder = put("rain", minutes=1).parent
    assert library(folder)[0].entry.minutes == 1
    put("rain", minutes=22)
    assert library(folder)[0].entry.minutes == 22


@pytest.mark.parametrize(
    "facts",
    [
        {"created": 5}, {"metrics": {"held_out": "x"}}, {"prior": [1]}, {"prior": {"other": 1}},
        {"corpus": {"minutes": "1"}}, {"corpus": {"minutes": -1}}, {"recipe": {"codec": 3}},
        {"recipe": {"codec": {"bottleneck": 7}}},
    ],
)  # fmt: skip
def test_a_strangers_header_is_a_problem_of_its_own(put, facts):
    folder = put("good").parent
    put("odd", **facts)
    found = {one.entry.path.name: one.entry.problem for one in library(folder)}
    assert found["good.sda"] == ""
    assert found["odd.sda"].endswith(".")
