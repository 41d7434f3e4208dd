"""What is written here beside what scikit-learn and librosa have for it: processor time and how good the result is.

    OMP_NUM_THREADS=1 python benchmarks/libraries.py [--write]

Sounds are those of data/demo: as they are, percussive ones at known times, and tones of known pitch over their noise.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import scipy.linalg
import torch
from report import table, write_section
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from sda_lib import AudioClip, Corpus
from sda_lib.analysis.features import Spectra, brightness, noisiness
from sda_lib.analysis.onsets import onset_times
from sda_lib.analysis.pitch import pitch_of
from sda_lib.codec.clustering import k_means, nearest_rows
from sda_lib.codec.linear_fit import principal_components
from sda_lib.memory.graph import MIN_JUMP_SECONDS, NEIGHBORS, nearest_pairs, pair_keys

DEMO, RATE = Path(__file__).parents[1] / "data" / "demo", 44100
PERCUSSIVE = ("elec_", "perc_", "tabla_")
CLOSE, COUNT = 0.025, 120
"""Seconds within which an onset is the one that was set, and how many are set."""
HEADER = ["what", "by", "CPU ms", "result"]
FRAMES, BLOCK, DIM, CODES = 8192, 2048, 48, 64
"""Frames and sizes of a small corpus: numbers of log-mel blocks, of latents, of codes in a codebook."""
TEXT = """CPU milliseconds of one thread, and how good the result is. Imports, in CPU-s beside torch and what SDA
loads to open a model: {imports}. Onsets: {count} onsets at known times, found within 25 ms. Pitches: 28 tones of 1 s
with eight partials, from 33 Hz to 4 kHz, over the noise of `vinyl_rewind` at -40 dB, within 50 cents."""


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """CPU milliseconds, best of two after one to warm up, and what comes of it."""
    result, spent = work(), []
    for _ in range(2):
        before = time.process_time()
        result = work()
        spent.append(1000 * (time.process_time() - before))
    return min(spent), result


def row(what: str, by: str, work: Callable[[], object], judge: Callable[[object], str]) -> list[object]:
    spent, result = timed(work)
    found = [what, by, f"{spent:.1f}", judge(result)]
    print(*found, sep="  ", flush=True)
    return found


def import_seconds(module: str) -> str:
    """CPU seconds that a module takes when a model can be opened already, in a process of its own."""
    code = (
        "import time, sda_lib.model.model; before = time.process_time(); "
        f"import {module} as m; getattr(m, 'onset', 0); print(f'{{time.process_time() - before:.2f}}')"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return f"{module} {out.stdout.strip()}"


# --- scikit-learn


def frames(count: int, dim: int) -> torch.Tensor:
    """[frame, dim] that wander as latents do, with fewer and fewer variance from the first to the last dimension."""
    noise = np.random.default_rng(0).standard_normal((count, dim))
    for frame in range(1, count):
        noise[frame] = 0.9 * noise[frame - 1] + 0.44 * noise[frame]
    return torch.from_numpy((noise / np.arange(1, dim + 1) ** 0.5).astype(np.float32))


def component_rows() -> list[list[object]]:
    rows = frames(FRAMES, BLOCK)
    centered = rows - rows.mean(0)

    def kept(axes: torch.Tensor) -> str:
        return f"{float((centered @ axes).square().sum() / centered.square().sum()):.6f} of the variance"

    def by_covariance() -> torch.Tensor:
        covariance = (centered.T @ centered).double().numpy()
        vectors = scipy.linalg.eigh(covariance, subset_by_index=[BLOCK - DIM, BLOCK - 1])[1]
        return torch.from_numpy(vectors[:, ::-1].copy()).float()

    def by_pca() -> torch.Tensor:
        return torch.from_numpy(PCA(DIM, svd_solver="covariance_eigh").fit(centered.numpy()).components_.T.copy())

    what = f"{DIM} principal components of {FRAMES} × {BLOCK}"
    return [
        row(what, "scipy's eigh of the covariance, as SDA did before", by_covariance, kept),
        row(what, "PCA, covariance_eigh", by_pca, kept),
        row(what, "randomized_svd, as SDA does", lambda: principal_components(centered, DIM), kept),
    ]


def cluster_rows() -> list[list[object]]:
    points = frames(FRAMES, DIM)

    def error(centers: torch.Tensor) -> str:
        squared = (points - centers[nearest_rows(points, centers)]).square().sum(1)
        return f"{float(squared.mean()):.4f} mean squared distance"

    def theirs(init: str, rounds: int) -> Callable[[], torch.Tensor]:
        return lambda: torch.from_numpy(
            KMeans(CODES, init=init, n_init=1, max_iter=rounds, random_state=0).fit(points.numpy()).cluster_centers_
        )

    what = f"{CODES} clusters of {FRAMES} × {DIM}"
    start = lambda: torch.from_numpy(kmeans_plusplus(points.numpy(), CODES, random_state=0)[0])  # noqa: E731
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # eight iterations are set
        return [
            row(what, "ours, 8 rounds", lambda: k_means(points, CODES, torch.Generator().manual_seed(0)), error),
            row(what, "kmeans_plusplus, no rounds", start, error),
            row(what, "KMeans, random, 8 rounds", theirs("random", 8), error),
            row(what, "KMeans, k-means++, 8 rounds", theirs("k-means++", 8), error),
        ]


def neighbor_rows(count: int) -> list[list[object]]:
    latents, ban = frames(count, DIM), round(MIN_JUMP_SECONDS * RATE / 2048)
    remaining = 200 - np.arange(count) % 200
    pairs, file = pair_keys(latents, remaining), torch.from_numpy(np.arange(count) // 200)
    exact = torch.cdist(pairs[:200].double(), pairs.double())

    def usable(rows: np.ndarray) -> list[set[int]]:
        return [set(row[: NEIGHBORS // 4].tolist()) for row in rows[:200]]

    def found(index: np.ndarray) -> str:
        near = exact.clone()
        near[:, remaining <= 1] = np.inf
        here = torch.arange(count)
        near[((here[:200, None] - here).abs() <= ban) & (file[:200, None] == file)] = np.inf
        truth = usable(near.argsort(1).numpy())
        share = np.mean([len(a & b) / len(a) for a, b in zip(truth, usable(index), strict=True)])
        return f"{100 * share:.1f} % of the 12 nearest"

    def theirs() -> np.ndarray:
        columns = np.flatnonzero(remaining > 1)
        search = NearestNeighbors(n_neighbors=NEIGHBORS + 2 * ban + 1, algorithm="brute").fit(pairs[columns].numpy())
        index = columns[search.kneighbors(pairs.numpy(), return_distance=False)]
        here = np.arange(count)[:, None]
        banned = (np.abs(index - here) <= ban) & (file.numpy()[index] == file.numpy()[:, None])
        return np.take_along_axis(index, banned.argsort(1, kind="stable"), 1)[:, :NEIGHBORS]

    what = f"{NEIGHBORS} neighbors of {count} grains"
    ours = lambda: nearest_pairs(pairs, file, torch.from_numpy(remaining), ban)[1].numpy()  # noqa: E731
    return [row(what, "ours", ours, found), row(what, "NearestNeighbors, brute", theirs, found)]


# --- librosa


def struck(clips: list[AudioClip], count: int) -> tuple[AudioClip, np.ndarray]:
    """Percussive sounds in sequence, partly overlapping, and their onset times in seconds."""
    draws = np.random.default_rng(0)
    times = np.cumsum(draws.uniform(0.12, 0.6, count))
    samples = np.zeros((1, round((times[-1] + 2) * RATE)), np.float32)
    for at in times:
        one = clips[draws.integers(len(clips))].samples[0]
        one = one[int((np.abs(one) > 0.03 * np.abs(one).max()).argmax()) :][: 2 * RATE]
        first = round(at * RATE)
        samples[0, first : first + len(one)] += one[: samples.shape[1] - first] / np.abs(one).max()
    return AudioClip(samples / 4, RATE), times


def onset_rows(clips: list[AudioClip]) -> list[list[object]]:
    clip, times = struck([clip for clip in clips if clip.name.startswith(PERCUSSIVE)], COUNT)
    noise = np.random.default_rng(0).standard_normal(10 * RATE).astype(np.float32) / 10

    def judged(found: np.ndarray) -> str:
        hits = [np.abs(found - at).min() for at in times]
        right = sum(hit <= CLOSE for hit in hits)
        score, off = 2 * right / (len(found) + len(times)), np.median([hit for hit in hits if hit <= CLOSE])
        return f"F {score:.3f}, {1000 * off:.1f} ms off in the middle"

    def row_of(by: str, detect: Callable[[AudioClip], np.ndarray]) -> list[object]:
        more = f"; in 10 s of white noise {len(detect(AudioClip(noise[None], RATE)))}"
        return row(what, by, lambda: detect(clip), lambda found: judged(found) + more)

    def theirs(hop: int, backtrack: bool) -> Callable[[AudioClip], np.ndarray]:
        options = {"sr": RATE, "hop_length": hop, "backtrack": backtrack, "units": "time"}
        return lambda clip: librosa.onset.onset_detect(y=clip.samples[0], **options)

    what = f"onsets of {clip.seconds:.0f} s"
    return [
        row_of("ours", onset_times),
        row_of("onset_detect", theirs(512, False)),
        row_of("onset_detect, backtrack", theirs(512, True)),
        row_of("onset_detect, hop 128", theirs(128, False)),
    ]


def tones(noise: np.ndarray) -> list[tuple[float, AudioClip]]:
    """Hz and a tone of a second."""
    time_ = np.arange(RATE) / RATE
    found = []
    for note in range(24, 108, 3):
        hertz = 440 * 2 ** ((note - 69) / 12)
        partials = [np.sin(2 * np.pi * hertz * k * time_) / k for k in range(1, 9) if hertz * k < RATE / 2]
        tone = 0.3 * np.exp(-2 * time_) * sum(partials) + 0.01 * noise
        found.append((hertz, AudioClip(tone[None].astype(np.float32), RATE)))
    return found


def pitch_rows(clips: list[AudioClip]) -> list[list[object]]:
    rough = next(clip for clip in clips if clip.name.startswith("vinyl_rewind")).samples[0]
    known = tones(np.resize(rough / np.abs(rough).max(), RATE))

    def judged(found: list[float]) -> str:
        cents = [1200 * abs(np.log2(max(one, 1) / hertz)) for one, (hertz, _) in zip(found, known, strict=True)]
        right = [one for one in cents if one <= 50]
        return f"{len(right)} of {len(known)}, {np.median(right):.1f} cents off in the middle"

    span = {"fmin": 27.0, "fmax": 4500.0, "sr": RATE, "frame_length": 4096, "hop_length": 1024}

    def yin() -> list[float]:
        return [float(np.median(librosa.yin(clip.samples[0], **span))) for _, clip in known]

    def pyin() -> list[float]:
        return [float(np.nan_to_num(np.nanmedian(librosa.pyin(clip.samples[0], **span)[0]))) for _, clip in known]

    what = f"pitches of {len(known)} tones"
    ours = lambda: [pitch_of(clip).hertz for _, clip in known]  # noqa: E731
    return [row(what, "ours", ours, judged), row(what, "yin", yin, judged), row(what, "pyin", pyin, judged)]


def feature_rows(clips: list[AudioClip]) -> list[list[object]]:
    spectra = [Spectra.of(clip) for clip in clips]

    def ranked(reference: Callable[[Spectra], np.ndarray]) -> Callable[[list[float]], str]:
        wanted = np.argsort(np.argsort([reference(one).mean() for one in spectra]))
        return lambda found: f"ranks as ours: {np.corrcoef(wanted, np.argsort(np.argsort(found)))[0, 1]:.3f}"

    def each(measure: Callable[[AudioClip], np.ndarray]) -> Callable[[], list[float]]:
        return lambda: [float(np.mean(measure(clip))) for clip in clips]

    def centroid(clip: AudioClip) -> np.ndarray:
        return librosa.feature.spectral_centroid(y=clip.samples[0], sr=clip.sample_rate)

    def flatness(clip: AudioClip) -> np.ndarray:
        return np.log(librosa.feature.spectral_flatness(y=clip.samples[0]))

    return [
        row(
            f"brightness of {len(clips)} sounds",
            "ours",
            each(lambda clip: brightness(Spectra.of(clip))),
            ranked(brightness),
        ),
        row(f"brightness of {len(clips)} sounds", "spectral_centroid", each(centroid), ranked(brightness)),
        row(
            f"noisiness of {len(clips)} sounds",
            "ours",
            each(lambda clip: noisiness(Spectra.of(clip))),
            ranked(noisiness),
        ),
        row(f"noisiness of {len(clips)} sounds", "spectral_flatness", each(flatness), ranked(noisiness)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    imports = ", ".join(import_seconds(module) for module in ("sklearn.decomposition", "sklearn.cluster", "librosa"))
    clips = list(Corpus.from_folder(DEMO).clips(RATE, 1))
    rows = [*component_rows(), *cluster_rows(), *neighbor_rows(6000), *neighbor_rows(20000)]
    rows += [*onset_rows(clips), *pitch_rows(clips), *feature_rows(clips)]
    if options.write:
        text = f"{TEXT.format(imports=imports, count=COUNT)}\n\n{table(HEADER, rows)}"
        write_section("libraries", "Beside scikit-learn and librosa", text)


if __name__ == "__main__":
    main()
