"""Instrument export: exported sounds as an instrument for samplers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from traitlets import Instance, Tuple

from sda_lib.errors import SdaError
from sda_lib.export.instruments import InstrumentSettings, Zone, instrument_in_steps, sample_name
from sda_lib.file_names import free_path
from sda_widgets.session.context import Context
from sda_widgets.session.guard import verb
from sda_widgets.session.long_work import LongWork
from sda_widgets.session.places import NUMBER


class InstrumentExport(LongWork):
    """`zones` are the samples of the instrument that was written last into `folder`."""

    folder = Instance(Path, allow_none=True, help="folder of the instrument that was written last")
    zones = Tuple(help="its samples (Zone)")

    def __init__(self, context: Context) -> None:
        super().__init__(context, "The instrument could not be made.", "No instrument was made.")

    @verb
    def write(self, sounds: Sequence[Path], name: str, by: str = "pitch", loops: bool = False) -> None:
        """Write sounds as an instrument (SFZ and Decent Sampler) into a new folder of the exports folder.

        Args:
            sounds: exported sounds, in the order of their keys where the map is chromatic.
            name: the instrument's name.
            by: pitch or chromatic.
            loops: whether loops are searched in held tones.

        Raises SdaError for no sounds and for an invalid name.
        """
        if not sounds:
            raise SdaError("Choose the exported sounds of the instrument first.")
        places = self.context.places
        paths = [places.checked(path) for path in sounds]
        settings = InstrumentSettings(sample_name(name.strip() or "instrument"), by, search_loops=loops)
        folder = free_path(places.exports / settings.name, NUMBER)

        def keep(zones: Sequence[Zone]) -> None:
            self.set(folder=folder, zones=tuple(zones))

        self.start(instrument_in_steps(paths, folder, settings), keep, "reading the sounds")
