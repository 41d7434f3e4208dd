"""Display of takes."""

import pytest

import sda_lib
from sda_lib.colors import source_color
from sda_lib.display.takes import NAMED, option_words, sources_strip, take_view, takes_view, trace_view
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import trace


@pytest.fixture(scope="module")
def take(plain):
    return generate(plain, GenerateOptions(seconds=0.5, novelty=0.8))


def test_a_take_shows_its_sound_sources_and_options(take, checked_html):
    html = checked_html(take_view(take))
    assert [
        one for one in ("seed 0", "<audio", "<dt>novelty</dt><dd>0.8</dd>", take.sources[0].file) if one not in html
    ] == []


def test_several_takes_are_a_table(take, checked_html):
    assert checked_html(takes_view([take, take])).count("<tr>") == 3


def test_a_trace_is_a_strip_and_a_table(plain, take, checked_html):
    assert "1 as far as another" in checked_html(trace_view(trace(plain, take.codes)))
    assert "nothing to trace" in trace_view([])


def test_the_strip_names_the_most_frequent_recordings(checked_html):
    runs = [(f"recording <{number}>", 1.0 + number) for number in range(NAMED + 3)]
    html = checked_html(sources_strip(runs))
    assert "and 3 more" in html
    assert "&lt;10&gt; 17%" in html
    assert sources_strip([]) == ""
    assert len({source_color(number) for number in range(50)}) == 50


def test_options_in_words():
    options = sda_lib.GenerateOptions(seconds=2, controls={"density": 0.5}, top_k=3)
    assert option_words(options) == {
        "seconds": "2",
        "seed": "0",
        "novelty": "0.5",
        "top k": "3",
        "controls": "density 0.5",
    }
