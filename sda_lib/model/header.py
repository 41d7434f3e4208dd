"""The header of an `.sda` file: facts about a model without loading it, and without torch.

An `.sda` is a safetensors file: eight bytes of header length, a JSON header that lists every tensor's type, shape and
offsets, then the tensors. SDA's own header is JSON text inside that header. Nothing in it is ever executed.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

from sda_lib import faults, safe_json
from sda_lib.decoder_version import decoder_of
from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.files import write_atomically

FORMAT = 4
HEADER_KEY = "sda"
MAX_HEADER_BYTES = safe_json.LARGEST
# Bytes of which the header's length is a multiple.
ALIGNED = 8
BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
# Header key of the names that a model had before it was renamed.
EARLIER_NAMES = "earlier_names"
# Header key of a small spectrogram of the recordings.
THUMBNAIL = "thumbnail"
# Header keys that name files or folders, show recordings, or tell what the user called the model.
PRIVATE, PRIVATE_IN_CORPUS = (
    ("memory", "held_out", EARLIER_NAMES, THUMBNAIL),
    ("folder", "skipped", "categories", "tags"),
)
# Section of the recipe that names folders.
PRIVATE_IN_RECIPE = "files"

# SDA's own header, and the entries {"dtype", "shape", "data_offsets"} of the tensors by name.
Change = Callable[[dict[str, Any]], dict[str, Any]]
Contents = tuple[dict[str, Any], dict[str, dict[str, Any]]]


def peek(path: str | Path) -> dict[str, Any]:
    """Return the header of a model file without loading it: name, created, format, recipe, corpus, metrics, libraries.

    Args:
        path: the model file.

    Raises SdaError for a file that is missing, foreign, cut off, older (pickle) or newer.

    Example:
        >>> sda_lib.peek(model.path)["name"]
        'five'
    """
    return read_header(path)[0]


def read_header(path: str | Path) -> Contents:
    """Return SDA's own header and the entries of the tensors, checked against the file's length.

    Raises SdaError as `peek` does.
    """
    path = Path(path)
    if not path.is_file():
        raise SdaError(f"There is no model {printable(path)}; check the path, or train one (`sda train FOLDER`).")
    try:
        with path.open("rb") as file:
            head, size = file.read(8), os.fstat(file.fileno()).st_size
            length = struct.unpack("<Q", head)[0] if len(head) == 8 else MAX_HEADER_BYTES + 1
            if length > MAX_HEADER_BYTES:
                raise _foreign(path, head)
            if length + 8 > size:
                raise _cut_off(path)
            text = file.read(length)
    except OSError as error:
        faults.pass_on(error)
        raise SdaError(f"{printable(path)} can't be read ({error.strerror}); check its permissions.") from error
    header, entries = _parse(path, head, text)
    _check_tensors(path, entries, size - 8 - length)
    return header, entries


def shareable(header: dict[str, Any]) -> dict[str, Any]:
    """Return the header without names of files and folders; counts, lengths and metrics are kept."""
    kept = {key: value for key, value in header.items() if key not in PRIVATE}
    corpus, recipe = header.get("corpus", {}).items(), header.get("recipe", {}).items()
    parts = {"corpus": {key: value for key, value in corpus if key not in PRIVATE_IN_CORPUS}}
    if recipe:
        parts["recipe"] = {key: value for key, value in recipe if key != PRIVATE_IN_RECIPE}
    return {**kept, **parts}


def copy_with_header(path: Path, out: Path, change: Change, number: str = "") -> Path:
    """Copy a model file with a changed header and the same tensors, atomically; return the path of the copy.

    Args:
        path: the model file.
        out: the copy; may be `path` itself.
        change: returns the new header of a header.
        number: as for `write_atomically`.

    Raises SdaError as `peek` does, and when the copy can't be written.
    """
    read_header(path)

    def write(part: Path) -> None:
        with path.open("rb") as file, part.open("wb") as copy:
            (length,) = struct.unpack("<Q", file.read(8))
            entries = safe_json.parse(file.read(length), MAX_HEADER_BYTES)
            metadata = entries["__metadata__"]
            metadata[HEADER_KEY] = json.dumps(change(safe_json.parse(metadata[HEADER_KEY], MAX_HEADER_BYTES)))
            text = json.dumps(entries, separators=(",", ":")).encode()
            text += b" " * (-len(text) % ALIGNED)
            copy.write(struct.pack("<Q", len(text)) + text)
            shutil.copyfileobj(file, copy, 1 << 20)

    return write_atomically(out, write, number)


def _parse(path: Path, head: bytes, text: bytes) -> Contents:
    """Return SDA's own header and the entries of the tensors. Raises SdaError for another file or format."""
    try:
        entries = safe_json.parse(text, MAX_HEADER_BYTES)
        head = b""  # JSON, so no pickle
        header = safe_json.parse(entries.pop("__metadata__")[HEADER_KEY], MAX_HEADER_BYTES)
        version = header["format"]
        decoder_of(header)
        if not all(isinstance(header.get(part, {}), dict) for part in ("corpus", "metrics", "recipe")):
            raise TypeError("parts of another kind")
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise _foreign(path, head) from error
    if not isinstance(version, int) or version > FORMAT:
        raise SdaError(f"{printable(path.name)} was made by a newer SDA (format {version}); update SDA to open it.")
    if version < FORMAT:
        cause = f"has the old format {version}, from before SDA 0.1, which this version can't open"
        raise SdaError(f"{printable(path.name)} {cause}; train a model of its recordings.")
    return header, entries


def _check_tensors(path: Path, entries: dict[str, Any], available: int) -> None:
    """Check that every tensor has the bytes that its type and shape need, inside the file. Raises SdaError."""
    try:
        for entry in entries.values():
            if not all(isinstance(extent, int) and extent >= 0 for extent in entry["shape"]):
                raise ValueError(entry)
            begin, end = entry["data_offsets"]
            if begin < 0 or end - begin != BYTES[entry["dtype"]] * prod(entry["shape"]):
                raise ValueError(entry)
            if end > available:
                raise _cut_off(path)
    except (KeyError, TypeError, ValueError) as error:
        cause = "a tensor doesn't match its description"
        raise SdaError(f"{printable(path.name)} is damaged ({cause}); copy it again.") from error


def _foreign(path: Path, head: bytes) -> SdaError:
    name = printable(path.name)
    if head[:2] == b"PK" or head[:1] == b"\x80":
        return SdaError(f"{name} is a pickle of an earlier SDA, which could run code; train the model again.")
    return SdaError(f"{name} is not an .sda model; choose a file that `sda train` wrote.")


def _cut_off(path: Path) -> SdaError:
    return SdaError(f"{printable(path.name)} is cut off (the file is shorter than its header says); copy it again.")
