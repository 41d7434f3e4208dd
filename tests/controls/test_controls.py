"""Controls: measures follow the property that they are named after; ranks, ranges and validation."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.codec.stft import Spectral, modulus
from sda_lib.controls.controls import measure, quantile
from sda_lib.controls.names import CONTROLS
from sda_lib.model.model import SdaModel

RATE = 48000
SPECTRAL = Spectral(RATE, 1024, 256, 80)


def measures(samples):
    samples = torch.tensor(samples[: len(samples) // 256 * 256], dtype=torch.float32)
    return measure(modulus(SPECTRAL.stft(samples[None]))[0], SPECTRAL)


def tones(times, seconds=2.5, pitch=1000.0):
    """Decaying tones at these times."""
    time = np.arange(int(seconds * RATE)) / RATE
    out = np.zeros_like(time)
    for begin in times:
        after = time - begin
        out += np.where(after >= 0, np.exp(-30 * np.maximum(after, 0)) * np.sin(2 * np.pi * pitch * after), 0)
    return 0.3 * out


def test_density_counts_onsets():
    few, some, many = (measures(tones(np.arange(count) * 2.4 / count))["density"] for count in (2, 5, 10))
    assert few < some < many


def test_a_pulse_is_regular():
    even = measures(tones(np.arange(10) * 0.25))["pulse"]
    uneven = measures(tones([0.0, 0.31, 0.42, 0.9, 1.03, 1.45, 1.62, 2.1, 2.2, 2.44]))["pulse"]
    assert even > 0.7
    assert even > uneven + 0.3


def test_brightness_and_loudness():
    low, high = tones([0.1, 1.0], pitch=300.0), tones([0.1, 1.0], pitch=5000.0)
    assert measures(low)["brightness"] < measures(high)["brightness"] - 2
    assert measures(0.1 * low)["loudness"] == pytest.approx(measures(low)["loudness"] - 20, abs=0.5)


@pytest.mark.parametrize("samples", [np.zeros(RATE), np.zeros(256), tones([0.0])[:1024]])
def test_silence_and_short_sounds_have_finite_measures(samples):
    found = measures(samples)
    assert set(found) == set(CONTROLS)
    assert np.isfinite(list(found.values())).all()


def test_quantile_counts_equal_values_half():
    assert quantile(np.array([0.0, 1.0, 1.0, 2.0]), np.array([-1.0, 1.0, 3.0])).tolist() == [0.0, 0.5, 1.0]


def test_ranges_of_recordings(tiny_model_path):
    model = SdaModel.load(tiny_model_path)
    ranks = model.ranges.ranks
    assert all(len(ranks[name]) == len(model.memory) for name in CONTROLS)
    assert all(0 <= np.nanmin(ranks[name]) <= np.nanmax(ranks[name]) <= 1 for name in CONTROLS)
    assert np.isfinite([ranks[name] for name in CONTROLS if name != "pitch"]).all()
    names = np.array([piece.name for piece in model.memory.pieces])[model.memory.piece.numpy()]
    assert ranks["brightness"][names == "rain"].mean() > ranks["brightness"][names == "sweep"].mean()


def test_grains_without_pitch_are_farthest_from_any_pitch(tiny_model_path):
    ranges = SdaModel.load(tiny_model_path).ranges
    silent = np.isnan(ranges.ranks["pitch"])
    assert 0 < silent.mean() < 1
    assert (ranges.distance({"pitch": 0.0})[silent] == 1).all()
    low, none = {"pitch": ranges.values["pitch"][0]}, {"pitch": 0.0}
    assert ranges.error(low, {"pitch": 0.0}) < ranges.error(none, {"pitch": 0.0})


def test_pitch_is_hidden_if_hardly_any_recording_has_one(tiny_model_path):
    ranges = dataclasses.replace(SdaModel.load(tiny_model_path).ranges, pitched=0.03)
    assert ranges.why_hidden("pitch").startswith("Only 3% of the recordings have a pitch")
    assert not ranges.why_hidden("brightness")
