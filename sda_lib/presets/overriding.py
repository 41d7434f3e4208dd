"""Own settings on top of those of a preset: what is given by hand takes precedence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sda_lib.export.finish import Delivery, Effects, Finish, Place, Space
from sda_lib.fields import options_of
from sda_lib.writers.options import GenerateOptions

# Names of settings of the space; any of them takes the whole space.
AROUND = {"space", *options_of(Space), *options_of(Place)}


def with_own_options(options: GenerateOptions, own: Mapping[str, Any]) -> GenerateOptions:
    """Return options in which own values replace those of a preset; sliders, curves and controls do so name by name.

    Raises SdaError for values out of range.
    """
    named = {name: value for name, value in own.items() if isinstance(value, Mapping)}
    merged: dict[str, Any] = {**own, **{name: {**getattr(options, name), **value} for name, value in named.items()}}
    if moved := own.get("sliders"):  # a number takes the place of a preset's curve
        kept = {name: curve for name, curve in options.curves.items() if name not in moved}
        merged["curves"] = {**kept, **own.get("curves", {})}
    return replace(options, **merged)


def with_own_finish(finish: Finish, own: Finish, given: Collection[str]) -> Finish:
    """Return a preset's finish in which the `given` settings of an own one replace the preset's.

    Args:
        finish: the preset's.
        own: one with the own values; its tags, loop points and root note always count.
        given: names of settings of Effects, Space, Place, Delivery and Finish.
    """
    chosen = {owner: _chosen(owner, value, given) for owner, value in _parts(own).items()}
    delivery = {**chosen[Delivery], "loop": own.delivery.loop, "root": own.delivery.root}
    ends = {name: getattr(own, name) for name in ("trim", "loop") if name in given}
    return replace(
        finish,
        effects=replace(finish.effects, **chosen[Effects]),
        space=own.space if AROUND & set(given) else finish.space,
        delivery=replace(finish.delivery, **delivery),
        tags=own.tags,
        **ends,
    )


def _parts(finish: Finish) -> dict[type, Any]:
    return {Effects: finish.effects, Delivery: finish.delivery}


def _chosen(owner: type, value: Any, given: Collection[str]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in options_of(owner) if name in given}
