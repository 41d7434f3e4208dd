"""What tab completion offers: public names only."""

from __future__ import annotations

from typing import ClassVar


class PublicNames:
    """Base of classes whose `dir` lists public names only."""

    # Names that rooms of SDA use of each other's values, and that are not meant for notebooks and scripts.
    _unlisted: ClassVar[frozenset[str]] = frozenset()

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.startswith("_") and name not in self._unlisted]
