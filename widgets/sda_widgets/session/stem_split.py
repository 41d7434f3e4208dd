"""Stem split: the current sound by the levels of its codes, as files that add up to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from traitlets import Tuple

from sda_lib.audio.clip import AudioClip
from sda_lib.editing import stems
from sda_lib.export.finish import Delivery
from sda_lib.export.write import write_clip
from sda_widgets.session.context import Context
from sda_widgets.session.exporting import Exporting
from sda_widgets.session.guard import verb
from sda_widgets.session.layer_mix import LayerMix
from sda_widgets.session.long_work import LongWork
from sda_widgets.session.places import NUMBER, stem_of
from sda_widgets.session.sound import Sound

# Groups of levels as text, for models with so many levels or more; others get two halves.
GROUPS, MOST_USUAL = "0-1,2-5,6-", 7
# Highest true peak of a stem.
CEILING = 0.98


def usual_groups(levels: int) -> str:
    """Return groups of levels as text that fit a model."""
    if levels >= MOST_USUAL:
        return GROUPS
    return f"0-{levels // 2 - 1},{levels // 2}-" if levels > 1 else "0"


class StemSplit(LongWork):
    """`files` are the stems that were written last, the coarsest first."""

    files = Tuple(help="paths of the stems that were split last")

    def __init__(self, context: Context, exports: Exporting, layers: LayerMix) -> None:
        super().__init__(context, "The sound could not be split.", "No stems were written.")
        self._exports, self._layers = exports, layers
        context.on_other_model(self._clear)

    @verb
    def split(self, sound: Sound, groups: str) -> None:
        """Write a stem for each group of levels ('0-1,2-5,6-') as 32-bit WAV into the exports folder.

        If one is too loud for a file, all of them get one gain, so that they still add up. Raises SdaError for other
        text, and for a sound without codes.
        """
        codes, model = sound.need_codes(), self.context.need_model()
        parsed = stems.parse_groups(groups, model.levels)
        steps = stems.stems_in_steps(model, codes, parsed, sound.source_amount, "export")
        name, title, seconds = model.name, sound.title, codes.seconds
        self.start(
            steps,
            lambda parts: self._write([sound.renderer.cut(part, seconds) for part in parts], name, title),
            "decoding the whole sound",
        )

    def _write(self, parts: Sequence[AudioClip], model: str, title: str) -> None:
        """Write the stems of a sound of this title."""
        gain = stems.common_gain(parts, CEILING)
        facts = {"model": model, "from": title, "gain": f"{gain:.6g}"}
        written = []
        for part in parts:
            path = self.context.places.exports / f"{stem_of(f'{title}_{part.name}')}.wav"
            loud = replace(part, samples=part.samples * gain)
            written.append(write_clip(loud, path, Delivery(32, ceiling_db=0), {"title": path.stem, **facts}, NUMBER))
        self.files = tuple(written)
        self._exports.path = written[-1]

    def _clear(self) -> None:
        self.stop()
        self.files = ()

    @verb
    def add_as_layers(self) -> None:
        """Add the stems to the layers, where each can be moved, panned and muted."""
        for path in self.files:
            self._layers.add(path)
