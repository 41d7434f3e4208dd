"""The history in notebooks and scripts."""

import numpy as np
import pytest

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.history.recipe import render
from sda_lib.sessions.provenance_tags import read_provenance


@pytest.fixture
def home(tmp_path, model):
    model.save(tmp_path / "home/models/tiny.sda")
    return tmp_path / "home"


def test_a_take_is_kept_found_played_and_made_again(home, model):
    history, take = sda_lib.History(home), model.generate(seconds=0.5, seed=4)
    number = history.keep(take, "Tin roof")
    assert np.array_equal(render(model, history.store.recipe(number)).samples, take.clip.samples)
    assert history.clip(number).length == take.clip.length
    assert [one.number for one in history.search("roof", kinds=("generated",))] == [number]
    assert len(history.search("absent")) == 0
    assert history[number].seed == 4
    assert "Tin roof" in history._repr_html_()
    assert repr(history) == "History(1 sounds)"
    with pytest.raises(SdaError, match="no sound 9"):
        history.clip(9)


def test_sounds_are_starred_named_noted_exported_collected_restored_and_deleted(home, model, tmp_path):
    history = sda_lib.History(home)
    one, two = (history.keep(model.generate(seconds=0.4, seed=seed)) for seed in (1, 2))
    history.star([one, two])
    history.star(two, on=False)
    history.rename(one, "Tin roof")
    history.annotate(one, "wet")
    assert [(sound.title, sound.note) for sound in history.search(starred=True)] == [("Tin roof", "wet")]
    paths = history.export([one, two], tmp_path / "out", "flac")
    assert read_provenance(paths[0]).request["seed"] == 1
    collected = history.collect([one, two])
    assert {path.parent for path in collected} == {home / "sounds/history"}
    assert history.collect([one, two]) == collected
    assert history.restore(one).parent == home / "sessions"
    assert history.delete([one, two]) == 2
    assert len(history) == 0


def test_more_like_one_have_its_options_and_other_seeds(home, model):
    history = sda_lib.History(home)
    number = history.keep(model.generate(seconds=0.4, seed=4, novelty=0.9))
    takes = history.like(number, 2)
    assert [(one.options.seed, one.options.novelty) for one in takes] == [(5, 0.9), (6, 0.9)]
    assert np.array_equal(takes[0].clip.samples, model.generate(seconds=0.4, seed=5, novelty=0.9).clip.samples)


def test_the_space_is_limited(home, model):
    history = sda_lib.History(home)
    assert history.limit("3MB") == ""
    assert history.store.limit == 3_000_000
    with pytest.raises(SdaError, match="is no size"):
        history.limit("much")


def test_a_take_without_a_model_is_refused(home, model):
    take = sda_lib.Take.of(model.generate(seconds=0.3), None)
    with pytest.raises(SdaError, match="knows no model"):
        sda_lib.History(home).keep(take)
