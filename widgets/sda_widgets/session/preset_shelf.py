"""Preset shelf: all presets, the chosen one, and what the open model can do of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from traitlets import Instance, Tuple, Unicode

from sda_lib.export.finish import Finish
from sda_lib.presets.drawing import draw_preset
from sda_lib.presets.fitting import FittedPreset, fit_preset, with_axes_of
from sda_lib.presets.morphing import morph_presets
from sda_lib.presets.preset import Preset
from sda_lib.presets.preset_file import preset_to_plain, read_preset
from sda_lib.presets.store import PresetEntry, PresetStore
from sda_lib.writers.options import GenerateOptions
from sda_widgets.session.context import Context, Part, needed
from sda_widgets.session.guard import verb
from sda_widgets.session.sound import Sound

NONE_CHOSEN = "No preset is chosen; choose one first."


class PresetShelf(Part):
    """Presets of the user and of the factory."""

    entries = Tuple(help="all presets (PresetEntry), starred ones first")
    chosen = Instance(PresetEntry, allow_none=True, help="the chosen preset")
    fitted = Instance(FittedPreset, allow_none=True, help="what the open model can do of the chosen preset")
    applied = Instance(FittedPreset, allow_none=True, help="the settings that were applied last, for the forms")
    notice = Unicode(help="what the last action did, or an empty string")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.store = PresetStore.of(context.places)
        self.entries = self.store.entries()
        context.observe(lambda _change: self._fit(), "model")

    @verb
    def choose(self, name: str) -> None:
        """Choose a preset, or none (""), and find out what the model can do of it."""
        self._choose(name)
        self.notice = ""

    @verb
    def apply(self) -> None:
        """Hand the chosen preset's settings to the forms for new sounds and delivery."""
        if self.fitted is not None:
            self.applied = None  # so that the same settings trigger observers again
            self.applied = self.fitted

    @verb
    def generate(self, sound: Sound, options: GenerateOptions) -> None:
        """Generate a sound with options, and move its sliders as the applied preset says."""
        moves = self.applied.options if self.applied else GenerateOptions()
        sound.create.generate(options, steps=dict(moves.sliders))
        if sound.settings is not None:  # generated
            for name, points in moves.curves.items():
                sound.sliders.draw(name, [(share * sound.seconds, step) for share, step in points])

    @verb
    def save(self, name: str, options: GenerateOptions, finish: Finish, sound: Sound) -> None:
        """Keep the settings of the forms and a sound's sliders among the user's presets."""
        model = self.context.need_model()
        moved = replace(options, sliders=sound.sliders.whole_steps, curves=_curves(sound))
        self.store.save(with_axes_of(Preset(name, options=moved, finish=finish), model.fingerprints))
        self._refresh(name)
        self.notice = f"Saved as {self.chosen.name if self.chosen else name}."

    @verb
    def star(self) -> None:
        """Give the chosen preset a star, or take its star away."""
        if self.chosen is not None:
            self.store.star(self.chosen.name, not self.chosen.starred)
            self._refresh(self.chosen.name)

    @verb
    def delete(self) -> None:
        """Move the chosen preset to the trash."""
        if self.chosen is not None:
            name = self.chosen.name
            self.store.delete(name, self.context.places.trash)
            self._refresh("")
            self.notice = f"{name} is in the trash."

    @verb
    def rename(self, new: str) -> None:
        """Give the chosen preset another name. Raises SdaError for a taken one, and for one of SDA's."""
        if self.chosen is not None:
            self._refresh(self.store.rename(self.chosen.name, new).name)

    @verb
    def morph(self, other: str, share: float, name: str) -> None:
        """Keep a preset between the chosen one and another, at a share from 0 to 1 of the other."""
        first = needed(self.chosen, NONE_CHOSEN)
        self._keep(morph_presets(self.store.load(first.name), self.store.load(other), share, name))

    @verb
    def draw(self, seed: int, locked: Sequence[str], name: str) -> None:
        """Keep a random preset in the safe zones of the model's sliders; locked settings stay as in the chosen one."""
        base = Preset("Plain") if self.chosen is None else self.store.load(self.chosen.name)
        self._keep(draw_preset(base, self.context.need_model(), seed, locked, name))

    @verb
    def add(self, path: str) -> None:
        """Keep a copy of a preset's JSON file. Raises SdaError for another file, and outside of the page's folders."""
        self._keep(read_preset(self.context.places.checked(path)))

    @property
    def chosen_file(self) -> bytes:
        """The chosen preset as a JSON file to share; empty if there is none."""
        if self.chosen is None or self.chosen.preset is None:
            return b""
        return json.dumps(preset_to_plain(self.chosen.preset), indent=2, ensure_ascii=False).encode()

    def _keep(self, preset: Preset) -> None:
        self.store.save(preset)
        self._refresh(preset.name)
        self.notice = f"Saved as {preset.name}."

    @verb
    def refresh(self) -> None:
        """Read the presets again."""
        self._refresh("" if self.chosen is None else self.chosen.name)

    def _refresh(self, name: str) -> None:
        self.entries = self.store.entries()
        self._choose(name)

    def _choose(self, name: str) -> None:
        wanted = name.strip().casefold()
        self.chosen = next((entry for entry in self.entries if entry.name.casefold() == wanted), None)
        self._fit()

    def _fit(self) -> None:
        """Find out what the open model can do of the chosen preset."""
        model, preset = self.context.model, None if self.chosen is None else self.chosen.preset
        self.fitted = None if model is None or preset is None else fit_preset(preset, model)


def _curves(sound: Sound) -> Mapping[str, tuple[tuple[float, float], ...]]:
    """Return the curves of a sound's sliders over its relative time; none where they act on a selection alone."""
    settings = sound.settings
    if settings is None or settings.frames is not None or not sound.seconds:
        return {}
    return {name: _relative(points, sound.seconds) for name, points in settings.curves.items()}


def _relative(points: tuple[tuple[float, float], ...], seconds: float) -> tuple[tuple[float, float], ...]:
    """Return points (second, step) as points (time, step), time 1 = the end; of points beyond the end one is kept."""
    inside = {min(max(second / seconds, 0.0), 1.0): step for second, step in points}
    return tuple(sorted(inside.items()))
