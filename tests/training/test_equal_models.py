"""Equal sounds, seed, steps and threads make equal model files, but for the fields that state time."""

import json
import shutil

import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.growing import grow_steps
from sda_lib.growing.grow import grow
from sda_lib.growing.growable import GrowOptions
from sda_lib.model.header import HEADER_KEY
from sda_lib.model.model import SdaModel
from sda_lib.training import snapshot
from sda_lib.training.train import learn

pytestmark = pytest.mark.slow

TIMES = {("created",), ("metrics", "seconds"), ("corpus", "grown", "when"), ("corpus", "grown", "seconds")}
"""Fields of a header that state when a model was made, and how long that took (docs/FORMAT.md)."""


def parts(path):
    """Return the header of a file without TIMES, with the order of its keys, and the bytes of its tensors."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + length])
    facts = without_times(json.loads(table.pop("__metadata__")[HEADER_KEY]))
    return json.dumps([table, facts]), data[8 + length :]


def without_times(value, place=()):
    """Return JSON data without TIMES."""
    if isinstance(value, list):
        return [without_times(one, place) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: without_times(one, (*place, key)) for key, one in value.items() if (*place, key) not in TIMES}


@pytest.fixture
def later(monkeypatch):
    """Move the clock of the models made from here on."""
    modules = (snapshot, grow_steps)
    return lambda: [monkeypatch.setattr(one, "timestamp", lambda: "2031-01-01T00:00:00+00:00") for one in modules]


@pytest.mark.parametrize(
    "settings",
    [
        {"train__steps": 0},
        {"train__steps": 4, "train__checks": 2},
        {"train__steps": 0, "codec__bottleneck": "vae"},
    ],
    ids=["closed form", "steps", "latents"],
)
def test_equal_trainings_make_equal_files(tiny_corpus, tiny_recipe, tmp_path, settings, later):
    recipe, found = tiny_recipe.override(train__threads=1, **settings), []
    for number in range(2):
        shutil.copytree(tiny_corpus, tmp_path / f"{number}/tiny")
        for _ in learn(Corpus.from_folder(tmp_path / f"{number}/tiny"), recipe, tmp_path / f"{number}.sda", "tiny"):
            pass
        found.append(parts(tmp_path / f"{number}.sda"))
        later()
    assert found[0] == found[1]


def test_equal_growths_make_equal_files(tiny_model_path, tmp_path, pytestconfig, later):
    sound, found = pytestconfig.rootpath / "data/demo/elec_hi_snare.flac", []
    for number in range(2):
        options = GrowOptions(tiny_model_path, steps=3)
        path = tmp_path / f"{number}.sda"
        for _ in grow(SdaModel.load(tiny_model_path), Corpus.from_paths([sound]), path, "grown", options):
            pass
        found.append(parts(path))
        later()
    assert found[0] == found[1]


def test_saving_a_loaded_model_gives_the_same_bytes(tiny_model_path, tmp_path):
    assert SdaModel.load(tiny_model_path).save(tmp_path / "again.sda").read_bytes() == tiny_model_path.read_bytes()
