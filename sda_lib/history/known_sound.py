"""Which sound of the history a page shows: found by its codes, since a page that is reloaded knows no numbers."""

from __future__ import annotations

from sda_lib.errors import SdaError
from sda_lib.history.search import Search
from sda_lib.history.store import HistoryStore
from sda_lib.sessions.history import SoundState

# How many of the newest sounds are compared.
MOST_COMPARED = 40


def known_number(store: HistoryStore, state: SoundState) -> int | None:
    """Return the number of the newest sound with these codes and slider steps among the last MOST_COMPARED; None if
    there is none. Raises SdaError when the history can't be read."""
    if state.codes is None:
        return None
    for entry in store.search(Search(limit=MOST_COMPARED)).entries:
        try:
            kept = store.recipe(entry.number).state
        except SdaError:  # a damaged recipe
            continue
        if kept.codes is not None and kept.codes.is_same(state.codes) and _steps(kept) == _steps(state):
            return entry.number
    return None


def _steps(state: SoundState) -> dict[str, float]:
    return {} if state.settings is None else dict(state.settings.steps)
