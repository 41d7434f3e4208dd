"""The recipe: capacity from the data, overrides that fail loudly, JSON there and back."""

from dataclasses import dataclass

import pytest

from sda_lib.config import DEFAULT_EFFORT, EFFORTS, FilesConfig, Recipe, codebook_size_for
from sda_lib.errors import SdaError

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


def test_chosen_files_come_back_and_are_left_out_of_older_recipes():
    chosen = FilesConfig(("drums", "a,b"), ("*/noisy/*",), {"loud": 2.0})
    recipe = Recipe.for_corpus(Facts(60, 2, 0, chosen))
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert recipe.files == chosen
    assert "files" not in Recipe().to_plain()
    assert recipe.shareable == Recipe.for_corpus(Facts(60, 2, 0))
    assert "drums" not in recipe.shareable.to_json()


def test_chosen_files_can_be_typed():
    recipe = Recipe().override(files__include="drums, loud/*", files__weights="loud=2,drums=0.5")
    assert recipe.files == FilesConfig(("drums", "loud/*"), (), {"loud": 2.0, "drums": 0.5})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("include", 3), ("include", [3]), ("include", ["x" * 999]), ("exclude", ["a"] * 65), ("weights", "loud"),
        ("weights", {"loud": "much"}), ("weights", {"loud": 11}), ("weights", ["loud"]), ("exclude", {"a": 1}),
    ],
)  # fmt: skip
def test_chosen_files_that_can_not_be_are_refused_in_one_sentence(key, value):
    with pytest.raises(SdaError, match=r"files\.|at most 64 names") as error:
        Recipe().override(**{f"files.{key}": value})
    assert "\n" not in str(error.value)
