"""What the hop decides: closed-form held-out distance and attacks at hop 2048 and 1024, at one bit rate and twice it.

    OMP_NUM_THREADS=1 python benchmarks/hops.py CORPORA --sets fifty drums texture tabla --write

CORPORA is what benchmarks/corpora.py made. Seconds per corpus; mono; Source 0.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

import torch
from report import table, write_section

from benchmarks.realism import Ratios, ratios
from sda_lib import Corpus, Recipe
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codec import Codec
from sda_lib.codec.losses import mel_distance
from sda_lib.memory.decode import synthesize
from sda_lib.training.closed_form import fit_codec, fit_noise
from sda_lib.training.encoding import latent_of
from sda_lib.training.segments import CorpusSound

SETTINGS = ((2048, 12), (1024, 6), (1024, 12))
TEXT = """Closed form, mono, 256 codes, Source 0, one seed; `mel` is the held-out distance, `onset` the steepness of
held-out attacks over the recordings'. The default hop is 2048, and 1024 where the median file is shorter than three
quarters of a second (a limit chosen by looking at this table)."""


def sounds(folder: Path) -> list[CorpusSound]:
    """A folder's sounds, mono."""
    return [CorpusSound.of(clip) for clip in Corpus.from_folder(folder).clips(48000, 1)]


@torch.no_grad()
def scores(train: list[CorpusSound], held_out: list[CorpusSound], hop: int, levels: int) -> tuple[float, float]:
    """Mean held-out mel distance and onset ratio."""
    recipe = Recipe().override(codec__hop=hop, codec__levels=levels)
    codec = Codec(recipe.audio, recipe.codec).eval()
    fit_codec(codec, train)
    fit_noise(codec, train, held_out)
    pairs = []
    for sound in held_out:
        latent = codec.quantize(latent_of(codec, sound)[None]).latent[0]
        samples, _ = synthesize(codec, None, latent, 0.0)
        pairs.append((sound.clip, AudioClip(samples[:, : sound.length].numpy(), 48000)))
    return statistics.mean(mel_distance(*pair) for pair in pairs), Ratios.mean(ratios(*pair) for pair in pairs).onset


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sets", nargs="+", default=["fifty", "drums", "texture", "tabla"])
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    rows = []
    for name in options.sets:
        train, held_out = (sounds(options.corpora / name / part) for part in ("train", "held_out"))
        median = statistics.median(sound.seconds for sound in train)
        found = [scores(train, held_out, *setting) for setting in SETTINGS]
        rows.append([name, f"{median:.2f}", *(f"{mel:.3f} / {onset:.2f}" for mel, onset in found)])
        print(*rows[-1], sep=" | ", flush=True)
    header = ["corpus", "median file, s", *(f"hop {hop} x {levels}: mel / onset" for hop, levels in SETTINGS)]
    text = f"{TEXT}\n\n{table(header, rows)}"
    print(text)
    if options.write:
        write_section("hops", "Hop: bits against attacks", text)


if __name__ == "__main__":
    main()
