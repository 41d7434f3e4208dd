"""Corpora rendered by fluidsynth from Debian's fluid-soundfont-gm (recorded samples, MIT license).

    apt-get install fluidsynth fluid-soundfont-gm

`corpora.py` and `pitched.py` call it. One MIDI file plays all notes of a corpus, one after the other; each is cut out
of the sound.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from sda_lib import SdaError

RATE = 44100
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
DRY = ("-R", "0", "-C", "0")
"""Options of fluidsynth: no reverberation, no chorus."""


@dataclass(frozen=True)
class Note:
    """A note or chord: General MIDI program (from 0), keys, velocity 1..127, milliseconds held and kept."""

    name: str
    program: int
    keys: tuple[int, ...]
    velocity: int
    held: int
    kept: int


def midi(notes: Sequence[Note], spacing: int) -> bytes:
    """Return a standard MIDI file that begins a note every `spacing` ticks; a tick is a millisecond."""
    events = struct.pack(">BBBB", 0, 0xFF, 0x51, 3) + (1_000_000).to_bytes(3, "big")
    wait = 0
    for note in notes:
        events += variable_length(wait) + bytes([0xC0, note.program])
        events += b"".join(bytes([0, 0x90, key, note.velocity]) for key in note.keys)
        for number, key in enumerate(note.keys):
            events += variable_length(0 if number else note.held) + bytes([0x80, key, 0])
        wait = spacing - note.held
    events += variable_length(spacing) + bytes([0xFF, 0x2F, 0])
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1000) + b"MTrk" + struct.pack(">I", len(events)) + events


def variable_length(value: int) -> bytes:
    """Return a MIDI time: seven bits a byte, all but the last marked."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(value & 0x7F | 0x80)
    return bytes(reversed(parts))


def played(
    notes: Sequence[Note], spacing: int, soundfont: Path = SOUNDFONT, effects: Sequence[str] = DRY, gain: float = 2.0
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield name and samples [channel, time] of every note at RATE. Raises SdaError without tool or soundfont."""
    if shutil.which("fluidsynth") is None or not soundfont.is_file():
        raise SdaError(f"fluidsynth and {soundfont} are needed: apt-get install fluidsynth fluid-soundfont-gm.")
    with tempfile.TemporaryDirectory() as place:
        song, sound = Path(place) / "notes.mid", Path(place) / "notes.wav"
        song.write_bytes(midi(notes, spacing))
        command = ["fluidsynth", "-ni", "-q", *effects, "-g", f"{gain:g}", "-r", str(RATE), "-F", str(sound)]
        subprocess.run([*command, str(soundfont), str(song)], check=True, stdout=subprocess.DEVNULL)
        samples = soundfile.read(sound, dtype="float32", always_2d=True)[0].T
    for number, note in enumerate(notes):
        begin = number * spacing * RATE // 1000
        yield note.name, samples[:, begin : begin + note.kept * RATE // 1000]


# --- notes cut while they sound

SUSTAINING = {
    "organ": (16, 36),
    "church": (19, 36),
    "accordion": (21, 53),
    "guitar": (30, 40),
    "violin": (40, 55),
    "cello": (42, 36),
    "strings": (48, 36),
    "choir": (52, 48),
    "trumpet": (56, 54),
    "trombone": (57, 40),
    "horn": (60, 41),
    "saxophone": (65, 49),
    "oboe": (68, 58),
    "clarinet": (71, 50),
    "flute": (73, 60),
    "lead": (81, 48),
}
"""General MIDI program and lowest key."""
NOTES_EACH, NOTE_INTERVAL = 6, 5


def notes() -> Iterator[tuple[str, np.ndarray]]:
    """Yield 96 mono notes of sustaining instruments, 0.4 to 1.6 s, cut off 0.3 s before the key is let go.

    Their names sort by pitch, so that every sixth is not always the same note of an instrument.
    """
    chance = random.Random(1)
    wanted = []
    for name, (program, lowest) in SUSTAINING.items():
        for key in range(lowest, lowest + NOTES_EACH * NOTE_INTERVAL, NOTE_INTERVAL):
            kept = chance.randint(400, 1600)
            wanted.append(Note(f"{key:03}_{name}", program, (key,), chance.randint(60, 120), kept + 300, kept))
    for name, samples in played(wanted, 3000, gain=1.4):
        yield name, samples.mean(0, keepdims=True)


# --- a piano

PIANO_KEYS = range(24, 100, 3)
PIANO_QUIET = 10 ** (-70 / 20)
"""A piano note ends where it stays below this share of its peak."""


def piano() -> Iterator[tuple[str, np.ndarray]]:
    """Yield 26 mono piano notes with their decay, 3 to 9 s; the low keys are held longest."""
    chance = random.Random(2)
    wanted = []
    for key in PIANO_KEYS:
        held = round(7500 - 5500 * (key - 24) / 75) + chance.randint(0, 500)
        wanted.append(Note(f"piano_{key:03}", 0, (key,), chance.randint(50, 115), held, 9000))
    for name, samples in played(wanted, 12000):
        mono = samples.mean(0, keepdims=True)
        sounding = np.flatnonzero(np.abs(mono[0]) > PIANO_QUIET * np.abs(mono).max())
        yield name, mono[:, : max(3 * RATE, int(sounding[-1]) + RATE // 20)]


# --- pads

PAD_PROGRAMS = {
    "new_age": 88,
    "warm": 89,
    "polysynth": 90,
    "choir": 91,
    "bowed": 92,
    "metallic": 93,
    "halo": 94,
    "sweep": 95,
}
PAD_CHORDS = ((36, 43, 52), (41, 48, 57), (50, 57, 65), (55, 62, 71, 74))


def pads() -> Iterator[tuple[str, np.ndarray]]:
    """Yield 32 stereo chords of synthesizer pads with chorus and reverberation, 4 to 8 s, cut off while they sound."""
    chance = random.Random(3)
    wanted = []
    for name, program in PAD_PROGRAMS.items():
        for number, chord in enumerate(PAD_CHORDS):
            kept = chance.randint(4000, 8000)
            wanted.append(Note(f"{name}_{number}", program, chord, chance.randint(70, 110), kept + 300, kept))
    yield from played(wanted, 15000, effects=("-R", "1", "-C", "1"), gain=0.2)
