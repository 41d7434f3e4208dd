"""Level match: whether all takes are played equally loud."""

from __future__ import annotations

from ipywidgets import ToggleButton, link

from sda_widgets.session.session import Session


class LevelMatch(ToggleButton):
    """View of `session.listening.is_matched`."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            description="Equal loudness", tooltip="Play all takes equally loud (BS.1770); shows by how much each moves"
        )
        link((session.listening, "is_matched"), (self, "value"))
