"""FLAC bytes inside models: 16 bits of each recording's peak, and damaged bytes as one sentence."""

import io

import numpy as np
import pytest
import soundfile

from sda_lib.audio.flac import decode_flac, encode_flac, flac_file_bytes
from sda_lib.errors import SdaError

RATE = 44100


@pytest.mark.parametrize("peak", [0.001, 1.0, 4.0])
def test_recordings_keep_16_bits_of_their_peak(peak):
    samples = np.random.default_rng(0).uniform(-peak, peak, (2, 5000)).astype(np.float32)
    data, gain = encode_flac(samples, RATE)
    assert data.dtype == np.uint8
    assert gain == pytest.approx(np.abs(samples).max())
    assert np.abs(decode_flac(data, gain, samples.shape) - samples).max() <= gain / 2**15


def test_silence_stays_silent():
    data, gain = encode_flac(np.zeros((1, 1000), np.float32), RATE)
    assert not decode_flac(np.pad(data, (0, 500)), gain, (1, 1000)).any()  # what follows is not read


def test_a_file_is_clipped_at_full_scale():
    samples, rate = soundfile.read(io.BytesIO(flac_file_bytes(np.array([[0.5, 2.0, -2.0]], np.float32), RATE)))
    assert rate == RATE
    assert samples == pytest.approx([0.5, 1.0, -1.0], abs=1e-4)


def test_damaged_bytes_are_refused():
    data, gain = encode_flac(np.ones((1, 1000), np.float32), RATE)
    with pytest.raises(SdaError, match="damaged"):
        decode_flac(data[len(data) // 2 :], gain, (1, 1000))
    for shape in ((1, 999), (2, 1000), (1, 10**12)):
        with pytest.raises(SdaError, match="damaged"):
            decode_flac(data, gain, shape)
    wave = io.BytesIO()
    soundfile.write(wave, np.zeros(1000), RATE, format="WAV")
    with pytest.raises(SdaError, match="damaged"):
        decode_flac(np.frombuffer(wave.getvalue(), np.uint8), gain, (1, 1000))
