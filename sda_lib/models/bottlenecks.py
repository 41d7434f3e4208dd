"""What may stand between encoder and decoder, by its name in the recipe.

A bottleneck is a module with `discrete`, `forward(latent, depth) -> Quantized` for training, `search(latent, beam)` for
everything else, `fit(latent, seed, between)` for the closed form, and `embed(table)`, which turns what a model keeps of
a sound (codes [level, frame], or latents [dim, frame]) back into latents [frame, dim].
"""

from __future__ import annotations

from torch import nn

from sda_lib.models.continuous import Continuous, Variational
from sda_lib.models.quantize import ResidualVQ

BOTTLENECKS: dict[str, type[nn.Module]] = {"rvq": ResidualVQ, "none": Continuous, "vae": Variational}
