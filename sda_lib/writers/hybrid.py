"""The writer `hybrid`: a walk whose jumps are steered by a prior.

The walk continues and jumps as usual; at a jump, the prior's negative log-likelihood of each candidate's codes, given
the whole walk so far, is added to the distance. So jumps lead to grains that sound alike and that are likely after all
that came before, not after the last frame alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sda_lib.model.model import SdaModel
from sda_lib.prior.network import control_values, no_prior
from sda_lib.prior.sampling_state import SamplingState, sampling_states
from sda_lib.writers.prior_writer import PAST
from sda_lib.writers.request import Request
from sda_lib.writers.walk import Walk

# Cost of one nat of the prior, in typical distances between a grain and its neighbors.
WEIGHT = 0.5
# Mean run in seconds from novelty 0.5 on: shorter than a plain walk's, as the prior selects better jumps.
MIDDLE_RUN = 0.1


def steered(model: SdaModel, walk_of: Callable[[], Walk]) -> Walk:
    """Return a model's walk steered by its prior. Raises SdaError when the model lacks recordings or a prior."""
    walk = walk_of()
    if model.prior is None:
        raise no_prior(model.name)
    new_state = sampling_states(model.prior, model.codebooks.vectors)
    codes = walk.graph.codes[: model.prior.config.levels]

    def steering(request: Request, ends: bool) -> PriorSteering:
        return PriorSteering(new_state(1), codes, request, ends)

    return replace(walk, steering=steering, middle_run=MIDDLE_RUN)


class PriorSteering:
    """Steer a walk by a prior's sampling state with one row; codes [level, grain] are those of the prior's levels."""

    def __init__(self, state: SamplingState, codes: np.ndarray, request: Request, ends: bool) -> None:
        self._state, self._codes = state, codes
        self._controls = control_values(request.controls)
        self._left = request.frames + request.beyond if ends else 0
        self._pending: list[int] = []
        if request.before is not None:
            state.condition(request.before.indices[: len(codes), -PAST:], 0, control_values({}))

    def record(self, grain: int) -> None:
        self._pending.append(grain)

    def costs(self, grains: np.ndarray) -> np.ndarray:
        """Return the cost [n] of each grain in units of the walk.

        The sampling state is updated only here, since a run of frames costs little more than one frame.
        """
        self._state.condition(self._codes[:, self._pending], self._left, self._controls)
        self._left = max(self._left - len(self._pending), 0)
        self._pending.clear()
        return WEIGHT * self._state.nll(self._codes[:, grains], self._left, self._controls)
