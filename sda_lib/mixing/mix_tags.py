"""Tags of a mix: its layers and how each of these was made, so that the mix can be made again."""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sda_lib import safe_json
from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.audio.tags import LARGEST, LAYERS_TAG, Tags, read_tags
from sda_lib.errors import SdaError, explained_as
from sda_lib.export.finish import Finish
from sda_lib.export.finishing import write_finished
from sda_lib.fields import options_of
from sda_lib.file_names import printable
from sda_lib.files import part_folder
from sda_lib.mixing.layers import MOST_LAYERS, Layer, mixed_layers
from sda_lib.model.model import SdaModel
from sda_lib.sessions.provenance_tags import (
    Provenance,
    parse_provenance,
    provenance_text,
    read_provenance,
    write_with_provenance,
)
from sda_lib.typed_fields import Fields

FORMAT = 1
LONGEST_NAME = 255
PLACED = ("at", "gain", "pan")
# Sound of a muted layer, which is not made again.
NOTHING = AudioClip(np.zeros((1, 1)), 48000)


@dataclass(frozen=True)
class LayerFacts:
    """A layer as the tags of a mix hold it: the `name` of its file, its place, and how it was made, if with a model."""

    name: str
    at: float = 0.0
    gain: float = 0.0
    pan: float = 0.0
    mute: bool = False
    made: Provenance | None = None


@dataclass(frozen=True)
class MixFacts:
    """The tags of a mix: its layers, and how it was delivered."""

    layers: tuple[LayerFacts, ...]
    finish: Finish


def read_layer(path: Path, at: float = 0.0, gain: float = 0.0, pan: float = 0.0, mute: bool = False) -> Layer:
    """Read a sound file as a layer, with how it was made where its tags say so. Raises SdaError."""
    clip = read_clip(path)
    try:
        made = read_provenance(path)
    except SdaError:  # a recording
        made = None
    return Layer(clip, at, gain, pan, mute, made)


def write_mix(
    layers: Sequence[Layer],
    names: Sequence[str],
    path: Path,
    finish: Finish | None = None,
    tags: Tags | None = None,
    number: str = "",
) -> Path:
    """Mix layers and write the sound atomically, with the layers in its tags; `names` are those of their files.

    How the layers were made is left out where it is too long for a tag. Raises SdaError as `mixed_layers` and
    `write_finished` do.
    """
    finish = finish or Finish()
    text = layers_text(layers, names, finish)
    if len(text) >= LARGEST:
        text = layers_text([_unmade(one) for one in layers], names, finish)
    return write_finished(mixed_layers(layers, path.stem), path, finish, {**(tags or {}), LAYERS_TAG: text}, number)


def _unmade(layer: Layer) -> Layer:
    return Layer(layer.clip, layer.at, layer.gain, layer.pan, layer.mute)


def layers_text(layers: Sequence[Layer], names: Sequence[str], finish: Finish) -> str:
    """Return layers and their delivery as ASCII JSON."""
    rows = [_plain(layer, name) for layer, name in zip(layers, names, strict=True)]
    plain = {"format": FORMAT, "finish": finish.to_plain(), "layers": rows}
    return json.dumps(plain, separators=(",", ":"))


def _plain(layer: Layer, name: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": name, **{one: getattr(layer, one) for one in (*PLACED, "mute")}}
    return facts if layer.made is None else {**facts, "made": safe_json.parse(provenance_text(layer.made))}


def has_layers(path: Path) -> bool:
    """Return whether a sound file's tags hold the layers of a mix. Raises SdaError for tags that can't be read."""
    return bool(read_tags(path).get(LAYERS_TAG))


def read_mix(path: Path) -> MixFacts:
    """Return the layers of a mix and its delivery from its tags.

    Raises SdaError for a file that is no mix, and for damaged tags.
    """
    text, name = read_tags(path).get(LAYERS_TAG), printable(path.name)
    if not text:
        raise SdaError(f"{name} is not a mix of layers; choose a file that `sda mix` wrote.")
    damaged = f"The layers in the tags of {name} are damaged; choose another copy of the file."
    with explained_as(damaged, (*safe_json.MALFORMED, zlib.error)):
        return _parsed(safe_json.parse(text, LARGEST))


def _parsed(plain: Any) -> MixFacts:
    facts = Fields(plain)
    if facts.whole("format") > FORMAT:
        raise SdaError("This mix was made by a newer SDA; update SDA to read its layers.")
    layers = tuple(map(_layer, facts.each("layers", most=MOST_LAYERS)))
    return MixFacts(layers, Finish.from_plain(facts.inner("finish").plain))


def _layer(facts: Fields) -> LayerFacts:
    """Return a layer from JSON. Raises one of `safe_json.MALFORMED`."""
    limits = {name: options_of(Layer)[name] for name in PLACED}
    at, gain, pan = (facts.number(name, float(one.low or 0), float(one.high or 0)) for name, one in limits.items())
    made = parse_provenance(json.dumps(facts.plain["made"])) if "made" in facts.plain else None
    return LayerFacts(facts.text("name", longest=LONGEST_NAME), at, gain, pan, facts.switch("mute"), made)


def layer_again(facts: LayerFacts, model_of: Callable[[Provenance], SdaModel], folders: Sequence[Path]) -> Layer:
    """Return a layer with its sound: made again with its model as it was written, or read from a file in the folders.

    `model_of` returns the model that made a sound, and raises SdaError where there is none. Raises SdaError as it does,
    and for the file of a recording that is not there.
    """
    place = facts.at, facts.gain, facts.pan, facts.mute
    if facts.mute:
        return Layer(NOTHING, *place, facts.made)
    if facts.made is None:
        return Layer(read_clip(_file_of(facts, folders)), *place)
    with part_folder(Path(tempfile.gettempdir()) / "sda-mix") as folder:
        name = f"layer{Path(facts.name).suffix or '.wav'}"
        clip = read_clip(write_with_provenance(model_of(facts.made), facts.made, folder / name))
    return Layer(clip, *place, facts.made)


def _file_of(facts: LayerFacts, folders: Sequence[Path]) -> Path:
    """Return the file of a layer. Raises SdaError where none of the folders has it."""
    name = Path(facts.name).name  # of strangers: no other folder
    for folder in folders:
        if name and (folder / name).is_file():
            return folder / name
    raise SdaError(f"The layer {printable(facts.name)} is a recording; put that file beside the mix to make it again.")
