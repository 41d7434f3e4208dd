"""Training of a prior, level by level, as long as a network predicts the held-out codes better than counting does."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.audio.corpus import Corpus
from sda_lib.codec.codebooks import partial_latents
from sda_lib.codec.codes import range_of_names
from sda_lib.events import Event
from sda_lib.model.model import SdaModel
from sda_lib.prior.network import LevelNetwork, Prior, PriorConfig, network_inputs
from sda_lib.training.prior_data import (
    Recording,
    baselines,
    coded_recordings,
    loudness_of_codes,
    split_by_file,
    split_recordings,
)

# Most levels to try: higher ones are almost random. With few files, mostly ends of files are held out, and a network
# trained on these very files predicts them well even at levels where it fails on any other file.
MOST_LEVELS, MOST_LEVELS_OF_FEW = 3, 2
# Width of the networks, and the number of frames from which on they are wide.
NARROW, WIDE, WIDE_FRAMES = 64, 128, 20_000
# With fewer training frames no network is trained.
FEWEST_FRAMES = 60
# Levels of an n-gram prior.
NGRAM_LEVELS = 2
# Rows per batch, and frames per row.
BATCH, LENGTH = 16, 48
LEARNING_RATE, WEIGHT_DECAY, LARGEST_GRADIENT = 2e-3, 0.01, 1.0
# Dropout, and the noise added to the networks' input latents, in standard deviations of all latents: without that
# noise, the codes of held-out sounds are predicted no better than by chance.
DROPOUT, NOISE = 0.3, 0.5
# Share of rows that start at the beginning of a recording, of rows without the remaining length of sounds, and of
# controls that are given.
BEGINNING_SHARE, NO_LENGTH_SHARE, CONTROL_SHARE = 0.4, 0.25, 0.5
# Steps between two checks on the held-out codes, and checks without improvement after which a level ends.
CHECK_EVERY, PATIENCE = 20, 10
# Nats by which a network must beat counting at a level: the same held-out codes decide when its training stops, so its
# result is biased.
MARGIN = 0.03
# Steps on a throw-away copy: warm-up steps, then timed steps.
COLD_STEPS, TRIAL_STEPS = 4, 8
# Share of the remaining time that a level may take, and the fewest steps per level however little time is left.
SHARE, FEWEST_STEPS = 0.5, 200
PROGRESS_SECONDS = 0.5


def learn_prior(
    model: SdaModel,
    path: Path,
    minutes: float = 1.0,
    seed: int = 0,
    corpus: Corpus | None = None,
    steps: int | None = None,
) -> Iterator[Event]:
    """Train a prior on the model's recordings or a corpus and save the model with it at `path`; yield events.

    Minutes are converted to steps after a short measurement; with `steps` (per level) a run is reproducible. Each
    level's "metrics" event holds held-out nats per code; the "done" event describes the prior in a sentence. Raises
    SdaError when there are no codes or recordings, or too little sound.
    """
    began = time.monotonic()
    torch.manual_seed(seed)
    yield Event("progress", message="reading the recordings")
    sounds = coded_recordings(model, corpus)
    trainer = PriorTrainer(model, *split_recordings(sounds, seed), seed)
    most = MOST_LEVELS if split_by_file(sounds) else MOST_LEVELS_OF_FEW
    networks = yield from trainer.train_levels(min(most, model.levels), began + 60 * minutes, steps)
    prior = _prior(model, sounds, networks, trainer.measured)
    model.with_prior(prior).save(path)
    yield Event("saved", message=str(path))
    values = {"levels": len(networks), "seconds": time.monotonic() - began}
    yield Event("done", values=values, message=_summary(prior, model.level_names))


def _prior(model: SdaModel, sounds: Sequence[Recording], networks: list[LevelNetwork], measured: list[dict]) -> Prior:
    """Return the prior of the trained networks, or an n-gram of the recordings' codes if there are none."""
    longest = max(1, round(float(np.quantile([one.frames for one in sounds], 0.9))))
    loudness = loudness_of_codes(sounds, model.codebook_size)
    if networks:
        config = PriorConfig(len(networks), networks[0].recur.hidden_size, longest)
        return Prior(config, tuple(networks), loudness, tuple(measured))
    levels = min(NGRAM_LEVELS, model.levels)
    known = torch.from_numpy(np.concatenate([one.codes[:levels] for one in sounds], axis=1))
    lengths = torch.tensor([one.frames for one in sounds])
    config = PriorConfig(levels, 0, longest, known.shape[1], len(sounds))
    return Prior(config, (), loudness, tuple(measured), known, lengths)


def _summary(prior: Prior, names: Sequence[str]) -> str:
    """Return in a sentence what a prior predicts; `names` are those of the levels."""
    if prior.is_ngram:
        return (
            "There is too little sound for a network that predicts codes of held-out sound better than counting does; "
            "the prior is an n-gram of the recordings' codes, which stays close to them."
        )
    return f"A network predicts {range_of_names(names, 0, prior.config.levels)}; the other levels come from grains."


# Inputs [..., number] of a network, codes [...], and the codes one frame before.
Batch = tuple[Tensor, Tensor, Tensor]
# Latents [frame, dim] of the codes up to and including a level, and of the levels below it.
Latents = tuple[np.ndarray, np.ndarray]
# The best network of a level, its held-out nats per code, and the steps taken.
LevelResult = tuple[LevelNetwork, float, int]


class PriorTrainer:
    """Trainer of a prior: the data of a run, and the training of one level on it."""

    def __init__(self, model: SdaModel, train: Sequence[Recording], held_out: Sequence[Recording], seed: int) -> None:
        self.books = model.codec.bottleneck.codebooks.detach().cpu()
        self.train, self.held_out, self.seed = train, held_out, seed
        self.names = model.level_names
        self.codes = np.concatenate([one.codes for one in train], axis=1)  # [level, frame] of all recordings
        self.controls = np.concatenate([one.controls for one in train])
        self.lengths = np.array([one.frames for one in train])
        self.weights = np.array([one.weight for one in train])
        self.starts = np.cumsum(self.lengths) - self.lengths
        self.left = np.concatenate([np.arange(length, 0, -1) for length in self.lengths])
        self.frames = self.codes.shape[1]
        self.begins = np.isin(np.arange(self.frames), self.starts)
        self.scored_frames = sum(one.frames - one.scored_from for one in held_out)
        self.width = NARROW if self.frames < WIDE_FRAMES else WIDE
        self.measured: list[dict[str, float]] = []

    def train_levels(self, most: int, deadline: float, steps: int | None) -> Generator[Event, None, list[LevelNetwork]]:
        """Train level after level until one does not beat counting; return the networks of those before it."""
        networks: list[LevelNetwork] = []
        for level in range(most):
            counted = baselines(self.train, self.held_out, level, self.books.shape[1])
            self.measured.append({**counted, "frames": self.scored_frames})
            nll = math.inf
            if self.frames >= FEWEST_FRAMES:
                seconds = SHARE * (deadline - time.monotonic())
                network, nll, taken = yield from self.train_level(level, seconds, steps)
                self.measured[-1] |= {"network": nll, "steps": taken}
                networks.append(network)
            yield Event("metrics", level, values=self.measured[-1], message=self.names[level])
            if nll > min(counted.values()) - MARGIN:
                return networks[:level]
        return networks

    def train_level(self, level: int, seconds: float, steps: int | None) -> Generator[Event, None, LevelResult]:
        """Train a level's network for `steps`, or for as many as fit into `seconds`."""
        if steps is None:
            steps = max(FEWEST_STEPS, round(seconds / self._step_seconds(level)))
        network, held_out_nll = self._new_network(level), self.scorer(level)
        best, weights, waited = math.inf, copy.deepcopy(network.state_dict()), 0
        reported = began = time.monotonic()
        taken = 0
        for taken in self._optimize(level, network, steps):
            if taken % CHECK_EVERY == 0 or taken == steps:
                now, waited = held_out_nll(network), waited + 1
                if now < best:
                    best, weights, waited = now, copy.deepcopy(network.state_dict()), 0
                if waited >= PATIENCE:
                    break
            if time.monotonic() - reported > PROGRESS_SECONDS:
                reported = time.monotonic()
                left = (reported - began) * (steps - taken) / taken
                yield Event("progress", taken, steps, {"seconds_left": left}, self.names[level])
        network.load_state_dict(weights)
        return network.eval().requires_grad_(False), best, taken

    def _step_seconds(self, level: int) -> float:
        """Measure the seconds per step on a new network, after some warm-up steps."""
        began = 0.0
        for step in self._optimize(level, self._new_network(level), COLD_STEPS + TRIAL_STEPS):
            began = time.monotonic() if step == COLD_STEPS else began
        return (time.monotonic() - began) / TRIAL_STEPS

    def _new_network(self, level: int) -> LevelNetwork:
        """Return an untrained network for a level; its weights depend on the seed and the level."""
        torch.manual_seed(self.seed + level)
        network = LevelNetwork(self.books.shape[2], self.books.shape[1], self.width, DROPOUT)
        latents = torch.from_numpy(partial_latents(self.books.numpy(), self.codes, len(self.books)))
        network.fit_scale(latents, self.books[level])
        return network

    def _latents(self, level: int, codes: np.ndarray) -> Latents:
        before, below = (partial_latents(self.books.numpy(), codes, count) for count in (level + 1, level))
        return before, below

    def _optimize(self, level: int, network: LevelNetwork, steps: int) -> Iterator[int]:
        """Train the network, yielding the number of each step."""
        generator = np.random.default_rng((self.seed, level))
        optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        latents, scale = self._latents(level, self.codes), network.get_buffer("scale")
        for step in range(1, steps + 1):
            network.train()
            known, codes, previous = self._batch(level, latents, generator)
            known[..., : network.dim] += NOISE * scale[0] * torch.randn_like(known[..., : network.dim])
            loss = F.cross_entropy(network(known, self.books[level], previous).flatten(0, 1), codes.flatten())
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
            optimizer.step()
            yield step

    def _row(self, generator: np.random.Generator) -> np.ndarray:
        """Draw LENGTH + 1 frame indices: from a random position in a recording, then other recordings in random order.
        A recording is drawn as often as its weight says.

        The first index is the frame before the row. A row that starts at the beginning of a recording holds that frame
        twice.
        """
        shares = self.lengths * self.weights
        first = generator.choice(len(self.lengths), p=shares / shares.sum())
        offset = 0 if generator.random() < BEGINNING_SHARE else int(generator.integers(self.lengths[first]))
        parts = [self.starts[first] + np.arange(max(offset - 1, 0), self.lengths[first])]
        if offset == 0:
            parts.insert(0, parts[0][:1])
        count = sum(map(len, parts))
        while count <= LENGTH:
            other = self._other(generator)
            parts.append(self.starts[other] + np.arange(self.lengths[other]))
            count += len(parts[-1])
        return np.concatenate(parts)[: LENGTH + 1]

    def _other(self, generator: np.random.Generator) -> int:
        """Draw a recording, by its weight."""
        if (self.weights == self.weights[0]).all():
            return int(generator.integers(len(self.weights)))
        return int(generator.choice(len(self.weights), p=self.weights / self.weights.sum()))

    def _batch(self, level: int, latents: Latents, generator: np.random.Generator) -> Batch:
        """Draw a batch: inputs [BATCH, LENGTH, number], codes [BATCH, LENGTH], and the codes one frame before.

        In rows without the remaining length of sounds, the beginnings of sounds are not marked either, except at the
        start of a row: so a network learns to continue from one sound into the next.
        """
        (before, below), rows = latents, np.stack([self._row(generator) for _ in range(BATCH)])
        last, here = rows[:, :-1], rows[:, 1:]
        with_length = generator.random((BATCH, 1)) >= NO_LENGTH_SHARE
        begins = self.begins[here] & with_length
        begins[:, 0] = self.begins[here[:, 0]]
        given = generator.random((BATCH, 1, self.controls.shape[1])) < CONTROL_SHARE
        controls = np.where(given, self.controls[here], np.nan)
        known = network_inputs(before[last], below[here], begins, self.left[here] * with_length, controls)
        previous = np.where(begins, -1, self.codes[level][last])
        return torch.from_numpy(known), torch.from_numpy(self.codes[level][here]), torch.from_numpy(previous)

    def scorer(self, level: int) -> Callable[[LevelNetwork], float]:
        """Return a function that measures a network's mean held-out nats per code.

        The network is given the remaining length of each sound and no controls.
        """
        data = [(*self._held_out_inputs(level, sound), sound.scored_from) for sound in self.held_out]

        @torch.no_grad()
        def held_out_nll(network: LevelNetwork) -> float:
            network.eval()
            total = 0.0
            for known, codes, previous, first in data:
                logits = network(known[None], self.books[level], previous[None])[0]
                total += float(F.cross_entropy(logits[first:], codes[first:], reduction="sum"))
            return total / self.scored_frames

        return held_out_nll

    def _held_out_inputs(self, level: int, sound: Recording) -> Batch:
        """Return a sound's inputs [frame, number], codes [frame], and the codes one frame before."""
        before, below = self._latents(level, sound.codes)
        left, codes = np.arange(sound.frames, 0, -1), sound.codes[level]
        no_controls = np.full_like(sound.controls, np.nan)
        begins = np.arange(sound.frames) == 0
        known = network_inputs(np.concatenate([before[:1], before[:-1]]), below, begins, left, no_controls)
        previous = np.concatenate([[-1], codes[:-1]])
        return torch.from_numpy(known), torch.from_numpy(codes), torch.from_numpy(previous)
