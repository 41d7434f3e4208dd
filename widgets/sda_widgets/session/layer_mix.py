"""Layer mix: exported sounds, each with a begin, a gain, a pan or muted, that are mixed into one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from traitlets import Tuple

from sda_lib.errors import SdaError
from sda_lib.export.finish import Finish
from sda_lib.mixing.layers import MOST_LAYERS, Layer, mixed_layers
from sda_lib.mixing.mix_tags import read_layer, write_mix
from sda_widgets.session.context import Context, Part, needed
from sda_widgets.session.exporting import Exporting
from sda_widgets.session.guard import verb
from sda_widgets.session.places import NUMBER, stem_of
from sda_widgets.session.previews import Previews
from sda_widgets.session.sound import Sound


@dataclass(frozen=True)
class LayerPlace:
    """A layer: the file of its sound, and its place."""

    path: Path
    at: float = 0.0
    gain: float = 0.0
    pan: float = 0.0
    mute: bool = False

    @property
    def layer(self) -> Layer:
        """The layer with its sound. Raises SdaError for a file that can't be read."""
        return read_layer(self.path, self.at, self.gain, self.pan, self.mute)


class LayerMix(Part):
    """The layers; the mix is previewed, or written into the exports folder with how each layer was made."""

    places = Tuple(help="layers (LayerPlace), the first one first")

    def __init__(self, context: Context, exports: Exporting, previews: Previews) -> None:
        super().__init__(context)
        self._exports, self._previews = exports, previews

    @verb
    def add_sound(self, sound: Sound) -> None:
        """Export a sound and add it as a layer. Raises SdaError when there is no sound."""
        needed(sound.clip)
        path = self._exports.write(sound)
        if path is not None:
            self.add(path)

    @verb
    def add(self, path: Path) -> None:
        """Add an exported sound as a layer. Raises SdaError for too many."""
        if len(self.places) >= MOST_LAYERS:
            raise SdaError(f"A mix has at most {MOST_LAYERS} layers; remove one first.")
        self.places = (*self.places, LayerPlace(self.context.places.checked(path)))

    @verb
    def change(self, number: int, **place: Any) -> None:
        """Change where or how loud a layer is, or whether it is muted. Raises SdaError for values out of range."""
        changed = replace(self.places[number], **place)
        self.places = tuple(changed if other == number else one for other, one in enumerate(self.places))

    @verb
    def remove(self, number: int) -> None:
        """Remove a layer; its file stays."""
        self.places = tuple(one for other, one in enumerate(self.places) if other != number)

    @verb
    def preview(self) -> None:
        """Play the mix."""
        self._previews.play(mixed_layers(self._layers, "mix"))

    @verb
    def write(self, finish: Finish | None = None, suffix: str = ".wav") -> None:
        """Write the mix into the exports folder."""
        layers = self._layers
        path = self.context.places.exports / f"{stem_of('mix')}{suffix}"
        names = [one.path.name for one in self.places]
        self._exports.path = write_mix(layers, names, path, finish, {"title": "mix"}, NUMBER)

    @property
    def _layers(self) -> list[Layer]:
        """The layers with their sounds. Raises SdaError for none, and for a file that can't be read."""
        if not self.places:
            raise SdaError("There are no layers yet; add a sound.")
        return [one.layer for one in self.places]
