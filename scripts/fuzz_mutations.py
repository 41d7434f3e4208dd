"""Mutations of small valid files: bytes, JSON, JSON lines, models and npz archives."""

from __future__ import annotations

import copy
import io
import json
import random
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

# Values that break careless readers.
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**31, 2**63, 2**200, 1e400, -1e400, float("nan"), 1e-320, "", "\0", "../../x", "é" * 300,
    [], {}, [[]], [0] * 1000, "9" * 5000,
)  # fmt: skip


def mutate_bytes(data: bytes, chance: random.Random, first: int = 0) -> bytes:
    """Change, cut, repeat or insert bytes from `first` on; headers are left alone more often than not."""
    whole = bytearray(data)
    first = 0 if chance.random() < 0.25 else min(first, len(whole) - 1)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = chance.randrange(first, max(first + 1, len(whole)))
        kind = chance.randrange(6)
        if kind == 0 and whole:
            whole[min(place, len(whole) - 1)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            whole[place : place + 4] = struct.pack(chance.choice("<>") + "I", chance.choice(EXTREMES))
        elif kind == 2:
            del whole[place : place + chance.randrange(1, 64)]
        elif kind == 3:
            whole[place:place] = whole[place : place + chance.randrange(1, 256)]
        elif kind == 4:
            whole[place : place + 16] = chance.randbytes(16)
        elif chance.random() < 0.3:
            del whole[place:]
    return bytes(whole)


def mutate_body(data: bytes, chance: random.Random) -> bytes:
    """Mutate the bytes behind the first 100, mostly."""
    return mutate_bytes(data, chance, 100)


def mutate_tail(data: bytes, chance: random.Random) -> bytes:
    """Mutate the last 2000 bytes, where the tags of a WAV file are, mostly."""
    return mutate_bytes(data, chance, len(data) - 2000)


def mutate_json(data: bytes, chance: random.Random) -> bytes:
    """Replace, remove or repeat values at random places of a JSON text, or now and then its bytes."""
    if chance.random() < 0.2:
        return mutate_bytes(data, chance)
    root = [json.loads(data)]
    for _ in range(chance.choice((1, 1, 2, 3))):
        holder, key = chance.choice(list(_places(root)))
        kind = chance.randrange(4)
        if kind == 0 and holder is not root:
            del holder[key]
        elif kind == 1 and isinstance(holder[key], list):
            holder[key] = holder[key] * chance.choice((2, 100))
        elif kind == 2 and isinstance(holder[key], int | float):
            holder[key] = holder[key] * chance.choice((-1, 0.5, 1e9)) + chance.choice((0, 1))
        else:
            holder[key] = copy.deepcopy(chance.choice(STRANGE))
        if not root:
            break
    return json.dumps(root[0] if root else None).encode()


def _places(value: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    """Yield every (container, key) in plain data, not more than 20 levels deep."""
    if depth < 20 and isinstance(value, list | dict):
        for key in range(len(value)) if isinstance(value, list) else list(value):
            yield value, key
            yield from _places(value[key], depth + 1)


def mutate_text(data: bytes, chance: random.Random) -> bytes:
    """Replace a value of a TOML text of lines, or now and then its bytes."""
    if chance.random() < 0.3:
        return mutate_bytes(data, chance)
    lines = data.splitlines()
    number = chance.randrange(len(lines))
    value = chance.choice(
        (*STRANGE[-7:], "a\nb", "\x1b[31m", 1, 1.5, True, ["x"], {"a": 1}, "/etc", "../x", "wav", "\u202e")
    )
    name = chance.choice((lines[number].partition(b" = ")[0].decode(), "other", '"a b"'))
    lines[number] = f"{name} = {json.dumps(value)}".encode()
    return b"\n".join(lines)


def mutate_lines(data: bytes, chance: random.Random) -> bytes:
    """Mutate one line of a file of JSON lines."""
    lines = data.splitlines() or [b"{}"]
    number = chance.randrange(len(lines))
    lines[number] = mutate_json(lines[number], chance)
    return b"\n".join(lines) + b"\n"


def mutate_model(data: bytes, chance: random.Random) -> bytes:
    """Mutate the JSON header of a safetensors file, with its length kept true, or its tensors' bytes."""
    size = struct.unpack("<Q", data[:8])[0]
    kind = chance.randrange(6)
    if kind < 2:
        return mutate_floats(data, chance, 8 + size) if kind else mutate_bytes(data, chance, 8 + size)
    header = json.loads(data[8 : 8 + size])
    if kind < 5:
        facts = header["__metadata__"]
        name = next(iter(facts))
        text = mutate_json(facts[name].encode(), chance)
        facts[name] = text.decode(errors="replace")
        body = json.dumps(header).encode()
    else:
        body = mutate_json(data[8 : 8 + size], chance)
    return struct.pack("<Q", len(body)) + body + data[8 + size :]


def mutate_floats(data: bytes, chance: random.Random, first: int) -> bytes:
    """Replace numbers behind `first` by odd ones, and change nothing else."""
    whole = bytearray(data)
    for _ in range(chance.choice((1, 4, 64))):
        place = first + 4 * chance.randrange((len(whole) - first) // 4)
        kind = chance.choice(("<f", "<e", "<i"))
        value = (
            chance.choice((0, -1, 1, 300))
            if kind == "<i"
            else chance.choice((float("nan"), float("inf"), 6e4, -1e-7, 0))
        )
        whole[place : place + struct.calcsize(kind)] = struct.pack(kind, value)
    return bytes(whole)


def mutate_npz(data: bytes, chance: random.Random) -> bytes:
    """Mutate one array of an npz, its values, shape or kind; or the archive's bytes."""
    if chance.random() < 0.3:
        return mutate_bytes(data, chance, 64)
    arrays = dict(np.load(io.BytesIO(data)))
    name = chance.choice(list(arrays))
    value = arrays[name]
    kind = chance.randrange(6)
    if kind == 0:
        del arrays[name]
    elif kind == 1:
        arrays[name] = np.asarray(chance.choice((0, -1, 2**40, 1.5, float("nan"))))
    elif kind == 2:
        arrays[name] = np.resize(value, [chance.choice((0, 1, 7, 300)) for _ in range(chance.randrange(4))])
    elif kind == 3:
        arrays[name] = np.full(value.shape, chance.choice((-1, 2**31, 255))).astype(chance.choice(("i8", "f8", "u1")))
    elif kind == 4:
        arrays[name] = np.asarray(chance.choice(("", "text", b"\0")))
    else:
        arrays[chance.choice(("x", "gain", "lead", "rate"))] = np.zeros(chance.choice((1, 100)))
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()
