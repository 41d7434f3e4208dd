"""The choice among ways to fit a codec: what is measured, what is taken, and that a run repeats it."""

from dataclasses import replace

import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.codec.rvq import FITTING_BEAM
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.training import codec_choice
from sda_lib.training.codec_choice import Candidate, Comparison, candidates, choose, known_and_unknown
from sda_lib.training.segments import CorpusSound
from sda_lib.training.train import learn


@pytest.fixture(scope="module")
def sounds(pytestconfig):
    corpus = Corpus.from_folder(pytestconfig.rootpath / "data/demo")
    return tuple(CorpusSound.of_corpus(corpus, Recipe().audio))[:6]


@pytest.fixture
def measured(monkeypatch):
    """Let candidates with these distances be measured without fitting anything."""

    def measured(**distances):
        monkeypatch.setattr(Comparison, "distance", lambda self, one, loss: distances[one.name])
        return distances

    return measured


def options(**gains):
    return [Candidate(name, lambda *rest: [], {"train.shift": 0.0}, gain) for name, gain in gains.items()]


@pytest.mark.parametrize(
    ("distances", "chosen"),
    [
        ({"own": 1.0, "other": 0.99, "third": 1.2}, "own"),
        ({"own": 1.0, "other": 0.97, "third": 1.2}, "other"),
        ({"own": 1.0, "other": 0.97, "third": 0.96}, "third"),
        ({"own": 1.0, "other": 0.985, "third": 0.98}, "other"),
    ],
)
def test_another_candidate_has_to_be_clearly_closer(distances, chosen, measured, sounds):
    measured(**distances)
    found = choose(options(own=0.0, other=0.015, third=0.03), small(), sounds, "cpu")
    assert found.chosen.name == chosen
    assert found.facts == {"chosen": chosen, "distances": distances}


def test_a_base_is_compared_with_the_best_of_the_others(measured, sounds):
    measured(own=1.0, other=0.9, base=0.95, near=0.8)
    bases = [replace(one, facts={"base": {"name": "long-mono"}}) for one in options(base=0.03, near=0.03)]
    found = choose([*options(own=0.0, other=0.05), bases[0]], small(), sounds, "cpu")
    assert (found.chosen.name, set(found.distances)) == ("other", {"other", "base"})
    found = choose([*options(own=0.0, other=0.0), *bases], small(), sounds, "cpu")
    assert found.facts["base"] == {"name": "long-mono"}
    assert found.chosen.name == "near"


def test_a_single_candidate_is_not_measured(measured, sounds):
    measured()
    found = choose(options(own=0.0), small(), sounds, "cpu")
    assert (found.chosen.name, found.distances) == ("own", {})


def small():
    return Recipe().override(codec__levels=3, codec__codebook_size=16, codec__width=16)


def blank():
    return options(own=0.0)[0].blank(small())


def test_codecs_that_are_compared_are_small_and_quick():
    compared = codec_choice.shallow(Recipe().override(codec__beam=16)).codec
    assert (compared.levels, compared.beam) == (codec_choice.CHOICE_LEVELS, FITTING_BEAM)
    assert codec_choice.shallow(Recipe().override(codec__beam=1, codec__levels=2)).codec.levels == 2
    assert codec_choice.shallow(Recipe().override(codec__beam=1, codec__levels=2)).codec.beam == 1


def test_known_and_unknown_sounds_share_no_recording(sounds):
    known, unknown = known_and_unknown(blank(), sounds)
    assert [one.name for one in unknown] == [sounds[0].name, sounds[3].name]
    assert {one.name for one in known} == {one.name for one in sounds} - {one.name for one in unknown}


def test_few_recordings_are_cut_in_time(sounds):
    known, unknown = known_and_unknown(blank(), sounds[:2])
    assert {one.name for one in known} == {one.name for one in unknown} == {one.name for one in sounds[:2]}
    assert sum(one.length for one in known) > 1.5 * sum(one.length for one in unknown)


def test_only_recipes_that_leave_it_open_have_a_choice(sounds):
    assert len(candidates(Recipe(), sounds)) == 3
    assert len(candidates(small(), sounds)) == 2
    (given,) = candidates(small().override(train__shift=2), sounds)
    assert given.settings == {"train.shift": 2, "train.base": "none"}


def test_a_base_is_one_for_the_grid(sounds):
    *_, ridge = candidates(Recipe(), sounds)
    assert ridge.settings["train.base"] == "ridge"
    assert ridge.facts["base"]["name"] == "long-mono"
    for how in ("plain", "ridge"):
        (given,) = candidates(Recipe().override(train__base=how), sounds)
        assert given.settings == {**ridge.settings, "train.base": how}
    with pytest.raises(SdaError, match="no base for these settings"):
        candidates(small().override(train__base="ridge"), sounds)


def test_copies_that_are_given_stay_with_a_base(sounds):
    *_, ridge = candidates(Recipe().override(train__shift=2), sounds)
    assert ridge.settings["train.shift"] == 2


def test_no_copies_of_much_sound(sounds, monkeypatch):
    monkeypatch.setattr(codec_choice, "COPIED_SECONDS", 1.0)
    assert [one.settings["train.shift"] for one in candidates(small(), sounds)] == [0.0]


def test_candidates_are_measured_on_what_they_do_not_know(sounds):
    distances = choose(candidates(small(), sounds), small(), sounds, "cpu").distances
    assert all(0 < one < 10 for one in distances.values())
    assert len(set(distances.values())) == 2


@pytest.mark.slow
def test_a_model_says_what_was_chosen_and_its_recipe_repeats_it(tiny_corpus, tiny_recipe, tmp_path):
    corpus = Corpus.from_folder(tiny_corpus)
    events = list(learn(corpus, tiny_recipe.override(train__shift="none"), tmp_path / "a.sda", "a"))
    model = SdaModel.load(tmp_path / "a.sda")
    choice = model.header["choice"]
    assert any(choice["chosen"] in event.message for event in events)
    assert set(choice["distances"]) == {"own sounds", "copies at ±3 semitones"}
    assert model.recipe.train.shift in (0.0, 3.0)
    list(learn(corpus, model.recipe, tmp_path / "b.sda", "b"))
    assert SdaModel.load(tmp_path / "b.sda").codec.ridge.equal(model.codec.ridge)
