"""Watch: draw parts of the page again when what they show changes."""

from __future__ import annotations

from collections.abc import Callable

from traitlets import HasTraits


def watch(act: Callable[[], object], *sources: tuple[HasTraits, str]) -> None:
    """Call `act` now and whenever a trait changes; a source is an owner and names of its traits with spaces between."""
    for owner, names in sources:
        owner.observe(lambda _change: act(), names.split())
    act()
