"""SDA (Small DataSet Audio): train a small generative model on a folder of sounds and generate new sounds with it.

A model is one `.sda` file. Names load on first use, so that `import sda_lib` does not import torch.
"""

from __future__ import annotations

import os
import warnings
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Torch's threads spin while they wait for each other. On a computer that runs other programs, this makes training on
# two threads nearly three times slower than letting them sleep, which costs 14 % on an idle one (docs/BENCHMARKS.md).
# The variable is read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

_HOMES = {
    "sda_lib.api.clip": ("AudioClip", "read_clip"),
    "sda_lib.api.codes": ("Codes", "load_codes"),
    "sda_lib.api.comparison": ("compare",),
    "sda_lib.api.corpus": ("Corpus", "train"),
    "sda_lib.api.edits": ("EDITS",),
    "sda_lib.api.history": ("History",),
    "sda_lib.api.mixing": ("Layer", "Mix"),
    "sda_lib.api.model": ("SdaModel", "generate"),
    "sda_lib.api.presets": ("Preset", "Presets"),
    "sda_lib.api.provenance": ("Provenance", "provenance"),
    "sda_lib.api.run": ("Run",),
    "sda_lib.api.sweeping": ("Sweep", "sweep"),
    "sda_lib.api.take": ("Take",),
    "sda_lib.codec.codes": ("save_codes",),
    "sda_lib.config": ("AudioConfig", "CodecConfig", "MemoryConfig", "Recipe", "TrainConfig"),
    "sda_lib.editing.interpolate": ("interpolated",),
    "sda_lib.editing.registry": ("Edit", "edit"),
    "sda_lib.errors": ("SdaError",),
    "sda_lib.events": ("Event",),
    "sda_lib.export.finish": ("Finish",),
    "sda_lib.file_choice": ("FilesConfig",),
    "sda_lib.model.header": ("peek",),
    "sda_lib.sliders.settings": ("SliderSettings", "latents_of", "moved_clip", "moved_codes", "moved_latents"),
    "sda_lib.writers.mix_models": ("blend",),
    "sda_lib.training.train": ("learn",),
    "sda_lib.writers.options": ("GenerateOptions",),
    "sda_lib.writers.provenance": ("originality", "trace"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
# Names of version 0.1, until 0.3, and what they are called now.
_RENAMED = {"Shape": "SliderSettings", "shaped": "moved_codes", "sounding": "moved_clip"}
__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name in _RENAMED:
        new = _RENAMED[name]
        warnings.warn(f"sda_lib.{name} is now sda_lib.{new}", DeprecationWarning, stacklevel=2)
        return getattr(import_module(_HOME_OF[new]), new)
    if name not in _HOME_OF:
        raise AttributeError(f"module 'sda_lib' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
