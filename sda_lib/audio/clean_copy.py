"""Clean copy: write the sounds of a folder again without silence at their ends, DC offset and duplicates.

The originals are only read. What is clipped stays clipped: the lost peaks can't be restored.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from sda_lib.audio.clip import mixed
from sda_lib.audio.disk_file import DiskFile
from sda_lib.audio.reader import open_sound
from sda_lib.audio.scan import LONG_EDGE, MUCH_OFFSET, FileScan, Scan
from sda_lib.errors import SdaError
from sda_lib.files import part_folder, place, remove_partial_files, unwritable, write_atomically

# Seconds of silence that remain before and behind a trimmed sound, so that neither attack nor decay is cut.
KEPT_BEFORE, KEPT_BEHIND = 0.02, 0.1


@dataclass(frozen=True)
class Cleaned:
    """One file of a clean copy: the scanned file, the `path` written (None: left out), and what was done, in words."""

    file: FileScan
    path: Path | None
    done: tuple[str, ...]


def clean_copy(found: Scan, folder: Path) -> Iterator[Cleaned]:
    """Write every scanned sound that is no duplicate into `folder`, below it as in the corpus, and yield what was done.

    The folder gets its name when all of its sounds are written, so that none of a copy that was killed is left.
    Sounds are written at their own rate: as FLAC of 24 bits, or as WAV in floating point if they pass full scale.
    Raises SdaError when the folder is the corpus' own or below it or holds anything, or a file can't be written.
    """
    source = found.corpus.folder.resolve()
    if folder.resolve() == source or source in folder.resolve().parents:
        raise SdaError(f"{folder} is in the folder of the originals; choose another folder for the clean copy.")
    remove_partial_files(folder.parent)  # of a process that was killed, also when this copy is refused
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise SdaError(f"{folder} is not empty; choose a new folder for the clean copy.")
    try:
        with part_folder(folder) as parts:
            new = parts / "copy"
            new.mkdir()
            for one in _cleaned_files(found, new):
                yield replace(one, path=one.path and folder / one.path.relative_to(new))
            with contextlib.suppress(OSError):
                folder.rmdir()  # an empty one
            place(new, folder)
    except OSError as error:
        raise unwritable(folder, error) from error


def _cleaned_files(found: Scan, folder: Path) -> Iterator[Cleaned]:
    twins = {other: one for one, other in found.duplicates}
    for file in found.files:
        if file.name in twins:
            yield Cleaned(file, None, (f"left out, same as {twins[file.name]}",))
        else:
            yield _cleaned(file, folder)


def is_worth_cleaning(found: Scan) -> bool:
    """Return whether a clean copy would differ from the scanned sounds in more than their format."""
    return bool(found.duplicates) or any(_range(one)[2] or one.offset >= MUCH_OFFSET for one in found.files)


def _cleaned(file: FileScan, folder: Path) -> Cleaned:
    """Write one file."""
    first, end, words = _range(file)
    samples = _samples(file, first, end)
    if file.offset >= MUCH_OFFSET:
        samples = samples - samples.mean(0)
        words = (*words, f"DC offset of {file.offset:.1%} removed")
    loud = float(np.abs(samples).max(initial=0.0)) >= 1
    path = folder / Path(file.name).with_suffix(".wav" if loud else ".flac")
    form, subtype = ("WAV", "FLOAT") if loud else ("FLAC", "PCM_24")

    def write(part: Path) -> None:
        with DiskFile(part, "w") as disk, disk.raising_write_errors():
            soundfile.write(disk, samples, file.sample_rate, subtype, format=form)

    path = write_atomically(path, write, "-")  # rain.wav and rain.flac are two sounds
    return Cleaned(file, path, words)


def _range(file: FileScan) -> tuple[int, int | None, tuple[str, ...]]:
    """Return the samples first..end to keep (None: to the end), and words for what is cut."""
    first, end, words = 0, None, []
    if file.leading >= LONG_EDGE:
        first = round((file.leading - KEPT_BEFORE) * file.sample_rate)
        words.append(f"{file.leading - KEPT_BEFORE:.2f} s of silence before it cut")
    if file.trailing >= LONG_EDGE:
        end = round((file.seconds - file.trailing + KEPT_BEHIND) * file.sample_rate)
        words.append(f"{file.trailing - KEPT_BEHIND:.2f} s of silence behind it cut")
    return first, end, tuple(words)


def _samples(file: FileScan, first: int, end: int | None) -> np.ndarray:
    """Return samples [time, 1 or 2] first..end of a file."""
    with open_sound(file.path) as reader:
        reader.skip(first)
        samples = reader.rest() if end is None else reader.read(end - first)
        return mixed(samples, reader.layout)
