"""A mix names its layers and how they were made, and is made again from that."""

import json
import shutil

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.audio.tags import LAYERS_TAG, made_by_model, read_tags, write_tags
from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery, Finish
from sda_lib.export.write import write_clip
from sda_lib.mixing.layers import MOST_LAYERS, mixed_layers
from sda_lib.mixing.mix_tags import layer_again, layers_text, read_layer, read_mix, write_mix
from sda_lib.model.model import SdaModel
from sda_lib.sessions.provenance_tags import Provenance, write_with_provenance
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions


@pytest.fixture
def sounds(tmp_path, tiny_model_path, tiny_corpus):
    """A sound of a model and a recording, in one folder."""
    model, options = SdaModel.load(tiny_model_path), GenerateOptions(0.5, seed=3)
    take = generate(model, options)
    made = Provenance.of(take.codes, options, Finish(), False)
    return write_with_provenance(model, made, tmp_path / "made.flac"), shutil.copy(tiny_corpus / "rain.wav", tmp_path)


def mixed(sounds, path, **more):
    layers = [read_layer(sounds[0], 0.25, -3.0, 0.5), read_layer(sounds[1], gain=-9.0)]
    return write_mix(layers, [one.name for one in map(type(path), sounds)], path, **more)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".ogg"])
def test_a_mix_holds_its_layers_in_its_tags(sounds, tmp_path, suffix):
    finish = Finish(delivery=Delivery(fade_out=0.1))
    path = mixed(sounds, tmp_path / f"mix{suffix}", finish=finish)
    found = read_mix(path)
    one, other = found.layers
    assert (one.name, one.at, one.gain, one.pan, one.mute) == ("made.flac", 0.25, -3.0, 0.5, False)
    assert one.made.request["seed"] == 3
    assert (other.name, other.gain, other.made) == ("rain.wav", -9.0, None)
    assert found.finish == finish
    assert made_by_model(path)


def test_a_mix_of_recordings_was_not_made_by_a_model(sounds, tmp_path):
    path = write_mix([read_layer(sounds[1])], ["rain.wav"], tmp_path / "mix.wav")
    assert not made_by_model(path)


def test_layers_are_made_again_to_the_last_bit(sounds, tmp_path, tiny_model_path):
    path = mixed(sounds, tmp_path / "mix.wav")
    model = SdaModel.load(tiny_model_path)
    again = [layer_again(one, lambda _made: model, [tmp_path]) for one in read_mix(path).layers]
    assert np.array_equal(again[0].clip.samples, read_clip(sounds[0]).samples)
    first = read_layer(sounds[0], 0.25, -3.0, 0.5), read_layer(sounds[1], gain=-9.0)
    assert np.array_equal(mixed_layers(again).samples, mixed_layers(first).samples)


def test_a_recording_that_is_gone_is_named(sounds, tmp_path):
    found = read_mix(mixed(sounds, tmp_path / "mix.wav"))
    with pytest.raises(SdaError, match=r"The layer rain\.wav is a recording; put that file beside the mix"):
        layer_again(found.layers[1], None, [tmp_path / "nowhere"])


def test_a_muted_layer_needs_no_sound(sounds, tmp_path):
    layers = [read_layer(sounds[0]), read_layer(sounds[1], mute=True)]
    found = read_mix(write_mix(layers, ["made.flac", "rain.wav"], tmp_path / "mix.wav"))
    assert layer_again(found.layers[1], None, []).mute


def test_files_that_are_no_mixes(sounds):
    with pytest.raises(SdaError, match="is not a mix of layers"):
        read_mix(type(sounds[0])(sounds[1]))


LAYER = {"name": "a.wav", "at": 0, "gain": 0, "pan": 0, "mute": False}


@pytest.mark.parametrize(
    "plain",
    [
        [], {}, {"format": 1}, {"format": 1, "layers": 3, "finish": {}}, {"format": 1, "layers": [3], "finish": {}},
        *({"format": 1, "finish": {}, "layers": [{**LAYER, **odd}]} for odd in (
            {"at": -1}, {"at": 1e9}, {"gain": "loud"}, {"pan": None}, {"mute": 0}, {"name": "x" * 999}, {"made": 3},
            {"made": {}}, {"name": 3},
        )),
        {"format": 1, "finish": {}, "layers": [LAYER] * (MOST_LAYERS + 1)},
        {"format": 1, "finish": 3, "layers": [LAYER]},
    ],
)  # fmt: skip
def test_tags_of_strangers_are_refused_in_one_sentence(tmp_path, tiny_corpus, plain):
    path = write_clip(read_clip(tiny_corpus / "rain.wav"), tmp_path / "odd.flac")
    write_tags(path, {**read_tags(path), LAYERS_TAG: json.dumps(plain)})
    with pytest.raises(SdaError, match="damaged") as error:
        read_mix(path)
    assert "\n" not in str(error.value)


def test_names_of_strangers_lead_to_no_other_folder(tmp_path, sounds):
    text = layers_text([read_layer(sounds[1])], ["../../rain.wav"], Finish())
    path = write_clip(read_clip(sounds[1]), tmp_path / "sub/odd.flac") if (tmp_path / "sub").mkdir() is None else None
    write_tags(path, {LAYERS_TAG: text})
    with pytest.raises(SdaError, match="put that file beside"):
        layer_again(read_mix(path).layers[0], None, [tmp_path / "sub"])
