"""Phone recordings and videos are read where PyAV is installed, and named as not read elsewhere."""

import importlib.metadata
import subprocess

import av
import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from sda_lib.audio import media, suffixes
from sda_lib.audio.chunks import read_blocks
from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.reader import UnreadableError, open_sound
from sda_lib.audio.suffixes import MEDIA_SUFFIXES
from sda_lib.audio.tags import read_loop, read_tags
from sda_lib.errors import SdaError

RATE, SECONDS = 44100, 1.0
# Encoders and muxers of each suffix, as arguments of the command line of FFmpeg; it has none for the others.
ENCODED = {
    ".3g2": "aac", ".3ga": "aac -f 3gp", ".3gp": "aac", ".aac": "aac", ".ac3": "ac3", ".alac": "alac -f mp4",
    ".amr": "libopencore_amrnb -ar 8000 -ac 1 -b:a 12.2k", ".asf": "wmav2", ".avi": "mp2", ".dts": "dca -strict -2",
    ".eac3": "eac3", ".f4v": "aac", ".flv": "libmp3lame", ".m2ts": "ac3 -f mpegts", ".m4a": "aac", ".m4b": "aac",
    ".m4v": "aac -f mp4", ".mka": "flac", ".mkv": "libopus", ".mlp": "mlp -strict -2", ".mov": "pcm_s24le",
    ".mp4": "aac", ".mpeg": "mp2", ".mpg": "mp2", ".mts": "ac3 -f mpegts", ".qt": "alac -f mov",
    ".ra": "real_144 -ar 8000 -ac 1 -f rm", ".rm": "ac3", ".thd": "truehd -strict -2 -f truehd", ".tta": "tta",
    ".vob": "ac3", ".webm": "libopus", ".wma": "wmav2", ".wmv": "wmav1 -f asf", ".wv": "wavpack",
}  # fmt: skip
LOSSLESS = (".alac", ".mka", ".mlp", ".mov", ".qt", ".thd", ".tta", ".wv")


def ffmpeg(*arguments):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    """A WAV of two tones, one a channel: 440 and 660 Hz."""
    path = tmp_path_factory.mktemp("tones") / "tones.wav"
    time = np.arange(int(RATE * SECONDS)) / RATE
    soundfile.write(path, np.stack([0.4 * np.sin(2 * np.pi * hertz * time) for hertz in (440, 660)], 1), RATE)
    return path


@pytest.fixture
def encoded(tones, tmp_path):
    """Make a media file of the tones by its suffix."""

    def make(suffix, name="phone"):
        path = tmp_path / f"{name}{suffix}"
        ffmpeg("-i", tones, "-c:a", *ENCODED[suffix].split(), path)
        return path

    return make


@pytest.fixture
def without_av(monkeypatch):
    for module in (suffixes, media):
        monkeypatch.setattr(module, "can_read_media", lambda: False)
    monkeypatch.setattr("sda_lib.audio.reader.can_read_media", lambda: False)


def strongest(samples, rate):
    """Frequency in Hz of the largest partial."""
    return np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples)


@pytest.mark.parametrize("suffix", sorted(ENCODED))
def test_every_kind_of_media_is_read(encoded, suffix):
    clip = read_clip(encoded(suffix))
    assert clip.samples.dtype == np.float32
    assert abs(clip.length / clip.sample_rate - SECONDS) < 0.09
    pitches = [strongest(channel, clip.sample_rate) for channel in clip.samples]
    assert np.allclose(pitches, [440, 660], atol=8) or (
        clip.channels == 1 and min(abs(pitches[0] - np.array([440, 660]))) < 8
    )
    assert 0.2 < clip.peak < 0.9


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_lossless_media_are_read_to_the_last_bit(encoded, tones, suffix):
    found, wanted = read_clip(encoded(suffix)), read_clip(tones)
    assert (found.sample_rate, found.channels) == (wanted.sample_rate, wanted.channels)
    assert np.array_equal(found.samples[:, : wanted.length], wanted.samples)
    assert not found.samples[:, wanted.length :].any()


@pytest.mark.parametrize("suffix", [".m4a", ".mkv", ".amr", ".wma"])
def test_samples_are_those_of_the_command_line_of_ffmpeg(encoded, suffix):
    path = encoded(suffix)
    with open_sound(path) as file:
        found, channels = file.rest(), file.channels
    wanted = np.frombuffer(ffmpeg("-i", path, "-f", "f32le", "-"), "<f4").reshape(-1, channels)
    assert abs(len(found) - len(wanted)) <= 2048  # where older versions end a stream
    length = min(len(found), len(wanted))
    assert np.abs(found[:length] - wanted[:length]).max() < 1e-3


def test_media_are_read_in_blocks(encoded):
    path = encoded(".m4a")
    whole = read_clip(path)
    for size in (1, 1023, 1024, 5000, 1 << 20):
        with open_sound(path) as file:
            blocks = [file.read(size) for _ in range(3)]
            assert all(len(block) == min(size, whole.length) for block in blocks[:1])
            rest = file.rest()
        assert np.array_equal(np.concatenate([*blocks, rest]).T, whole.samples)
    with open_sound(path) as file:
        file.skip(2000)
        assert np.array_equal(file.rest().T, whole.samples[:, 2000:])
    resampled = np.concatenate(list(read_blocks(path, 22050, 1)), 1)
    assert abs(resampled.shape[1] - whole.length / 2) < 2


def test_the_first_sound_of_a_video_is_read_and_others_are_said(tones, tmp_path):
    path = tmp_path / "video.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc=d=1:s=64x64")
    second = ("-f", "lavfi", "-i", "sine=220:d=1")
    ffmpeg(*picture, "-i", tones, *second, "-map", 0, "-map", 1, "-map", 2, "-c:a", "aac", path)
    with open_sound(path) as file:
        assert abs(strongest(file.rest()[:, 0], file.sample_rate) - 440) < 2
        assert file.remarks == ("the first of its 2 audio streams is read",)
    (item,) = Corpus.from_folder(tmp_path).items
    assert item.remarks == ("the first of its 2 audio streams is read",)
    ffmpeg(*picture, tmp_path / "mute.mp4")
    with pytest.raises(UnreadableError, match=r"^mute.mp4 can't be read as sound \(it holds no sound\)"):
        read_clip(tmp_path / "mute.mp4")


def test_surround_is_mixed_by_its_speakers(tones, tmp_path):
    path = tmp_path / "film.m4a"
    ffmpeg("-i", tones, "-af", "pan=5.1|FL=0*c0|FR=0*c0|FC=c0|LFE=0*c0|BL=0*c0|BR=0*c0", "-c:a", "aac", path)
    with open_sound(path) as file:
        assert (file.channels, file.layout.name, file.layout.remark) == (6, "5.1", "5.1, mixed to stereo")
    left, right = read_clip(path).samples
    assert np.allclose(left, right)
    assert np.abs(left).max() > 0.1


def test_a_length_that_is_declared_is_not_believed(encoded):
    path = encoded(".wv")
    data = bytearray(path.read_bytes())
    data[12:16] = (1 << 31).to_bytes(4, "little")  # total samples of the first block
    path.write_bytes(data)
    assert read_clip(path).length == RATE * SECONDS


def test_damaged_packets_are_left_out_and_said(encoded):
    path = encoded(".aac")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 300] = bytes(range(1, 101)) * 3
    path.write_bytes(data)
    with open_sound(path) as file:
        length = len(file.rest())
        assert 0.8 < length / (RATE * SECONDS) < 1.1
        assert file.remarks == () or "left out" in file.remarks[0]


def test_encodings_that_libsndfile_lacks_are_read_in_their_containers(tones, tmp_path):
    for suffix, encoder in ((".wav", "wmav2"), (".wav", "adpcm_swf"), (".wav", "mp2")):
        path = tmp_path / f"x{suffix}"
        ffmpeg("-i", tones, "-c:a", encoder, path)
        with pytest.raises(soundfile.LibsndfileError):
            soundfile.info(path)
        clip = read_clip(path)
        assert abs(strongest(clip.samples[0], clip.sample_rate) - 440) < 8


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.wav\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile secret.wav\n",
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".wav"])
def test_lists_of_other_files_are_refused(tones, tmp_path, text, suffix):
    (tmp_path / "secret.wav").write_bytes(tones.read_bytes())
    path = tmp_path / f"list{suffix}"
    path.write_text(text)
    with pytest.raises(UnreadableError):
        read_clip(path)


def test_only_audio_decoders_are_allowed():
    names = media._audio_codecs().split(",")
    assert {"aac", "opus", "amrnb", "wmav2"} <= set(names)
    assert not {"h264", "hevc", "mjpeg", "png", "gif", "vp9"} & set(names)


def test_every_media_suffix_has_a_demuxer_that_is_allowed():
    known = {alias for name in av.formats_available for alias in (name, *name.split(","))}
    assert set(media.FORMATS.split(",")) <= known
    assert set(media.CONTAINERS.split(",")) <= set(media.FORMATS.split(","))
    assert set(ENCODED) <= MEDIA_SUFFIXES


@pytest.mark.parametrize("suffix", [".avi", ".m4a", ".mka"])
def test_media_have_no_tags_and_no_loop_of_ours(encoded, suffix):
    path = encoded(suffix)
    assert read_loop(path) is None
    assert read_tags(path) == {}


def test_nothing_is_printed_for_a_damaged_file(encoded, capfd):
    path = encoded(".m4a")
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(UnreadableError):
        read_clip(path)
    path.write_bytes(bytes(1000))
    with pytest.raises(UnreadableError):
        read_clip(path)
    assert capfd.readouterr() == ("", "")


def test_without_pyav_media_are_counted_and_named_with_the_remedy(encoded, tones, tmp_path, without_av):
    encoded(".m4a")
    (tmp_path / "tones.wav").write_bytes(tones.read_bytes())
    corpus = Corpus.from_folder(tmp_path)
    assert [item.path.name for item in corpus.items] == ["tones.wav"]
    (skipped,) = corpus.skipped
    assert skipped.path.name == "phone.m4a"
    assert "pip install 'sda[media]'" in skipped.reason
    with pytest.raises(SdaError, match=r"^phone.m4a is read by PyAV 18 or newer, which is not installed; install it"):
        read_clip(tmp_path / "phone.m4a")
    assert suffixes.readable_suffixes() == suffixes.SOUND_SUFFIXES
    assert not suffixes.is_readable("phone.m4a")
    assert suffixes.is_sound("phone.m4a")


@pytest.mark.parametrize(("version", "reads"), [("18.0.0", True), ("17.1.0", False), ("9", False), ("git", False)])
def test_a_pyav_that_crashes_counts_as_none(version, reads, monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: version)
    assert suffixes.can_read_media.__wrapped__() is reads
