"""SDA (Small DataSet Audio): train a small generative model on a folder of sounds and generate new sounds with it.

A model is one `.sda` file. Names load on first use, so that `import sda_lib` does not import torch.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Torch's threads spin while they wait for each other. On a computer that runs other programs, this makes training on
# two threads nearly three times slower than letting them sleep, which costs 14 % on an idle one (docs/BENCHMARKS.md).
# The variable is read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

_HOMES = {
    "sda_lib.errors": ("SdaError",),
    "sda_lib.config": ("Recipe", "AudioConfig", "CodecConfig", "MemoryConfig", "TrainConfig"),
    "sda_lib.audio.clip": ("AudioClip", "read_clip"),
    "sda_lib.audio.corpus": ("Corpus",),
    "sda_lib.codec.codes": ("Codes", "load_codes", "save_codes"),
    "sda_lib.editing.registry": ("EDITS", "Edit", "edit"),
    "sda_lib.model.header": ("peek",),
    "sda_lib.model.model": ("SdaModel",),
    "sda_lib.events": ("Event",),
    "sda_lib.training.train": ("learn",),
    "sda_lib.writers.generate": ("generate",),
    "sda_lib.writers.options": ("GenerateOptions", "Take"),
    "sda_lib.writers.provenance": ("originality", "trace"),
    "sda_lib.training.merge_models": ("blend",),
    "sda_lib.editing.interpolate": ("interpolated",),
    "sda_lib.sliders.settings": ("SliderSettings", "latents_of", "moved_latents", "moved_codes", "moved_clip"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'sda_lib' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
