"""Instrument export: exported sounds as an instrument for samplers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from traitlets import Instance, Tuple

from sda_lib.errors import SdaError
from sda_lib.export.instruments import InstrumentSettings, sample_name, write_instrument
from sda_lib.file_names import free_path
from sda_widgets.session.context import Part
from sda_widgets.session.guard import verb
from sda_widgets.session.places import NUMBER


class InstrumentExport(Part):
    """`zones` are the samples of the instrument that was written last into `folder`."""

    folder = Instance(Path, allow_none=True, help="folder of the instrument that was written last")
    zones = Tuple(help="its samples (Zone)")

    @verb
    def write(self, sounds: Sequence[Path], name: str, by: str = "pitch", loops: bool = False) -> Path:
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
        zones = write_instrument(paths, folder, settings)
        self.set(folder=folder, zones=tuple(zones))
        return folder
