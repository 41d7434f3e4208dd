"""Fit a preset to a model: what it can do of it, and what is left out for which reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sda_lib.audio.categories import matches, names_in_words
from sda_lib.directions.directions import AXIS
from sda_lib.export.effects import why_no_effects
from sda_lib.export.finish import Effects, Finish
from sda_lib.model.model import SdaModel
from sda_lib.model.recordings import recordings_of
from sda_lib.presets.preset import Preset, changed_options
from sda_lib.writers.compose_latents import GAUSSIAN, LATENT_WRITERS
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.registry import WRITERS

# Settings of a walk: a Gaussian makes no jumps.
OF_A_WALK = ("novelty", "top_k", "top_p")
# Messages.
OTHER_AXES = "it has no meaning in another model than the one it was saved with"
NO_SLIDERS = "the model has no sliders yet; make them with `sda sliders MODEL`"
NO_RECORDINGS = "the model has no recordings"
NO_CODES = "the model has no codes"
NO_JUMPS = "it is for writers that jump between recordings"


@dataclass(frozen=True)
class FittedPreset:
    """What a model can do of a preset, and what is left out, each as "what: why"."""

    options: GenerateOptions
    finish: Finish
    left_out: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What is left out as one line; empty if nothing."""
        return f"Not applied: {'; '.join(self.left_out)}." if self.left_out else ""


def fit_preset(preset: Preset, model: SdaModel) -> FittedPreset:
    """Return the settings of a preset that a model supports, and the others with the reason."""
    changes: dict[str, Any] = changed_options(preset.options)
    left_out: list[str] = []
    for part in (_writer, _source, _levels, _walking, _contour, _recordings):
        left_out += part(model, changes)
    left_out += _without(changes, "controls", "control", lambda name: why_no_control(model, changes, name))
    for key, kind in (("sliders", "slider"), ("curves", "curve of")):
        left_out += _without(changes, key, kind, lambda name: why_no_slider(model, preset.axes_of, name))
    finish, missing = _playable(preset.finish)
    return FittedPreset(GenerateOptions(**changes), finish, (*left_out, *missing))


def with_axes_of(preset: Preset, fingerprints: Mapping[str, str]) -> Preset:
    """Return a preset that knows whose axes its sliders name, if it has any: of the model with these fingerprints."""
    names = (*preset.options.sliders, *preset.options.curves)
    return replace(preset, axes_of=fingerprints.get("sliders", "") if any(map(_is_axis, names)) else "")


def why_no_slider(model: SdaModel, axes_of: str, name: str) -> str:
    """Return why a model can't move a slider by that name; empty if it can."""
    if _is_axis(name) and (not axes_of or axes_of != model.fingerprints.get("sliders")):
        return OTHER_AXES
    if model.sliders is None:
        return NO_SLIDERS
    card = next((one for one in model.sliders.cards if one.name == name), None)
    if card is None:
        return f"the model has {', '.join(one.name for one in model.sliders.shown)}"
    return _lower(card.why_hidden)


def why_no_control(model: SdaModel, changes: Mapping[str, Any], name: str) -> str:
    """Return why a model doesn't support a control for new sounds; empty if it does."""
    if model.memory is None:
        return NO_RECORDINGS
    return NO_JUMPS if _is_gaussian(model, changes) else _lower(model.ranges.why_hidden(name))


def _playable(finish: Finish) -> tuple[Finish, list[str]]:
    """Return a finish without effects where these can't be applied here, and the reason."""
    why = "" if finish.effects.is_off else why_no_effects()
    return (replace(finish, effects=Effects()), [f"effects: {_lower(why)}"]) if why else (finish, [])


def _writer(model: SdaModel, changes: dict[str, Any]) -> list[str]:
    name = changes.get("writer", "")
    why = why_no_writer(model, name) if name else ""
    if why:
        del changes["writer"]
    return [f"writer {name}: {why}; the model's default writes"] if why else []


def why_no_writer(model: SdaModel, name: str) -> str:
    """Return why a model can't write with a writer of that name; empty if it can."""
    known = tuple(WRITERS) if model.discrete else LATENT_WRITERS
    if name not in known:
        return f"the model has {', '.join(known)}"
    if name in ("walk", "hybrid") and model.memory is None:
        return NO_RECORDINGS
    if name in ("prior", "hybrid") and model.prior is None:
        return "the model has no prior; `sda prior MODEL` fits one"
    return "the model has no Gaussian" if name == GAUSSIAN and model.gaussian is None else ""


def _source(model: SdaModel, changes: dict[str, Any]) -> list[str]:
    return _dropped(changes, "source_amount", "Source", NO_RECORDINGS if model.memory is None else "")


def _levels(model: SdaModel, changes: dict[str, Any]) -> list[str]:
    """Drop temperatures of levels that the model doesn't have."""
    given = changes.get("level_temperatures", ())
    if not model.discrete:
        return _dropped(changes, "level_temperatures", "temperatures of levels", NO_CODES)
    if not any(given[model.levels :]):
        changes.update({"level_temperatures": given[: model.levels]} if given else {})
        return []
    changes["level_temperatures"] = given[: model.levels]
    return [f"temperatures of levels after {model.level_names[-1]}: the model has {model.levels} levels"]


def _walking(model: SdaModel, changes: dict[str, Any]) -> list[str]:
    why = NO_JUMPS if _is_gaussian(model, changes) else ""
    return [one for name in OF_A_WALK for one in _dropped(changes, name, name.replace("_", "-"), why)]


def _contour(model: SdaModel, changes: dict[str, Any]) -> list[str]:
    return _dropped(changes, "contour", "contour", NO_JUMPS if _is_gaussian(model, changes) else "")


def _recordings(model: SdaModel, changes: dict[str, Any]) -> list[str]:
    """Drop names that no recording of the model has, and all of them where recordings can't be chosen."""
    given = changes.get("recordings", ())
    why = NO_RECORDINGS if model.memory is None else NO_JUMPS if _is_gaussian(model, changes) else ""
    missing = given if why else tuple(one for one in given if not _has_recording(model, one))
    if kept := tuple(one for one in given if one not in missing):
        changes["recordings"] = kept
    elif missing:
        del changes["recordings"]
        changes.pop("strictness", None)
    return [f"recordings {one}: {why or names_in_words(recordings_of(model))}" for one in missing]


def _has_recording(model: SdaModel, name: str) -> bool:
    return any(matches(name, one) for one in recordings_of(model))


def _is_gaussian(model: SdaModel, changes: Mapping[str, Any]) -> bool:
    """Return whether a Gaussian writes new sounds with these options."""
    return not model.discrete and (changes.get("writer") == GAUSSIAN or model.memory is None)


def _dropped(changes: dict[str, Any], key: str, what: str, why: str) -> list[str]:
    """Drop an option where there is a reason, and return that."""
    return [f"{what}: {why}"] if why and changes.pop(key, None) is not None else []


def _without(changes: dict[str, Any], key: str, kind: str, why_not: Callable[[str], str]) -> list[str]:
    """Drop the names of a mapping for which there is a reason, and return the reasons."""
    reasons = {name: why for name in changes.get(key, {}) if (why := why_not(name))}
    if reasons:
        changes[key] = {name: value for name, value in changes[key].items() if name not in reasons}
    return [f"{kind} {name}: {why}" for name, why in reasons.items()]


def _is_axis(name: str) -> bool:
    return name.removeprefix(f"{AXIS} ").isdecimal() and name.startswith(AXIS)


def _lower(sentence: str) -> str:
    """Return a sentence as a clause."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")
