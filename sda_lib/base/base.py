"""Bases: codecs of procedural sounds that SDA ships, for corpora of few files and for the time before the first file.

A base is a whole codec (PCA, codebooks, ridge regression and networks) fitted to the sounds of `synthesis/` by
scripts/make_base.py. It has met no recording. There is one for each grid of codes (`config`: hop 2048, and 1024 for
short sounds), mono and mid/side. CARD says what they are made of. Files are read when a base is first needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from safetensors.torch import load, save
from torch import Tensor

from sda_lib import safe_json
from sda_lib.base.packing import packed, unpacked
from sda_lib.codec.codec import HALF_PRECISION, Codec, to_half_precision
from sda_lib.config import SHORT_SOUNDS, AudioConfig, CodecConfig, Recipe
from sda_lib.errors import SdaError

FOLDER = Path(__file__).parent
CARD = "card.json"
# Shape of all bases: dimensions of a latent, levels and codes per level.
DIMENSIONS, LEVELS, CODES = 64, 12, 256
# The matrix that the ridge of a corpus takes from a base; it is no part of the codec, and kept in 32 bits.
GRAM = "gram"
CODEBOOKS = "bottleneck.codebooks"
# What stays in 32 bits: the matrix, and a few numbers that the codec stores so.
EXACT = (GRAM, "loudest")


def _shape(grid: CodecConfig) -> CodecConfig:
    return replace(grid, latent_dim=DIMENSIONS, levels=LEVELS, codebook_size=CODES, own_levels=0)


# What each base codes, by its name.
BASES: dict[str, tuple[AudioConfig, CodecConfig]] = {
    f"{name}-{layout}": (AudioConfig(channels=channels), _shape(grid))
    for name, grid in (("long", CodecConfig()), ("short", SHORT_SOUNDS))
    for channels, layout in ((1, "mono"), (2, "stereo"))
}


@dataclass(frozen=True)
class Base:
    """A base: its name, the SHA-256 of its file, its codec's tensors, and the Gram matrix of its linear decoder.

    `gram` [input, input] is the mean outer product of the inputs of the codec's ridge regression, float32.
    """

    name: str
    digest: str
    tensors: Mapping[str, Tensor]
    gram: Tensor

    @property
    def codec_config(self) -> CodecConfig:
        """What a codec needs to be filled by this base."""
        return BASES[self.name][1]

    def fill(self, codec: Codec) -> None:
        """Give a codec of the base's configuration, or with fewer levels, the base's weights."""
        device, levels = codec.mean.device, codec.config.levels
        weights = {name: one.to(device) for name, one in self.tensors.items()}
        codec.load_state_dict({**weights, CODEBOOKS: weights[CODEBOOKS][:levels]})

    @property
    def facts(self) -> dict[str, str]:
        """What the header of a model says about the base that it started from."""
        return {"name": self.name, "sha256": self.digest}


def base_name(audio: AudioConfig, codec: CodecConfig) -> str | None:
    """Return the name of the base for a grid of codes, None if there is none.

    A base suits a recipe that differs in latent_dim and codebook_size alone, or in numbers that no weight depends on.
    """
    for name, (own_audio, own) in BASES.items():
        free = replace(codec, latent_dim=own.latent_dim, codebook_size=own.codebook_size, own_levels=own.own_levels)
        free = replace(free, beam=own.beam, noise=own.noise, smoothing=own.smoothing)
        if free == own and (audio.sample_rate, audio.channels) == (own_audio.sample_rate, own_audio.channels):
            return name
    return None


def base_for(recipe: Recipe) -> Base | None:
    """Return the base for a recipe's grid of codes, None if there is none. Raises SdaError for a damaged file."""
    name = base_name(recipe.audio, recipe.codec)
    return None if name is None or not (FOLDER / file_name(name)).is_file() else load_base(name)


def base_of(header: Mapping[str, Any]) -> Base | None:
    """Return the base that a model started from by its header, None without one or where SDA ships another by now.

    Raises SdaError for a damaged file.
    """
    choice = header.get("choice")
    facts = choice.get("base") if isinstance(choice, dict) else None
    name = facts.get("name") if isinstance(facts, dict) else None
    if not isinstance(name, str) or name not in BASES or not (FOLDER / file_name(name)).is_file():
        return None
    base = load_base(name)
    return base if base.facts == facts else None


@cache
def load_base(name: str, folder: Path = FOLDER) -> Base:
    """Read a base. Raises SdaError when its file is missing or not the one that the card describes."""
    path = folder / file_name(name)
    try:
        data = path.read_bytes()
        wanted = read_card(folder)["bases"][name]["sha256"]
    except (OSError, KeyError, *safe_json.MALFORMED) as error:
        raise SdaError(f"{path.name} or {CARD} beside it is missing or unreadable; install SDA again.") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != wanted:
        raise SdaError(f"{path.name} is not the file that {CARD} describes; install SDA again.")
    tensors = _rounded(unpacked(load(data)))
    return Base(name, digest, {key: one for key, one in tensors.items() if key != GRAM}, tensors[GRAM])


def _rounded(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Round what an `.sda` file holds in 16 bits, so that a model is the same before and after it is saved."""
    return {name: to_half_precision(one) if name in HALF_PRECISION else one for name, one in tensors.items()}


def base_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    """Return the file of a base from its codec's tensors and its Gram matrix."""
    return save(packed(tensors, EXACT))


def read_card(folder: Path = FOLDER) -> dict[str, Any]:
    """Read what the bases are made of: their files' hashes by name, settings and figures."""
    card = safe_json.read(folder / CARD)
    if not isinstance(card, dict):
        raise ValueError(CARD)
    return card


def file_name(name: str) -> str:
    """Return the file name of a base."""
    return f"{name}.safetensors"
