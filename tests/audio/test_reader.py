"""Every odd file is refused by name, or read; none of them stops or hangs what is done with a whole folder."""

import json
import os
import signal
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sda_lib.audio import reader
from sda_lib.audio.chunks import read_blocks
from sda_lib.audio.clip import read_clip, read_excerpt
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.reader import LOUDEST, MOST_SAMPLES, MOST_SAMPLES_A_BYTE, UnreadableError, open_sound
from sda_lib.audio.scan import scan_corpus
from sda_lib.audio.tags import read_loop, read_tags
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

RATE = 22050
NOT_UTF8 = os.fsdecode(b"\xff.wav")


def tone(hertz, seconds=0.4, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def unknown_length(path, hertz):
    """A FLAC whose STREAMINFO says nothing of its length, as encoders write it into a pipe."""
    soundfile.write(path, tone(hertz), RATE)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)


def patched(path, offset, data):
    whole = bytearray(path.read_bytes())
    whole[offset : offset + len(data)] = data
    path.write_bytes(whole)


@pytest.fixture
def no_hang():
    """Fail instead of waiting for a pipe for ever."""

    def late(*_):
        raise AssertionError("it waits for a pipe")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def odd(tmp_path, no_hang):
    """A folder with one ordinary sound and one file of each odd kind."""
    folder = tmp_path / "odd"
    folder.mkdir()
    soundfile.write(folder / "good.wav", tone(440, 1.0), RATE)
    soundfile.write(folder / "gsm.wav", tone(300, rate=8000), 8000, subtype="GSM610")
    soundfile.write(folder / "g721.wav", tone(310, rate=8000), 8000, subtype="G721_32")
    unknown_length(folder / "stream.flac", 320)
    soundfile.write(folder / "one_hertz.wav", tone(330), 1)
    soundfile.write(folder / "huge.wav", tone(340) * 1e30, RATE, subtype="FLOAT")
    soundfile.write(folder / "ten_ms.wav", tone(350, 0.011), RATE)
    soundfile.write(os.fsencode(folder / NOT_UTF8), tone(360), RATE)
    soundfile.write(folder / "line\nbreak.wav", tone(370), RATE)
    soundfile.write(folder / "many.wav", np.tile(tone(380, 0.02)[:, None], (1, 65)), RATE)
    os.mkfifo(folder / "pipe.wav")
    (folder / "folder.wav").mkdir()
    (folder / "broken_link.wav").symlink_to(folder / "nowhere.wav")
    (folder / "loop.wav").symlink_to(folder / "loop.wav")
    (folder / "empty.wav").touch()
    (folder / "noise.mp3").write_bytes(np.random.default_rng(0).bytes(3000))
    return folder


REFUSED = {
    "one_hertz.wav": "sample rate of 1 Hz",
    "huge.wav": "full scale",
    "many.wav": "65 channels",
    "pipe.wav": "is a pipe",
    "folder.wav": "is a folder",
    "broken_link.wav": "link to a file that is not there",
    "loop.wav": "can't be opened",
    "empty.wav": "can't be read as sound",
    "noise.mp3": "can't be read as sound",
}
READ = {"good", "gsm", "g721", "stream", "ten_ms", "\\xff", "line\\nbreak"}


def test_a_scan_of_odd_files_names_the_skipped_ones(odd):
    corpus = Corpus.from_folder(odd)
    found = scan_corpus(corpus)
    report = json.loads(json.dumps(found.report(), ensure_ascii=False).encode())  # encode: no half characters in it
    why = {one["file"]: one["reason"] for one in report["skipped"]}
    assert set(why) == set(REFUSED)
    for name, words in REFUSED.items():
        assert words in why[name]
        assert why[name].startswith("It ")
        assert why[name].endswith(".")
    assert {one["file"].rpartition(".")[0] for one in report["measured"]} == READ
    assert {clip.name for clip in corpus.clips(16000, 1)} == READ
    assert {name for name, blocks in corpus.blocks(16000, 1) if sum(block.shape[1] for block in blocks)} == READ


@pytest.mark.parametrize(
    "way", [read_clip, read_excerpt, read_tags, read_loop, lambda path: list(read_blocks(path, RATE, 1))]
)
@pytest.mark.parametrize("name", ["pipe.wav", "folder.wav", "broken_link.wav", "loop.wav"])
def test_pipes_and_devices_are_refused_unopened(odd, way, name):
    with pytest.raises(UnreadableError, match=name):
        way(odd / name)


def test_devices_and_impossible_names_are_refused(tmp_path):
    with pytest.raises(UnreadableError, match=r"^null is a device"):
        read_clip("/dev/null")
    with pytest.raises(SdaError, match=r"^There is no file .*/\\xff.wav; check the path"):
        read_clip(tmp_path / NOT_UTF8)
    with pytest.raises(UnreadableError, match=r"a\\x00b\.wav can't be opened"):
        read_clip(tmp_path / "a\0b.wav")


def test_a_stream_without_a_length_holds_all_its_samples(odd):
    clip = read_clip(odd / "stream.flac")
    assert np.allclose(clip.samples[0], tone(320), atol=1e-4)
    for name in ("gsm", "g721"):  # blocks of some samples: the last one is filled up
        assert 3200 <= read_clip(odd / f"{name}.wav").length < 3200 + 400


def test_errors_of_decoders_become_a_sentence_with_the_name(odd, monkeypatch):
    for error in (
        MemoryError(),
        ValueError("x"),
        UnicodeDecodeError("utf-8", b"", 0, 1, "x"),
        AssertionError(),
        OSError(5, "e"),
    ):

        def fails(*_args, error=error, **_more):
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(soundfile.SoundFile, "read", fails)
            with pytest.raises(UnreadableError, match=r"^good\.wav "):
                read_clip(odd / "good.wav")


def test_errors_of_the_caller_are_not_changed(odd):
    with pytest.raises(ZeroDivisionError), open_sound(odd / "good.wav") as file:
        1 / file.read(0).size


def test_impossible_declared_lengths_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "long.flac"
    soundfile.write(path, tone(100), RATE)
    whole = path.read_bytes()
    patched(path, 22, (2**32 - 1).to_bytes(4))
    with pytest.raises(UnreadableError, match=r"long\.flac declares 4294967295 samples"):
        read_clip(path)
    path.write_bytes(whole)
    monkeypatch.setattr(reader, "MOST_SAMPLES", 1000)  # as if it unpacked to far more than it declares
    monkeypatch.setattr(reader, "MOST_SAMPLES_A_BYTE", 1)
    monkeypatch.setattr(reader, "_check_declared", lambda *_: None)
    with pytest.raises(UnreadableError, match="more sound than a file of its size"):
        read_clip(path)


def test_a_highly_compressed_length_is_accepted(tmp_path):
    """Silence is the most that any format packs into a byte; whole files of it are longer than any limit."""
    silence = np.zeros((48000 * 30, 2), np.int16)
    for suffix, options in ((".flac", {}), (".opus", {"format": "OGG", "subtype": "OPUS"}), (".mp3", {})):
        path = tmp_path / f"silence{suffix}"
        soundfile.write(path, silence, 48000, **options)
        assert read_clip(path).length >= len(silence)
        assert path.stat().st_size * MOST_SAMPLES_A_BYTE > silence.size
    with soundfile.SoundFile(tmp_path / "long.flac", "w", 48000, 2) as file:
        while file.frames * 2 < 1.2 * MOST_SAMPLES:
            file.write(silence)
    with open_sound(tmp_path / "long.flac") as file:
        assert sum(map(len, file.blocks())) * 2 > MOST_SAMPLES


def test_loud_float_mixes_are_read(tmp_path):
    soundfile.write(tmp_path / "loud.wav", tone(440) * 100, RATE, subtype="FLOAT")
    assert read_clip(tmp_path / "loud.wav").peak == pytest.approx(50, rel=0.01)
    assert LOUDEST >= 10 ** (60 / 20)


def test_a_file_without_permission_is_named():
    """Checked as a user who is not root, in a process of their own."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)
        soundfile.write(folder / "good.wav", tone(440), RATE)
        soundfile.write(folder / "locked.wav", tone(300), RATE)
        (folder / "good.wav").chmod(0o644)
        (folder / "locked.wav").chmod(0)
        got, said = os.pipe()
        if not (child := os.fork()):
            with open(said, "w") as out:
                if os.geteuid() == 0:
                    os.setuid(65534)
                try:
                    corpus = Corpus.from_folder(folder)
                    json.dump([[item.path.name for item in corpus.items], corpus.report()["skipped"]], out)
                except BaseException as error:
                    json.dump(repr(error), out)
            os._exit(0)
        os.close(said)
        with open(got) as file:
            found = json.load(file)
        os.waitpid(child, 0)
    assert found == [
        ["good.wav"],
        [{"file": "locked.wav", "reason": "It can't be opened (permission denied); check its permissions."}],
    ]


def test_a_file_that_vanishes_after_the_scan_is_named(tmp_path):
    for name in ("one", "two"):
        soundfile.write(tmp_path / f"{name}.wav", tone(400 + len(name), 0.3 + 0.1 * (name == "two")), RATE)
    corpus = Corpus.from_folder(tmp_path)
    (tmp_path / "two.wav").unlink()
    with pytest.raises(SdaError, match=r"two\.wav; check the path"):
        [list(blocks) for _, blocks in corpus.blocks(RATE, 1)]
    os.mkfifo(tmp_path / "two.wav")
    with pytest.raises(SdaError, match=r"two\.wav is a pipe"):
        [list(blocks) for _, blocks in corpus.blocks(RATE, 1)]
    assert [one.name for one in scan_corpus(corpus).files] == ["one.wav"]


def test_names_can_be_printed():
    assert printable(NOT_UTF8) == "\\xff.wav"
    assert printable("a\n\x1b[31m\u202eb.wav") == "a\\n\\x1b[31m\\u202eb.wav"
    assert printable("Gerät 日本 é.wav") == "Gerät 日本 é.wav"
    assert printable(Path("x") / NOT_UTF8) == "x/\\xff.wav"
    assert printable("\ud800").isascii()


@pytest.mark.parametrize("suffix", [".au", ".snd", ".wav", ".vox"])
def test_a_text_is_no_sound_by_its_suffix(tmp_path, suffix):
    """libsndfile reads files without a header as raw samples where the suffix suggests it."""
    (tmp_path / f"a{suffix}").write_text("this is a text\n" * 100)
    with pytest.raises(UnreadableError, match=rf"^a\{suffix} "):
        read_clip(tmp_path / f"a{suffix}")
