"""Recipe of a sound in the history: all that is needed to hear it again bit for bit, and to go on working on it."""

from __future__ import annotations

import dataclasses
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sda_lib import safe_json
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes, range_slice
from sda_lib.editing.registry import Edit, cells_of, mask
from sda_lib.errors import SdaError, explained_as
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.sessions.history import Action, SoundState
from sda_lib.sessions.packed_sounds import sound_from_plain, sound_to_plain
from sda_lib.sessions.playback import Playback, playback_sound, trim_end
from sda_lib.sessions.provenance_tags import (
    Provenance,
    model_identity,
    parse_provenance,
    provenance_text,
    request_facts,
    sound_mismatch,
)
from sda_lib.sliders.settings import SliderSettings, latents_of
from sda_lib.typed_fields import Fields
from sda_lib.writers.options import GenerateOptions

FORMAT = 1
# Most points of a slider's curve.
MOST_POINTS = 10_000
DAMAGED = "The recipe of sound {number} in the history is damaged; delete the sound, or export its stored copy."


@dataclass(frozen=True, eq=False)
class SoundRecipe:
    """How a sound of the history is made again.

    Args:
        provenance: the sound that was heard, how it is decoded, the options it was generated with, and its model.
        state: codes, slider settings and frozen cells, to go on working.
        quantized: whether moved sounds play as codes (`Playback`).
        action: the last act as plain data: {"edit": …}, {"sliders": …} or {"options": …}; empty for an opened sound.
    """

    provenance: Provenance
    state: SoundState
    quantized: bool = True
    action: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def seed(self) -> int | None:
        """Random seed of a generated sound; None for any other."""
        seed = self.provenance.request.get("seed")
        return seed if isinstance(seed, int) and not isinstance(seed, bool) else None

    @property
    def options(self) -> GenerateOptions | None:
        """The options that the sound was generated with. Raises SdaError for ones of a newer SDA."""
        return self.provenance.options

    @property
    def playback(self) -> Playback:
        """How the sound is played."""
        return Playback(self.provenance.source_amount, self.quantized, self.provenance.fades)


def recipe_of(
    model: SdaModel,
    state: SoundState,
    playback: Playback,
    action: Action | None = None,
    options: GenerateOptions | None = None,
    quality: str = "play",
) -> SoundRecipe:
    """Return the recipe of a sound as it is heard.

    Args:
        model: its model.
        state: its codes, slider settings and frozen cells.
        playback: how it is played.
        action: the act that made it: an edit, slider settings, or options.
        options: the options that it, or the sound that it was made from, was generated with.
        quality: "play" as on the page, or "export".
    """
    if isinstance(action, GenerateOptions):
        options = action
    request = {} if options is None else request_facts(options)
    sound = playback_sound(model, state, playback)
    made = Provenance(
        sound, playback.source_amount, quality, playback.fades, request=request, model=model_identity(model)
    )
    settings = state.settings
    if settings is not None and isinstance(settings.base, AudioClip):  # its latents move as the clip itself does
        settings = dataclasses.replace(settings, base=latents_of(model, settings.base))
    kept = dataclasses.replace(state, settings=settings)
    return SoundRecipe(made, kept, playback.quantized, action_to_plain(action))


def render(model: SdaModel, recipe: SoundRecipe) -> AudioClip:
    """Return the sound of a recipe. Raises SdaError for another model than the one that made it."""
    made = recipe.provenance
    if why := sound_mismatch(model, made):
        raise SdaError(why)
    assert isinstance(made.sound, Codes | Latents)  # a recipe always holds one
    whole = model.decode(made.sound, made.source_amount, made.quality)
    return trim_end(whole, made.sound.seconds, made.fades)


# --- as text ---------------------------------------------------------------------------------------------------------


def action_to_plain(action: Action | None) -> dict[str, Any]:
    """Return an act as JSON data; the sounds that an edit used are part of it."""
    if isinstance(action, Edit):
        others: list[Codes] = []
        plain = action.to_plain(others)
        return {"edit": plain, **({"others": [sound_to_plain(one) for one in others]} if others else {})}
    if isinstance(action, SliderSettings):
        return {"sliders": _moves_to_plain(action)}
    return {} if action is None else {"options": request_facts(action)}


def recipe_texts(recipe: SoundRecipe) -> tuple[str, str]:
    """Return a recipe as two JSON texts: that of its provenance, and of the rest.

    Raises SdaError for a sound that is too long.
    """
    made, state = recipe.provenance, recipe.state
    plain: dict[str, Any] = {
        "format": FORMAT,
        "quantized": recipe.quantized,
        "frozen": state.frozen,
        "action": recipe.action,
    }
    if state.codes is not None and state.codes is not made.sound:
        plain["state"] = sound_to_plain(state.codes)
    if state.settings is not None:
        plain["sliders"] = _moves_to_plain(state.settings)
        base = state.settings.base
        if base is not made.sound and not isinstance(base, AudioClip):
            plain["base"] = sound_to_plain(base)
    texts = provenance_text(made), json.dumps(plain, separators=(",", ":"))
    if any(len(text) > safe_json.LARGEST or safe_json.too_much(text) for text in texts):
        raise SdaError("This sound is too long for the history; export it to keep it.")
    return texts


def parse_recipe(made: str, rest: str, number: int) -> SoundRecipe:
    """Return the recipe of two texts; `number` is that of the sound in errors. Raises SdaError for other texts."""
    with explained_as(DAMAGED.format(number=number), (*safe_json.MALFORMED, zlib.error)):
        provenance = parse_provenance(made)
        plain = safe_json.parse(rest)
        facts = Fields(plain)
        facts.whole("format", 1, FORMAT)
        sound = provenance.sound
        if not isinstance(sound, Codes | Latents):
            raise ValueError("a recipe holds its sound")
        codes = sound_from_plain(plain["state"]) if "state" in plain else sound
        state = SoundState(codes if isinstance(codes, Codes) else None, None, cells_of(facts.items("frozen")))
        if state.codes is not None:
            mask(state.frozen, state.codes)
        if "sliders" in plain:
            base = sound_from_plain(plain["base"]) if "base" in plain else sound
            settings = _plain_to_moves(facts.inner("sliders"), SliderSettings(base))
            state = dataclasses.replace(state, settings=settings)
        return SoundRecipe(provenance, state, facts.switch("quantized"), dict(facts.inner("action").plain))


def _moves_to_plain(settings: SliderSettings) -> dict[str, Any]:
    """Return slider settings without their base."""
    facts = {"steps": dict(settings.steps), "curves": dict(settings.curves), "frames": settings.frames}
    return {**facts, "holds_level": settings.holds_level}


def _plain_to_moves(facts: Fields, neutral: SliderSettings) -> SliderSettings:
    """Return slider settings on the base of neutral ones. Raises one of `safe_json.MALFORMED`."""
    steps, curves = facts.inner("steps"), facts.inner("curves")
    frames = None if facts.plain["frames"] is None else tuple(map(int, facts.items("frames", most=2)))
    assert not isinstance(neutral.base, AudioClip)
    span = None if frames is None else (frames[0], frames[1])
    range_slice(span, neutral.base.frames, "frames")
    return dataclasses.replace(
        neutral,
        steps={str(name): steps.number(str(name)) for name in steps.plain},
        curves={str(name): _points(curves.items(str(name), most=MOST_POINTS)) for name in curves.plain},
        frames=span,
        holds_level=facts.switch("holds_level"),
    )


def _points(plain: list[Any]) -> tuple[tuple[float, float], ...]:
    found = tuple((float(second), float(step)) for second, step in plain)
    if not all(math.isfinite(value) for point in found for value in point):
        raise ValueError("not finite")
    return found
