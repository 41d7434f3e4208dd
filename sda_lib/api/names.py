"""What tab completion offers: public names only."""

from __future__ import annotations


def public_names(value: object) -> list[str]:
    """Return the public attributes of a value, for its `__dir__`."""
    return [name for name in object.__dir__(value) if not name.startswith("_")]
