"""Training of a prior: level after level, as long as a network tells the held-out codes better than counting does."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.audio.corpus import Corpus
from sda_lib.events import Event
from sda_lib.model.model import SdaModel
from sda_lib.prior.network import LevelNetwork, Prior, PriorConfig, inputs, partial_latents
from sda_lib.training.prior_data import Recording, baselines, loudness_of_codes, recordings, split, split_by_file

MOST_LEVELS, MOST_LEVELS_OF_FEW = 3, 2
"""Levels that are tried at most: the higher ones are as good as random. Of few files mostly ends are held out, and a
network that was made for these very files tells them well on levels where it tells no other file."""
NARROW, WIDE, WIDE_FRAMES = 64, 128, 20_000
"""Width of the networks, and from how many frames on they are wide."""
FEWEST_FRAMES = 60
"""With fewer frames to learn from, there is no network."""
RECITED_LEVELS = 2
"""Levels of an n-gram prior."""
BATCH, LENGTH = 16, 48
"""Rows of a batch, and frames of a row."""
LEARNING_RATE, WEIGHT_DECAY, LARGEST_GRADIENT = 2e-3, 0.01, 1.0
DROPOUT, NOISE = 0.3, 0.5
"""NOISE is what is added to the latents that a network hears, in standard deviations of all latents: without it, sounds
that it never heard are told no better than by chance."""
FROM_BEGIN, UNTOLD, ASKED = 0.4, 0.25, 0.5
"""Share of rows that start where a recording does, of those in which nobody says how long sounds last, and of controls
that are asked for."""
CHECK_EVERY, PATIENCE = 20, 10
"""Steps between two looks at the held-out codes, and looks without a better result before a level is done."""
MARGIN = 0.03
"""Nats by which a network must tell a level better than counting does, since the same codes say when it stops."""
COLD_STEPS, TRIAL_STEPS = 4, 8
"""Steps on a throw-away copy: first some that only warm the machine up, then those whose time is measured."""
SHARE, FEWEST_STEPS = 0.5, 200
"""Of the time that is left, what a level may take; and the steps that it may take however late it is."""
PROGRESS_SECONDS = 0.5


def learn_prior(
    model: SdaModel,
    path: Path,
    minutes: float = 1.0,
    seed: int = 0,
    corpus: Corpus | None = None,
    steps: int | None = None,
) -> Iterator[Event]:
    """Give the model a prior, learned from its own recordings or a corpus, and save it at `path`. Raises SdaError.

    Minutes become steps after a short measurement; with `steps` (per level) a run repeats exactly. Every level's
    "metrics" event holds held-out nats per code; "done" says in words what the prior is.
    """
    began = time.monotonic()
    torch.manual_seed(seed)
    yield Event("progress", message="listening to the recordings")
    sounds = recordings(model, corpus)
    train, held_out = split(sounds, seed)
    course = Course(model, train, held_out, seed)
    networks, measured = [], []
    most = MOST_LEVELS if split_by_file(sounds) else MOST_LEVELS_OF_FEW
    for level in range(min(most, model.levels)):
        measured.append({**baselines(train, held_out, level, model.codebook_size), "frames": course.judged})
        if course.frames < FEWEST_FRAMES:
            yield Event("metrics", level, values=measured[-1])
            break
        left = SHARE * (60 * minutes - (time.monotonic() - began))
        network, nll, taken = yield from course.level(level, left, steps)
        measured[-1] |= {"network": nll, "steps": taken}
        yield Event("metrics", level, values=measured[-1])
        if nll > min(measured[-1][name] for name in ("uniform", "unigram", "trigram")) - MARGIN:
            break
        networks.append(network)
    prior = _prior(model, sounds, networks, measured)
    model.with_prior(prior).save(path)
    yield Event("saved", message=str(path))
    yield Event("done", values={"levels": len(networks), "seconds": time.monotonic() - began}, message=_words(prior))


def _prior(model: SdaModel, sounds: Sequence[Recording], networks: list[LevelNetwork], measured: list[dict]) -> Prior:
    longest = max(1, round(float(np.quantile([one.frames for one in sounds], 0.9))))
    loudness = loudness_of_codes(sounds, model.codebook_size)
    if networks:
        config = PriorConfig(len(networks), networks[0].recur.hidden_size, longest)
        return Prior(config, tuple(networks), loudness, tuple(measured))
    levels = min(RECITED_LEVELS, model.levels)
    known = torch.from_numpy(np.concatenate([one.codes[:levels] for one in sounds], axis=1))
    lengths = torch.tensor([one.frames for one in sounds])
    config = PriorConfig(levels, 0, longest, known.shape[1], len(sounds))
    return Prior(config, (), loudness, tuple(measured), known, lengths)


def _words(prior: Prior) -> str:
    if prior.recites:
        return (
            "There is too little sound for a network that tells codes of unheard sound better than counting does; "
            "the prior is an n-gram of the recordings' codes, which stays close to them."
        )
    levels = prior.config.levels
    return f"A network tells level{'s 0 to ' + str(levels - 1) if levels > 1 else ' 0'}; the others come from grains."


@dataclass(frozen=True)
class _Table:
    """All train recordings one after the other: codes [level, frame], frames left, whether one begins, what controls
    would ask for; and where each begins and how long it is."""

    codes: np.ndarray
    left: np.ndarray
    begins: np.ndarray
    asked: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, sounds: Sequence[Recording]) -> _Table:
        lengths = np.array([one.frames for one in sounds])
        starts = np.cumsum(lengths) - lengths
        left = np.concatenate([np.arange(length, 0, -1) for length in lengths])
        begins = np.isin(np.arange(lengths.sum()), starts)
        codes = np.concatenate([one.codes for one in sounds], axis=1)
        return cls(codes, left, begins, np.concatenate([one.asked for one in sounds]), starts, lengths)

    def row(self, generator: np.random.Generator) -> np.ndarray:
        """LENGTH + 1 frames: a place before the first one heard, then recordings from there on in random order. A row
        that starts where a recording does has that place twice."""
        first = generator.choice(len(self.lengths), p=self.lengths / self.lengths.sum())
        offset = 0 if generator.random() < FROM_BEGIN else int(generator.integers(self.lengths[first]))
        parts = [self.starts[first] + np.arange(max(offset - 1, 0), self.lengths[first])]
        if offset == 0:
            parts.insert(0, parts[0][:1])
        count = sum(map(len, parts))
        while count <= LENGTH:
            other = generator.integers(len(self.lengths))
            parts.append(self.starts[other] + np.arange(self.lengths[other]))
            count += len(parts[-1])
        return np.concatenate(parts)[: LENGTH + 1]


class Course:
    """The data of a run, and the training of one level with it."""

    def __init__(self, model: SdaModel, train: Sequence[Recording], held_out: Sequence[Recording], seed: int) -> None:
        self.books = model.codec.bottleneck.codebooks.detach().cpu()
        self.table, self.held_out, self.seed = _Table.of(train), held_out, seed
        self.frames = self.table.codes.shape[1]
        self.judged = sum(one.frames - one.judged for one in held_out)
        self.width = NARROW if self.frames < WIDE_FRAMES else WIDE

    def level(self, level: int, seconds: float, steps: int | None) -> Iterator[Event]:
        """Train a level's network; returns (the best network, its held-out nats per code, steps taken)."""
        if steps is None:
            steps = max(FEWEST_STEPS, round(seconds / self._step_seconds(level)))
        network, judge = self._blank(level), self.judge(level)
        best, weights, waited = math.inf, copy.deepcopy(network.state_dict()), 0
        spoke = began = time.monotonic()
        taken = 0
        for taken in self._optimize(level, network, steps):
            if taken % CHECK_EVERY == 0 or taken == steps:
                now, waited = judge(network), waited + 1
                if now < best:
                    best, weights, waited = now, copy.deepcopy(network.state_dict()), 0
                if waited >= PATIENCE:
                    break
            if time.monotonic() - spoke > PROGRESS_SECONDS:
                spoke = time.monotonic()
                left = (spoke - began) * (steps - taken) / taken
                yield Event("progress", taken, steps, {"seconds_left": left}, f"level {level}")
        network.load_state_dict(weights)
        return network.eval().requires_grad_(False), best, taken

    def _step_seconds(self, level: int) -> float:
        began = 0.0
        for step in self._optimize(level, self._blank(level), COLD_STEPS + TRIAL_STEPS):
            began = time.monotonic() if step == COLD_STEPS else began
        return (time.monotonic() - began) / TRIAL_STEPS

    def _blank(self, level: int) -> LevelNetwork:
        torch.manual_seed(self.seed + level)
        network = LevelNetwork(self.books.shape[2], self.books.shape[1], self.width, DROPOUT)
        latents = torch.from_numpy(partial_latents(self.books.numpy(), self.table.codes, len(self.books)))
        network.fit_scale(latents, self.books[level])
        return network

    def _optimize(self, level: int, network: LevelNetwork, steps: int) -> Iterator[int]:
        """Take steps; says the number of each."""
        generator = np.random.default_rng((self.seed, level))
        optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        book = self.books[level]
        before, below = (partial_latents(self.books.numpy(), self.table.codes, n) for n in (level + 1, level))
        for step in range(1, steps + 1):
            network.train()
            heard, codes, standing = self._batch(level, before, below, generator)
            heard[..., : network.dim] += NOISE * network.scale[0] * torch.randn_like(heard[..., : network.dim])
            loss = F.cross_entropy(network(heard, book, standing).flatten(0, 1), codes.flatten())
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
            optimizer.step()
            yield step

    def _batch(
        self, level: int, before: np.ndarray, below: np.ndarray, generator: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs [BATCH, LENGTH, number], codes [BATCH, LENGTH] and those one frame before. Where nobody says how long
        sounds last, nobody says that one begins either, but at a row's start: so a network learns to go on from sound
        to sound."""
        table = self.table
        rows = np.stack([table.row(generator) for _ in range(BATCH)])
        last, here = rows[:, :-1], rows[:, 1:]
        told = generator.random((BATCH, 1)) >= UNTOLD
        begins = table.begins[here] & told
        begins[:, 0] = table.begins[here[:, 0]]
        wanted = generator.random((BATCH, 1, table.asked.shape[1])) < ASKED
        asked = np.where(wanted, table.asked[here], np.nan)
        heard = inputs(before[last], below[here], begins, table.left[here] * told, asked)
        standing = np.where(begins, -1, table.codes[level][last])
        return torch.from_numpy(heard), torch.from_numpy(table.codes[level][here]), torch.from_numpy(standing)

    def judge(self, level: int):
        """What measures a network: mean held-out nats per code, told how long each sound lasts."""
        heard = []
        for sound in self.held_out:
            before, below = (partial_latents(self.books.numpy(), sound.codes, n) for n in (level + 1, level))
            begins = np.arange(sound.frames) == 0
            nobody = np.full_like(sound.asked, np.nan)
            left = np.arange(sound.frames, 0, -1)
            own = inputs(np.concatenate([before[:1], before[:-1]]), below, begins, left, nobody)
            standing = np.concatenate([[-1], sound.codes[level, :-1]])
            heard.append((*map(torch.from_numpy, (own, sound.codes[level], standing)), sound.judged))

        @torch.no_grad()
        def judge(network: LevelNetwork) -> float:
            network.eval()
            total = 0.0
            for own, codes, standing, judged in heard:
                logits = network(own[None], self.books[level], standing[None])[0]
                total += float(F.cross_entropy(logits[judged:], codes[judged:], reduction="sum"))
            return total / self.judged

        return judge
