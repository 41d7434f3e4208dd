"""Encode sound to latents in windows, with memory that does not grow with the sound.

The encoder's receptive field is a few frames, so a window with enough of them on either side gives the same result as
the whole sound. All sounds are encoded this way, and the window positions depend on the sound's length alone, so that
reading it in blocks gives identical results.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.audio.chunks import windows
from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import mid_side, modulus

# Code frames encoded at once.
WINDOW_FRAMES = 256


@torch.no_grad()
def latents(codec: Codec, blocks: Iterable[np.ndarray]) -> Iterator[tuple[Tensor, int]]:
    """Encode left/right blocks [channel, time] at the codec's rate and channel count.

    Yields latents [frame, dim] window by window, each with its number of samples; the end of the sound is padded with
    silence.
    """
    hop = codec.config.hop
    for window in windows(blocks, WINDOW_FRAMES * hop, codec.latent_reach * hop):
        signal = mid_side(torch.tensor(window.samples)).to(codec.mean.device)
        signal = F.pad(signal, (0, -signal.shape[-1] % hop))
        log_mel = codec.spectral.log_mel(modulus(codec.spectral.stft(signal)))
        first, count = window.before // hop, -(-window.size // hop)
        yield codec.latent(codec.features(log_mel)[None])[0, first : first + count], window.size
