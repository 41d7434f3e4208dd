"""Delivery form: format, loudness, space and effects of an exported sound, read as a Finish."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ipywidgets import Checkbox, Dropdown, FloatSlider, Text, VBox

from sda_lib.export.effects import why_no_effects
from sda_lib.export.finish import Delivery, Effects, Finish, Place, Space
from sda_lib.fields import options_of
from sda_widgets.common.disclosure import Disclosure
from sda_widgets.common.form_controls import offer, show_if, watch
from sda_widgets.export.pan_pad import PanPad

SUFFIXES = {"WAV": ".wav", "FLAC": ".flac", "MP3": ".mp3", "OGG Vorbis": ".ogg", "Opus": ".opus"}
DEPTHS = {".wav": (24, 16, 32), ".flac": (24, 16)}
# Value for "unchanged": a dropdown shows no choice whose value is None.
UNCHANGED = 0
RATES = {".mp3": (UNCHANGED, 44100, 48000), ".opus": (UNCHANGED, 48000)}
ANY_RATE = (UNCHANGED, 44100, 48000, 88200, 96000)
LOUDNESS = {"unchanged": UNCHANGED, "-14 LUFS · streaming": -14.0, "-16 LUFS · podcast": -16.0, "-18 LUFS": -18.0,
            "-23 LUFS · broadcast": -23.0}  # fmt: skip
SPACES = {"unchanged": "as it is"} | {mode.capitalize(): mode for mode in options_of(Space)["mode"].choices[1:]}
AROUND = ("binaural", "ambisonics")
LOOPS = {"none": "", "sustain points": "points", "the whole sound": "whole"}
TAGS = ("artist", "album", "comment")


class DeliveryForm(VBox):
    """Format, loudness and space, and rarer options folded away. `finish` and `suffix` give the form's values."""

    def __init__(self, find: Callable[[str], Path] | None = None) -> None:
        """`find` returns the path of a file that the page may open, or raises SdaError; without it, heads of one's own
        are not offered."""
        self._find = find
        self.format = _choice("Format", SUFFIXES, "File format")
        depth, rate, loudness = (options_of(Delivery)[name] for name in ("bit_depth", "sample_rate", "lufs"))
        self.depth = _choice(depth.title, {}, depth.text)
        self.rate = _choice(rate.title, {}, rate.text)
        self.loudness = _choice(loudness.title, LOUDNESS, loudness.text)
        self.space = _choice("Space", SPACES, "Binaural is for headphones, ambisonics (AmbiX) for rooms and 360° video")
        self.sides = _sliders(Space, "width", "pan")
        self.pad, self.moves = PanPad(), Checkbox(description="Moving", indent=False)
        self.head = Text(
            description="Head", placeholder="Path of a SOFA file", continuous_update=False,
            tooltip="Measured responses of a head (SOFA) in place of the one that SDA ships",
        )  # fmt: skip
        self.stereo = VBox(list(self.sides.values()))
        self.around = VBox([self.pad, self.moves, *([self.head] if find is not None else [])])
        choices = [self.format, self.depth, self.rate, self.loudness, self.space]
        super().__init__([*choices, self.stereo, self.around, self._more()])
        self.moves.observe(lambda change: setattr(self.pad, "moves", change.new), "value")
        watch(self._offer, (self.format, "value"))
        watch(self._show_space, (self.space, "value"))
        self._exact = self._shown = self._values

    def _more(self) -> VBox:
        self.effects = _sliders(Effects, *options_of(Effects))
        for slider in self.effects.values():
            slider.disabled = bool(why_no_effects())
        self.loop = _choice("Loop", LOOPS, options_of(Finish)["loop"].text)
        self.trim = _sliders(Finish, "trim", high=100.0)["trim"]
        self.fades = _sliders(Delivery, "fade_in", "fade_out", high=5.0)
        self.tags = {name: Text(description=name.capitalize()) for name in TAGS}
        return VBox([
            Disclosure("Effects", list(self.effects.values())),
            Disclosure("Ends and loop", [self.trim, self.loop, *self.fades.values()]),
            Disclosure("Tags", list(self.tags.values())),
        ])  # fmt: skip

    def _offer(self) -> None:
        """Offer the depths, rates and spaces that the format supports."""
        depths = DEPTHS.get(self.suffix, ())
        offer(self.depth, [(f"{bits} bit{' float' * (bits == 32)}", bits) for bits in depths] or [("default", 24)])
        self.depth.disabled = not depths
        rates = RATES.get(self.suffix, ANY_RATE)
        offer(self.rate, [("model rate" if rate == UNCHANGED else f"{rate / 1000:g} kHz", rate) for rate in rates])
        has_four = self.suffix != ".mp3"
        offer(self.space, [(label, mode) for label, mode in SPACES.items() if has_four or mode != "ambisonics"])

    def _show_space(self) -> None:
        show_if(self.space.value == "stereo", self.stereo)
        show_if(self.space.value in AROUND, self.around)
        show_if(self.space.value == "binaural", self.head)

    @property
    def suffix(self) -> str:
        return self.format.value

    def fill(self, finish: Finish) -> None:
        """Show a finish, except for its tags; what the form can't show in full stays exact until it is changed."""
        space, delivery = finish.space, finish.delivery
        self.depth.value = delivery.bit_depth if delivery.bit_depth in _offered(self.depth) else self.depth.value
        self.rate.value = (
            (delivery.sample_rate or UNCHANGED) if delivery.sample_rate in _offered(self.rate) else UNCHANGED
        )
        other = {} if delivery.lufs in (None, *LOUDNESS.values()) else {f"{delivery.lufs:g} LUFS": delivery.lufs}
        offer(self.loudness, [*LOUDNESS.items(), *other.items()], delivery.lufs or UNCHANGED)
        self.space.value = space.mode if space.mode in _offered(self.space) else SPACES["unchanged"]
        self.sides["width"].value, self.sides["pan"].value = space.width, space.pan
        self.head.value = space.sofa
        self._fill_place(space.place)
        for name, slider in self.effects.items():
            slider.value = getattr(finish.effects, name)
        for name, slider in self.fades.items():
            slider.value = getattr(delivery, name)
        self.trim.value, self.loop.value = finish.trim, finish.loop
        self._exact, self._shown = finish, self._values

    def _fill_place(self, place: Place) -> None:
        """Show the first and the last point of a place."""
        pad, points = self.pad, place.points
        _, pad.azimuth, pad.elevation, pad.distance = points[0]
        _, pad.end_azimuth, _, pad.end_distance = points[-1]
        self.moves.value = place.moves

    @property
    def finish(self) -> Finish:
        """The form's values as a Finish. Raises SdaError for an invalid combination."""
        values = self._values
        parts = ("effects", "space", "delivery", "trim", "loop")
        if self._find is not None and self.head.value.strip() and self.space.value == "binaural":
            self._find(self.head.value.strip())
        kept = [name for name in parts if getattr(values, name) == getattr(self._shown, name)]
        return replace(values, **{name: getattr(self._exact, name) for name in kept})

    @property
    def _values(self) -> Finish:
        """The values that the form shows."""
        rate, lufs = self.rate.value or None, self.loudness.value or None
        delivery = Delivery(self.depth.value, rate, lufs=lufs, **_values(self.fades))
        stereo = _values(self.sides) if self.space.value == "stereo" else {}
        space = Space(self.space.value, place=self._place(), sofa=self.head.value.strip(), **stereo)
        tags = {name: text for name, text in _values(self.tags).items() if text}
        return Finish(Effects(**_values(self.effects)), space, delivery, self.trim.value, self.loop.value, tags)

    def _place(self) -> Place:
        pad = self.pad
        if self.space.value not in AROUND:
            return Place()
        if not pad.moves:
            return Place(pad.azimuth, pad.elevation, pad.distance)
        begin = (0.0, pad.azimuth, pad.elevation, pad.distance)
        return Place(path=(begin, (1.0, pad.end_azimuth, pad.elevation, pad.end_distance)))


def _choice(description: str, options: Mapping[str, Any], tooltip: str) -> Dropdown:
    return Dropdown(options=list(options.items()), description=description, tooltip=tooltip)


def _offered(choice: Dropdown) -> tuple[Any, ...]:
    return tuple(value for _, value in choice.options)


def _values(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: field.value for name, field in fields.items()}


def _sliders(owner: type, *names: str, high: float | None = None) -> dict[str, FloatSlider]:
    """Return a slider for each of these options of a class, over its limits, or up to `high`."""
    sliders = {}
    for name in names:
        option = options_of(owner)[name]
        most = high or option.high or 1.0
        step = 1.0 if most > 100 else 0.5 if most > 10 else 0.05
        sliders[name] = FloatSlider(
            value=option.default, min=option.low, max=most, step=step, description=option.title, tooltip=option.text,
            readout_format=".0f" if step == 1 else ".2f",
        )  # fmt: skip
    return sliders
