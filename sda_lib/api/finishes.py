"""Settings of an exported sound as keywords: loudness, format, space, effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery, Effects, Finish, Place, Space, effects_of
from sda_lib.fields import options_of

# Names of settings by what they belong to. `space` is the mode of a Space, `loop` that of a Finish.
DELIVERY = tuple(name for name in options_of(Delivery))
EFFECTS = tuple(options_of(Effects))
AROUND, STEREO = ("place", "sofa"), ("width", "pan")
OTHERS = ("trim", "loop", "tags")
NAMES = (*DELIVERY, "space", *AROUND, *STEREO, *EFFECTS, *OTHERS)
# Options that are written otherwise as keywords.
WITHOUT = ("effects", "delivery", "mode", "space", "place")


def finish_of(finish: Finish | None = None, **settings: Any) -> Finish:
    """Return a finish from keywords.

    Args:
        finish: a finish that is used as it is; then there are no other settings.
        **settings: options of `Delivery`, `Space`, `Effects` and `Finish` by their names; `space` is the mode of the
            space, and `place` may be (azimuth, elevation) or (azimuth, elevation, distance).

    Raises SdaError for unknown settings, for values out of range, and for those of another space.
    """
    settings = {name: value for name, value in settings.items() if value is not None}
    if finish is not None:
        if settings:
            raise SdaError("Give either a finish or single settings, not both.")
        return finish
    if unknown := sorted(settings.keys() - set(NAMES)):
        raise SdaError(f"There is no setting {unknown[0]!r}; there are {', '.join(NAMES)}.")
    return Finish(
        effects=effects_of(_chosen(settings, EFFECTS)),
        space=_space(settings),
        delivery=Delivery(**_chosen(settings, DELIVERY)),
        **_chosen(settings, OTHERS),
    )


def _chosen(settings: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: settings[name] for name in names if name in settings}


def _space(settings: Mapping[str, Any]) -> Space:
    """Return the space of settings; a place implies binaural, a width or pan stereo."""
    given = settings.get("space")
    if isinstance(given, Space):
        return given
    around, stereo = _chosen(settings, AROUND), _chosen(settings, STEREO)
    mode = given or ("binaural" if around else "stereo" if stereo else Space().mode)
    if around and mode not in ("binaural", "ambisonics"):
        raise SdaError("A place or a head is for the spaces binaural and ambisonics.")
    if stereo and mode != "stereo":
        raise SdaError("Width and pan are for the space stereo.")
    place = {"place": _place(around["place"])} if "place" in around else {}
    return Space(mode, **stereo, **{**around, **place})


def _place(given: Any) -> Place:
    if isinstance(given, Place):
        return given
    try:
        numbers = [float(number) for number in given]
        azimuth, elevation, distance = (*numbers, *(0.0, 0.0, 1.0)[len(numbers) :])  # ValueError for more than three
    except (TypeError, ValueError) as error:
        form = "(azimuth, elevation) in degrees, or with a distance in m"
        raise SdaError(f"A place is {form}, not {given!r}.") from error
    return Place(azimuth, elevation, distance)
