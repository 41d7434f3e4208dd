"""What may stand between encoder and decoder, by its name in the recipe.

A bottleneck is a module with `discrete`, `forward(latent, depth) -> Quantized` for training, `search(latent, beam)` for
everything else, `fit(latent, seed, between)` for the closed form, `employ(latent, beam)`, which sees to it that nothing
in it is idle and tells what it keeps of the latents (a table: codes [level, frame], or latents [dim, frame]), and
`embed(table)`, which turns that back into latents [frame, dim].
"""

from __future__ import annotations

from torch import nn

from sda_lib.codec.rvq import ResidualVQ
from sda_lib.codec.vae import Continuous, Variational

BOTTLENECKS: dict[str, type[nn.Module]] = {"rvq": ResidualVQ, "none": Continuous, "vae": Variational}
