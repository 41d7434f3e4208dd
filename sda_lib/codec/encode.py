"""Sound to latents in windows, in memory that does not grow with the sound.

The encoder looks at few frames only, so a window with enough of them on either side gives what the whole would. Every
sound goes through here, and where the windows stand depends on its length alone: reading it in blocks changes no bit.
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

WINDOW_FRAMES = 256
"""Code frames that are encoded at once."""


@torch.no_grad()
def latents(codec: Codec, blocks: Iterable[np.ndarray]) -> Iterator[tuple[Tensor, int]]:
    """Left/right blocks [channel, time] of the codec's rate and channel count -> latents [frame, dim], window by
    window, each with the number of samples that it stands for; the sound's end is filled up with silence."""
    hop = codec.config.hop
    for window in windows(blocks, WINDOW_FRAMES * hop, codec.latent_reach * hop):
        signal = mid_side(torch.tensor(window.samples)).to(codec.mean.device)
        signal = F.pad(signal, (0, -signal.shape[-1] % hop))
        log_mel = codec.spectral.log_mel(modulus(codec.spectral.stft(signal)))
        first, count = window.before // hop, -(-window.size // hop)
        yield codec.latent(codec.features(log_mel)[None])[0, first : first + count], window.size
