"""Sampling state of a prior: what it has heard so far, and what it says comes next, for several sounds at once.

Plain arrays, because one frame of a small network takes torch longer to start than numpy to finish. A network hears
nothing but codes, a clock and the controls; so what every code adds to its gates and to its answer stands in tables,
and the state is kept as what it adds to the next frame's gates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sda_lib.prior.network import GAIN, LevelNetwork, Prior, inputs
from sda_lib.prior.ngram import BEGIN, NGram, trigram


class Voice(Protocol):
    """Of `rows` sounds that are written side by side. `left` are the frames to the end (0: no end), `asked` [control]
    is what the controls ask for."""

    levels: int

    def scores(self, level: int, below: np.ndarray, left: int, asked: np.ndarray) -> np.ndarray:
        """Log-likelihoods [row, code] of a level in the next frame, but for a constant per row; once per frame and
        level, from level 0 on; below [level, row] are the levels under it."""
        ...

    def hear(self, column: np.ndarray) -> None:
        """What the next frame has become [level, row]."""
        ...

    def listen(self, columns: np.ndarray, left: int, asked: np.ndarray) -> None:
        """The next frames have become these in all rows [level, frame]; `left` counts from the first of them."""
        ...

    def surprise(self, columns: np.ndarray, left: int, asked: np.ndarray) -> np.ndarray:
        """Nats [n] that it would take the first row to hear each of columns [level, n] in the next frame."""
        ...


@dataclass(frozen=True, eq=False)
class Networks:
    """A prior's networks as arrays, for codebooks of `size` codes.

    `last` and `below`, per level and level k heard: tables [code, 4 * width + size] of what a code of k adds to the
    gates and the logits, in the frame before and in the same frame. `told` [number, level, 4 * width] is what clock and
    controls add to the gates; `again` [level, width, 4 * width + size + 1] what the state adds to the next gates, the
    logits, and the last code's own. `offset` [level, 4 * width] stands beside the gates, `start` [level, 4 * width +
    size] before what codes add, `stay` [level] beside the last code's own. The gates are halved, all but that of the
    content, for a logistic function is a tanh of half as much.
    """

    last: list[list[np.ndarray]]
    below: list[list[np.ndarray]]
    told: np.ndarray
    again: np.ndarray
    offset: np.ndarray
    start: np.ndarray
    stay: np.ndarray

    @classmethod
    def of(cls, prior: Prior, books: np.ndarray) -> Networks:
        """For codebooks [level, code, dim]."""
        parts = [_arrays(network, books[level]) for level, network in enumerate(prior.networks)]
        dim = books.shape[2]
        last = [[book @ part["into"][:dim] for book in books[: n + 1]] for n, part in enumerate(parts)]
        below = [[book @ part["into"][dim : 2 * dim] for book in books[:n]] for n, part in enumerate(parts)]
        gates = 4 * prior.config.width
        told = np.stack([part["into"][2 * dim :, :gates] for part in parts], 1)
        stacked = (np.stack([part[name] for part in parts]) for name in ("again", "offset", "start", "stay"))
        return cls(last, below, told, *stacked)

    @property
    def levels(self) -> int:
        return len(self.last)

    @property
    def width(self) -> int:
        return self.again.shape[1]


def _arrays(network: LevelNetwork, book: np.ndarray) -> dict[str, np.ndarray]:
    """A level's weights, from inputs [number] and state [width] to gates, logits and what the last code has more."""
    own = {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
    heard, width = 2 * network.dim, own["recur.weight_hh_l0"].shape[1]
    half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], np.float32), width)
    codes = (book - own["center"]) / own["scale"][1]
    gates = own["recur.weight_ih_l0"].T * half
    into = np.concatenate([gates, np.zeros((len(gates), len(book)), np.float32)], 1)
    into[:heard, 4 * width :] = GAIN * own["straight.weight"].T @ codes.T
    into[:heard] /= own["scale"][0]
    answer = [GAIN * own["point.weight"].T @ codes.T, GAIN * own["stay.weight"].T]
    level = GAIN * (own["point.bias"] @ codes.T - own["shrink"] * (codes**2).sum(1) / 2) + own["bias"]
    return {
        "into": into,
        "again": np.concatenate([own["recur.weight_hh_l0"].T * half, *answer], 1),
        "offset": (own["recur.bias_ih_l0"] + own["recur.bias_hh_l0"]) * half,
        "start": np.append(np.zeros(4 * width), level).astype(np.float32),
        "stay": GAIN * own["stay.bias"][0],
    }


class NetworkVoice:
    """What networks have heard: per level and row the state's cell, and what the state adds to the next gates."""

    def __init__(self, networks: Networks, rows: int) -> None:
        self.levels, self._networks = networks.levels, networks
        self._cell = np.zeros((self.levels, rows, networks.width), np.float32)
        self._next = np.repeat(networks.offset[:, None], rows, 1)
        self._last: np.ndarray | None = None
        self._said: tuple[object, np.ndarray] = (None, self._next)

    def scores(self, level: int, below: np.ndarray, left: int, asked: np.ndarray) -> np.ndarray:
        told = self._told(left, asked)[level]
        logits, self._cell[level], self._next[level] = self._step(level, self._last, below, told, slice(None))
        return logits

    def hear(self, column: np.ndarray) -> None:
        self._last = column

    def listen(self, columns: np.ndarray, left: int, asked: np.ndarray) -> None:
        networks, gates = self._networks, 4 * self._networks.width
        if not columns.shape[1]:
            return
        added = self._told_of(columns.shape[1], left, asked)
        for level in range(self.levels):
            for other, table in enumerate(networks.below[level]):
                added[:, level] += table[columns[other], :gates]
            for other, table in enumerate(networks.last[level]):
                added[1:, level] += table[columns[other, :-1], :gates]
                if self._last is not None:
                    added[0, level] += table[self._last[other, 0], :gates]
        for frame in added:
            hidden, self._cell = _gated(self._next + frame[:, None], self._cell)
            self._next = hidden @ networks.again[..., :gates] + networks.offset[:, None]
        self._last = np.repeat(columns[: self.levels, -1:], self._cell.shape[1], 1)

    def surprise(self, columns: np.ndarray, left: int, asked: np.ndarray) -> np.ndarray:
        told, total = self._told(left, asked), np.zeros(columns.shape[1], np.float32)
        last = None if self._last is None else self._last[:, :1]
        for level in range(self.levels):
            logits, *_ = self._step(level, last, columns[:level], told[level], slice(1))
            total -= log_softmax(logits)[np.arange(columns.shape[1]) if level else 0, columns[level]]
        return total

    def _told(self, left: int, asked: np.ndarray) -> np.ndarray:
        """[level, 4 * width] what clock and controls add to the next frame's gates."""
        key = (self._last is None, left, asked.tobytes())
        if self._said[0] != key:
            self._said = key, self._told_of(1, left, asked)[0]
        return self._said[1]

    def _told_of(self, count: int, left: int, asked: np.ndarray) -> np.ndarray:
        """[frame, level, 4 * width] the same for so many frames that come next."""
        begins = np.zeros(count, bool)
        begins[0] = self._last is None
        nothing, frames = np.zeros((count, 0), np.float32), np.maximum(left - np.arange(count), 0)
        return np.tensordot(
            inputs(nothing, nothing, begins, frames, np.tile(asked, (count, 1))), self._networks.told, 1
        )

    def _step(
        self, level: int, last: np.ndarray | None, below: np.ndarray, told: np.ndarray, rows: slice
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Logits [row, code] of a level's next frame, and its cell and next gates after it. The rows' past (or the one
        row's) is that of codes `last` [level, row]; the levels `below` [level, row] stand in the frame."""
        networks, gates = self._networks, 4 * self._networks.width
        heard = networks.start[level][None]
        for table, codes in zip(networks.below[level], below, strict=False):
            heard = heard + table[codes]
        for table, codes in zip(networks.last[level], () if last is None else last, strict=False):
            heard = heard + table[codes]
        hidden, cell = _gated(self._next[level, rows] + told + heard[:, :gates], self._cell[level, rows])
        answer = hidden @ networks.again[level]
        logits = answer[:, gates:-1] + heard[:, gates:]
        if last is not None:
            logits[np.arange(len(logits)), last[level]] += answer[:, -1] + networks.stay[level]
        return logits, cell, answer[:, :gates] + networks.offset[level]


def _gated(gates: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden state and cell [..., width] after gates [..., 4 * width], halved as `Networks` has them."""
    width = gates.shape[-1] // 4
    turned = np.tanh(gates)
    opened = 0.5 + 0.5 * turned
    cell = opened[..., width : 2 * width] * cell + opened[..., :width] * turned[..., 2 * width : 3 * width]
    return opened[..., 3 * width :] * np.tanh(cell), cell


class NGramVoice:
    """N-grams per level; they know nothing of ends and controls."""

    def __init__(self, grams: list[NGram], rows: int) -> None:
        self.levels, self._grams = len(grams), grams
        self._last = np.full((2, self.levels, rows), BEGIN)

    def scores(self, level: int, below: np.ndarray, left: int, asked: np.ndarray) -> np.ndarray:
        first = self._last[0, level]
        contexts = np.stack([first, self._last[1, level]] if level == 0 else [below[level - 1], first], 1)
        return np.log(np.stack([self._grams[level].probabilities(context) for context in contexts]))

    def hear(self, column: np.ndarray) -> None:
        self._last = np.stack([column, self._last[0]])

    def listen(self, columns: np.ndarray, left: int, asked: np.ndarray) -> None:
        for column in columns[: self.levels, -2:].T:
            self.hear(np.repeat(column[:, None], self._last.shape[2], 1))

    def surprise(self, columns: np.ndarray, left: int, asked: np.ndarray) -> np.ndarray:
        total, first, second = np.zeros(columns.shape[1]), *self._last[:, :, 0]
        for level, gram in enumerate(self._grams):
            contexts = (
                [(first[level], second[level])] if level == 0 else [(one, first[level]) for one in columns[level - 1]]
            )
            known = {context: -np.log(gram.probabilities(np.array(context))) for context in set(contexts)}
            places = contexts * columns.shape[1] if level == 0 else contexts
            total += [known[context][code] for context, code in zip(places, columns[level].tolist(), strict=True)]
        return total


def voices(prior: Prior, books: np.ndarray) -> Callable[[int], Voice]:
    """What makes a voice of so many rows; codebooks are [level, code, dim]."""
    if prior.recites:
        grams = grams_of(prior, books.shape[1])
        return lambda rows: NGramVoice(grams, rows)
    networks = Networks.of(prior, books)
    return lambda rows: NetworkVoice(networks, rows)


def grams_of(prior: Prior, size: int) -> list[NGram]:
    """The n-grams of a prior that has no networks."""
    ends = np.cumsum(prior.lengths.numpy())[:-1]
    sounds = np.split(prior.known.numpy(), ends, axis=1)
    return [trigram(sounds, level, size) for level in range(prior.config.levels)]


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Log-likelihoods of logits [row, code]."""
    top = logits - logits.max(1, keepdims=True)
    return top - np.log(np.exp(top).sum(1, keepdims=True))
