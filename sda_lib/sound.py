"""Deprecated aliases for the modules of `sda_lib.sound` of version 0.1; removed in 0.3."""

from __future__ import annotations

import warnings
from typing import Any

from sda_lib.audio import clip, corpus, formats
from sda_lib.export import effects, spatial, write

_MODULES = {"clip": clip, "corpus": corpus, "formats": formats, "effects": effects, "spatial": spatial, "export": write}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'sda_lib.sound' has no attribute {name!r}")
    module = _MODULES[name]
    warnings.warn(f"sda_lib.sound.{name} is now {module.__name__}", DeprecationWarning, stacklevel=2)
    return module
