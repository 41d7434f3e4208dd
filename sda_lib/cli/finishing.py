"""Options for finishing sounds, shared by several commands."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sda_lib.cli.arguments import defaults
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.export.finishing import Finish
    from sda_lib.export.spatial import Place

PANEL = "How the sound is delivered"
POINT = "AZIMUTH[,ELEVATION[,METERS]]"


def _option(kind: Any, default: Any, help: str, *names: str, **more: Any) -> tuple[Any, Any]:
    """Return an annotated type with its help, and its default."""
    panel = typer.Option(*names, help=help, rich_help_panel=PANEL, show_default=False, **more)
    return Annotated[kind, panel], default


OPTIONS = {
    "rate": _option(int | None, None, "Hz: 44100, 48000, 88200, 96000; default: the sound's own."),
    "depth": _option(int, 24, "Bits of .wav and .flac: 16, 24, or 32 (float, .wav); default 24."),
    "kbps": _option(int | None, None, "Constant bit rate of an .mp3, 32 to 320."),
    "encoder_quality": _option(float, 0.8, "Of lossy formats, 0 to 1; default 0.8."),
    "lufs": _option(float | None, None, "Bring to this loudness, e.g. -16, as the ceiling lets it."),
    "ceiling": _option(float, -0.1, "Highest true peak in dBFS; default -0.1."),
    "fade_in": _option(float, 0.0, "Seconds."),
    "fade_out": _option(float, 0.0, "Seconds."),
    "space": _option(str, "", "mono, stereo, binaural or ambisonics; default: as it is.", "--space", "--spatial"),
    "place": _option(str, "", "Where the sound is: degrees to the left, up, and meters.", metavar=POINT),
    "path": _option(str, "", "Places that it moves along, e.g. '-90,0,2 0,0,1 90,0,2'."),
    "width": _option(float | None, None, "Of stereo: 0 mono, 1 as it is, 2 as wide as it gets."),
    "pan": _option(float | None, None, "Of stereo: -1 left, 1 right."),
    "sofa": _option(Path | None, None, "A measured head of your own, a .sofa file."),
    "trim": _option(float, 0.0, "Take away what is so many dB under the peak at both ends, e.g. 60."),
    "loop": _option(str, "", "points: a loop for held tones, in .wav; whole: all of the sound goes round."),
    "tag": _option(list[str] | None, None, "E.g. artist=Me (repeatable)."),
    "effect": _option(list[str] | None, None, "E.g. reverb=0.3 (repeatable); see `sda effects`."),
}


def finishing(command: Callable[..., None], signed: bool = True) -> Callable[..., None]:
    """Decorate a command: replace its parameter `finish`, a Finish, with the options above.

    If `signed`, the author and licence of the user's defaults are added as tags; --tag overrides them.
    """
    signature = inspect.signature(command)
    own = [one for one in signature.parameters.values() if one.name != "finish"]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in OPTIONS.items()
    ]

    @functools.wraps(command)
    def with_finish(*args: Any, **given: Any) -> None:
        chosen = {name: given.pop(name) for name in OPTIONS}
        finish = finish_of(**chosen)
        if signed:
            finish = dataclasses.replace(finish, tags={**defaults().tags, **finish.tags})
        command(*args, **given, finish=finish)

    hints = typing.get_type_hints(command, _globals(command), include_extras=True)
    kinds = {one.name: hints[one.name] for one in own}
    keyword = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=kinds[one.name]) for one in own]
    with_finish.__signature__ = inspect.Signature([*keyword, *added])
    with_finish.__annotations__ = {**kinds, **{name: kind for name, (kind, _) in OPTIONS.items()}}
    return with_finish


def _globals(command: Callable[..., None]) -> dict[str, Any]:
    """Return a command's globals, with a value for `Finish`, which it imports for type checking only."""
    return {**command.__globals__, "Finish": object}


def finish_of(
    rate: int | None, depth: int, kbps: int | None, encoder_quality: float, lufs: float | None, ceiling: float,
    fade_in: float, fade_out: float, space: str, place: str, path: str, width: float | None, pan: float | None,
    sofa: Path | None, trim: float,
    loop: str, tag: Sequence[str] | None,
    effect: Sequence[str] | None,
) -> Finish:  # fmt: skip
    """Return a Finish from command line options. Raises SdaError."""
    from sda_lib.export.effects import effects_of
    from sda_lib.export.finishing import Finish
    from sda_lib.export.spatial import Place, Space
    from sda_lib.export.write import Delivery

    somewhere = _path(path) if path else Place(*_point(place, "--place")) if place else Place()
    mode = space or (
        "binaural" if place or path or sofa else "stereo" if (width, pan) != (None, None) else Space().mode
    )
    if mode not in ("binaural", "ambisonics") and (place or path or sofa):
        raise SdaError("A place, a path or a head is for --space binaural or ambisonics.")
    if mode != "stereo" and (width, pan) != (None, None):
        raise SdaError("Width and pan are for --space stereo.")
    stereo = {name: value for name, value in (("width", width), ("pan", pan)) if value is not None}
    return Finish(
        effects_of(dict(map(pair, effect or []))),
        Space(mode, place=somewhere, sofa="" if sofa is None else str(sofa), **stereo),
        Delivery(depth, rate, encoder_quality, kbps, ceiling, lufs, fade_in, fade_out),
        trim,
        loop,
        dict(map(_tag, tag or [])),
    )


def pair(text: str) -> tuple[str, float]:
    """Parse 'reverb=0.3' to its name and number. Raises SdaError."""
    name, equals, amount = text.partition("=")
    try:
        return name.strip(), float(amount if equals else "none")
    except ValueError as error:
        raise SdaError(f"{text!r} should read name=number, e.g. density=0.7.") from error


def _tag(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name.strip().isidentifier()):
        raise SdaError(f"--tag {text} should read name=text, e.g. artist=Me.")
    return name.strip(), value


def _point(text: str, option: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not 1 <= len(numbers) <= 3:
        raise SdaError(f"{option} {text} should read {POINT}, e.g. 90,0,1.5.")
    return numbers


def _path(text: str) -> Place:
    """Parse positions, evenly spaced over the sound's time. Raises SdaError."""
    from sda_lib.export.spatial import Place

    points = [(*_point(part, "--path"), *(0.0, 0.0, 1.0)[len(part.split(",")) :]) for part in text.split()]
    if len(points) < 2:
        raise SdaError("--path needs two places or more, with spaces between them: '-90 0 90'.")
    times = [index / (len(points) - 1) for index in range(len(points))]
    return Place(path=tuple((time, *point) for time, point in zip(times, points, strict=True)))
