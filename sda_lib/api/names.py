"""What tab completion offers: public names only."""

from __future__ import annotations


class PublicNames:
    """Base of classes whose `dir` lists public names only."""

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.startswith("_")]
