"""Recurrent state and next-code log-likelihoods of a prior, batched over sounds.

NumPy arrays, because torch needs longer to start one frame of a small network than NumPy to finish it. A network's
inputs are only codes, a clock and the controls, so the contribution of every code to its gates and outputs is kept in
tables, and the state is kept as its contribution to the next frame's gates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sda_lib.prior.network import GAIN, LevelNetwork, Prior, network_inputs
from sda_lib.prior.ngram import BEGIN, NGram, trigram


@dataclass(frozen=True, eq=False)
class Networks:
    """A prior's networks as arrays, for codebooks of `size` codes.

    `previous` and `below`, per level and input level k: tables [code, 4 * width + size] of the contribution of a code
    of k to gates and logits, in the previous and in the same frame. `conditioning` [number, level, 4 * width]:
    contribution of clock and controls to the gates. `recurrent` [level, width, 4 * width + size + 1]: contribution of
    the state to the next gates, the logits, and the logit of the last code. `offset` [level, 4 * width]: bias of the
    gates; `start` [level, 4 * width + size]: bias before codes contribute; `stay` [level]: bias of the last code's
    logit. The gates are halved except the cell input, since a logistic function is a tanh of half its argument.
    """

    previous: list[list[np.ndarray]]
    below: list[list[np.ndarray]]
    conditioning: np.ndarray
    recurrent: np.ndarray
    offset: np.ndarray
    start: np.ndarray
    stay: np.ndarray

    @classmethod
    def of(cls, prior: Prior, books: np.ndarray) -> Networks:
        """Make the arrays for codebooks [level, code, dim]."""
        parts = [_arrays(network, books[level]) for level, network in enumerate(prior.networks)]
        dim, gates = books.shape[2], 4 * prior.config.width
        previous = [[book @ part["input"][:dim] for book in books[: n + 1]] for n, part in enumerate(parts)]
        below = [[book @ part["input"][dim : 2 * dim] for book in books[:n]] for n, part in enumerate(parts)]
        conditioning = np.stack([part["input"][2 * dim :, :gates] for part in parts], 1)
        stacked = (np.stack([part[name] for part in parts]) for name in ("recurrent", "offset", "start", "stay"))
        return cls(previous, below, conditioning, *stacked)


def _arrays(network: LevelNetwork, book: np.ndarray) -> dict[str, np.ndarray]:
    """Return a level's weights from inputs [number] and state [width] to gates, logits and the last code's logit."""
    own = {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
    latents, width = 2 * network.dim, own["recur.weight_hh_l0"].shape[1]
    half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], np.float32), width)
    codes = (book - own["center"]) / own["scale"][1]
    gates = own["recur.weight_ih_l0"].T * half
    weights = np.concatenate([gates, np.zeros((len(gates), len(book)), np.float32)], 1)
    weights[:latents, 4 * width :] = GAIN * own["straight.weight"].T @ codes.T
    weights[:latents] /= own["scale"][0]
    outputs = [GAIN * own["point.weight"].T @ codes.T, GAIN * own["stay.weight"].T]
    bias = GAIN * (own["point.bias"] @ codes.T - own["shrink"] * (codes**2).sum(1) / 2) + own["bias"]
    return {
        "input": weights,
        "recurrent": np.concatenate([own["recur.weight_hh_l0"].T * half, *outputs], 1),
        "offset": (own["recur.bias_ih_l0"] + own["recur.bias_hh_l0"]) * half,
        "start": np.append(np.zeros(4 * width), bias).astype(np.float32),
        "stay": GAIN * own["stay.bias"][0],
    }


class NetworkState:
    """Sampling state of networks for `rows` sounds that are written in parallel.

    It holds per level and row the LSTM cell, and the state's contribution to the next gates. In its methods, `left` is
    the number of frames to the end (0: no end), `controls` [control] the requested controls.
    """

    def __init__(self, networks: Networks, rows: int) -> None:
        self.levels, self._networks = len(networks.previous), networks
        self._gates = networks.offset.shape[1]
        self._cell = np.zeros((self.levels, rows, self._gates // 4), np.float32)
        self._next = np.repeat(networks.offset[:, None], rows, 1)
        self._last: np.ndarray | None = None
        self._conditioned: tuple[object, np.ndarray] = (None, self._next)

    def logits(self, level: int, below: np.ndarray, left: int, controls: np.ndarray) -> np.ndarray:
        """Return log-likelihoods [row, code] of a level in the next frame, up to a constant per row.

        Call once per frame and level, from level 0 on; `below` [level, row] holds the levels below.
        """
        conditioning = self._conditioning(left, controls)[level]
        logits, self._cell[level], self._next[level] = self._step(level, self._last, below, conditioning, slice(None))
        return logits

    def update(self, frame: np.ndarray) -> None:
        """Append the next frame [level, row]."""
        self._last = frame

    def condition(self, frames: np.ndarray, left: int, controls: np.ndarray) -> None:
        """Append the next frames [level, frame] to all rows; `left` counts from the first of them."""
        networks, gates = self._networks, self._gates
        if not frames.shape[1]:
            return
        added = self._conditionings(frames.shape[1], left, controls)
        for level in range(self.levels):
            for codes, table in zip(frames, networks.below[level], strict=False):
                added[:, level] += table[codes, :gates]
            for other, table in enumerate(networks.previous[level]):
                added[1:, level] += table[frames[other, :-1], :gates]
                if self._last is not None:
                    added[0, level] += table[self._last[other, 0], :gates]
        for frame in added:
            hidden, self._cell = _gated(self._next + frame[:, None], self._cell)
            self._next = hidden @ networks.recurrent[..., :gates] + networks.offset[:, None]
        self._last = np.repeat(frames[: self.levels, -1:], self._cell.shape[1], 1)

    def nll(self, frames: np.ndarray, left: int, controls: np.ndarray) -> np.ndarray:
        """Return the negative log-likelihood [n] in nats of each of the frames [level, n] as the first row's next
        frame.
        """
        conditioning, total = self._conditioning(left, controls), np.zeros(frames.shape[1], np.float32)
        last = None if self._last is None else self._last[:, :1]
        for level in range(self.levels):
            logits, *_ = self._step(level, last, frames[:level], conditioning[level], slice(1))
            total -= log_softmax(logits)[np.arange(frames.shape[1]) if level else 0, frames[level]]
        return total

    def _conditioning(self, left: int, controls: np.ndarray) -> np.ndarray:
        """Return the contribution [level, 4 * width] of clock and controls to the next frame's gates."""
        key = (self._last is None, left, controls.tobytes())
        if self._conditioned[0] != key:
            self._conditioned = key, self._conditionings(1, left, controls)[0]
        return self._conditioned[1]

    def _conditionings(self, count: int, left: int, controls: np.ndarray) -> np.ndarray:
        """Return the contribution [frame, level, 4 * width] of clock and controls to the next `count` frames' gates."""
        begins = np.zeros(count, bool)
        begins[0] = self._last is None
        nothing, frames = np.zeros((count, 0), np.float32), np.maximum(left - np.arange(count), 0)
        values = network_inputs(nothing, nothing, begins, frames, np.tile(controls, (count, 1)))
        return np.tensordot(values, self._networks.conditioning, 1)

    def _step(
        self, level: int, last: np.ndarray | None, below: np.ndarray, conditioning: np.ndarray, rows: slice
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the logits [row, code] of a level's next frame, and its cell and next gates after it.

        `last` [level, row] are the codes of the previous frame, `below` [level, row] those of the lower levels in this
        frame; `rows` selects the rows of the state (one row of state serves any number of frames).
        """
        networks, gates = self._networks, self._gates
        known = networks.start[level][None]
        for tables, codes in ((networks.below[level], below), (networks.previous[level], () if last is None else last)):
            for table, code in zip(tables, codes, strict=False):
                known = known + table[code]
        hidden, cell = _gated(self._next[level, rows] + conditioning + known[:, :gates], self._cell[level, rows])
        output = hidden @ networks.recurrent[level]
        logits = output[:, gates:-1] + known[:, gates:]
        if last is not None:
            logits[np.arange(len(logits)), last[level]] += output[:, -1] + networks.stay[level]
        return logits, cell, output[:, :gates] + networks.offset[level]


def _gated(gates: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return hidden state and cell [..., width] after gates [..., 4 * width], halved as in `Networks`."""
    width = gates.shape[-1] // 4
    squashed = np.tanh(gates)
    opened = 0.5 + 0.5 * squashed
    cell = opened[..., width : 2 * width] * cell + opened[..., :width] * squashed[..., 2 * width : 3 * width]
    return opened[..., 3 * width :] * np.tanh(cell), cell


class NGramState:
    """Sampling state of n-grams per level, with the methods of NetworkState; ends and controls are ignored."""

    def __init__(self, ngrams: list[NGram], rows: int) -> None:
        self.levels, self._ngrams = len(ngrams), ngrams
        self._last = np.full((2, self.levels, rows), BEGIN)

    def logits(self, level: int, below: np.ndarray, left: int, controls: np.ndarray) -> np.ndarray:
        first = self._last[0, level]
        contexts = np.stack([first, self._last[1, level]] if level == 0 else [below[level - 1], first], 1)
        return np.log(np.stack([self._ngrams[level].probabilities(context) for context in contexts]))

    def update(self, frame: np.ndarray) -> None:
        self._last = np.stack([frame, self._last[0]])

    def condition(self, frames: np.ndarray, left: int, controls: np.ndarray) -> None:
        for frame in frames[: self.levels, -2:].T:
            self.update(np.repeat(frame[:, None], self._last.shape[2], 1))

    def nll(self, frames: np.ndarray, left: int, controls: np.ndarray) -> np.ndarray:
        total, first, second = np.zeros(frames.shape[1]), *self._last[:, :, 0]
        for level, ngram in enumerate(self._ngrams):
            contexts = [(first[0], second[0])] * frames.shape[1]
            if level:
                contexts = [(code, first[level]) for code in frames[level - 1]]
            known = {context: -np.log(ngram.probabilities(np.array(context))) for context in set(contexts)}
            total += [known[context][code] for context, code in zip(contexts, frames[level].tolist(), strict=True)]
        return total


SamplingState = NetworkState | NGramState


def sampling_states(prior: Prior, books: np.ndarray) -> Callable[[int], SamplingState]:
    """Return a factory of sampling states of a given number of rows; codebooks are [level, code, dim]."""
    if prior.is_ngram:
        sounds = prior.sounds()
        ngrams = [trigram(sounds, level, books.shape[1]) for level in range(prior.config.levels)]
        return lambda rows: NGramState(ngrams, rows)
    networks = Networks.of(prior, books)
    return lambda rows: NetworkState(networks, rows)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return the log-likelihoods of logits [row, code]."""
    top = logits - logits.max(1, keepdims=True)
    return top - np.log(np.exp(top).sum(1, keepdims=True))
