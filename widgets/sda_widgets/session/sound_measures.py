"""Sound measures: what is measured of the sounds beside each other, and a report of it."""

from __future__ import annotations

from pathlib import Path

from traitlets import Instance

from sda_lib.comparison.compared import ComparedSounds
from sda_lib.display.comparisons import write_comparison
from sda_lib.file_names import free_path
from sda_widgets.session.context import Context, Part, needed
from sda_widgets.session.guard import verb
from sda_widgets.session.places import NUMBER
from sda_widgets.session.sound import Sound

NOT_MEASURED = "The sounds have not been measured yet; press Measure first."


class SoundMeasures(Part):
    """`compared` holds until one of the sounds changes."""

    compared = Instance(ComparedSounds, allow_none=True, help="the measured sounds by name, equally loud")
    report = Instance(Path, allow_none=True, help="the report that was written last")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sounds: tuple[Sound, ...] = ()

    @verb
    def measure(self, sounds: tuple[Sound, ...]) -> None:
        """Measure sounds, and how far each is from the first. Raises SdaError for one without samples."""
        self._forget()
        compared = ComparedSounds({sound.name: needed(sound.clip) for sound in sounds})
        _ = compared.measures, compared.distances  # measured now, in the act that asks for it
        self._sounds = sounds
        for sound in sounds:
            sound.observe(self._on_change, "clip")
        self.compared = compared

    @verb
    def write(self) -> Path:
        """Write a report of the measured sounds into the exports folder: one HTML file with players and pictures."""
        compared = needed(self.compared, NOT_MEASURED)
        path = free_path(self.context.places.exports / "comparison.html", NUMBER)
        self.report = write_comparison(compared, path)
        return self.report

    def _on_change(self, _change: object) -> None:
        self._forget()

    def _forget(self) -> None:
        for sound in self._sounds:
            sound.unobserve(self._on_change, "clip")
        self._sounds, self.compared = (), None
