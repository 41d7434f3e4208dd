"""Long sounds: codes of hours that are composed block by block, each block by itself.

The random numbers of a block derive from the seed and the block's number alone, so any part of a long sound is made
without what comes before it, in constant memory. A texture's blocks are walks of their own, which begin in the
recording that the sound begins with, at its level; where two of them meet, the last frames of the first one are written
again to fit both sides. A sound of events is a row of patterns, each of which ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np
from numpy.random import Generator

from sda_lib.codec.codes import Codes
from sda_lib.codec.frames import CodeStream
from sda_lib.codec.varispeed import rate_of
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.writers.choice import choice_of, kept_near, leaning, writing_model
from sda_lib.writers.compose_codes import best_candidate, length_of, request_of
from sda_lib.writers.novelty import mean_run
from sda_lib.writers.options import AUTO, MAX_SECONDS, GenerateOptions
from sda_lib.writers.pattern import PatternWriter
from sda_lib.writers.registry import composer_of
from sda_lib.writers.request import Request, Writer
from sda_lib.writers.slider_curves import slider_steps
from sda_lib.writers.varispeed import with_varispeed

# Version of the way in which long sounds are composed; another one makes other sounds of the same options.
VERSION = 1
# Length of a block in seconds; a block of events holds at least so many of the longest of them.
BLOCK_SECONDS, EVENTS = 30.0, 3
# Seconds at the end of a texture's block that are written again to fit the next one, and seconds on either side that
# they are fitted to.
JOINT_SECONDS, CONTEXT_SECONDS = 0.5, 4.0
# Longest stretch of a recording in seconds, and in mean runs, that a walk follows: as blocks do not know each other,
# only short runs keep a sound of hours from repeating a passage of its past.
LONGEST_RUN, MEAN_RUNS = 1.0, 4.0
# Combined with the seed and a block's number, so that blocks differ from other sounds of the same seed.
DRAW = 0x10C6
# What is drawn for a block: how it begins, its codes, and its joint with the next one.
BEGINNING, CODES, JOINT = range(3)
# Blocks that are kept: a sound is read from its beginning to its end, with a little context.
KEPT = 4


def is_long(options: GenerateOptions) -> bool:
    """Return whether the options describe a sound that is composed in blocks."""
    return options.seconds != AUTO and float(options.seconds) > MAX_SECONDS


def long_codes(model: SdaModel, options: GenerateOptions) -> CodeStream:
    """Return the codes of a sound of more than MAX_SECONDS.

    Controls choose the best of several candidates for every block; a contour is not possible. Raises SdaError for a
    model without codes, and for options that need the whole sound at once.
    """
    if why := model.why_no_codes:
        raise SdaError(f"A sound of more than {MAX_SECONDS:g} s is made of codes. {why}")
    if options.contour or options.regenerate or options.levels:
        raise SdaError(
            f"A sound of more than {MAX_SECONDS:g} s is new and made part by part; leave out the contour, the part to "
            "regenerate and the levels."
        )
    return LongComposer.of(model, with_varispeed(options)).stream


@dataclass(frozen=True, eq=False)
class LongComposer:
    """Composes the blocks of a long sound.

    `request` is that of the whole sound, `writer` writes a block, `model` has all recordings. `begins` returns the
    request of a block of some frames. `is_texture`: blocks are joined.
    """

    model: SdaModel
    options: GenerateOptions
    request: Request
    writer: Writer
    begins: Callable[[int, int], Request]
    is_texture: bool
    block: int

    @classmethod
    def of(cls, model: SdaModel, options: GenerateOptions) -> LongComposer:
        """Return the composer of a sound with these options. Raises SdaError as writers do."""
        writing = writing_model(model, options)
        writer = leaning(composer_of(writing, options.writer), choice_of(model, options))
        request = request_of(model, options, rate_of(options.varispeed))
        frame_rate = model.sample_rate / model.hop
        longest = max(LONGEST_RUN, MEAN_RUNS * mean_run(options.novelty))
        request = replace(request, longest_run=max(2, round(longest * frame_rate)))
        block, generator = round(BLOCK_SECONDS * frame_rate), _generator(options, 0, BEGINNING)
        part = writer.first_part(request, generator) if isinstance(writer, PatternWriter) else None
        if isinstance(writer, PatternWriter) and part is not None and writer.parts.event[part]:
            events = [sum(writer.slot(one)) for one in (part, *writer.parts.patterned.tolist())]
            pattern = _Pattern(options, request, writer)
            return cls(model, options, request, writer, pattern.begins, False, max(block, EVENTS * max(events)))
        texture = _Texture(options, request, writer, part)
        return cls(model, options, request, writer, texture.begins, True, block)

    @property
    def stream(self) -> CodeStream:
        """The codes of the whole sound."""
        model, rate = self.model, rate_of(self.options.varispeed)
        like = Codes(np.zeros((model.levels, 1), int), model.codebook_size, model.hop, model.sample_rate)
        return CodeStream(self.part, self.request.frames, like, length_of(model, self.options, rate), rate)

    @property
    def blocks(self) -> int:
        """Number of blocks; the last one is up to twice as long as the others."""
        return max(1, self.request.frames // self.block)

    def part(self, first: int, end: int) -> np.ndarray:
        """Return the codes [level, n] of frames first..end."""
        last = self.blocks - 1
        found = [np.zeros((self.model.levels, 0), np.int64)]
        for number in range(min(first // self.block, last), min(max(first, end - 1) // self.block, last) + 1):
            begin = number * self.block
            found.append(self._moved(number).indices[:, max(0, first - begin) : max(0, end - begin)])
        return np.concatenate(found, 1)

    def frames(self, number: int) -> int:
        """Return the number of frames of a block."""
        return self.block if number < self.blocks - 1 else self.request.frames - number * self.block

    @cached_property
    def _written(self) -> Callable[[int], Codes]:
        """Returns a block as it is written by itself."""
        return lru_cache(KEPT)(self._write)

    @cached_property
    def _moved(self) -> Callable[[int], Codes]:
        """Returns a block as it is in the sound: joined with the next one, and moved by the sliders."""
        return lru_cache(KEPT)(lambda number: self._move(self._join(number), number))

    def _write(self, number: int) -> Codes:
        filled = self.request.last if number == self.blocks - 1 else 1.0
        request = replace(self.begins(number, self.frames(number)), last=filled)
        compose, generator = partial(self.writer.write, request), _generator(self.options, number, CODES)
        if not self.options.controls:
            return kept_near(self.model, self.options, compose(generator))
        best = best_candidate(writing_model(self.model, self.options), self.options, compose, generator, 0)
        return kept_near(self.model, self.options, best)

    def _join(self, number: int) -> Codes:
        """Return a block whose last frames fit the beginning of the next one."""
        codes = self._written(number)
        if not self.is_texture or number == self.blocks - 1:
            return codes
        rate = self.model.sample_rate / self.model.hop
        joint, around = max(2, round(JOINT_SECONDS * rate)), round(CONTEXT_SECONDS * rate)
        before, after = codes.indices[:, -(joint + around) :], self._written(number + 1).indices[:, :around]
        both = codes.with_indices(np.concatenate([before, after], 1))
        gap = slice(before.shape[1] - joint, before.shape[1])
        request = replace(self.request, frames=joint, recording=None, ends=False, contour=())
        filled = self.writer.fill(both, gap.start, gap.stop, request, _generator(self.options, number, JOINT))
        filled = kept_near(self.model, self.options, filled, gap)
        return codes.with_indices(np.concatenate([codes.indices[:, :-joint], filled.indices[:, gap]], 1))

    def _move(self, codes: Codes, number: int) -> Codes:
        """Return a block moved by the sliders, whose curves span the whole sound."""
        if not self.options.sliders and not self._curves:
            return codes
        here = slice(number * self.block, number * self.block + codes.frames)
        return self.model.moved(codes, {**self._steps, **{name: curve[here] for name, curve in self._curves.items()}})

    @cached_property
    def _steps(self) -> dict[str, float]:
        """The steps of the sliders that stay the same."""
        return {name: step for name, step in self.options.sliders.items() if name not in self.options.curves}

    @cached_property
    def _curves(self) -> dict[str, np.ndarray]:
        """The steps of the sliders that change over time [frame]."""
        steps = slider_steps({}, self.options.curves, self.stream)
        return {name: np.asarray(curve) for name, curve in steps.items()}


@dataclass(frozen=True, eq=False)
class _Texture:
    """How a texture's blocks begin: in the `part` of a recording that the sound begins with, and at its level.

    Where controls choose the grains, or no recordings are there, they begin as any sound does.
    """

    options: GenerateOptions
    request: Request
    writer: Writer
    part: int | None

    def begins(self, number: int, frames: int) -> Request:
        """Return the request of a block."""
        request = replace(self.request, frames=frames, recording=None, ends=False)
        if self.part is None or self.request.controls or not isinstance(self.writer, PatternWriter):
            return request
        generator = _generator(self.options, number, BEGINNING)
        level = None if number == 0 else float(self.writer.walk.planner.level[self._first])
        return replace(request, first=self.writer.texture_start(self.part, generator, level))

    @cached_property
    def _first(self) -> int:
        """The grain that the sound begins with."""
        first = self.begins(0, self.request.frames).first
        assert first is not None
        return first


@dataclass(frozen=True, eq=False)
class _Pattern:
    """How blocks of events begin: the first one as any sound does, the others with an event that a pattern goes on
    with.
    """

    options: GenerateOptions
    request: Request
    writer: PatternWriter

    def begins(self, number: int, frames: int) -> Request:
        """Return the request of a block."""
        request = replace(self.request, frames=frames)
        if number == 0 or not len(self.writer.parts.patterned):
            return request
        part = self.writer.next_part(request, _generator(self.options, number, BEGINNING))
        return replace(request, recording=int(self.writer.parts.recording[part]))


def _generator(options: GenerateOptions, number: int, what: int) -> Generator:
    """Return the generator of what is drawn for a block."""
    return np.random.default_rng([DRAW, options.seed, number, what])
