"""Recurrent state and next-code log-likelihoods of a prior, batched over sounds.

NumPy arrays, because torch needs longer to start one frame of a small network than NumPy to finish it. A network's
inputs are only codes, a clock and the controls, so the contribution of every code to its gates and outputs is kept in
tables, and the state is kept as its contribution to the next frame's gates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sda_lib.prior.network import GAIN, LevelNetwork, Prior, network_inputs
from sda_lib.prior.ngram import BEGIN, NGram, trigram


class SamplingState(Protocol):
    """Sampling state of `rows` sounds that are written in parallel.

    `left` is the number of frames to the end (0: no end), `controls` [control] the requested controls.
    """

    levels: int

    def logits(self, level: int, below: np.ndarray, left: int, controls: np.ndarray) -> np.ndarray:
        """Return log-likelihoods [row, code] of a level in the next frame, up to a constant per row.

        Call once per frame and level, from level 0 on; `below` [level, row] holds the levels below.
        """
        ...

    def update(self, column: np.ndarray) -> None:
        """Append the next frame [level, row]."""
        ...

    def condition(self, columns: np.ndarray, left: int, controls: np.ndarray) -> None:
        """Append the next frames [level, frame] to all rows; `left` counts from the first of them."""
        ...

    def nll(self, columns: np.ndarray, left: int, controls: np.ndarray) -> np.ndarray:
        """Return the negative log-likelihood [n] in nats of each of the frames [level, n] as the first row's next
        frame.
        """
        ...


@dataclass(frozen=True, eq=False)
class Networks:
    """A prior's networks as arrays, for codebooks of `size` codes.

    `last` and `below`, per level and input level k: tables [code, 4 * width + size] of the contribution of a code of k
    to gates and logits, in the previous and in the same frame. `told` [number, level, 4 * width]: contribution of clock
    and controls to the gates. `again` [level, width, 4 * width + size + 1]: contribution of the state to the next
    gates, the logits, and the logit of the last code. `offset` [level, 4 * width]: bias of the gates; `start`
    [level, 4 * width + size]: bias before codes contribute; `stay` [level]: bias of the last code's logit. The gates
    are halved except the cell input, since a logistic function is a tanh of half its argument.
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
        """Make the arrays for codebooks [level, code, dim]."""
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
        """Number of levels."""
        return len(self.last)

    @property
    def width(self) -> int:
        """Width of the networks."""
        return self.again.shape[1]


def _arrays(network: LevelNetwork, book: np.ndarray) -> dict[str, np.ndarray]:
    """Return a level's weights from inputs [number] and state [width] to gates, logits and the last code's logit."""
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


class NetworkState:
    """Sampling state of networks: per level and row the LSTM cell, and the state's contribution to the next gates."""

    def __init__(self, networks: Networks, rows: int) -> None:
        self.levels, self._networks = networks.levels, networks
        self._cell = np.zeros((self.levels, rows, networks.width), np.float32)
        self._next = np.repeat(networks.offset[:, None], rows, 1)
        self._last: np.ndarray | None = None
        self._said: tuple[object, np.ndarray] = (None, self._next)

    def logits(self, level: int, below: np.ndarray, left: int, controls: np.ndarray) -> np.ndarray:
        told = self._told(left, controls)[level]
        logits, self._cell[level], self._next[level] = self._step(level, self._last, below, told, slice(None))
        return logits

    def update(self, column: np.ndarray) -> None:
        self._last = column

    def condition(self, columns: np.ndarray, left: int, controls: np.ndarray) -> None:
        networks, gates = self._networks, 4 * self._networks.width
        if not columns.shape[1]:
            return
        added = self._told_of(columns.shape[1], left, controls)
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

    def nll(self, columns: np.ndarray, left: int, controls: np.ndarray) -> np.ndarray:
        told, total = self._told(left, controls), np.zeros(columns.shape[1], np.float32)
        last = None if self._last is None else self._last[:, :1]
        for level in range(self.levels):
            logits, *_ = self._step(level, last, columns[:level], told[level], slice(1))
            total -= log_softmax(logits)[np.arange(columns.shape[1]) if level else 0, columns[level]]
        return total

    def _told(self, left: int, controls: np.ndarray) -> np.ndarray:
        """Return the contribution [level, 4 * width] of clock and controls to the next frame's gates."""
        key = (self._last is None, left, controls.tobytes())
        if self._said[0] != key:
            self._said = key, self._told_of(1, left, controls)[0]
        return self._said[1]

    def _told_of(self, count: int, left: int, controls: np.ndarray) -> np.ndarray:
        """Return the contribution [frame, level, 4 * width] of clock and controls to the next `count` frames' gates."""
        begins = np.zeros(count, bool)
        begins[0] = self._last is None
        nothing, frames = np.zeros((count, 0), np.float32), np.maximum(left - np.arange(count), 0)
        return np.tensordot(
            network_inputs(nothing, nothing, begins, frames, np.tile(controls, (count, 1))), self._networks.told, 1
        )

    def _step(
        self, level: int, last: np.ndarray | None, below: np.ndarray, told: np.ndarray, rows: slice
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the logits [row, code] of a level's next frame, and its cell and next gates after it.

        `last` [level, row] are the codes of the previous frame, `below` [level, row] those of the lower levels in this
        frame; `rows` selects the rows of the state (one row of state serves any number of frames).
        """
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
    """Return hidden state and cell [..., width] after gates [..., 4 * width], halved as in `Networks`."""
    width = gates.shape[-1] // 4
    turned = np.tanh(gates)
    opened = 0.5 + 0.5 * turned
    cell = opened[..., width : 2 * width] * cell + opened[..., :width] * turned[..., 2 * width : 3 * width]
    return opened[..., 3 * width :] * np.tanh(cell), cell


class NGramState:
    """Sampling state of n-grams per level; ends and controls are ignored."""

    def __init__(self, grams: list[NGram], rows: int) -> None:
        self.levels, self._grams = len(grams), grams
        self._last = np.full((2, self.levels, rows), BEGIN)

    def logits(self, level: int, below: np.ndarray, left: int, controls: np.ndarray) -> np.ndarray:
        first = self._last[0, level]
        contexts = np.stack([first, self._last[1, level]] if level == 0 else [below[level - 1], first], 1)
        return np.log(np.stack([self._grams[level].probabilities(context) for context in contexts]))

    def update(self, column: np.ndarray) -> None:
        self._last = np.stack([column, self._last[0]])

    def condition(self, columns: np.ndarray, left: int, controls: np.ndarray) -> None:
        for column in columns[: self.levels, -2:].T:
            self.update(np.repeat(column[:, None], self._last.shape[2], 1))

    def nll(self, columns: np.ndarray, left: int, controls: np.ndarray) -> np.ndarray:
        total, first, second = np.zeros(columns.shape[1]), *self._last[:, :, 0]
        for level, gram in enumerate(self._grams):
            contexts = (
                [(first[level], second[level])] if level == 0 else [(one, first[level]) for one in columns[level - 1]]
            )
            known = {context: -np.log(gram.probabilities(np.array(context))) for context in set(contexts)}
            places = contexts * columns.shape[1] if level == 0 else contexts
            total += [known[context][code] for context, code in zip(places, columns[level].tolist(), strict=True)]
        return total


def sampling_states(prior: Prior, books: np.ndarray) -> Callable[[int], SamplingState]:
    """Return a factory of sampling states of a given number of rows; codebooks are [level, code, dim]."""
    if prior.is_ngram:
        grams = ngrams_of(prior, books.shape[1])
        return lambda rows: NGramState(grams, rows)
    networks = Networks.of(prior, books)
    return lambda rows: NetworkState(networks, rows)


def ngrams_of(prior: Prior, size: int) -> list[NGram]:
    """Return the n-grams of a prior without networks."""
    ends = np.cumsum(prior.lengths.numpy())[:-1]
    sounds = np.split(prior.known.numpy(), ends, axis=1)
    return [trigram(sounds, level, size) for level in range(prior.config.levels)]


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return the log-likelihoods of logits [row, code]."""
    top = logits - logits.max(1, keepdims=True)
    return top - np.log(np.exp(top).sum(1, keepdims=True))
