"""Codes and latents as compact JSON data: the numbers are compressed, a few bytes per frame."""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sda_lib.codec.codes import Codes, codes_from_dict, codes_to_dict
from sda_lib.codec.frames import CodeStream
from sda_lib.codec.placement import placement_from_dict
from sda_lib.prior.gaussian import Latents
from sda_lib.writers.take import Sound

# Maximum number of codes or latent values; nothing larger is unpacked.
MOST_NUMBERS = 1 << 22
# Properties of latents besides their values, by their keys.
LATENT_FACTS = {"samples": "length", "hop": "hop", "sample_rate": "sample_rate"}


def is_too_large(sound: Sound | CodeStream) -> bool:
    """Return whether a sound has more numbers than are unpacked again. Those of a stream of codes are not packed."""
    return not isinstance(sound, CodeStream) and _numbers(sound) > MOST_NUMBERS


def _numbers(sound: Sound) -> int:
    return sound.indices.size if isinstance(sound, Codes) else sound.values.numel()


def sound_to_plain(sound: Sound) -> dict[str, Any]:
    """Return codes as `{"codes": …}`, latents as `{"latents": …}`; both are restored exactly."""
    if isinstance(sound, Codes):
        packed = _packed(sound.indices.astype("<u2"))
        return {"codes": {**codes_to_dict(sound), "shape": sound.indices.shape, "indices": packed}}
    values = sound.values.cpu().numpy().astype("<f4")
    facts = {key: getattr(sound, name) for key, name in LATENT_FACTS.items()}
    return {"latents": {**facts, **sound.placement, "shape": values.shape, "values": _packed(values)}}


def sound_from_plain(plain: Mapping[str, Any]) -> Sound:
    """Invert `sound_to_plain`; other keys are ignored.

    Raises one of `safe_json.MALFORMED` or zlib.error for other data, SdaError for numbers that are no valid codes.
    """
    if "codes" in plain:
        table = plain["codes"]
        indices = _unpacked(table["indices"], table["shape"], "<u2").astype(np.int64)
        return codes_from_dict({**table, "indices": indices})
    return _parsed_latents(plain["latents"])


def _parsed_latents(table: Mapping[str, Any]) -> Latents:
    import torch

    values = _unpacked(table["values"], table["shape"], "<f4")
    if not np.isfinite(values).all():
        raise ValueError("not finite")
    return Latents(
        torch.from_numpy(values.copy()), *(int(table[key]) for key in LATENT_FACTS), **placement_from_dict(table)
    )


def _packed(values: np.ndarray) -> str:
    return base64.b85encode(zlib.compress(values.tobytes(), 9)).decode()


def _unpacked(text: str, shape: Sequence[int], kind: str) -> np.ndarray:
    """Return packed numbers as an array, without allocating memory for more than MOST_NUMBERS."""
    shape = tuple(int(one) for one in shape)
    size = math.prod(shape)
    if not 0 < size <= MOST_NUMBERS:
        raise ValueError(size)
    data = zlib.decompressobj().decompress(base64.b85decode(text), size * np.dtype(kind).itemsize)
    return np.frombuffer(data, kind).reshape(shape)
