"""Files in every format, rate, depth and number of channels, judged by programs that had no part in writing them."""

import json
import re
import subprocess

import imageio_ffmpeg
import numpy as np
import pyloudnorm
import pytest
import soundfile
from scipy.signal import resample_poly
from wavinfo import WavInfoReader

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.export import write
from sda_lib.export.finish import Delivery
from sda_lib.export.write import Loop

TAGS = {"title": "Rëgen 名 🎛", "model": "Küche", "seed": 7, "options": json.dumps({"novelty": 0.5})}
SECONDS = 1.3
CEILING = -1.0
LOSSLESS = [
    (suffix, depth, rate, channels)
    for suffix, depths in ((".wav", (16, 24, 32)), (".flac", (16, 24)))
    for depth in depths
    for rate in (44100, 48000, 88200, 96000)
    for channels in (1, 2)
]
LOSSY = [
    *((".mp3", 0, rate, channels) for rate in (44100, 48000) for channels in (1, 2)),
    *((".ogg", 0, rate, channels) for rate in (44100, 48000, 88200, 96000) for channels in (1, 2)),
    *((".opus", 0, 48000, channels) for channels in (1, 2)),
]


def sound(channels):
    """Struck partials in some noise, at a model's rate, louder than the ceiling allows."""
    time = np.arange(int(SECONDS * 48000)) / 48000
    tone = sum(np.sin(2 * np.pi * hertz * time + hertz) * np.exp(-3 * time) for hertz in (220, 563, 1871, 5003))
    noise = np.random.default_rng(0).standard_normal((channels, len(time)))
    return AudioClip(0.6 * tone + 0.02 * noise, 48000, "struck")


def heard_by_ffmpeg(path):
    """Samples [time, channel] and what ffmpeg says of the file."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    said = subprocess.run([program, "-hide_banner", "-i", path], capture_output=True, text=True, check=False).stderr
    rate, channels = int(re.search(r"(\d+) Hz", said)[1]), 1 if ", mono" in said else 2
    raw = subprocess.run(
        [program, "-v", "error", "-i", path, "-f", "f32le", "-"], capture_output=True, check=True
    ).stdout
    return np.frombuffer(raw, "<f4").reshape(-1, channels), rate, said


def true_peak_db(samples):
    return 20 * np.log10(np.abs(resample_poly(samples.astype(np.float64), 4, 1, axis=0)).max())


@pytest.mark.parametrize(("suffix", "depth", "rate", "channels"), LOSSLESS + LOSSY)
def test_a_file_has_the_requested_format(tmp_path, suffix, depth, rate, channels):
    delivery = Delivery(depth or 24, rate, ceiling_db=CEILING)
    path = write.write_clip(sound(channels), tmp_path / f"Ümläut 名{suffix}", delivery, TAGS)
    samples, found, said = heard_by_ffmpeg(path)
    assert (found, samples.shape[1]) == (rate, channels)
    delay = 0 if depth else 0.06 * rate
    assert abs(len(samples) - SECONDS * rate) <= delay + 1
    assert true_peak_db(samples) <= CEILING + 0.1
    assert true_peak_db(samples) > CEILING - 1.5
    for word in ("Rëgen 名 🎛", "Küche", TAGS["options"]):
        assert word in said
    if depth:
        assert soundfile.info(path).subtype == write.FORMATS[suffix].subtypes[depth]


@pytest.mark.parametrize("suffix", write.FORMATS)
@pytest.mark.parametrize(("seconds", "lufs"), [(SECONDS, -16.0), (SECONDS, -30.0), (0.2, -20.0)])
def test_a_file_has_the_requested_loudness(tmp_path, suffix, seconds, lufs):
    clip = sound(2).cut(int(seconds * 48000))
    path = write.write_clip(clip, tmp_path / f"loud{suffix}", Delivery(lufs=lufs, ceiling_db=-0.5))
    samples, rate, _ = heard_by_ffmpeg(path)
    block = min(0.4, 0.99 * len(samples) / rate)
    found = pyloudnorm.Meter(rate, block_size=block).integrated_loudness(samples.astype(np.float64))
    assert found == pytest.approx(lufs, abs=0.5)


def test_the_ceiling_comes_before_the_loudness(tmp_path):
    path = write.write_clip(sound(1), tmp_path / "x.wav", Delivery(lufs=-1.0, ceiling_db=-2.0))
    assert true_peak_db(soundfile.read(path)[0]) == pytest.approx(-2.0, abs=0.1)


def test_silence_stays_silent_at_any_loudness_target(tmp_path):
    path = write.write_clip(AudioClip(np.zeros((1, 4800)), 48000), tmp_path / "x.wav", Delivery(16, lufs=-16.0))
    assert not soundfile.read(path)[0].any()


def test_loop_points_root_note_and_broadcast_extension(tmp_path):
    delivery = Delivery(loop=Loop(1200, 40_000), root=57)
    path = write.write_clip(sound(2), tmp_path / "loop.wav", delivery, {**TAGS, "date": "2026-11-25"})
    info = WavInfoReader(str(path), info_encoding="utf-8")
    loop = info.smpl.sample_loops[0]
    assert (loop.start, loop.end) == (1200, 40_000)
    assert info.smpl.midi_note == 57
    assert info.bext.originator == "SDA"
    assert info.bext.originator_date == "2026-11-25"
    assert info.info.title == "Rëgen 名 🎛"
    assert info.fmt.sample_rate == 48000


def test_constant_rate_is_constant(tmp_path):
    sizes = {}
    for kbps in (64, 128, 320):
        path = write.write_clip(sound(2), tmp_path / "x.mp3", Delivery(kbps=kbps))
        sizes[kbps] = int(re.search(r"Audio: mp3.* (\d+) kb/s", heard_by_ffmpeg(path)[2])[1])
    assert sizes == {64: 64, 128: 128, 320: 320}


def test_dither_turns_distortion_into_noise(tmp_path):
    time = np.arange(48000) / 48000
    quiet = AudioClip(1.2 * 2.0**-15 * np.sin(2 * np.pi * 1000 * time), 48000)
    samples = soundfile.read(write.write_clip(quiet, tmp_path / "x.wav", Delivery(16)))[0]
    spectrum = np.abs(np.fft.rfft(samples))
    harmonics = spectrum[[3000, 5000, 7000]]
    assert harmonics.max() < 6 * np.median(spectrum)
    assert spectrum[1000] > 50 * np.median(spectrum)


def test_fades_begin_and_end_in_silence(tmp_path):
    flat = AudioClip(np.full((1, 48000), 0.5), 48000)
    samples = soundfile.read(write.write_clip(flat, tmp_path / "x.wav", Delivery(fade_in=0.1, fade_out=0.2)))[0]
    assert abs(samples[0]) < 1e-6
    assert abs(samples[-1]) < 1e-3
    assert samples[2400] == pytest.approx(0.25, abs=1e-3)
    assert samples[24000] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("suffix", "delivery", "said"),
    [
        (".flac", Delivery(32), "16 or 24"),
        (".mp3", Delivery(sample_rate=96000), "44100, 48000"),
        (".opus", Delivery(sample_rate=44100), "choose 48000"),
    ],
)
def test_unsupported_settings_of_a_format_are_refused(tmp_path, suffix, delivery, said):
    with pytest.raises(SdaError, match=said):
        write.write_clip(sound(1), tmp_path / f"x{suffix}", delivery)
    with pytest.raises(SdaError, match="channels at most"):
        write.write_clip(AudioClip(np.ones((4, 100)), 48000), tmp_path / "x.mp3")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong", [{"lufs": 3}, {"ceiling_db": 1}, {"kbps": 5}, {"root": 200}, {"quality": float("nan")}]
)
def test_impossible_deliveries_are_refused(wrong):
    with pytest.raises(SdaError, match="must be from"):
        Delivery(**wrong)
