"""The verbs of a model: encode, edit, decode, generate; their results know the model."""

import numpy as np
import pytest

import sda_lib
from sda_lib.errors import SdaError


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return sda_lib.SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def codes(model, tiny_corpus):
    return model.encode(tiny_corpus / "rain.wav")


def test_a_path_a_clip_and_samples_are_encoded_alike(model, codes, tiny_corpus):
    clip = sda_lib.read_clip(tiny_corpus / "rain.wav")
    assert model.encode(clip).is_same(codes)
    assert model.encode((clip.numpy(), clip.sample_rate)).is_same(codes)


def test_codes_are_edited_and_decoded_without_naming_the_model_again(model, codes):
    turned = codes.edit("reverse", frames=(2, 8)).edit("clear", levels=(1, 2))
    assert np.array_equal(turned.indices[0, 2:8], codes.indices[0, 2:8][::-1])
    assert np.array_equal(turned.decode().samples, model.decode(turned).samples)


def test_codes_of_a_file_need_a_model_to_be_decoded(model, codes, tmp_path):
    path = codes.save(tmp_path / "rain.codes.npz")
    with pytest.raises(SdaError, match="know no model"):
        sda_lib.load_codes(path).decode()
    assert sda_lib.Codes.load(path, model).decode().length == codes.samples


def test_new_sounds_come_alone_or_in_a_list(model):
    take = model.generate(seconds=0.5, seed=3)
    others = model.generate(2, seconds=0.5, seed=3)
    assert [one.options.seed for one in others] == [3, 4]
    assert np.array_equal(take.clip.samples, others[0].clip.samples)
    with pytest.raises(SdaError, match="novelty"):
        model.generate(novelty=2)


def test_a_sound_is_regenerated_in_part(model, codes):
    take = model.generate(given=codes, regenerate=(0.2, 0.4))
    assert take.codes is not None
    assert np.array_equal(take.codes.indices[:, -3:], codes.indices[:, -3:])


def test_a_take_names_its_recordings(model):
    spans = model.generate(seconds=0.5).trace()
    assert (spans[0].begin, spans[0].file) == (0, "sweep")


def test_a_saved_take_is_rendered_again_to_the_same_samples(model, tiny_model_path, tmp_path, ok):
    take = model.generate(seconds=0.5, seed=5)
    path = take.save(tmp_path / "take.wav")
    ok("render", path, "-m", tiny_model_path, "-o", tmp_path / "again.wav")
    again, saved = sda_lib.read_clip(tmp_path / "again.wav"), sda_lib.read_clip(path)
    assert np.array_equal(again.samples, saved.samples)
    assert np.abs(saved.samples - take.clip.samples).max() < 2e-4


def test_a_model_of_the_library_is_found_by_its_name(tiny_model_path, model, tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    model.save(tmp_path / "models" / "rain.sda")
    assert sda_lib.SdaModel.load("rain").name == model.name
    with pytest.raises(SdaError, match="absent"):
        sda_lib.SdaModel.load("absent")


def test_each_is_shown_in_one_line(model, codes):
    shown = [repr(one) for one in (model, codes, model.generate(seconds=0.5))]
    assert shown[0].startswith("SdaModel('tiny', ")
    assert shown[1].startswith(f"Codes({codes.levels} levels × {codes.frames} frames")
    assert shown[2].startswith("Take(0.50 s, seed 0, from ")
    assert all("\n" not in one and "array" not in one for one in shown)
