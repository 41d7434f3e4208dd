"""Display of how a sound file was made, and of how much of a sound is copied from recordings."""

from __future__ import annotations

from sda_lib.codec.codes import Codes, level_names
from sda_lib.display.markup import duration, facts, head, note
from sda_lib.display.pictures import codes_picture
from sda_lib.sessions.provenance_tags import Provenance
from sda_lib.writers.provenance import Originality


def provenance_view(made: Provenance) -> str:
    """Return the model, the codes, the request and the finish of a sound."""
    rows = {
        "model": made.model.get("name", ""),
        "decoder": f"version {made.decoder}",
        "Source": f"{made.source_amount:.0%}",
        "quality": made.quality,
        **{name.replace("_", " "): _plain(value) for name, value in made.request.items()},
        **{f"export: {name}": _plain(value) for name, value in made.finish.to_plain().items()},
    }
    sound = made.sound
    length = "" if sound is None else duration(sound.seconds)
    grid = codes_picture(sound, level_names(sound.levels)) if isinstance(sound, Codes) else ""
    return head("How it was made", length) + facts(rows) + grid + note("sda render makes the file again from its tags.")


def originality_view(found: Originality) -> str:
    """Return how much of a sound is copied."""
    rows = {
        "own waveform": f"{found.waveform.share:.0%} of the 200-ms windows are a recording's own samples",
        "copied codes": f"{found.share:.0%} of the passages of 8 frames",
        "longest passage": f"{duration(found.longest)} of {found.file}",
        "distance": f"{found.distance:.2f} to the nearest grain (0: the recording itself)",
    }
    return head("Originality") + note(found.warning) + facts(rows)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(one) for one in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
