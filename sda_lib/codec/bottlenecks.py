"""The bottlenecks between encoder and decoder, by their name in the recipe.

A bottleneck is a module with `discrete`, `forward(latent, depth) -> Quantized` for training, `search(latent, beam)` for
all other encoding, `fit(latent, seed, between)` for the closed form, `reassign_idle(latent, beam)`, which moves idle
codes to frames and returns the table of the latents (codes [level, frame], or latents [dim, frame]), and
`embed(table)`, which converts that table back to latents [frame, dim].
"""

from __future__ import annotations

from torch import nn

from sda_lib.codec.rvq import ResidualVQ
from sda_lib.codec.vae import Continuous, Variational

BOTTLENECKS: dict[str, type[nn.Module]] = {"rvq": ResidualVQ, "none": Continuous, "vae": Variational}
