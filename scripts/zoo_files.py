"""Makers of the zoo's files of sound: small, odd, each with what is wanted of it."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from sda_lib.audio.suffixes import MEDIA_SUFFIXES

# What is wanted: the file is read, left out by name, or one of both.
READ, REFUSED, EITHER = "read", "left out", "either"
RATES = (8000, 11025, 22050, 44100, 48000, 96000)
SUFFIXES = {"WAVEX": ".wav", "RAW": "", "NIST": ".sph", "IRCAM": ".sf", "MAT4": ".mat", "MAT5": ".mat", "SVX": ".8svx",
            "SD2": ".sd2", "MPC2K": ".mpc2k"}  # fmt: skip
DATA = Path(__file__).parents[1] / "tests" / "data"


@dataclass(frozen=True)
class Animal:
    """A file of the zoo: its kind, its path, and what is wanted."""

    kind: str
    path: Path
    wanted: str


def tone(seconds: float = 0.4, rate: int = 22050, channels: int = 1) -> np.ndarray:
    """Return a decaying tone [time] or [time, channel]."""
    time = np.arange(int(seconds * rate)) / rate
    wave = 0.5 * np.sin(2 * np.pi * 330 * time) * np.exp(-3 * time)
    return wave if channels == 1 else np.stack([wave * (1 - 0.1 * number) for number in range(channels)], 1)


def every_format(folder: Path) -> Iterator[Animal]:
    """Yield every pair of format and subtype that libsndfile writes, with changing channels and rates."""
    count = 0
    for container in sorted(soundfile.available_formats()):
        suffix = SUFFIXES.get(container, f".{container.lower()}")
        for subtype in sorted(soundfile.available_subtypes(container)) if suffix else ():
            for channels in (1, 2):
                rate, count = RATES[count % len(RATES)], count + 1
                path = folder / f"{container}_{subtype}_{channels}{suffix}"
                if write(path, tone(0.3, rate, channels), rate, container, subtype):
                    yield Animal("format", path, READ)


def write(path: Path, samples: np.ndarray, rate: int, container: str | None = None, subtype: str | None = None) -> bool:
    """Write a sound; return whether libsndfile can."""
    try:
        soundfile.write(path, samples, rate, format=container, subtype=subtype)
        if container != "SD2" and soundfile.info(path).samplerate:
            return True
    except (RuntimeError, ValueError, TypeError, OSError):
        pass
    path.unlink(missing_ok=True)
    return False


def truncated(folder: Path) -> Iterator[Animal]:
    """Yield files that end at many points."""
    for suffix in (".wav", ".flac", ".mp3", ".ogg", ".opus", ".aiff", ".caf", ".w64"):
        whole = folder / f"whole{suffix}"
        opus = {"format": "OGG", "subtype": "OPUS"} if suffix == ".opus" else {}
        soundfile.write(whole, tone(rate=48000), 48000, **opus)
        data = whole.read_bytes()
        whole.unlink()
        for share in (0.0, 0.002, 0.01, 0.1, 0.5, 0.9, 0.999):
            path = folder / f"cut_{share:g}{suffix}"
            path.write_bytes(data[: int(len(data) * share)])
            yield Animal("truncated", path, EITHER if share else REFUSED)
        path = folder / f"junk_behind{suffix}"
        path.write_bytes(data + bytes(range(256)) * 40)
        yield Animal("junk behind", path, READ)


def extreme_samples(folder: Path) -> Iterator[Animal]:
    """Yield sounds of unusual samples, rates, channels and lengths."""
    wave, rate = tone(), 22050
    spoiled = {"nan": np.nan, "infinite": np.inf, "1e30": 1e30, "above": 1e5}
    for name, value in spoiled.items():
        yield Animal("samples", saved(folder / f"{name}.wav", np.append(wave, value), rate, "FLOAT"), REFUSED)
    kinds = {
        "dc_only": (np.full(9000, 0.4), EITHER), "silence": (np.zeros(9000), EITHER), "quiet": (wave * 1e-6, EITHER),
        "dither": (np.random.default_rng(0).normal(0, 1e-3, 9000), READ), "one_sample": (np.array([0.5]), EITHER),
        "none": (np.zeros(0), REFUSED), "ten_ms": (tone(0.0105), READ), "nine_ms": (tone(0.0085), EITHER),
        "impulse": (np.eye(1, 9000, 4000)[0], READ), "square": (np.sign(wave), READ), "loud_float": (wave * 50, READ),
        "denormal": (wave * 1e-40, EITHER),
    }  # fmt: skip
    for name, (samples, wanted) in kinds.items():
        yield Animal("samples", saved(folder / f"{name}.wav", samples, rate, "FLOAT"), wanted)
    for hertz in (1, 100, 999, 1000, 3999, 192_000, 384_000, 768_000, 768_001, 2**31 - 1):
        samples = np.repeat(wave, 8) if hertz > 100_000 else wave
        yield Animal(
            "rate", saved(folder / f"{hertz}_hz.wav", samples, hertz), READ if 1000 <= hertz <= 768_000 else REFUSED
        )
    for channels in (3, 4, 5, 6, 7, 8, 16, 64, 65, 255):
        path = saved(folder / f"{channels}_channels.wav", np.tile(wave[:, None], channels), rate)
        yield Animal("channels", path, READ if channels <= 64 else REFUSED)


def saved(path: Path, samples: np.ndarray, rate: int, subtype: str = "PCM_16") -> Path:
    """Write a WAV file and return its path."""
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def headers(folder: Path) -> Iterator[Animal]:
    """Yield files whose headers are not true."""
    good = saved(folder / "good.wav", tone(), 22050).read_bytes()
    (folder / "good.wav").unlink()
    data = good.index(b"data")
    changes: dict[str, tuple[bytes, str]] = {
        "unclosed": (patched(good, {4: bytes(4), data + 4: bytes(4)}), READ),
        "all_ones": (patched(good, {4: b"\xff" * 4, data + 4: b"\xff" * 4}), READ),
        "data_too_long": (patched(good, {data + 4: struct.pack("<I", 2**31)}), READ),
        "no_channels": (patched(good, {22: bytes(2)}), REFUSED), "no_rate": (patched(good, {24: bytes(4)}), REFUSED),
        "no_bits": (patched(good, {34: bytes(2)}), EITHER), "bits_255": (patched(good, {34: b"\xff\0"}), EITHER),
        "block_0": (patched(good, {32: bytes(2)}), EITHER), "codec": (patched(good, {20: b"\x77\x77"}), REFUSED),
        "endless_chunk": (good[:data] + b"junk\xff\xff\xff\x7f" + good[data:], REFUSED),
        "many_chunks": (good[:data] + b"junk\0\0\0\0" * 50_000 + good[data:], EITHER),
        "no_data": (good[:data], REFUSED), "rf64_lies": (b"RF64" + good[4:], EITHER),
        "rifx": (b"RIFX" + good[4:], EITHER), "zeros": (bytes(5000), REFUSED), "empty": (b"", REFUSED),
        "text": (b"this is a text, not a sound\n" * 50, REFUSED), "html": (b"<html><script>x</script></html>", REFUSED),
        "png": (b"\x89PNG\r\n\x1a\n" + bytes(900), REFUSED), "zip": (b"PK\3\4" + bytes(900), REFUSED),
        "gzip": (b"\x1f\x8b\x08" + bytes(900), REFUSED), "ones": (b"\xff" * 5000, REFUSED),
        "random": (np.random.default_rng(1).bytes(20_000), REFUSED),
    }  # fmt: skip
    for name, (content, wanted) in changes.items():
        path = folder / f"{name}.wav"
        path.write_bytes(content)
        yield Animal("header", path, wanted)
    for suffix in (".flac", ".mp3", ".ogg", ".aiff", ".caf", ".mat", ".sds", ".xi", ".wve", ".htk", ".au", ".snd"):
        path = folder / f"text{suffix}"
        path.write_bytes(b"this is a text, not a sound\n" * 50)
        yield Animal("renamed", path, REFUSED)
        path = folder / f"a_wav{suffix}"
        path.write_bytes(good)
        yield Animal("renamed", path, READ)
    yield from _declared(folder)


def _declared(folder: Path) -> Iterator[Animal]:
    """Yield FLAC and AU files that declare no length, or one that can't be true, and much silence."""
    soundfile.write(folder / "x.flac", tone(), 22050)
    data = (folder / "x.flac").read_bytes()
    (folder / "x.flac").unlink()
    lengths = {
        "unknown": (bytes([data[21] & 0xF0]) + bytes(4), READ),
        "huge": (bytes([data[21] | 15]) + b"\xff" * 4, REFUSED),
    }
    for name, (length, wanted) in lengths.items():
        path = folder / f"{name}_length.flac"
        path.write_bytes(patched(data, {21: length}))
        yield Animal("length", path, wanted)
    soundfile.write(folder / "unknown_length.au", tone(), 22050)
    path = folder / "unknown_length.au"
    path.write_bytes(patched(path.read_bytes(), {8: b"\xff" * 4}))
    yield Animal("length", path, READ)
    with soundfile.SoundFile(folder / "silent_two_minutes.flac", "w", 48000, 2) as file:
        file.write(np.zeros((48000 * 120, 2), np.int16))
    yield Animal("length", folder / "silent_two_minutes.flac", EITHER)
    with (folder / "sparse.wav").open("wb") as file:
        header = saved(folder / "y.wav", tone(), 22050).read_bytes()[:44]
        file.write(patched(header, {4: struct.pack("<I", 10**9), 40: struct.pack("<I", 10**9 - 36)}))
        file.truncate(4_000_000)
    (folder / "y.wav").unlink()
    yield Animal("length", folder / "sparse.wav", EITHER)


def patched(data: bytes, patches: dict[int, bytes]) -> bytes:
    """Return bytes with others in some places."""
    whole = bytearray(data)
    for place, patch in patches.items():
        whole[place : place + len(patch)] = patch
    return bytes(whole)


def joined(folder: Path) -> Iterator[Animal]:
    """Yield files that hold more than one stream."""
    for suffix, others in ((".mp3", {}), (".ogg", {}), (".opus", {"format": "OGG", "subtype": "OPUS"})):
        soundfile.write(folder / f"one{suffix}", tone(0.5, 48000), 48000, **others)
        soundfile.write(folder / f"stereo{suffix}", tone(0.5, 48000, 2), 48000, **others)
        one, stereo = ((folder / f"{name}{suffix}").read_bytes() for name in ("one", "stereo"))
        for name in ("one", "stereo"):
            (folder / f"{name}{suffix}").unlink()
        for name, content in (("twice", one * 2), ("often", one * 40), ("mixed", one + stereo)):
            path = folder / f"{name}{suffix}"
            path.write_bytes(content)
            yield Animal("joined", path, EITHER if name == "mixed" else READ)
    path = folder / "empty_pages.ogg"
    path.write_bytes((b"OggS" + bytes(22) + b"\0") * 50_000)
    yield Animal("joined", path, REFUSED)


def tagged(folder: Path) -> Iterator[Animal]:
    """Yield sounds with tags that are wrong or unpack to much."""
    import zlib

    soundfile.write(folder / "x.mp3", tone(0.5, 48000), 48000)
    sound = (folder / "x.mp3").read_bytes()
    (folder / "x.mp3").unlink()
    bomb = zlib.compress(bytes(100_000_000), 9)
    frame = b"TXXX" + synchsafe(len(bomb) + 4) + b"\0\x09" + synchsafe(100_000_000) + bomb
    tags = {
        "packed": (frame, len(frame)),
        "declares_much": (b"TXXX", 2**28 - 1),
        "random": (bytes(range(256)) * 8, 2048),
    }
    for name, (body, size) in tags.items():
        path = folder / f"{name}_id3.mp3"
        path.write_bytes(b"ID3\4\0\0" + synchsafe(size) + body + sound)
        yield Animal("tags", path, READ if name != "declares_much" else EITHER)
    good = saved(folder / "wav.wav", tone(), 22050)
    chunk = b"id3 " + struct.pack("<I", len(frame) + 10) + b"ID3\4\0\0" + synchsafe(len(frame)) + frame
    good.write_bytes(good.read_bytes() + chunk)
    yield Animal("tags", good.rename(folder / "packed_id3.wav"), READ)


def synchsafe(number: int) -> bytes:
    """Return a number in four bytes of seven bits."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def no_files(folder: Path) -> Iterator[Animal]:
    """Yield what is no regular file, or a link."""
    os.mkfifo(folder / "pipe.wav")
    (folder / "folder.wav").mkdir()
    links = {"dangling": "nowhere.wav", "cyclic": "cyclic.wav", "null": "/dev/null", "zero": "/dev/zero",
             "random": "/dev/urandom", "stdin": "/dev/stdin", "proc": "/proc/self/mem", "tty": "/dev/tty"}  # fmt: skip
    for name, target in links.items():
        (folder / f"{name}.wav").symlink_to(target)
    saved(folder / "linked.wav", tone(), 22050)
    (folder / "link.wav").symlink_to(folder / "linked.wav")
    saved(folder / "locked.wav", tone(), 22050).chmod(0o000)
    yield Animal("no file", folder / "folder.wav", EITHER)
    yield Animal("link", folder / "link.wav", READ)
    yield Animal("no file", folder / "locked.wav", EITHER)  # root may read it
    for name in ("pipe", *links):
        yield Animal("no file", folder / f"{name}.wav", REFUSED)


def names(folder: Path) -> Iterator[Animal]:
    """Yield good sounds with odd names."""
    odd = [
        b"\xff\xfe.wav", "é\u0301\u202etxt.wav".encode(), b"new\nline.wav", b"\x1b[31mred\x1b[0m.wav", b"tab\t.wav",
        b"-rf.wav", b"--help.wav", b" .wav", b"a" * 250 + b".wav", "日本語の長い名前".encode() * 9 + b".wav",
        b"$(touch x).wav",
        b"<script>alert(1)<script>.wav", b"a,b;c=d.wav", b"con.wav", b"two..wav", b"UPPER.WAV", b"100%s%n{0}.wav",
        b"'\".wav",
        b"\x07bell.wav", b"\xc2\x9b31m.wav",
    ]  # fmt: skip
    for name in odd:
        path = folder / os.fsdecode(name)
        saved(folder / "x.wav", tone(), 22050).rename(path)
        yield Animal("name", path, READ)


def unreadable(folder: Path) -> Iterator[Animal]:
    """Yield files that only their suffix makes phone recordings or videos."""
    for suffix in sorted(MEDIA_SUFFIXES):
        path = folder / f"video{suffix}"
        path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(500))
        yield Animal("suffix", path, REFUSED)


def known(folder: Path) -> Iterator[Animal]:
    """Yield the small files of tests/data that once failed."""
    for source in sorted((DATA / "odd").rglob("*")):
        if source.is_file() and source.suffix not in (".sda", ".npz", ".sofa", ".md"):
            path = folder / source.name
            shutil.copy(source, path)
            refused = path.name in ("rate_1Hz.wav", "huge_1e30.wav")
            yield Animal("known", path, REFUSED if refused else READ)


MAKERS: dict[str, Callable[[Path], Iterator[Animal]]] = {
    "formats": every_format, "truncated": truncated, "samples": extreme_samples, "headers": headers, "joined": joined,
    "tags": tagged, "no_files": no_files, "names": names, "suffixes": unreadable, "known": known,
}  # fmt: skip
