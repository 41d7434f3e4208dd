"""Responses of real sounds to the sliders of a model."""

import pytest

from sda_lib import SdaModel
from sda_lib.analysis.features import feature_mean
from sda_lib.directions.directions import STEPS
from sda_lib.sliders.response import decoded_spectra, gesture_response, responses

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


@pytest.fixture(scope="module")
def latent(model):
    return model.memory.latents[: model.memory.lengths[0]].float()


def test_a_sound_follows_the_loudness_slider(model, latent):
    found = responses(model, model.sliders.directions, latent, "loudness")["loudness"]
    assert len(found.values) == len(STEPS)
    assert found.is_followed
    assert found.at(2.0) > found.at(1.0) > found.at(0.0)


def test_several_features_are_measured_at_once(model, latent):
    found = responses(model, model.sliders.directions, latent, "brightness", ("brightness", "loudness"))
    assert set(found) == {"brightness", "loudness"}
    assert found["brightness"] == responses(model, model.sliders.directions, latent, "brightness")["brightness"]


def test_a_sound_that_only_gets_quieter_gets_no_noisier(model, latent, monkeypatch):
    """Silence is as flat as noise, but sliders are played at the level of the unmoved sound."""
    unmoved = decoded_spectra(model, latent)
    quieter = [unmoved.scaled(10 ** (-step)) for step in STEPS]  # by 20 dB a step
    sounds = iter(quieter)
    monkeypatch.setattr("sda_lib.sliders.response.decoded_spectra", lambda *_: next(sounds))
    found = responses(model, model.sliders.directions, latent, "noisiness", ("noisiness", "loudness"))
    assert found["loudness"].at(0.0) - found["loudness"].at(2.0) == pytest.approx(40, abs=3)
    assert feature_mean(quieter[-1], "noisiness") - feature_mean(unmoved, "noisiness") > 10
    assert found["noisiness"].at(4.0) == pytest.approx(found["noisiness"].at(0.0), abs=3)


@pytest.mark.parametrize("measure", [responses, gesture_response])
def test_measuring_can_be_stopped_at_any_step(model, latent, measure):
    def stop():
        raise InterruptedError

    sliders, name = (model.sliders, "attack") if measure is gesture_response else (model.sliders.directions, "loudness")
    with pytest.raises(InterruptedError):
        measure(model, sliders, latent, name, pause=stop)
