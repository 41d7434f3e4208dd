"""Blind comparison: which of several sounds is preferred without knowing which is which, and ABX trials.

The order of the sounds follows from a seed. Whoever listens must not see it, nor anything else that depends on it.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sda_lib.errors import SdaError

# The label of the unknown sound of an ABX trial.
X = "X"
# Bits of a seed that cannot be guessed.
SEED_BITS = 63


def new_seed() -> int:
    """Return a seed that cannot be guessed, 0 to 2^63 - 1."""
    return secrets.randbits(SEED_BITS)


@dataclass(frozen=True)
class BlindVotes:
    """Votes for the sound that is preferred, each in another order.

    Args:
        names: names of the sounds, two or more.
        seed: the seed from which every order follows.
        votes: the name of the preferred sound of every round.
    """

    names: tuple[str, ...]
    seed: int = field(default_factory=new_seed)
    votes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.names) < 2:
            raise SdaError("A blind comparison needs two sounds or more.")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that hide the names: 1, 2, 3 …"""
        return tuple(str(number) for number in range(1, len(self.names) + 1))

    @property
    def order(self) -> tuple[str, ...]:
        """The name behind every label in this round."""
        shuffled = np.random.default_rng([self.seed, len(self.votes)]).permutation(len(self.names))
        return tuple(self.names[place] for place in shuffled)

    def answer(self, label: str) -> BlindVotes:
        """Return the votes with one for a label, which begins the next round. Raises SdaError for another label."""
        if label not in self.labels:
            raise SdaError(f"There is no sound {label!r}; the sounds are {', '.join(self.labels)}.")
        return replace(self, votes=(*self.votes, self.order[self.labels.index(label)]))

    @property
    def counts(self) -> dict[str, int]:
        """Number of votes for every sound by name."""
        return {name: self.votes.count(name) for name in self.names}


@dataclass(frozen=True)
class AbxTrials:
    """Trials in which X is one of two sounds, and the listener says which.

    Args:
        names: names of the two sounds.
        seed: the seed from which X follows in every trial.
        answers: the name that was taken for X's in every trial.
    """

    names: tuple[str, str]
    seed: int = field(default_factory=new_seed)
    answers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len({*self.names, X}) < 3:
            raise SdaError("ABX needs two sounds with names of their own, neither of which is X.")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the three sounds: both names, and X."""
        return (*self.names, X)

    @property
    def order(self) -> tuple[str, ...]:
        """The name behind every label in this trial."""
        return (*self.names, self.x_of(len(self.answers)))

    def x_of(self, trial: int) -> str:
        """Return the name of the sound that is X in a trial, counted from 0."""
        return self.names[int(np.random.default_rng([self.seed, trial]).integers(2))]

    def answer(self, label: str) -> AbxTrials:
        """Return the trials with an answer, a name, which begins the next trial. Raises SdaError for another name."""
        if label not in self.names:
            raise SdaError(f"X is {' or '.join(self.names)}, not {label!r}.")
        return replace(self, answers=(*self.answers, label))

    @property
    def correct(self) -> int:
        """Number of right answers."""
        return sum(answer == self.x_of(trial) for trial, answer in enumerate(self.answers))

    @property
    def p_value(self) -> float:
        """Probability of at least as many right answers by guessing."""
        return binomial_p(self.correct, len(self.answers))


def binomial_p(correct: int, trials: int) -> float:
    """Return the probability of at least `correct` of `trials` right answers by guessing between two, exactly.

    Raises SdaError unless 0 <= correct <= trials.
    """
    if not 0 <= correct <= trials:
        raise SdaError(f"There can't be {correct} right answers in {trials} trials; give 0 to {trials}.")
    return sum(math.comb(trials, count) for count in range(correct, trials + 1)) / 2**trials


BlindTest = BlindVotes | AbxTrials


def result_in_words(result: BlindTest) -> str:
    """Return what a blind comparison found as a sentence."""
    if isinstance(result, BlindVotes):
        counts = ", ".join(f"{name} {count}" for name, count in result.counts.items())
        return f"Votes: {counts}."
    a, b = result.names
    right = f"{result.correct} of {len(result.answers)} right"
    return f"ABX of {a} and {b}: {right}, p = {_rounded(result.p_value)}."


def result_to_plain(result: BlindTest) -> dict[str, Any]:
    """Return a result as plain data: the names with their votes, or the trials with X, the answers and p."""
    if isinstance(result, BlindVotes):
        return {"kind": "votes", "names": list(result.names), "votes": list(result.votes)}
    x = [result.x_of(trial) for trial in range(len(result.answers))]
    answers = {"x": x, "answers": list(result.answers), "p": result.p_value}
    return {"kind": "abx", "names": list(result.names), **answers}


def _rounded(p: float) -> str:
    """Return a probability with two significant digits."""
    return f"{p:.2g}"
