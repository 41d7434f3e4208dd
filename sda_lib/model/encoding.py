"""The way from sound to codes or latents, which a trained model takes for clips and for files of any length."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sda_lib.audio.chunks import HeldBlocks
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.code_search import PART_FRAMES, closer_codes, nearest_codes
from sda_lib.codec.codec import EncodedWindow
from sda_lib.codec.codes import Codes
from sda_lib.codec.placement import Placement
from sda_lib.errors import SdaError
from sda_lib.memory.excerpt_search import ExcerptSearch
from sda_lib.memory.recognize import Recognizer
from sda_lib.memory.recognized_sound import RecognizedSound, recognized_codes
from sda_lib.model.facts import ModelFacts
from sda_lib.prior.gaussian import Latents
from sda_lib.work_steps import Steps, counted, drained

# How much time codes are searched for, and the longest sound for which "auto" takes the time.
EFFORTS = ("auto", "quick", "thorough")
THOROUGH_SECONDS = 60.0
SEARCHING = "finding closer codes"


@dataclass(frozen=True, eq=False)
class EncodingModel(ModelFacts):
    """A trained model as an encoder."""

    def latent(self, clip: AudioClip) -> Tensor:
        """Return continuous latents [frame, dim] of a clip of any sample rate and channel count."""
        return torch.cat([window.latent for window in self.codec.encode([self._samples(clip)])])

    def encode(self, clip: AudioClip, effort: str = "auto") -> Codes:
        """Encode a clip as codes, which store its length; see `encode_stream`."""
        return self.encode_stream([self._samples(clip)], effort)

    def encode_in_steps(self, clip: AudioClip) -> Steps[Codes]:
        """Encode a clip as `encode` does with effort "thorough", in steps of a fraction of a second each.

        Raises SdaError for a continuous model and an empty sound.
        """
        self.need_codes()
        samples = self._samples(clip)
        count = -(-samples.shape[1] // (PART_FRAMES * self.hop))
        codes, _ = yield from counted(self._encoded([samples], thorough=True), count, SEARCHING)
        return codes

    def encode_stream(self, blocks: Iterable[np.ndarray], effort: str = "auto") -> Codes:
        """Encode a sound given in float32 blocks [channel, time] of the model's sample rate and channel count.

        A part of one of the model's recordings, at any level, gets the recording's codes (`excerpt` says which part).
        Other sounds get the codes nearest to their latents (effort "quick"), or, with "thorough", codes that decode
        closer to the sound, which takes about as long as the sound. "auto" is thorough for sounds of up to
        THOROUGH_SECONDS. Raises SdaError for a continuous model, an unknown effort and an empty sound.
        """
        self.need_codes()
        check_effort(effort)
        if effort != "auto":
            return drained(self._encoded(blocks, effort == "thorough"))[0]
        held = HeldBlocks(blocks, THOROUGH_SECONDS * self.sample_rate)
        codes, whole = drained(self._encoded(held, thorough=False))
        return codes if whole or held.held is None else drained(self._encoded(held.held, thorough=True))[0]

    @torch.no_grad()
    def _encoded(self, blocks: Iterable[np.ndarray], thorough: bool) -> Generator[None, None, tuple[Codes, bool]]:
        """Return the codes of a sound, and whether the whole of it is a part of a recording.

        It yields after every part of the search.
        """
        sound, table = self._recognized_sound(blocks), list[np.ndarray]()
        for codes in self._quantized(sound, thorough):
            table.append(codes.cpu().numpy().astype(np.uint16))
            yield
        found, facts = sound.recognized(), (self.codebook_size, self.hop, self.sample_rate, sound.length)
        if found is not None and self.memory is not None and self.memory.codes is not None:
            own = self.memory.codes[:, found.first : found.end]
            return Codes(own.cpu().numpy(), *facts, **found.placement), True
        return Codes(np.concatenate(table, 1), *facts), False

    def _quantized(self, sound: Iterable[EncodedWindow], thorough: bool) -> Iterator[Tensor]:
        """Yield the codes [level, n] of a sound part by part; frames of a recording get its own."""
        search = closer_codes if thorough else nearest_codes
        parts = (part for window in sound for part in search(self.codec, window))
        return (codes for _, codes in parts) if self.memory is None else recognized_codes(self.memory, parts)

    def encoded_latents(self, clip: AudioClip) -> Latents:
        """Return the continuous latents of a clip, which decode closer to it than its codes.

        Args:
            clip: a clip of any sample rate and channel count.

        Raises SdaError for an empty sound.

        Example:
            >>> latents = model.encoded_latents(clip)
            >>> latents.values.shape[1] == model.recipe.codec.latent_dim
            True
        """
        return self.encode_latents([self._samples(clip)])

    def encode_latents(self, blocks: Iterable[np.ndarray]) -> Latents:
        """Return continuous latents of a sound given as in `encode_stream`. Raises SdaError for an empty sound."""
        sound = self._recognized_sound(blocks)
        values = torch.cat([window.latent for window in sound])
        found = sound.recognized()
        if found is not None and self.memory is not None:
            values = self.memory.keys[found.first : found.end]
            return Latents(values, sound.length, self.hop, self.sample_rate, **found.placement)
        return self.latents(values, sound.length)

    def _recognized_sound(self, blocks: Iterable[np.ndarray]) -> RecognizedSound:
        """Return the latents of a sound that is looked for in the recordings."""
        search = self._excerpt_search
        return RecognizedSound(self.codec, blocks, None if search is None else Recognizer(search))

    @cached_property
    def _excerpt_search(self) -> ExcerptSearch | None:
        return None if self.memory is None else ExcerptSearch(self.memory)

    def latents(self, values: Tensor | np.ndarray, length: int, like: Placement | None = None) -> Latents:
        """Return latents [frame, dim] as a sound of `length` samples at rate 1, placed like `like`."""
        values = torch.as_tensor(values, dtype=torch.float32, device=self.usage.device)
        placement = {} if like is None else like.placement
        return Latents(values, length, self.hop, self.sample_rate, **placement)

    def _samples(self, clip: AudioClip) -> np.ndarray:
        return clip.with_channels(self.recipe.audio.channels).resampled(self.sample_rate).samples


def check_effort(name: str) -> None:
    """Do nothing for one of EFFORTS. Raises SdaError for any other name."""
    if name not in EFFORTS:
        raise SdaError(f"There is no effort {name!r}; there are {', '.join(EFFORTS)}.")
