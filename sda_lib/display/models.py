"""Display of a model: what it learned from, how close it comes, its sliders, and some of its recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.stft import left_right
from sda_lib.display.clips import rows_of_clips
from sda_lib.display.health import health_line
from sda_lib.display.markup import counted, duration, facts, head, heading, note
from sda_lib.display.pictures import curve_picture
from sda_lib.health.diagnose import HealthReport
from sda_lib.memory.pieces import Piece
from sda_lib.model.model import SdaModel

# Recordings that are played, and seconds of each.
SAMPLES, SAMPLE_SECONDS = 3, 2.0


def model_view(model: SdaModel, path: Path | None = None, health: HealthReport | None = None) -> str:
    """Return the card of a model; `path` is its file, `health` what was measured last."""
    rows = {
        "learned from": learned_from(model),
        "represents sound as": representation(model),
        "held-out distance": held_out_in_words(model),
        "recordings inside": _memory_in_words(model),
        "prior": _prior_in_words(model),
        "sliders": _sliders_in_words(model),
        "file": _file_in_words(path),
    }
    measured = health_line(health) if health is not None else note("model.health() measures how well it works.")
    samples = samples_of(model)
    samples_shown = (
        heading("Some of its recordings") + rows_of_clips({clip.name: clip for clip in samples}) if samples else ""
    )
    return (
        head(model.name or "Model", f"made {str(model.header.get('created', ''))[:10]}")
        + facts(rows)
        + measured
        + samples_shown
    )


def learning_of_model(model: SdaModel) -> str:
    """Return how a model's training went, for a narrow column; empty where nothing is known of it."""
    held_out = [(row[0], row[1]) for row in model.curve]
    return heading("Held-out distance over steps") + curve_picture([held_out], "curve") if len(held_out) > 1 else ""


def learned_from(model: SdaModel) -> str:
    """Return the size of a model's corpus in words; empty if it is unknown."""
    corpus = model.header.get("corpus")
    if not isinstance(corpus, dict) or not isinstance(corpus.get("files"), int):
        return ""
    minutes, grown = corpus.get("minutes"), corpus.get("grown")
    length = f", {duration(60 * minutes)}" if isinstance(minutes, int | float) else ""
    times = f", grown {counted(len(grown), 'time')}" if isinstance(grown, list) and grown else ""
    return f"{counted(corpus['files'], 'sound')}{length}{times}"


def representation(model: SdaModel) -> str:
    """Return what a model turns sound into, in words."""
    kind = f"{counted(model.levels, 'level')} × {model.codebook_size} codes" if model.discrete else "continuous latents"
    channels = "stereo" if model.recipe.audio.channels == 2 else "mono"
    return f"{kind}, {model.frame_rate:.1f} frames/s, {model.sample_rate} Hz, {channels}"


def held_out_in_words(model: SdaModel) -> str:
    """Return the held-out distance at the start and of the kept model; empty if it was not measured."""
    now, start = model.metrics.get("held_out"), model.metrics.get("held_out_start")
    if not isinstance(now, int | float):
        return ""
    before = f" (closed form: {start:.3f})" if isinstance(start, int | float) and start != now else ""
    return f"mel distance {now:.3f}{before}, lower is closer"


def samples_of(model: SdaModel) -> tuple[AudioClip, ...]:
    """Return the beginnings of some of a model's recordings, evenly spread over them; empty without recordings."""
    if model.memory is None or not model.memory.sounding_pieces:
        return ()
    pieces = model.memory.sounding_pieces
    chosen = {round(place) for place in np.linspace(0, len(pieces) - 1, min(SAMPLES, len(pieces)))}
    return tuple(_beginning(pieces[place], model.sample_rate) for place in sorted(chosen))


def _beginning(piece: Piece, sample_rate: int) -> AudioClip:
    samples = left_right(piece.samples[:, : round(SAMPLE_SECONDS * sample_rate)])
    return AudioClip(samples.cpu().numpy(), sample_rate, piece.name)


def _memory_in_words(model: SdaModel) -> str:
    if model.memory is None:
        return "none; it can be shared"
    return f"{duration(model.memory.seconds)}; whoever has the file has them"


def _prior_in_words(model: SdaModel) -> str:
    if model.prior is None:
        return ""
    return (
        "n-grams of its codes"
        if model.prior.is_ngram
        else f"networks for {counted(model.prior.config.levels, 'level')}"
    )


def _sliders_in_words(model: SdaModel) -> str:
    names = [] if model.sliders is None else [card.name for card in model.sliders.shown if not card.is_axis]
    return ", ".join(names) if names else "none yet"


def _file_in_words(path: Path | None) -> str:
    return f"{path}, {path.stat().st_size / 1e6:.1f} MB" if path is not None and path.is_file() else ""
