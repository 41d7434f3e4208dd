"""What sounds that a model does not know gain by codes that are found by decoding, and how long the search takes.

    python benchmarks/corpora.py CORPORA
    OMP_NUM_THREADS=1 python benchmarks/code_search.py CORPORA FOLDER [--sets drums notes] [--write]

Makes the default model of each corpus in closed form, and encodes the held-out sounds with effort "quick" and
"thorough". FOLDER keeps the models and, in `figures.jsonl`, the figures: what it holds is not measured again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from material_reference import learned_clips
from materials import model_of

from benchmarks.realism import Ratios, ratios
from benchmarks.unheard import SETS, log_spectral_distance
from sda_lib import AudioClip, SdaModel
from sda_lib.codec.losses import mel_distance

SECONDS = 4.0
"""Most seconds that are measured of a sound."""
SOURCES = (0.0, 0.5, 1.0)
EFFORTS = ("quick", "thorough")
HEADER = ["corpus", "channels", "mel, Source 0", "", "Source 0.5", "Source 1", "lsd, dB", "flux", "rough", "onset", "x"]
MEANING = """`python benchmarks/code_search.py`: held-out sounds (at most {seconds:g} s of each) by way of their codes,
found with effort "quick" / "thorough" by the default models in closed form, with the memory of the recordings. The
multi-scale mel distance at Source 0 and its change, at Source .5 and 1; at Source 0 the log-spectral distance and the
ratios decoded / original of `benchmarks.realism` (ideal 1). x: processor time of the thorough search, one thread,
relative to the duration of the sounds. One seed. The settings of the search were chosen on files held out inside the
training folders of drums, notes, speech, texture and fifty."""


def measure(corpora: Path, folder: Path, name: str) -> dict[str, object]:
    """Make a corpus' model and return its figures by effort."""
    model = model_of(corpora / name, folder / "models" / f"{name}.sda")
    channels = model.recipe.audio.channels
    clips = learned_clips(corpora / name / "held_out", model.sample_rate, channels)
    starts = [replace(clip, samples=clip.samples[:, : round(SECONDS * clip.sample_rate)]) for clip in clips]
    return {"corpus": name, "channels": channels, **{effort: figures(model, starts, effort) for effort in EFFORTS}}


def figures(model: SdaModel, clips: Sequence[AudioClip], effort: str) -> dict[str, float]:
    """Return the distances of clips by way of their codes, and the processor time of encoding over their duration."""
    began = time.process_time()
    codes = [model.encode(clip, effort) for clip in clips]
    spent = time.process_time() - began
    decoded = {source: [model.decode(one, source) for one in codes] for source in SOURCES}
    pairs = list(zip(clips, decoded[0.0], strict=True))
    found = Ratios.mean(ratios(*pair) for pair in pairs)
    mels = {f"mel {source:g}": statistics.mean(map(mel_distance, clips, sounds)) for source, sounds in decoded.items()}
    return {
        **mels,
        "lsd": statistics.mean(log_spectral_distance(*pair) for pair in pairs),
        "flux": found.flux,
        "rough": found.roughness,
        "onset": found.onset,
        "x": spent / sum(clip.seconds for clip in clips),
    }


def cells(found: dict) -> list[object]:
    """Return a row of the table."""
    quick, thorough = (found[effort] for effort in EFFORTS)

    def pair(key: str, digits: int = 2) -> str:
        return f"{quick[key]:.{digits}f} / {thorough[key]:.{digits}f}"

    change = f"{100 * (thorough['mel 0'] / quick['mel 0'] - 1):+.1f} %"
    mels = pair("mel 0", 3), change, pair("mel 0.5", 3), pair("mel 1", 3)
    rest = [pair(key) for key in ("lsd", "flux", "rough", "onset")]
    return [found["corpus"], found["channels"], *mels, *rest, f"{thorough['x']:.2f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    file = options.folder / "figures.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    found = {one["corpus"]: one for one in map(json.loads, lines)}
    for name in options.sets:
        if name not in found:
            found[name] = measure(options.corpora, options.folder, name)
            print(json.dumps(found[name]), flush=True)
            with file.open("a") as out:
                out.write(json.dumps(found[name]) + "\n")
    write([found[name] for name in options.sets], options.write)


def write(rows: Sequence[dict], into_docs: bool) -> None:
    """Print the table, and write it into docs/BENCHMARKS.md if wanted."""
    from report import table, write_section

    text = f"{MEANING.format(seconds=SECONDS)}\n\n{table(HEADER, [cells(one) for one in rows])}"
    print(text)
    if into_docs:
        write_section("code-search", "Codes found by decoding", text)


if __name__ == "__main__":
    main()
