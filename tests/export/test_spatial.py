"""Spatial placement: delay and level at both ears, moving sources without clicks, mono compatibility, ambisonics."""

import shutil

import h5py
import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.export.finish import Place, Space
from sda_lib.export.hrtf import BUNDLED, HrtfSet, unit_vectors
from sda_lib.export.spatial import SPACES, ambisonics, binaural, compatibility, panned, place_in_space, widened

RATE = 48000


def noise(seconds=1.0, channels=1):
    return AudioClip(0.1 * np.random.default_rng(0).standard_normal((channels, int(seconds * RATE))), RATE, "noise")


def between_ears(clip):
    """Interaural delay in microseconds (left first is positive) and level difference in dB (left louder)."""
    left, right = clip.samples.astype(float)
    size, fine = 2 * len(left), 16
    both = np.fft.irfft(np.fft.rfft(left, size) * np.fft.rfft(right, size).conj(), size * fine)
    lag = int(both.argmax())
    lag = lag - size * fine if lag > size * fine // 2 else lag
    level = 10 * np.log10(np.square(left).sum() / np.square(right).sum())
    return -lag / fine / RATE * 1e6, level


@pytest.mark.parametrize(
    ("azimuth", "delay", "level"),
    [(0, 0, 0), (30, 250, 8), (-30, -250, -8), (90, 730, 12), (-90, -730, -12), (180, 0, 0)],
)
def test_delay_and_level_between_the_ears_are_those_of_a_head(azimuth, delay, level):
    found = between_ears(binaural(noise(), Place(azimuth)))
    assert found[0] == pytest.approx(delay, rel=0.1, abs=5)
    assert found[1] == pytest.approx(level, abs=1)


def test_above_there_is_no_difference_between_the_ears():
    delay, level = between_ears(binaural(noise(), Place(0, 90)))
    assert abs(delay) < 5
    assert abs(level) < 0.5


def flux(clip):
    """Change of log magnitudes from window to window, in dB [window]."""
    windows = np.lib.stride_tricks.sliding_window_view(clip.samples.mean(0), 1024)[::256] * np.hanning(1024)
    levels = 20 * np.log10(np.abs(np.fft.rfft(windows)) + 1e-4)
    return np.abs(np.diff(levels, axis=0)).mean(1)


def test_a_moving_source_has_no_click():
    time = np.arange(2 * RATE) / RATE
    tone = AudioClip(0.2 * np.sin(2 * np.pi * 440 * time)[None] * np.hanning(len(time)), RATE)
    moving = binaural(tone, Place(path=((0, -180, 0, 1), (0.5, 0, 30, 1), (1, 180, 0, 1))))
    middle = slice(20, 300)
    assert flux(moving)[middle].max() < 3 * flux(binaural(tone, Place(45)))[middle].max() + 1
    # What a tone has far from its frequency is what clicks would put there.
    for one in moving.samples:
        spectrum = np.abs(np.fft.rfft(one * np.hanning(len(one))))
        hertz = np.fft.rfftfreq(len(one), 1 / RATE)
        assert spectrum[hertz > 2000].max() < 1e-4 * spectrum.max()


def test_a_path_that_does_not_move_is_a_place():
    still = binaural(noise(0.5), Place(50, 10))
    moving = binaural(noise(0.5), Place(path=((0, 50, 10, 1), (1, 50.001, 10, 1))))
    length = min(still.length, moving.length)
    error = np.square(still.samples[:, :length] - moving.samples[:, :length]).sum()
    assert 10 * np.log10(np.square(still.samples).sum() / error) > 40


def test_double_distance_is_six_decibels_less_and_far_sounds_lose_treble():
    near, far = (binaural(noise(), Place(0, 0, distance)).samples for distance in (1, 2))
    assert 20 * np.log10(near.std() / far.std()) == pytest.approx(6.02, abs=0.05)
    bright = [np.square(np.diff(binaural(noise(), Place(0, 0, d)).samples)).sum() for d in (1, 40)]
    level = [np.square(binaural(noise(), Place(0, 0, d)).samples).sum() for d in (1, 40)]
    assert bright[1] / level[1] < 0.7 * bright[0] / level[0]


def test_only_a_mono_sound_can_be_placed():
    for act in (binaural, ambisonics):
        with pytest.raises(SdaError, match="only a mono sound"):
            act(noise(channels=2), Place())
    assert place_in_space(noise(channels=2), Space("binaural", place=Place(30))).channels == 2


@pytest.mark.parametrize("place", [(0, 91, 1), (0, 0, 0), (float("nan"), 0, 1), (0, 0, 1e9)])
def test_invalid_places_are_refused(place):
    with pytest.raises(SdaError, match=r"must be from|A place has"):
        Place(*place)


def spoiled(path, **changes):
    shutil.copy(BUNDLED, path)
    with h5py.File(path, "r+") as file:
        for name, value in changes.items():
            name = name.replace("_", ".")
            del file[name]
            if value is not None:
                file[name] = value
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"Data_IR": None},
        {"Data_IR": np.zeros((710, 2, 512))},
        {"Data_IR": np.full((710, 2, 512), np.nan)},
        {"Data_IR": np.ones((710, 1, 512))},
        {"SourcePosition": np.zeros((710, 2))},
        {"Data_SamplingRate": [3.0]},
    ],
)
def test_an_invalid_sofa_file_is_refused(tmp_path, changes):
    with pytest.raises(SdaError, match=r"wrong\.sofa"):
        HrtfSet.read(spoiled(tmp_path / "wrong.sofa", **changes))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.sofa").write_text("no")
    for path in (tmp_path / "text.sofa", tmp_path / "none.sofa"):
        with pytest.raises(SdaError, match="SOFA"):
            HrtfSet.read(path)


def test_directions_that_lie_in_a_plane_are_refused(tmp_path):
    places = np.stack([np.linspace(0, 359, 710), np.zeros(710), np.ones(710)], 1)
    path = spoiled(tmp_path / "flat.sofa", SourcePosition=places)
    with h5py.File(path, "r+") as file:
        file["SourcePosition"].attrs["Type"] = "spherical"
    with pytest.raises(SdaError, match="don't surround the head"):
        HrtfSet.read(path)


def test_a_measured_direction_gives_its_measured_response():
    heads = HrtfSet.read()
    some = np.linspace(0, len(heads.directions) - 1, 40).astype(int)
    responses, delays = heads.at(heads.directions[some])
    np.testing.assert_allclose(responses, heads.responses[some], atol=1e-6)
    np.testing.assert_allclose(delays, heads.delays[some], atol=1e-9)
    anywhere = unit_vectors(np.random.default_rng(0).uniform(-180, 180, 200), np.linspace(-90, 90, 200))
    corners, weights = heads._corners(anywhere)
    mixed = np.einsum("kc,kcx->kx", weights, heads.directions[corners])
    seen = anywhere[:, 2] > -0.6
    cosine = (mixed * anywhere).sum(1) / np.linalg.norm(mixed, axis=1)
    assert cosine[seen].min() > 0.999


@pytest.mark.parametrize("width", [0.3, 1.0, 2.0])
def test_a_widened_mono_sound_is_unchanged_in_mono(width):
    mono = noise()
    wide = widened(mono, width)
    np.testing.assert_allclose(wide.samples.mean(0), mono.samples[0], atol=1e-6)
    found = compatibility(wide)
    assert found.correlation < 1 - 0.05 * width
    assert found.mono_loss < 3.1
    assert compatibility(widened(mono, 0)).correlation == pytest.approx(1)


def test_width_scales_the_sides_of_a_stereo_sound():
    stereo = noise(channels=2)
    np.testing.assert_allclose(widened(stereo, 1).samples, stereo.samples, atol=1e-6)
    np.testing.assert_allclose(widened(stereo, 0).samples[0], stereo.samples.mean(0), atol=1e-6)


def test_pan_keeps_the_power():
    for pan in (-1, -0.5, 0, 0.7, 1):
        left, right = np.square(panned(noise(), pan).samples).sum(1)
        assert left + right == pytest.approx(2 * np.square(noise().samples).sum(), rel=1e-4)
        assert np.sign(round(float(right - left), 3)) == np.sign(pan)


def test_ambisonics_points_to_the_place():
    clip = ambisonics(noise(), Place(90, 0))
    w, y, z, x = clip.samples
    np.testing.assert_allclose(y, w, atol=1e-6)
    np.testing.assert_allclose([z, x], 0, atol=1e-6)
    assert ambisonics(noise(), Place(0, 90)).samples[2] == pytest.approx(w, abs=1e-6)


def test_every_space_gives_a_sound(tmp_path):
    channels = {"as it is": 1, "mono": 1, "stereo": 2, "binaural": 2, "ambisonics": 4}
    assert {mode: place_in_space(noise(0.1), Space(mode)).channels for mode in SPACES} == channels
    with pytest.raises(SdaError, match="no space"):
        Space("underwater")
