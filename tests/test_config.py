"""The recipe: capacity from the data, overrides that fail loudly, JSON there and back."""

from dataclasses import dataclass

import pytest

from sda_lib.config import DEFAULT_EFFORT, EFFORTS, Recipe, codebook_size_for
from sda_lib.errors import SdaError
from sda_lib.file_choice import FilesConfig

EVERYTHING = FilesConfig()


@dataclass(frozen=True)
class Facts:
    sounding_seconds: float
    median_seconds: float
    stereo_share: float
    selection: FilesConfig = EVERYTHING


def test_short_sounds_get_half_the_hop():
    drums, pads = Facts(40, 0.3, 0), Facts(300, 4.0, 0)
    assert Recipe.for_corpus(drums).codec.hop == Recipe.for_corpus(pads).codec.hop // 2


def test_stereo_when_enough_files_are():
    assert Recipe.for_corpus(Facts(60, 2, 0.5)).audio.channels == 2
    assert Recipe.for_corpus(Facts(60, 2, 0.05)).audio.channels == 1


SIZES = [(0, 4), (25, 8), (47, 16), (160, 16), (1000, 64), (1500, 128), (2100, 256), (10**6, 256)]


@pytest.mark.parametrize(("frames", "size"), SIZES)
def test_codebook_size_follows_the_data(frames, size):
    assert codebook_size_for(frames) == size


def test_a_preset_sets_its_numbers_and_minutes_override_them():
    facts = Facts(60, 2, 0)
    for name, effort in EFFORTS.items():
        recipe = Recipe.for_corpus(facts, effort=name)
        assert recipe == Recipe.for_corpus(facts).override(**dict(effort.settings))
        assert recipe.train.minutes == effort.minutes
        assert Recipe.for_corpus(facts, 0, name) == recipe.override(train__minutes=0)
    assert Recipe.for_corpus(facts) == Recipe.for_corpus(facts, effort=DEFAULT_EFFORT)
    assert EFFORTS["quick"].minutes < EFFORTS["balanced"].minutes < EFFORTS["best"].minutes


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(SdaError, match="quick, balanced, best"):
        Recipe.for_corpus(Facts(60, 2, 0), effort="fast")


def test_override_takes_text_and_keeps_the_rest():
    recipe = Recipe().override(**{"codec.levels": "5", "train.learning_rate": "0.001", "memory.enabled": "no"})
    assert (recipe.codec.levels, recipe.train.learning_rate, recipe.memory.enabled) == (5, 0.001, False)
    assert recipe.codec.codebook_size == Recipe().codec.codebook_size


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("codec.level", "5", "codec.levels"),
        ("codec.levels", "many", "type int"),
        ("codec.levels", "2.5", "type int"),
        ("codec.levels", "0", "from 1 to 32"),
        ("codec.hop", "1000", "multiples of codec.step"),
        ("codec.kernel", "4", "odd"),
        ("codec.bottleneck", "magic", "rvq"),
        ("train.learning_rate", "nan", "not nan"),
        ("memory.enabled", "perhaps", "type bool"),
    ],
)
def test_bad_override_is_one_sentence(key, value, says):
    with pytest.raises(SdaError, match=says):
        Recipe().override(**{key: value})


def test_json_there_and_back():
    recipe = Recipe().override(**{"codec.levels": 3, "train.steps": 7})
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize("text", ["", "[]", '{"codec": 3}', '{"codec": {"levles": 3}}', "null"])
def test_unreadable_json_is_refused(text):
    with pytest.raises(SdaError):
        Recipe.from_json(text)
