"""Which files are learned from, as a section of the recipe."""

import dataclasses

import pytest

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.file_choice import FilesConfig


def test_chosen_files_come_back_and_are_left_out_of_older_recipes():
    chosen = FilesConfig(("drums", "a,b"), ("*/noisy/*",), {"loud": 2.0})
    recipe = dataclasses.replace(Recipe(), files=chosen)
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert recipe.files == chosen
    assert "files" not in Recipe().to_plain()
    assert recipe.shareable == Recipe()
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
