"""Sounds of hours: memory and time of the acts by length, parts of a long sound, and what it repeats of its own past.

    OMP_NUM_THREADS=1 python benchmarks/long_sounds.py files FOLDER --minutes 10 60 300 --write
    OMP_NUM_THREADS=1 python benchmarks/long_sounds.py new FOLDER --minutes 10 60 --write
    OMP_NUM_THREADS=1 python benchmarks/long_sounds.py repeats FOLDER --minutes 60 --write

`files` writes one file of each length from procedural sounds and runs `sda scan`, `encode`, `decode`, `reconstruct` and
`export` on it, with a model of ten minutes of such sounds. `new` generates textures at novelty 1, and parts of them.
`repeats` measures the longest passage of its own past that a texture has again, by codes, by the recordings behind it
and by its spectra. Every act is a process of its own; FOLDER keeps models, sounds, and figures in long_sounds.json, so
that a run which was stopped continues.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile
import torch
from report import table, write_section

from sda_lib import SdaModel
from sda_lib.audio.chunks import read_blocks
from sda_lib.codec.codes import Codes
from sda_lib.codec.stft import mel_filters
from sda_lib.synthesis.synthesize import synthesize
from sda_lib.writers.generate import compose_any, decode_in_blocks
from sda_lib.writers.options import GenerateOptions

RATE = 48000
TRAINED_MINUTES = 10
"""Minutes of the sounds that the model of `files` is made of."""
TEXTURES = {
    "rain": ("rain", "gust", "bubbles", "crackle"),
    "machines": ("engine", "rumble", "hum", "drone"),
    "ambience": ("ambience", "layers", "choir", "insect"),
}
"""Corpora of textures by the families of their sounds."""
TEXTURE_COUNT, TEXTURE_SECONDS = 12, (20.0, 40.0)
PART_SECONDS = 30.0
Figures = dict[str, float]


# --- sounds and models


def written(path: Path, minutes: float, seed: int, seconds: tuple[float, float] = (0.5, 12.0)) -> Path:
    """A WAV file of procedural sounds one after another, 16 bits in mono, written once."""
    if not path.exists():
        left, part = round(minutes * 60 * RATE), path.with_suffix(".part.wav")
        with soundfile.SoundFile(part, "w", RATE, 1, "PCM_16", format="RF64" if left * 2 > 4e9 else "WAV") as file:
            for _, clip in synthesize(1_000_000, seed, None, RATE, seconds=seconds):
                file.write(clip.samples[0, :left])
                left -= min(left, clip.length)
                if not left:
                    break
        part.rename(path)
    return path


def long_file(folder: Path, minutes: float) -> Path:
    """The file of this length: an hour of sounds, repeated, since no act depends on earlier sounds of a file."""
    path = folder / "sounds" / f"{minutes:g}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    if minutes <= 60 or path.exists():
        return written(path, minutes, 0)
    left, part = round(minutes * 60 * RATE), path.with_suffix(".part.wav")
    hour = written(path.with_stem("60"), 60, 0)
    with soundfile.SoundFile(part, "w", RATE, 1, "PCM_16", format="RF64" if left * 2 > 4e9 else "WAV") as file:
        while left:
            for block in soundfile.blocks(hour, 1 << 20, dtype="int16"):
                file.write(block[:left])
                left -= min(left, len(block))
    part.rename(path)
    return path


def trained(folder: Path, name: str, sounds: Callable[[Path], object]) -> Path:
    """A model in closed form of sounds that a function writes into a folder; made once."""
    model, corpus = folder / f"{name}.sda", folder / f"{name}-corpus"
    if not model.exists():
        corpus.mkdir(parents=True, exist_ok=True)
        sounds(corpus)
        run(["train", str(corpus), "--minutes", "0", "-o", str(model), "--set", "audio.channels=1"], folder)
    return model


def texture_model(folder: Path, name: str) -> Path:
    def write(corpus: Path) -> None:
        made = synthesize(TEXTURE_COUNT, 3, TEXTURES[name], RATE, seconds=TEXTURE_SECONDS)
        for number, (family, clip) in enumerate(made):
            soundfile.write(corpus / f"{family}_{number}.wav", clip.samples.T, RATE, subtype="PCM_16")

    return trained(folder, name, write)


# --- processes


LAUNCHER = """
import json, os, sys, time
began = time.monotonic()
process = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-m", "sda_lib", *sys.argv[1:]])
_, status, used = os.wait4(process, 0)
facts = {"peak": used.ru_maxrss / 1024, "cpu": used.ru_utime + used.ru_stime, "clock": time.monotonic() - began}
print(json.dumps({"status": os.waitstatus_to_exitcode(status), **facts}))
"""
"""Starts an act from a small process: a process counts the memory of the one that starts it as its own."""


def run(command: Sequence[str], folder: Path) -> Figures:
    """Run an act of the command line; return its most memory in MB, and its seconds of processor and clock."""
    environment = os.environ | {"SDA_HOME": str(folder / "home")}
    launched = [sys.executable, "-c", LAUNCHER, *command]
    answer = subprocess.run(launched, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(answer.splitlines()[-1])
    if found.pop("status"):
        raise SystemExit(f"sda {' '.join(command)} failed.")
    return found


def kept(folder: Path, name: str, measure: Callable[[], Figures]) -> Figures:
    """The figures of a case, measured unless they are there."""
    file = folder / "long_sounds.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    if name not in known:
        found = measure()
        known = json.loads(file.read_text()) if file.exists() else {}
        known[name] = found
        file.write_text(json.dumps(known, indent=1))
    print(name, known[name], flush=True)
    return known[name]


def is_known(folder: Path, name: str) -> bool:
    """Whether the figures of a case were measured."""
    file = folder / "long_sounds.json"
    return file.exists() and name in json.loads(file.read_text())


# --- what a long sound repeats


def longest_equal(numbers: np.ndarray) -> int:
    """Length of the longest run of numbers [n] that occurs again later, without overlap.

    Runs get ranks, those of twice the length from two of them (Karp, Miller and Rosenberg, 1972).
    """
    ranks, powers = np.unique(numbers, return_inverse=True)[1], []
    size = 1
    while size <= len(numbers) // 2 and _has_repeat(ranks, size):
        powers.append(ranks)
        ranks = _joined(ranks[:-size], ranks[size:]) if size < len(ranks) else ranks[:0]
        size *= 2
    if not powers:
        return 0
    found, length = powers[-1], 1 << (len(powers) - 1)
    for power in range(len(powers) - 2, -1, -1):
        longer = length + (1 << power)
        count = len(numbers) - longer + 1
        both = _joined(found[:count], powers[power][length : length + count])
        if _has_repeat(both, longer):
            found, length = both, longer
    return length


def _joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.unique(one.astype(np.int64) * (int(other.max(initial=0)) + 1) + other, return_inverse=True)[1]


def _has_repeat(ranks: np.ndarray, length: int) -> bool:
    """Whether a rank comes again at least `length` places later."""
    if not len(ranks):
        return False
    order = np.argsort(ranks, kind="stable")
    same = np.flatnonzero(np.diff(ranks[order], prepend=-1))
    firsts, lasts = order[same], order[np.append(same[1:], len(order)) - 1]
    return bool((lasts - firsts >= length).any())


def frame_numbers(codes: Codes) -> np.ndarray:
    """A number for every frame, the same for frames with the same codes."""
    return np.unique(codes.indices, axis=1, return_inverse=True)[1].reshape(-1)


@torch.no_grad()
def grains_of(model: SdaModel, codes: Codes, size: int = 512, around: int = 16) -> np.ndarray:
    """The recorded grain behind every frame."""
    frames, found = model.frames_of(codes), []
    for first in range(0, codes.frames, size):
        begin, end = max(0, first - around), min(codes.frames, first + size)
        grain = model.memory.match(frames[begin : min(codes.frames, end + around)]).grain
        found.append(grain[first - begin : end - begin].cpu().numpy())
    return np.concatenate(found)


FINGERPRINT_SIZE, FINGERPRINT_STEP, FINGERPRINT_BANDS = 4096, 1536, 40
STACKED, QUIET = 4, 5.0
"""Frames in a row that are compared as one, 128 ms, and log10 of power below the loudest frame that is not compared."""
STEADY = 8
"""Frames on either side, a quarter of a second, whose mean is left out: a texture's level and tone hardly change."""
ALIKE, MISSED = 0.8, 2
"""Correlation from which on two such stretches are alike, and frames of a passage in a row that may not be."""
ANCHOR_SECONDS, APART_SECONDS = 1.0, 2.0
"""Seconds between the frames at which passages are looked for, and the least time until one comes again."""


def fingerprints(blocks: Iterator[np.ndarray], rate: int) -> np.ndarray:
    """What is particular of the spectra from every frame on [frame, value]: log-mel less its running mean, scaled."""
    filters = mel_filters(FINGERPRINT_SIZE // 2 + 1, FINGERPRINT_BANDS, rate).numpy()
    window, rows, held = np.hanning(FINGERPRINT_SIZE), [], np.zeros(0, np.float32)
    for block in blocks:
        held = np.concatenate([held, block.mean(0)])
        count = max(0, (len(held) - FINGERPRINT_SIZE) // FINGERPRINT_STEP + 1)
        places = np.arange(count)[:, None] * FINGERPRINT_STEP + np.arange(FINGERPRINT_SIZE)
        if count:
            power = np.abs(np.fft.rfft(held[places] * window, axis=1)) ** 2
            rows.append(np.log10(power @ filters.T + 1e-9).astype(np.float32))
            held = held[count * FINGERPRINT_STEP :]
    levels = np.concatenate(rows)
    summed = np.cumsum(np.pad(levels, ((STEADY + 1, STEADY), (0, 0)), mode="edge"), 0, dtype=np.float64)
    own = (levels - (summed[2 * STEADY + 1 :] - summed[: -2 * STEADY - 1])[: len(levels)] / (2 * STEADY + 1)).astype(
        np.float32
    )
    own /= own.std(0) + 1e-6
    own[levels.max(1) < levels.max() - QUIET] = 0
    count = len(own) - STACKED + 1
    stacked = np.concatenate([own[first : first + count] for first in range(STACKED)], 1)
    return stacked / np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-6)


def longest_alike(prints: np.ndarray, rate: int) -> float:
    """Seconds of the longest passage of fingerprints [frame, band] that comes again, frame by frame."""
    frame_rate = rate / FINGERPRINT_STEP
    anchors = np.arange(0, len(prints), max(1, round(ANCHOR_SECONDS * frame_rate)))
    apart, longest = round(APART_SECONDS * frame_rate), 0
    for some in np.array_split(anchors, max(1, len(anchors) // 256)):
        later, earlier = np.nonzero(prints[some] @ prints.T > ALIKE)
        later = some[later]
        far = later - earlier >= apart
        later, earlier = later[far], earlier[far]
        length = _reach(prints, later, earlier, 1) + _reach(prints, later, earlier, -1) + 1
        longest = max(longest, int(length.max(initial=0)))
    return (longest + STACKED - 1) / frame_rate if longest else 0.0


def _reach(prints: np.ndarray, later: np.ndarray, earlier: np.ndarray, way: int) -> np.ndarray:
    """Frames up to the last one at which pairs of frames [pair] are still alike, one way."""
    reach, alive, step = np.zeros(len(later), int), np.arange(len(later)), 1
    while len(alive):
        one, other = later[alive] + way * step, earlier[alive] + way * step
        inside = (one >= 0) & (one < len(prints)) & (other >= 0)
        alive, one, other = alive[inside], one[inside], other[inside]
        alike = np.einsum("nb,nb->n", prints[one], prints[other]) > ALIKE
        reach[alive[alike]] = step
        alive = alive[step - reach[alive] <= MISSED]
        step += 1
    return reach


# --- sections


FILES = """`python benchmarks/long_sounds.py files`: one file of procedural sounds (mono, 48 kHz, 16 bits), with a
model in closed form of {minutes} minutes of such sounds (memory, 12 levels). Most memory of each act in MB (the
resident set of its process, program and model included) by the length of the file, and how much of it comes with each
further minute beyond the shortest file; the clock for the longest, one thread. `export` converts to FLAC at -16 LUFS
and 44.1 kHz."""


def acts(folder: Path, model: Path, minutes: float) -> dict[str, list[str]]:
    """The command lines of the acts on a file, in their order."""
    file, out = long_file(folder, minutes), folder / "out"
    out.mkdir(exist_ok=True)
    codes = str(out / f"{minutes:g}.codes.npz")
    return {
        "scan": ["scan", str(file.parent / f"only-{minutes:g}")],
        "encode": ["encode", str(file), "-m", str(model), "-o", codes],
        "decode": ["decode", codes, "-m", str(model), "-o", str(out / "decoded.flac")],
        "reconstruct": ["reconstruct", str(file), "-m", str(model), "-o", str(out / "reconstructed.wav")],
        "export": [
            "export", str(file), "-o", str(out / "exported.flac"), "--force", "--lufs", "-16", "--rate", "44100",
        ],
    }  # fmt: skip


def files(options: argparse.Namespace) -> str:
    folder: Path = options.folder
    model = trained(folder, "procedural", lambda corpus: written(corpus / "all.wav", TRAINED_MINUTES, 1))
    found: dict[str, dict[float, Figures]] = {}
    for minutes in options.minutes:
        commands = acts(folder, model, minutes)
        alone = Path(commands["scan"][1])
        alone.mkdir(exist_ok=True)
        if not (alone / "long.wav").exists():
            os.link(long_file(folder, minutes), alone / "long.wav")
        for act, command in commands.items():
            name = f"{options.label}{act} {minutes:g}"
            if (options.known and not is_known(folder, name)) or (options.acts and act not in options.acts):
                continue
            found.setdefault(act, {})[minutes] = kept(folder, name, lambda command=command: run(command, folder))
    rows: list[list[object]] = [[act, *cells(figures, options.minutes)] for act, figures in found.items()]
    header = ["act", *(f"{one:g} min, MB" for one in options.minutes), "MB a minute", "clock, s"]
    return f"{FILES.format(minutes=TRAINED_MINUTES)}\n\n{table(header, rows)}"


def cells(figures: dict[float, Figures], lengths: Sequence[float]) -> Iterator[str]:
    """The cells of an act: memory by length, more for each minute, and the clock of the longest."""
    yield from (f"{figures[minutes]['peak']:.0f}" if minutes in figures else "" for minutes in lengths)
    first, last = min(figures), max(figures)
    yield f"{(figures[last]['peak'] - figures[first]['peak']) / (last - first):.2f}" if last > first else ""
    yield f"{figures[last]['clock']:.0f}"


NEW = """`python benchmarks/long_sounds.py new`: `sda generate --seconds … --novelty 1` of textures (models in closed
form of {count} procedural sounds of {shortest:g} to {longest:g} s), WAV of 32 bits, one thread: most memory and clock
of the whole, and of `--part` of {part:g} s from its middle; whether the part's samples are those of the whole, bit for
bit."""


def generated(options: argparse.Namespace, name: str, minutes: float) -> Figures:
    """Generate a texture and its middle; compare both."""
    folder, model = options.folder, texture_model(options.folder, name)
    out, middle = folder / "out", 30 * minutes
    out.mkdir(exist_ok=True)
    base = ["generate", str(model), "-n", "1", "--seconds", f"{60 * minutes:g}", "--novelty", "1", "--depth", "32"]
    base += ["--force", "--out", str(out), "--ceiling", "0"]
    whole = run([*base, "--name", f"{name}-{minutes:g}"], folder)
    part = run([*base, "--name", "part", "--part", f"{middle:g}:{middle + PART_SECONDS:g}"], folder)
    first, _ = soundfile.read(
        out / f"{name}-{minutes:g}.wav", frames=round(PART_SECONDS * RATE), start=round(middle * RATE), dtype="float32"
    )
    second, _ = soundfile.read(out / "part.wav", dtype="float32")
    same = bool(np.array_equal(first, second))
    figures = {f"part_{key}": value for key, value in part.items()}
    return {**whole, **figures, "same": float(same), "loudest": float(np.abs(first).max())}


def new(options: argparse.Namespace) -> str:
    rows: list[list[object]] = []
    for name in options.textures:
        for minutes in options.minutes:
            one = kept(
                options.folder,
                f"new {name} {minutes:g}",
                lambda name=name, minutes=minutes: generated(options, name, minutes),
            )
            cells = (f"{one[key]:.0f}" for key in ("peak", "clock", "part_peak", "part_clock"))
            rows.append([name, f"{minutes:g}", *cells, "yes" if one["same"] else "no"])
    shortest, longest = TEXTURE_SECONDS
    text = NEW.format(count=TEXTURE_COUNT, shortest=shortest, longest=longest, part=PART_SECONDS)
    header = ["texture", "minutes", "memory, MB", "clock, s", "part: memory, MB", "part: clock, s", "same samples"]
    return f"{text}\n\n{table(header, rows)}"


REPEATS = """`python benchmarks/long_sounds.py repeats`: longest passage in seconds that occurs again later in textures
at novelty 1 (one seed): frames with the same codes on all levels; frames with the same recorded grain behind them; and
stretches of 128 ms with alike fingerprints (log-mel without its mean over half a second, correlation above {alike:g};
{missed} frames of 32 ms in a row may differ). Control: the fingerprints with {planted:g} s of the texture's first
minute put into its last one. Composed: processor seconds of the codes alone."""
PLANTED = 3.0
MEASURED = ("codes", "grains", "alike", "control", "composed")


def repeated(options: argparse.Namespace, name: str, minutes: float) -> Figures:
    """Compose a texture, decode it, and measure what it repeats."""
    torch.set_num_threads(1)
    model = SdaModel.load(texture_model(options.folder, name))
    wanted = GenerateOptions(seconds=60 * minutes, novelty=1.0, seed=options.seed)
    began = time.process_time()
    stream = compose_any(model, wanted)
    codes = stream if isinstance(stream, Codes) else stream.codes()
    composed = time.process_time() - began
    file = options.folder / "out" / f"{name}-{minutes:g}.wav"
    if file.exists() and options.seed == 0:
        blocks = read_blocks(file, model.sample_rate, 1)
    else:
        blocks = (clip.samples for clip in decode_in_blocks(model, codes, 1.0, "play"))
    prints = fingerprints(blocks, model.sample_rate)
    planted, size = prints.copy(), round(PLANTED * model.sample_rate / FINGERPRINT_STEP)
    planted[-2 * size : -size] = planted[size : 2 * size]
    rate = model.frame_rate
    return {
        "codes": longest_equal(frame_numbers(codes)) / rate,
        "grains": longest_equal(grains_of(model, codes)) / rate,
        "alike": longest_alike(prints, model.sample_rate),
        "control": longest_alike(planted, model.sample_rate),
        "composed": composed,
    }


def repeats(options: argparse.Namespace) -> str:
    rows: list[list[object]] = []
    for name in options.textures:
        for minutes in options.minutes:
            case = f"repeats {name} {minutes:g} {options.seed}"
            one = kept(options.folder, case, lambda name=name, minutes=minutes: repeated(options, name, minutes))
            rows.append([name, f"{minutes:g}", *(f"{one[key]:.2f}" for key in MEASURED)])
    text = REPEATS.format(alike=ALIKE, missed=MISSED, planted=PLANTED)
    header = ["texture", "minutes", "same codes, s", "same grains, s", "alike, s", "control, s", "composed, CPU-s"]
    return f"{text}\n\n{table(header, rows)}"


SECTIONS = {
    "files": ("long-files", "Sounds of hours: files", files),
    "new": ("long-new", "Sounds of hours: new textures", new),
    "repeats": ("long-repeats", "Sounds of hours: what they repeat", repeats),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=list(SECTIONS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, nargs="+", default=[10.0, 60.0])
    parser.add_argument("--acts", nargs="+", help="of `files`; none: all")
    parser.add_argument("--textures", nargs="+", choices=list(TEXTURES), default=list(TEXTURES))
    parser.add_argument("--seed", type=int, default=0, help="of `repeats`")
    parser.add_argument("--known", action="store_true", help="of `files`: measure nothing, show what was measured")
    parser.add_argument("--label", default="", help="put before the names of figures, e.g. of another version")
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args(arguments)
    options.folder = options.folder.absolute()
    name, title, section = SECTIONS[options.command]
    text = section(options)
    print(text)
    if options.write:
        write_section(name, title, text)


if __name__ == "__main__":
    main()
