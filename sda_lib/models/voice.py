"""Sampling state of a prior: what it has heard so far, and what it says comes next, for several sounds at once.

Plain arrays, because one frame of a small network takes torch longer to start than numpy to finish.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from sda_lib.models.ngram import BEGIN, NGram, trigram
from sda_lib.models.prior import GAIN, LevelNetwork, Prior, inputs, inputs_of, partial_latents


class Voice(Protocol):
    """Of `rows` sounds that are written side by side."""

    levels: int

    def scores(self, level: int, below: np.ndarray, left: int, asked: np.ndarray) -> np.ndarray:
        """Log-likelihoods [row, code] of a level in the next frame, once per frame and level, from level 0 on; below
        [level, row] are the levels under it, `left` the frames to the end (0: no end)."""
        ...

    def hear(self, column: np.ndarray) -> None:
        """What the next frame has become [level, row]."""
        ...


class NetworkVoice:
    """A prior's networks, with weights as arrays and a state per level and row."""

    def __init__(self, prior: Prior, books: np.ndarray, rows: int) -> None:
        self.levels, self.books = prior.config.levels, books
        self._cells = [_Cell(network, books[level]) for level, network in enumerate(prior.networks)]
        width = prior.config.width
        self._hidden = np.zeros((self.levels, rows, width), np.float32)
        self._cell = np.zeros_like(self._hidden)
        self._last: np.ndarray | None = None
        self._heard = np.zeros((rows, inputs_of(books.shape[2])), np.float32)

    def scores(self, level: int, below: np.ndarray, left: int, asked: np.ndarray) -> np.ndarray:
        dim, heard = self.books.shape[2], self._heard
        if level == 0:
            nothing = np.zeros(0, np.float32)
            heard[:, 2 * dim :] = inputs(nothing, nothing, np.array(self._last is None), np.array(left), asked)
        heard[:, :dim] = 0.0 if self._last is None else partial_latents(self.books, self._last, level + 1)
        heard[:, dim : 2 * dim] = partial_latents(self.books, below, level) if level else 0.0
        logits, stay, self._hidden[level], self._cell[level] = self._cells[level](
            heard, self._hidden[level], self._cell[level]
        )
        if self._last is not None:
            logits[np.arange(len(logits)), self._last[level]] += stay
        return _log_softmax(logits)

    def hear(self, column: np.ndarray) -> None:
        self._last = column


class _Cell:
    """One step of a LevelNetwork in numpy."""

    def __init__(self, network: LevelNetwork, book: np.ndarray) -> None:
        own = {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
        self.dim = network.dim
        into = own["recur.weight_ih_l0"].T.copy()
        into[: 2 * self.dim] /= own["scale"][0]
        self.into, self.again = into, own["recur.weight_hh_l0"].T.copy()
        self.offset = own["recur.bias_ih_l0"] + own["recur.bias_hh_l0"]
        codes = (book - own["center"]) / own["scale"][1]
        self.point = GAIN * own["point.weight"].T @ codes.T
        self.straight = GAIN / own["scale"][0] * own["straight.weight"].T @ codes.T
        self.stay, self.stay_bias = GAIN * own["stay.weight"][0], GAIN * own["stay.bias"][0]
        level = own["point.bias"] @ codes.T - own["shrink"] * (codes**2).sum(1) / 2
        self.bias = GAIN * level + own["bias"]

    def __call__(self, heard: np.ndarray, hidden: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, ...]:
        """Inputs [row, number] and both states [row, width] -> logits [row, code], what the last code
        has more [row], and the new states."""
        width, gates = hidden.shape[1], heard @ self.into + hidden @ self.again + self.offset
        content = np.tanh(gates[:, 2 * width : 3 * width])
        gates = _sigmoid(gates)
        cell = gates[:, width : 2 * width] * cell + gates[:, :width] * content
        hidden = gates[:, 3 * width :] * np.tanh(cell)
        logits = hidden @ self.point + heard[:, : 2 * self.dim] @ self.straight + self.bias
        return logits, hidden @ self.stay + self.stay_bias, hidden, cell


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


def grams_of(prior: Prior, size: int) -> list[NGram]:
    """The n-grams of a prior that has no networks."""
    ends = np.cumsum(prior.lengths.numpy())[:-1]
    sounds = np.split(prior.known.numpy(), ends, axis=1)
    return [trigram(sounds, level, size) for level in range(prior.config.levels)]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    top = logits - logits.max(1, keepdims=True)
    return top - np.log(np.exp(top).sum(1, keepdims=True))
