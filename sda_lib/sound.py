"""Deprecated aliases for the modules of `sda_lib.sound` of version 0.1; removed in 0.3."""

from __future__ import annotations

import warnings
from typing import Any

# Under other names, or `sda_lib.sound.clip` would be found without a warning.
from sda_lib.audio import clip as _clip
from sda_lib.audio import corpus as _corpus
from sda_lib.audio import formats as _formats
from sda_lib.export import effects as _effects
from sda_lib.export import spatial as _spatial
from sda_lib.export import write as _write

_MODULES = {
    "clip": _clip,
    "corpus": _corpus,
    "formats": _formats,
    "effects": _effects,
    "spatial": _spatial,
    "export": _write,
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'sda_lib.sound' has no attribute {name!r}")
    module = _MODULES[name]
    warnings.warn(f"sda_lib.sound.{name} is now {module.__name__}", DeprecationWarning, stacklevel=2)
    return module
