"""An n-gram of codes with back-off: the baseline for a network, and the writer for small corpora.

Counts of a code after its context are interpolated with those of ever shorter contexts, down to the uniform
distribution, weighted by the number of different codes seen after each (Witten & Bell, 1991). The contexts of level 0
are its own last codes; those of any other level are the code below it in the same frame, then its own last one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Code in a context for frames before a sound's beginning.
BEGIN = -1


class NGram:
    """An n-gram of one level.

    Contexts [n, order - 1] start with the most predictive code, which back-off drops last.
    """

    def __init__(self, size: int, contexts: np.ndarray, codes: np.ndarray) -> None:
        """Count codes [n], each below `size`, after contexts [n, order - 1]."""
        self.size = size
        self.tables: list[dict[bytes, np.ndarray]] = []
        for length in range(contexts.shape[1] + 1):
            seen: dict[bytes, list[int]] = {}
            for key, code in zip(_keys(contexts, length), codes.tolist(), strict=True):
                seen.setdefault(key, []).append(code)
            self.tables.append({key: np.array(after) for key, after in seen.items()})

    def probabilities(self, context: np.ndarray, length: int | None = None) -> np.ndarray:
        """Return the probabilities [code] after a context [order - 1], using its first `length` codes (None: all)."""
        found = np.full(self.size, 1 / self.size)
        for order, table in enumerate(self.tables[: None if length is None else length + 1]):
            after = table.get(_keys(context[None], order)[0])
            if after is None:
                break
            counts = np.bincount(after, minlength=self.size)
            kinds = np.count_nonzero(counts)
            found = (counts + kinds * found) / (len(after) + kinds)
        return found

    def nll(self, contexts: np.ndarray, codes: np.ndarray, length: int | None = None) -> float:
        """Return the mean negative log-likelihood in nats of codes [n] after contexts [n, order - 1]."""
        pairs = zip(contexts, codes.tolist(), strict=True)
        return float(np.mean([-np.log(self.probabilities(context, length)[code]) for context, code in pairs]))


def contexts_of(indices: np.ndarray, level: int) -> np.ndarray:
    """Return the contexts [frame, 2] of a level's codes, from codes [level, frame] of a sound."""
    own = indices[level]
    before = np.concatenate([[BEGIN], own[:-1]])
    if level == 0:
        return np.stack([before, np.concatenate([[BEGIN, BEGIN], own])[: len(own)]], 1)
    return np.stack([indices[level - 1], before], 1)


def trigram(sounds: Sequence[np.ndarray], level: int, size: int) -> NGram:
    """Return the trigram of a level of sounds, each [level, frame]."""
    contexts = np.concatenate([contexts_of(one, level) for one in sounds])
    return NGram(size, contexts, np.concatenate([one[level] for one in sounds]))


def _keys(contexts: np.ndarray, length: int) -> list[bytes]:
    """Return the first `length` codes of every context as keys."""
    return [row.tobytes() for row in np.ascontiguousarray(contexts[:, :length], dtype=np.int64)]
