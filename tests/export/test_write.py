"""Written files are read back by libsndfile and compared with the clip."""

import tracemalloc

import numpy as np
import pytest
import soundfile
import soxr

from sda_lib.analysis.loudness import measure_loudness
from sda_lib.audio.clip import PART_SAMPLES, AudioClip, read_clip
from sda_lib.errors import SdaError
from sda_lib.export import write
from sda_lib.export.finish import Delivery

CEILING = 10 ** (-0.1 / 20)
TAGS = {"title": "Rëgen 名 🎛", "model": "rain; wet\n<b>", "seed": 7, "artist": None, "options": '{"novelty": 0.5}'}


def noise(peak, channels=2, seconds=0.3, rate=48000):
    samples = np.random.default_rng(1).uniform(-1, 1, (channels, int(seconds * rate)))
    return AudioClip(samples * (peak / np.abs(samples).max()), rate, "noise")


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".WAV"])
@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("channels", [1, 2])
def test_round_trip(tmp_path, suffix, bits, channels):
    clip = noise(0.5, channels)
    path = write.write_clip(clip, tmp_path / "new" / f"x{suffix}", Delivery(bits))
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.subtype) == (48000, channels, f"PCM_{bits}")
    assert np.abs(read_clip(path).samples - clip.samples).max() <= (2.1 if bits == 16 else 1) * 2.0 ** (1 - bits)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("peak", [0.995, 1.0, 3.7])
def test_level_is_lowered_to_the_ceiling(tmp_path, peak, bits):
    clip = noise(peak)
    back = read_clip(write.write_clip(clip, tmp_path / "loud.wav", Delivery(bits)))
    assert CEILING * 0.995 < measure_loudness(back).true_peak <= CEILING
    ratio = back.samples[0] @ clip.samples[0] / (clip.samples[0] @ clip.samples[0])
    assert np.abs(back.samples - ratio * clip.samples).max() < 2 * 2.0 ** (1 - bits) + 1e-6


def test_a_quiet_sound_is_never_raised(tmp_path):
    assert read_clip(write.write_clip(noise(0.01), tmp_path / "quiet.wav")).peak == pytest.approx(0.01, abs=1e-6)


@pytest.mark.parametrize("suffix", write.FORMATS)
def test_tags_come_back(tmp_path, suffix):
    path = write.write_clip(noise(0.3), tmp_path / f"tagged{suffix}", tags=TAGS)
    wanted = {"title": "Rëgen 名 🎛", "model": "rain; wet <b>", "seed": "7", "options": '{"novelty": 0.5}'}
    back = write.read_tags(path)
    assert {name: back[name] for name in wanted} == wanted
    assert back["software"].startswith("SDA")
    assert "artist" not in back


def in_blocks(clip, size):
    """Return a clip as a stream of clips, and a list that grows with every pass through it."""
    begun = []

    def blocks():
        begun.append(True)
        for first in range(0, clip.length, size):
            yield AudioClip(clip.samples[:, first : first + size], clip.sample_rate)

    return write.Stream(blocks, clip.length, clip.sample_rate, clip.channels), begun


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize(("peak", "times"), [(0.4, 1), (2.0, 2)])
def test_a_stream_is_written_like_a_clip_and_read_twice_only_when_it_is_loud(tmp_path, suffix, peak, times):
    clip = noise(peak)
    stream, begun = in_blocks(clip, 1000)
    tags = {"title": "long", "seed": 3}
    whole = write.write_clip(clip, tmp_path / f"whole{suffix}", tags=tags)
    streamed = write.write_stream(stream, tmp_path / f"streamed{suffix}", tags=tags)
    assert np.array_equal(read_clip(whole).samples, read_clip(streamed).samples)
    assert write.read_tags(whole) == write.read_tags(streamed)
    assert len(begun) == times
    assert read_clip(streamed).peak <= CEILING


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_full_disk_is_reported_and_leaves_the_old_file(tmp_path, suffix, full_disk):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"old")
    with full_disk(), pytest.raises(SdaError, match="File too large"):
        write.write_clip(noise(0.5, seconds=2.0), path)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", write.FORMATS)
def test_a_disk_that_is_full_when_tags_are_written_is_reported(tmp_path, suffix, full_disk):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"old")
    with full_disk(), pytest.raises(SdaError, match="free some space"):
        write.write_clip(noise(0.1, 1, seconds=0.05), path, tags={"options": "x" * 60_000})
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_sounds_too_large_for_wav_are_written_as_rf64(tmp_path, monkeypatch):
    monkeypatch.setattr(write, "LARGEST_WAV", 1000)
    path = write.write_clip(noise(0.5), tmp_path / "x.wav", tags={"title": "large"})
    assert soundfile.info(path).format == "RF64"
    assert write.read_tags(path)["title"] == "large"
    assert read_clip(path).length == noise(0.5).length


def test_invalid_deliveries_are_refused(tmp_path):
    with pytest.raises(SdaError, match=r"\.wav, \.flac, \.mp3"):
        write.write_clip(noise(0.5), tmp_path / "x.xyz")
    with pytest.raises(SdaError, match="16 or 24"):
        write.write_clip(noise(0.5), tmp_path / "x.wav", Delivery(8))
    with pytest.raises(SdaError, match="would be empty"):
        write.write_clip(AudioClip(np.zeros((1, 0)), 48000), tmp_path / "x.wav")
    (tmp_path / "x.wav").mkdir()
    with pytest.raises(SdaError, match="can't be written"):
        write.write_clip(noise(0.5), tmp_path / "x.wav")
    assert [file.name for file in tmp_path.iterdir()] == ["x.wav"]


def test_tags_of_no_sound_file_are_refused(tmp_path):
    (tmp_path / "x.wav").write_text("text")
    with pytest.raises(SdaError, match="can't be read"):
        write.read_tags(tmp_path / "x.wav")


def test_the_name_of_version_0_1_warns():
    with pytest.warns(DeprecationWarning, match="write_clip"):
        assert write.write is write.write_clip
    with pytest.raises(AttributeError):
        write.other  # noqa: B018


def whole(clip, form, peak=10 ** (-1 / 20)):
    """The samples of a delivery, computed for all of a sound at once: resampling, fades, dither and ceiling."""
    rate, depth, ceiling = form.sample_rate or clip.sample_rate, form.bit_depth, peak
    blocks = [clip.samples.astype(np.float64)]
    if rate != clip.sample_rate:
        resampler = soxr.ResampleStream(clip.sample_rate, rate, clip.channels, "float64", "VHQ")
        found = resampler.resample_chunk(np.ascontiguousarray(clip.samples.T, np.float64)).T
        blocks = [found, resampler.resample_chunk(np.zeros((0, clip.channels)), last=True).T]
    done, total, noise, out = 0, clip.length * rate / clip.sample_rate, np.random.default_rng(0), []
    for block in blocks:
        seconds, gain = (done + np.arange(block.shape[1])) / rate, np.ones(block.shape[1])
        done += block.shape[1]
        for fade, distance in ((form.fade_in, seconds), (form.fade_out, total / rate - seconds)):
            if fade:
                gain *= np.clip(distance / fade, 0, 1)
        block = block * np.sin(0.5 * np.pi * gain) ** 2
        if depth == 16 and block.any():
            block = block + (noise.random(block.shape) - noise.random(block.shape)) * 2.0**-15
        out.append(np.clip(block, -ceiling, ceiling))
    return np.concatenate(out, 1), rate


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("suffix", "form"),
    [
        (".wav", Delivery(bit_depth=16, fade_in=0.5, fade_out=2)),
        (".wav", Delivery(bit_depth=16, sample_rate=44100)),
        (".flac", Delivery(bit_depth=24, sample_rate=96000, fade_out=1)),
        (".wav", Delivery(bit_depth=32)),
    ],
)
def test_parts_give_the_file_that_the_whole_sound_gives(tmp_path, suffix, form, channels):
    noise = 0.1 * np.random.default_rng(1).standard_normal((channels, 3 * PART_SAMPLES + 1000))
    clip = AudioClip(noise.astype(np.float32), 48000)
    path = write.write_clip(clip, tmp_path / f"parts{suffix}", form)
    samples, rate = whole(clip, form)
    soundfile.write(tmp_path / f"whole{suffix}", samples.T, rate, subtype=soundfile.info(path).subtype)
    wanted = soundfile.read(tmp_path / f"whole{suffix}", dtype="int32")[0]
    assert np.array_equal(soundfile.read(path, dtype="int32")[0], wanted)


def test_a_long_sound_is_written_in_every_format_with_little_memory(tmp_path):
    """A block of 43 s or more crashed the encoder of Vorbis, and two minutes took a gigabyte."""
    clip = AudioClip(np.zeros((2, 120 * 48000), np.float32), 48000)
    for suffix in (".wav", ".flac", ".ogg"):
        tracemalloc.start()
        path = write.write_clip(clip, tmp_path / f"long{suffix}")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100e6
        assert soundfile.info(path).frames == clip.length
