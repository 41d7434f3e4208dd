"""Operations on a sound with a writer: continue, vary and morph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.random import Generator

from sda_lib.codec.codec import Codec
from sda_lib.codec.codes import Codes
from sda_lib.codec.placement import mixed_placement
from sda_lib.errors import SdaError
from sda_lib.memory.graph import Graph
from sda_lib.writers.novelty import code_latents
from sda_lib.writers.request import Request, Writer
from sda_lib.writers.walk import Walk


def continue_sound(writer: Writer, codes: Codes, request: Request, generator: Generator) -> Codes:
    """Return the sound continued by `request.frames` frames. A partly filled last frame is regenerated."""
    before = codes.with_indices(codes.indices[:, : codes.whole_frames])
    after = writer.write(replace(request, before=before), generator)
    return before.with_indices(np.concatenate([before.indices, after.indices], axis=1))


def vary(writer: Writer, codes: Codes, request: Request, generator: Generator) -> Codes:
    """Return the whole sound with the request's levels (default: all but the first) regenerated.

    Raises SdaError when the codes have one level only and the request has no levels.
    """
    if codes.levels == 1 and request.levels is None:
        raise SdaError("Codes of one level have nothing besides their structure to vary; regenerate a part instead.")
    levels = request.levels or (1, codes.levels)
    return writer.fill(codes, 0, codes.frames, replace(request, levels=levels), generator)


def morph(codec: Codec, a: Codes, b: Codes, request: Request, generator: Generator) -> Codes:
    """Return `request.frames` frames that jump between two sounds where both are alike: a walk over these two only.

    Raises SdaError when the sounds' codes come from different models.
    """
    if (a.levels, a.codebook_size, a.hop) != (b.levels, b.codebook_size, b.hop):
        raise SdaError("The two sounds' codes come from different models; encode both with the same one.")
    both = replace(
        a,
        indices=np.concatenate([a.indices, b.indices], 1),
        length=None,
        lead=0,
        fraction=0.0,
        **mixed_placement(a, b, 0.5),
    )
    latents = torch.from_numpy(code_latents(codec, both.indices))
    graph = Graph.of(latents, (a.frames, b.frames), np.zeros(both.frames), both, other_recordings=True)
    return Walk(graph, codec).write(replace(request, before=None, controls={}, ends=False), generator)
