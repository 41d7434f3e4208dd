"""Provenance tags: how a sound was made, stored in the file's tags, so that it can be made again.

WAV, FLAC and MP3 are reproduced bit for bit, OGG and Opus except for the random serial number of the stream. The sound
is stored as its codes (a few bytes per frame) or, for a continuous model, as its latents, which give the same sound
whatever wrote, edited or moved them; the options that were requested are stored as well.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sda_lib import safe_json
from sda_lib.audio.clip import AudioClip
from sda_lib.audio.tags import LARGEST, PROVENANCE_TAG, Tags, read_tags
from sda_lib.codec.codes import Codes, codes_from_dict, codes_to_dict
from sda_lib.errors import SdaError
from sda_lib.export import finishing
from sda_lib.export.finishing import Finish
from sda_lib.export.write import Stream
from sda_lib.model import library
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.writers.generate import decode_in_blocks
from sda_lib.writers.options import GenerateOptions, Sound

FORMAT = 1
# The name of the tag.
TAG = PROVENANCE_TAG
# Sounds up to this length are held in memory while they are written.
HELD_SECONDS = 60.0
# Maximum number of codes or latent values in a file; nothing larger is unpacked.
MOST_NUMBERS = 1 << 24
FOREIGN = (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError, zlib.error)


@dataclass(frozen=True, eq=False)
class Provenance:
    """A sound and how it is played and finished. `model` holds the name and the fingerprints of its model's parts,
    `request` the options that it was written by, as plain data."""

    sound: Sound
    source_amount: float = 1.0
    quality: str = "export"
    fades: bool = False
    finish: Finish = field(default_factory=Finish)
    request: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A key that is equal for files made by the same request to the same model."""
        return json.dumps([self.model, self.request, self.finish.to_plain()], sort_keys=True)


def request_facts(options: GenerateOptions, given: Sound | None = None, other: Sound | None = None) -> dict[str, Any]:
    """Return a request as plain data: options that differ from the defaults, and hashes of the sounds it was given."""
    default, facts = GenerateOptions(), {}
    for one in dataclasses.fields(options):
        value = getattr(options, one.name)
        if value != getattr(default, one.name) or one.name in ("seconds", "seed"):
            facts[one.name] = dict(value) if isinstance(value, Mapping) else value
    sounds = {name: _hash(sound) for name, sound in (("given", given), ("other", other)) if sound is not None}
    return json.loads(json.dumps({**facts, **sounds}))  # as it will be read back: lists, no tuples


def model_identity(model: SdaModel) -> dict[str, str]:
    """Return the name and fingerprints that identify a model."""
    return {"name": model.name, **model.fingerprints}


def write(model: SdaModel, provenance: Provenance, path: str | Path, tags: Tags | None = None) -> Path:
    """Write the origin's sound as a finished file with its provenance in the tags. Raises SdaError for sounds of
    another model and for write errors."""
    sound = provenance.sound
    _check(model, sound)
    once = None
    if sound.samples <= HELD_SECONDS * model.sample_rate:
        once = tuple(decoded_blocks(model, provenance))  # a sound over the ceiling is written twice; keep it decoded
    stream = Stream(
        lambda: once or decoded_blocks(model, provenance), sound.samples, model.sample_rate, model.recipe.audio.channels
    )
    told = provenance_text(dataclasses.replace(provenance, model=model_identity(model)))
    facts = {"title": Path(path).stem, "model": model.name, "recipe": model.recipe.fingerprint, **(tags or {})}
    return finishing.write_stream(
        stream, path, provenance.finish, {**facts, TAG: told} if len(told) < LARGEST else facts
    )


def _check(model: SdaModel, sound: Sound) -> None:
    """Raise SdaError for codes and latents of another model."""
    if isinstance(sound, Codes):
        return model.check(sound)
    kind = (*sound.values.shape[1:], sound.hop, sound.sample_rate)
    if kind != (model.recipe.codec.latent_dim, model.hop, model.sample_rate):
        raise SdaError(
            f"This sound comes from another model than {model.name or 'this one'}; find the one that made it."
        )


def decoded_blocks(model: SdaModel, provenance: Provenance) -> Iterator[AudioClip]:
    """Yield the origin's sound before finishing, block by block."""
    return decode_in_blocks(model, provenance.sound, provenance.source_amount, provenance.quality, provenance.fades)


def sound_mismatch(model: SdaModel, provenance: Provenance) -> str:
    """Return a sentence if the model would make another sound of the origin, an empty string otherwise."""
    needed = ["codec", "memory"] if provenance.source_amount > 0 else ["codec"]
    found = model.fingerprints
    if all(found.get(part) == provenance.model.get(part) for part in needed):
        return ""
    name = provenance.model.get("name") or "another one"
    return f"This sound was made by {name} as it was then, not by {model.name or 'this model'} as it is now; find that."


def model_of(provenance: Provenance, folders: Sequence[Path]) -> tuple[SdaModel, Path] | None:
    """Return the model in the folders that made a sound, and its path, or None."""
    return library.find_model(
        str(provenance.model.get("name")), lambda model: not sound_mismatch(model, provenance), folders
    )


# --- as text ---------------------------------------------------------------------------------------------------------


def provenance_text(provenance: Provenance) -> str:
    """Return the origin as ASCII JSON."""
    kind = "codes" if isinstance(provenance.sound, Codes) else "latents"
    sound = _codes_out(provenance.sound) if isinstance(provenance.sound, Codes) else _latents_out(provenance.sound)
    plain = {
        "format": FORMAT,
        "model": dict(provenance.model),
        "asked": provenance.request,
        "finish": provenance.finish.to_plain(),
        "source_amount": provenance.source_amount,
        "quality": provenance.quality,
        "fades": provenance.fades,
        kind: sound,
    }
    return json.dumps(plain, separators=(",", ":"))


def read_provenance(path: str | Path) -> Provenance:
    """Read the origin of a sound file. Raises SdaError for files without one or with a damaged one."""
    text = read_tags(path).get(TAG)
    if not text:
        raise SdaError(
            f"{Path(path).name} does not say how it was made; choose a file that `sda` made with a model (and that no "
            "other program has stripped of its tags)."
        )
    try:
        return _read(text)
    except FOREIGN as error:
        raise SdaError(f"What {Path(path).name} says of its making is damaged; choose another copy of it.") from error


def provenance_key(path: Path) -> str | None:
    """Return the key of a file's origin; None for a file without one or one that can't be read."""
    try:
        return read_provenance(path).key
    except SdaError:
        return None


def _read(text: str) -> Provenance:
    plain = safe_json.parse(text)
    if plain["format"] > FORMAT:
        raise SdaError("This sound was made by a newer SDA; update SDA to make it again.")
    amount = float(plain["source_amount"])
    if not 0 <= amount <= 1:
        raise ValueError(amount)
    if plain["quality"] not in ("play", "export"):
        raise ValueError(plain["quality"])
    return Provenance(
        sound=_codes_in(plain["codes"]) if "codes" in plain else _latents_in(plain["latents"]),
        source_amount=amount,
        quality=str(plain["quality"]),
        fades=bool(plain["fades"]),
        finish=Finish.from_plain(plain["finish"]),
        request=dict(plain["asked"]),
        model={str(name): str(value) for name, value in plain["model"].items()},
    )


def _codes_out(codes: Codes) -> dict[str, Any]:
    table = codes_to_dict(codes)
    return {**table, "shape": codes.indices.shape, "indices": _packed(codes.indices.astype("<u2"))}


def _codes_in(table: Mapping[str, Any]) -> Codes:
    indices = _unpacked(table["indices"], table["shape"], "<u2").astype(np.int64)
    return codes_from_dict({**table, "indices": indices})


def _latents_out(sound: Latents) -> dict[str, Any]:
    values = sound.values.numpy().astype("<f4")
    facts = {name: getattr(sound, name) for name in ("samples", "hop", "sample_rate")}
    return {**facts, "shape": values.shape, "values": _packed(values)}


def _latents_in(table: Mapping[str, Any]) -> Latents:
    import torch

    values = _unpacked(table["values"], table["shape"], "<f4")
    if not np.isfinite(values).all():
        raise ValueError("not finite")
    return Latents(torch.from_numpy(values.copy()), *(int(table[name]) for name in ("samples", "hop", "sample_rate")))


def _packed(values: np.ndarray) -> str:
    return base64.b85encode(zlib.compress(values.tobytes(), 9)).decode()


def _unpacked(text: str, shape: Sequence[int], kind: str) -> np.ndarray:
    size = math.prod(int(one) for one in shape)
    if not 0 < size <= MOST_NUMBERS:
        raise ValueError(size)
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(base64.b85decode(text), size * np.dtype(kind).itemsize)
    return np.frombuffer(data, kind).reshape(tuple(int(one) for one in shape))


def _hash(sound: Sound) -> str:
    values = sound.indices if isinstance(sound, Codes) else sound.values.numpy()
    return hashlib.blake2b(np.ascontiguousarray(values).tobytes(), digest_size=8).hexdigest()
