"""Flags for the delivery of sounds, shared by several commands: format, level, space, effects and tags."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sda_lib.cli.arguments import user_defaults
from sda_lib.cli.flags import Flag, assignments, filled, with_flags
from sda_lib.errors import SdaError, explained_as
from sda_lib.export.finish import Delivery, Finish, Place, Space, effects_of

PANEL = "Delivery"
POINT = "AZIMUTH[,ELEVATION[,METERS]]"


def pairs(texts: Sequence[str]) -> dict[str, float]:
    """Parse ['reverb=0.3', …]. Raises SdaError."""
    found = {}
    for text in texts:
        with explained_as(f"{text!r} should read name=number, e.g. density=0.7."):
            name, amount = text.split("=")
            found[name.strip()] = float(amount)
    return found


def _tags(texts: Sequence[str]) -> dict[str, str]:
    tags = assignments(texts, "name=text, e.g. artist=Me")
    if wrong := [name for name in tags if not name.isidentifier()]:
        raise SdaError(f"--tag {wrong[0]}= should read name=text, e.g. artist=Me.")
    return tags


_flag = functools.partial(Flag, panel=PANEL)
FLAGS = {
    "rate": _flag(Delivery, "sample_rate", int),
    "depth": _flag(Delivery, "bit_depth", int),
    "kbps": _flag(Delivery, "kbps", int),
    "encoder_quality": _flag(Delivery, "quality", float),
    "lufs": _flag(Delivery, "lufs", float),
    "ceiling": _flag(Delivery, "ceiling_db", float),
    "fade_in": _flag(Delivery, "fade_in", float),
    "fade_out": _flag(Delivery, "fade_out", float),
    "space": _flag(Space, "mode", str, str, names=("--space", "--spatial"), note="Default: as it is."),
    "place": _flag(Space, "place", str, str, note="Angles to the left and up, distance in m.", metavar=POINT),
    "path": _flag(Place, "path", str, str, note="E.g. '-90,0,2 0,0,1 90,0,2', evenly spaced in time."),
    "width": _flag(Space, "width", float, float),
    "pan": _flag(Space, "pan", float, float),
    "sofa": _flag(Space, "sofa", Path, str),
    "trim": _flag(Finish, "trim", float),
    "loop": _flag(Finish, "loop", str),
    "tag": _flag(Finish, "tags", list[str], _tags, note="E.g. artist=Me (repeatable)."),
    "effect": _flag(Finish, "effects", list[str], pairs, note="E.g. reverb=0.3 (repeatable); see `sda effects`."),
}


def finish_of(*, signed: bool = True, **given: Any) -> Finish:
    """Return a Finish from the values of FLAGS; `signed` adds the tags of the user's defaults, which --tag overrides.

    Raises SdaError.
    """
    place, path, sofa = (given.pop(name) for name in ("place", "path", "sofa"))
    stereo, around = given["width"] is not None or given["pan"] is not None, bool(place or path or sofa)
    given["space"] = given["space"] or ("binaural" if around else "stereo" if stereo else None)
    if around and given["space"] not in ("binaural", "ambisonics"):
        raise SdaError("A place, a path or a head is for --space binaural or ambisonics.")
    if stereo and given["space"] != "stereo":
        raise SdaError("Width and pan are for --space stereo.")
    somewhere = _path(path) if path else Place(*_point(place, "--place")) if place else Place()
    finish = filled(Finish, FLAGS, given)
    finish["effects"] = effects_of(finish.get("effects", {}))
    finish["tags"] = (user_defaults().tags if signed else {}) | finish.get("tags", {})
    space = Space(**filled(Space, FLAGS, given), place=somewhere, sofa=str(sofa or ""))
    return Finish(delivery=Delivery(**filled(Delivery, FLAGS, given)), space=space, **finish)


def finishing(command: Callable[..., None], signed: bool = True) -> Callable[..., None]:
    """Decorate a command: replace its parameter `finish`, a Finish, with FLAGS."""
    return with_flags("finish", FLAGS, functools.partial(finish_of, signed=signed))(command)


def _point(text: str, option: str) -> tuple[float, float, float]:
    """Parse azimuth, elevation (default 0) and distance (default 1). Raises SdaError."""
    with explained_as(f"{option} {text} should read {POINT}, e.g. 90,0,1.5."):
        numbers = [float(part) for part in text.split(",")]
        azimuth, elevation, distance = (*numbers, *(0.0, 0.0, 1.0)[len(numbers) :])  # ValueError for more than three
    return azimuth, elevation, distance


def _path(text: str) -> Place:
    """Parse positions, evenly spaced over the sound's time. Raises SdaError."""
    points = [_point(part, "--path") for part in text.split()]
    if len(points) < 2:
        raise SdaError("--path needs two places or more, with spaces between them: '-90 0 90'.")
    return Place(path=tuple((index / (len(points) - 1), *point) for index, point in enumerate(points)))
