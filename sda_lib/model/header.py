"""The header of an `.sda` file: facts about a model without loading it, and without torch.

An `.sda` is a safetensors file: eight bytes of header length, a JSON header that lists every tensor's type, shape and
offsets, then the tensors. The manifest is JSON text inside that header. Nothing in it is ever executed.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from sda_lib import faults, safe_json
from sda_lib.errors import SdaError
from sda_lib.files import printable

FORMAT = 4
HEADER_KEY = "sda"
MAX_HEADER_BYTES = 64 * 2**20
BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}

Contents = tuple[dict[str, Any], dict[str, dict[str, Any]]]


def peek(path: str | Path) -> dict[str, Any]:
    """Return the manifest of a model: name, created, format, recipe, corpus, metrics, libraries.

    Raises SdaError for a file that is missing, foreign, cut off, older (pickle) or newer.
    """
    return read_header(path)[0]


def read_header(path: str | Path) -> Contents:
    """Return (manifest, {tensor name: {"dtype", "shape", "data_offsets"}}), checked against the file's length. Raises
    SdaError as `peek` does."""
    path = Path(path)
    if not path.is_file():
        raise SdaError(f"There is no model {printable(path)}; train one with `sda train FOLDER`, or check the path.")
    try:
        with path.open("rb") as file:
            head = file.read(8)
            size = path.stat().st_size
            entries = _parse(path, head, file.read(_header_length(path, head, size)))
    except OSError as error:
        faults.pass_on(error)
        raise SdaError(f"{printable(path)} can't be read ({error.strerror}); check its permissions.") from error
    header = _manifest(path, entries.pop("__metadata__", None))
    _check_tensors(path, entries, size - 8 - struct.unpack("<Q", head)[0])
    return header, entries


# Manifest keys that name files or folders.
PRIVATE, PRIVATE_IN_CORPUS = ("memory", "held_out"), ("folder", "skipped")


def shareable(header: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest without names of files and folders; counts, lengths and metrics are kept."""
    kept = {key: value for key, value in header.items() if key not in PRIVATE}
    corpus = header.get("corpus")
    facts = corpus.items() if isinstance(corpus, dict) else ()
    return {**kept, "corpus": {key: value for key, value in facts if key not in PRIVATE_IN_CORPUS}}


def _header_length(path: Path, head: bytes, size: int) -> int:
    length = struct.unpack("<Q", head)[0] if len(head) == 8 else MAX_HEADER_BYTES + 1
    if length > MAX_HEADER_BYTES:
        raise _foreign(path, head)
    if length + 8 > size:
        raise _cut_off(path)
    return length


def _parse(path: Path, head: bytes, text: bytes) -> dict[str, Any]:
    try:
        entries = safe_json.parse(text, MAX_HEADER_BYTES)
    except ValueError as error:
        raise _foreign(path, head) from error
    if not isinstance(entries, dict):
        raise _foreign(path, head)
    return entries


def _manifest(path: Path, metadata: Any) -> dict[str, Any]:
    try:
        header = safe_json.parse(metadata[HEADER_KEY], MAX_HEADER_BYTES)
        version = header["format"]
        if not all(isinstance(header.get(part, {}), dict) for part in ("corpus", "metrics", "recipe")):
            raise TypeError("parts of another kind")
    except (TypeError, KeyError, ValueError) as error:
        raise _foreign(path) from error
    if not isinstance(version, int) or version > FORMAT:
        raise SdaError(f"{printable(path.name)} was made by a newer SDA (format {version}); update SDA to open it.")
    if version < FORMAT:
        raise SdaError(f"{printable(path.name)} has the old format {version}; train the model again.")
    return header


def _check_tensors(path: Path, entries: dict[str, Any], room: int) -> None:
    """Check that every tensor has the bytes that its type and shape need, inside the file. Raises SdaError
    otherwise."""
    try:
        for entry in entries.values():
            count = BYTES[entry["dtype"]]
            for extent in entry["shape"]:
                if not isinstance(extent, int) or extent < 0:
                    raise ValueError(extent)
                count *= extent
            begin, end = entry["data_offsets"]
            if begin < 0 or end - begin != count:
                raise ValueError(entry)
            if end > room:
                raise _cut_off(path)
    except (KeyError, TypeError, ValueError) as error:
        raise SdaError(
            f"{printable(path.name)} is damaged (a tensor doesn't match its description); copy it again."
        ) from error


def _foreign(path: Path, head: bytes = b"") -> SdaError:
    if head[:2] == b"PK" or head[:1] == b"\x80":
        return SdaError(
            f"{printable(path.name)} is a pickle of an earlier SDA, which could run code; train the model again."
        )
    return SdaError(f"{printable(path.name)} is not an .sda model; choose a file that `sda train` wrote.")


def _cut_off(path: Path) -> SdaError:
    return SdaError(f"{printable(path.name)} is cut off (the file is shorter than its header says); copy it again.")
