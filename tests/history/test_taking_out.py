"""Sounds leave the history as files, bit for bit while their model exists, and as sessions that go on."""

import dataclasses
import shutil

import numpy as np
import pytest
import soundfile

from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery, Finish
from sda_lib.history.taking_out import collect, history_of, save_as_session, sound_of, take_out
from sda_lib.sessions.provenance_tags import read_provenance
from sda_lib.sessions.session_file import load_session, replay

FLOAT = Finish(delivery=Delivery(bit_depth=32, ceiling_db=0))


@pytest.fixture
def models(tmp_path, tiny_model_path):
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(tiny_model_path, folder)
    return folder


def test_many_are_written_bit_for_bit(store, record, take, models, tmp_path):
    numbers = [record(), record(clip=None, name="a/b")]
    made = list(take_out(store, numbers, tmp_path / "out", ".wav", FLOAT, [models]))
    assert [(one.number, one.path.name, one.exact) for one in made] == [
        (numbers[0], "a_new_sound.wav", True),
        (numbers[1], "a_b.wav", True),
    ]
    for one in made:
        samples = soundfile.read(one.path, dtype="float32", always_2d=True)[0].T
        assert np.array_equal(samples, take.clip.samples)
        assert read_provenance(one.path).finish == FLOAT
    (again,) = take_out(store, numbers[:1], tmp_path / "out", ".wav", FLOAT, [models])
    assert again.path.name == "a_new_sound-2.wav"


def test_without_its_model_the_stored_samples_are_written(store, record, take, tmp_path):
    stored, recipe_alone = record(), record(clip=None)
    (one,) = take_out(store, [stored], tmp_path / "out", ".wav", FLOAT, [tmp_path])
    assert not one.exact
    samples = soundfile.read(one.path, dtype="float32", always_2d=True)[0].T
    assert np.abs(samples - take.clip.samples).max() < 2**-22
    with pytest.raises(SdaError, match=f"tiny that made sound {recipe_alone} is not among"):
        list(take_out(store, [recipe_alone], tmp_path / "out", ".wav", FLOAT, [tmp_path]))


def test_a_session_goes_on_where_the_sound_was(store, record, take, models, history_model, tmp_path):
    path = save_as_session(store, record(), tmp_path / "x.json", [models])
    session = load_session(path)
    history = replay(history_model, session)
    assert np.array_equal(history.state.codes.indices, take.codes.indices)
    assert history.state.frozen == (((0, 1), (0, 2)),)
    assert history.steps[0].action == take.options
    assert session.playback.fades
    with pytest.raises(SdaError, match="put it back to open"):
        save_as_session(store, record(), tmp_path / "x.json", [tmp_path])


def test_a_recipe_without_sliders_gets_neutral_ones(made):
    bare = dataclasses.replace(made.recipe, state=dataclasses.replace(made.recipe.state, settings=None))
    assert history_of(bare, "x").state.settings.is_neutral


def test_a_sound_is_played_from_its_samples_and_else_made_again(store, record, take, models, history_model, tmp_path):
    stored, recipe_alone = record(name="Tin"), record(clip=None)
    played = sound_of(store, stored, (), [])
    assert (played.name, played.length) == ("Tin", take.clip.length)
    assert np.array_equal(sound_of(store, recipe_alone, (history_model,), []).samples, take.clip.samples)
    assert np.array_equal(sound_of(store, recipe_alone, (), [models]).samples, take.clip.samples)
    with pytest.raises(SdaError, match="put it back"):
        sound_of(store, recipe_alone, (), [tmp_path])


def test_sounds_are_collected_once_each_and_marked_as_made_by_a_model(store, record, take, models, tmp_path):
    numbers = [record(name="a/b"), record(clip=None)]
    paths = collect(store, numbers, tmp_path / "more", [models])
    assert [path.name for path in paths] == ["00001_a_b.flac", "00002_a_new_sound.flac"]
    assert collect(store, numbers, tmp_path / "more", [models]) == paths
    assert sorted((tmp_path / "more").iterdir()) == paths
    for path in paths:
        assert read_provenance(path).request["seed"] == 7
        assert np.abs(soundfile.read(path, dtype="float32", always_2d=True)[0].T - take.clip.samples).max() < 2**-20
