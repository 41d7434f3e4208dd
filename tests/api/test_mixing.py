"""Takes, files and clips as layers of a mix."""

import numpy as np
import pytest

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.mixing.mix_tags import layer_again, read_mix


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return sda_lib.SdaModel.load(tiny_model_path)


def test_a_mix_of_a_take_a_file_and_a_clip(model, tiny_corpus, checked_html, tmp_path):
    take = model.generate(seconds=0.5, seed=2)
    tone = sda_lib.AudioClip(0.1 * np.sin(np.arange(4800) / 5), 48000, "tone")
    of = sda_lib.Layer.of
    mix = sda_lib.Mix([of(take, at=0.1), of(tiny_corpus / "rain.wav", gain=-12, pan=0.3), of(tone, at=0.2)])
    assert mix.clip.channels == 2
    assert mix.clip.seconds == pytest.approx(1.4, abs=0.01)
    checked_html(mix._repr_html_())
    path = mix.save(tmp_path / "mix.flac")
    one, *others = read_mix(path).layers
    assert [other.made for other in others] == [None, None]
    again = layer_again(one, lambda _made: model, [])
    assert again.clip.length == take.clip.length
    assert np.abs(again.clip.samples - take.clip.samples).max() < 0.02  # phases of "export" or "play" as it was made


def test_a_file_that_was_made_keeps_how(model, tmp_path):
    path = model.generate(seconds=0.5, seed=7).save(tmp_path / "one.wav")
    assert sda_lib.Layer.of(path).made.request["seed"] == 7


def test_values_out_of_range():
    with pytest.raises(SdaError, match="gain"):
        sda_lib.Layer.of((np.zeros(100), 48000), gain=99)
