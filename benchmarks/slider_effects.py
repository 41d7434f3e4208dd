"""Sliders by measures that are not the product's own: librosa's features, the level, attack and decay times.

    python benchmarks/slider_effects.py FOLDER MODELS [--corpora drums texture] [--json FILE] [--write]

FOLDER/NAME/held_out holds sounds, MODELS/NAME.sda a model of FOLDER/NAME/train with sliders (made where missing). The
first two seconds of held-out sounds are moved along every named slider, turned into codes and decoded at Source 1.
--json keeps the figures. Writes the
section "slider-effects" of docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from pathlib import Path

import librosa
import numpy as np
import torch
from report import table, write_section
from scipy.stats import spearmanr

from sda_lib import AudioClip, Corpus, Recipe, SdaModel, learn
from sda_lib.codec.codes import Codes
from sda_lib.sliders.fit import fit_sliders
from sda_lib.sliders.settings import response_of

SECONDS, SOUNDS, TRIED_STEPS = 2.0, 5, 7
# Steps between which the level is compared.
NEAR = (-2.0, -1.0, 0.0, 1.0, 2.0)
# Band in Hz that is called warm.
WARM = (100.0, 500.0)
# Milliseconds of the window and of the hop of envelopes.
ENVELOPE = (6, 1)
# Shortest segment after an onset in seconds, longest decay time, and lowest onset strength relative to the strongest.
SHORTEST, LONGEST = 0.06, 20.0
# The measure of each slider, and whether more of the slider means more or less of it.
MEASURES = {
    "brightness": ("centroid", 1),
    "warmth": ("low_mid", 1),
    "loudness": ("rms", 1),
    "noisiness": ("flatness", 1),
    "attack": ("attack_time", -1),
    "decay": ("decay_20", 1),
}
FEATURES = ("centroid", "low_mid", "rms", "flatness", "harmonic")
FLOOR = 1e-10


def spectral(clip: AudioClip) -> dict[str, float]:
    """Return librosa's features of a clip, means over frames weighted by their power."""
    mono = clip.samples.mean(0)
    sizes = np.abs(librosa.stft(mono, n_fft=2048, hop_length=512))
    power, hertz = np.square(sizes), librosa.fft_frequencies(sr=clip.sample_rate, n_fft=2048)
    weight = power.sum(0) + FLOOR
    weight = weight / weight.sum()
    warm = power[(hertz >= WARM[0]) & (hertz <= WARM[1])].sum(0)
    flatness = librosa.feature.spectral_flatness(S=sizes)[0]
    harmonic, percussive = librosa.decompose.hpss(sizes)
    return {
        "centroid": float(weight @ librosa.feature.spectral_centroid(S=sizes, sr=clip.sample_rate)[0]),
        "low_mid": 10 * float(np.log10(warm.sum() / (power.sum() + FLOOR) + 1e-6)),
        "rms": level_of(clip),
        "flatness": 10 * float(weight @ np.log10(flatness + 1e-12)),
        "harmonic": float(
            np.square(harmonic).sum() / (np.square(harmonic).sum() + np.square(percussive).sum() + FLOOR)
        ),
    }


def level_of(clip: AudioClip) -> float:
    """Return the level in dB (RMS)."""
    return 10 * float(np.log10(np.square(clip.samples).mean() + FLOOR))


def envelope(clip: AudioClip) -> np.ndarray:
    """Return the amplitude [ms]: the root mean square of ENVELOPE."""
    wide, hop = (round(ms * clip.sample_rate / 1000) for ms in ENVELOPE)
    padded = np.pad(np.square(clip.samples).mean(0), (wide // 2, wide))
    sums = np.concatenate([[0.0], np.cumsum(padded, dtype=np.float64)])
    places = np.arange(0, clip.length, hop)
    return np.sqrt(np.maximum(sums[places + wide] - sums[places], 0) / wide)


def segments(clip: AudioClip) -> list[tuple[int, int]]:
    """Return (first, end) in ms from every onset that librosa finds, and from the beginning, to the next."""
    mono = clip.samples.mean(0)
    hop = round(clip.sample_rate * 0.005)
    found = librosa.onset.onset_detect(y=mono, sr=clip.sample_rate, hop_length=hop, units="time", backtrack=True)
    ends = [0, *(round(1000 * second) for second in found if second > SHORTEST), round(1000 * clip.seconds)]
    return [(first, end) for first, end in itertools.pairwise(ends) if end - first >= 1000 * SHORTEST]


def attack_time(level: np.ndarray) -> float:
    """Return the time from 10 to 90 % of the highest of an envelope [ms] in ms, at least 1."""
    peak = int((level >= 0.9 * level.max()).argmax())
    below = np.flatnonzero(level[: peak + 1] < 0.1 * level.max())
    return float(max(1, peak - (below[-1] if len(below) else 0)))


def decay_time(level: np.ndarray, fall: float) -> float:
    """Return the seconds from the peak of an envelope [ms] until it has fallen by `fall` dB and stays there.

    Where it does not within the segment, they are extrapolated by the regression line.
    """
    decibels = 20 * np.log10(level[int(level.argmax()) :] + FLOOR)
    high = np.flatnonzero(decibels > decibels[0] - fall)
    if high[-1] < len(decibels) - 1:
        return (high[-1] + 1) / 1000
    if len(decibels) < 30:
        return float("nan")
    slope = np.polyfit(np.arange(len(decibels)) / 1000, decibels, 1)[0]
    return float(min(LONGEST, fall / -slope)) if slope < -fall / LONGEST else LONGEST


def timing(clip: AudioClip, at: list[tuple[int, int]]) -> dict[str, float]:
    """Return attack and decay times: geometric means over segments, weighted by their peaks."""
    level = envelope(clip)
    parts = [level[first:end] for first, end in at]
    parts = [part for part in parts if len(part) and part.max() > 0]
    if not parts:
        return dict.fromkeys(("attack_time", "decay_20", "decay_40"), float("nan"))
    weights = np.array([part.max() for part in parts])
    found = {
        "attack_time": [attack_time(part) for part in parts],
        "decay_20": [decay_time(part, 20.0) for part in parts],
        "decay_40": [decay_time(part, 40.0) for part in parts],
    }
    return {name: _geometric(np.array(values), weights) for name, values in found.items()}


def _geometric(values: np.ndarray, weights: np.ndarray) -> float:
    good = np.isfinite(values)
    return float(np.exp(np.average(np.log(values[good]), weights=weights[good]))) if good.any() else float("nan")


def measured(clip: AudioClip, at: list[tuple[int, int]]) -> dict[str, float]:
    """Return every measure of a clip; attacks and decays at the segments of the unmoved sound."""
    return {**spectral(clip), **timing(clip, at)}


def model_of(folder: Path, path: Path) -> SdaModel:
    """Return the model at a path, made and fitted with sliders where needed."""
    if not path.exists():
        corpus = Corpus.from_folder(folder)
        for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, path.stem):
            pass
    model = SdaModel.load(path)
    if model.sliders is None:
        model = model.with_sliders(fit_sliders(model))
        model.save(path)
    return model


def sounds_of(model: SdaModel, folder: Path, count: int) -> list[Codes]:
    """Return the codes of the beginnings of up to `count` sounds of a folder, evenly chosen."""
    clips = list(Corpus.from_folder(folder).clips(model.sample_rate, model.recipe.audio.channels))
    chosen = np.unique(np.linspace(0, len(clips) - 1, min(count, len(clips))).round().astype(int))
    return [model.encode(clips[one].cut(round(SECONDS * model.sample_rate))) for one in chosen]


def trial(model: SdaModel, codes: Codes, name: str, at: list[tuple[int, int]]) -> dict:
    """Return the measures of a sound moved by each of some steps of a slider, those it follows and NEAR.

    `free` holds the levels at NEAR where the level is not held.
    """
    found = response_of(model, codes, model.decode(codes), name)
    inside = np.linspace(*found.followed, TRIED_STEPS).round(3).tolist() if found.is_followed else []
    steps = sorted({*inside, *NEAR})
    values = [measured(model.decode(model.moved(codes, {name: step})), at) for step in steps]
    free = [level_of(model.decode(model.moved(codes, {name: step}, holds_level=False))) for step in NEAR]
    return {"steps": steps, "inside": inside, "values": values, "free": free}


def corpus_trials(model: SdaModel, sounds: list[Codes]) -> dict:
    """Return the trials of every named slider that is shown, and the rank correlation of every card."""
    at = [segments(model.decode(codes)) for codes in sounds]
    names = [card.name for card in model.sliders.shown if not card.is_axis]
    cards = {card.name: card.rho for card in model.sliders.cards}
    found = {
        name: [trial(model, codes, name, where) for codes, where in zip(sounds, at, strict=True)] for name in names
    }
    return {"cards": cards, **found}


def rho(trials: list[dict], measure: str, sign: int) -> tuple[float, int]:
    """Return the mean rank correlation of steps and a measure over sounds that follow, and their number."""
    found = []
    for one in trials:
        values = [
            value[measure] for step, value in zip(one["steps"], one["values"], strict=True) if step in one["inside"]
        ]
        if one["inside"] and np.isfinite(values).all():
            found.append(sign * np.nan_to_num(spearmanr(one["inside"], values).statistic) if np.ptp(values) else 0.0)
    return (float(np.mean(found)) if found else 0.0), len(found)


def near(one: dict, measure: str) -> list[float]:
    """Return a measure of a sound at each of NEAR."""
    return [value[measure] for step, value in zip(one["steps"], one["values"], strict=True) if step in NEAR]


def level_cell(levels: list[list[float]]) -> str:
    """Return the mean and the largest range over NEAR of the levels of sounds in dB, and the mean change."""
    ranges, moves = np.ptp(levels, 1), np.array(levels)[:, -1] - np.array(levels)[:, 0]
    return f"{ranges.mean():.1f} ({ranges.max():.1f}), {moves.mean():+.1f}"


def row_of(corpus: str, name: str, found: dict) -> list[object]:
    """Return the row of a corpus's slider."""
    measure, sign = MEASURES[name]
    if name not in found:
        return [corpus, name, f"hidden ({found['cards'].get(name, 0):.2f})", "", "", "", "", ""]
    trials = found[name]
    value, count = rho(trials, measure, sign)
    ends = np.nanmedian([near(one, measure) for one in trials], 0)[[0, -1]]
    lines = [np.polyfit(NEAR, np.nanmean([near(one, other) for one in trials], 0), 1)[0] for other in FEATURES]
    besides = ", ".join(
        f"{other} {slope:+.2g}" for other, slope in zip(FEATURES, lines, strict=True) if other != measure
    )
    return [
        corpus, name, f"{found['cards'][name]:.2f}", f"{value:.2f} ({count} of {len(trials)})",
        f"{ends[0]:.3g}, {ends[1]:.3g}", level_cell([one["free"] for one in trials]),
        level_cell([near(one, "rms") for one in trials]), besides,
    ]  # fmt: skip


TEXT = """Held-out sounds (closed-form models, sliders fitted to the model's recordings), the first two seconds,
moved, turned into codes, decoded at Source 1, and measured without SDA: brightness by the centroid, warmth by the
share of the power in 100 to 500 Hz in dB, loudness by the RMS level, noisiness by the flatness in dB (all by librosa,
means over frames by their power), attack by the time from 10 to 90 % of the peak of a 6-ms envelope in ms, decay by
the seconds to -20 dB, both at librosa's onsets of the unmoved sound. Own rho: on the model's own sounds, by the
product's measures; a slider below 0.8 (attack, decay: 0.9) is hidden. rho: mean over sounds of Spearman's rank
correlation over seven steps as far as a sound follows. At -2, 2: medians of the measure. Level: mean (and largest)
range in dB over -2 to 2, and mean change from -2 to 2, free (as before this was held) and held. Besides: other
measures' mean change per step (harmonic: share of the power that is harmonic, by librosa's separation)."""
HEADER = ["corpus", "slider", "own rho", "rho", "at -2, 2", "level free", "level held", "besides, a step"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("models", type=Path)
    parser.add_argument("--corpora", nargs="+", default=["drums", "texture"])
    parser.add_argument("--sounds", type=int, default=SOUNDS)
    parser.add_argument("--json", type=Path, help="read figures that are there, and add new ones")
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    wishes = parser.parse_args()
    torch.set_num_threads(1)
    known = json.loads(wishes.json.read_text()) if wishes.json and wishes.json.exists() else {}
    rows: list[list[object]] = []
    for name in wishes.corpora:
        if name not in known:
            begun = time.process_time()
            model = model_of(wishes.folder / name / "train", wishes.models / f"{name}.sda")
            fitted = time.process_time() - begun
            known[name] = corpus_trials(model, sounds_of(model, wishes.folder / name / "held_out", wishes.sounds))
            print(name, f"fit {fitted:.0f} s, trials {time.process_time() - begun - fitted:.0f} s", flush=True)
            if wishes.json:
                wishes.json.write_text(json.dumps(known))
        rows += [row_of(name, slider, known[name]) for slider in MEASURES]
        print(*(" | ".join(map(str, row)) for row in rows[-len(MEASURES) :]), sep="\n", flush=True)
    text = f"{TEXT}\n\n{table(HEADER, rows)}"
    if wishes.write:
        write_section("slider-effects", "Sliders by librosa, and their level", text)


if __name__ == "__main__":
    main()
