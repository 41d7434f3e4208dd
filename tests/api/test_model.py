"""`sda_lib.SdaModel`: encode paths, clips and samples; generate takes."""

import numpy as np
import pytest

import sda_lib
from sda_lib.errors import SdaError


def test_encode_a_path_a_clip_or_samples(model, codes, tiny_corpus):
    clip = sda_lib.read_clip(tiny_corpus / "rain.wav")
    assert model.encode(clip).is_same(codes)
    assert model.encode((clip.numpy(), clip.sample_rate)).is_same(codes)


def test_generate_one_or_several(model):
    take = model.generate(seconds=0.5, seed=3)
    others = model.generate(2, seconds=0.5, seed=3)
    assert model.generate(0) == []
    assert [one.options.seed for one in others] == [3, 4]
    assert np.array_equal(take.clip.samples, others[0].clip.samples)
    with pytest.raises(SdaError, match="novelty"):
        model.generate(novelty=2)


def test_regenerate_a_part(model, codes):
    take = model.generate(given=codes, regenerate=(0.2, 0.4))
    assert take.codes is not None
    assert np.array_equal(take.codes.indices[:, -3:], codes.indices[:, -3:])


def test_load_a_model_of_the_library_by_its_name(tiny_model_path, model, tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    model.save(tmp_path / "models" / "rain.sda")
    assert sda_lib.SdaModel.load("rain").name == model.name
    with pytest.raises(SdaError, match="absent"):
        sda_lib.SdaModel.load("absent")


def test_it_is_shown_in_one_line(model):
    assert repr(model).startswith("SdaModel('tiny', ")
    assert "\n" not in repr(model)
    assert "array" not in repr(model)


def test_names_of_version_0_1_warn_and_work(model, codes):
    with pytest.warns(DeprecationWarning, match="decode_with_sources"):
        clip, _ = model.play(codes)
    assert np.array_equal(clip.samples, model.decode(codes).samples)
    with pytest.warns(DeprecationWarning, match="SliderSettings"):
        assert sda_lib.Shape is sda_lib.SliderSettings


def test_it_shows_itself_and_its_file(model, tiny_model_path, checked_html):
    assert model.path == tiny_model_path
    assert model.with_header(name="other").path is None
    assert tiny_model_path.name in checked_html(model._repr_html_())
