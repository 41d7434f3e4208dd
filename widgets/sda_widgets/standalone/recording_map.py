"""Map: the recordings of a model in the plane, in a notebook."""

from __future__ import annotations

from traitlets import Unicode

from sda_lib.display.maps import map_view
from sda_widgets.plane.recording_map import RecordingMap
from sda_widgets.session.session import Session
from sda_widgets.standalone.opening import AnyModel, session_of
from sda_widgets.standalone.root import SoundRoot, player_of


class Map(SoundRoot):
    """Recordings as dots, near where they sound alike: hover plays one, a click takes it, a drag interpolates.

    Args:
        model: a model, its file, or its name in the library; default: that of the session.
        session: the session of another widget, whose sound is replaced by what is taken.
        player: whether a player is shown below once there is a sound; default: unless a session is given.

    Raises SdaError for a model that can't be opened.

    Example:
        >>> recordings = Map(model)
        >>> recordings.title, recordings.codes is None
        ('', True)
    """

    title = Unicode(read_only=True, help="name of the sound that was taken, or of the mixture").tag(sync=True)

    def __init__(
        self, model: AnyModel | None = None, *, session: Session | None = None, player: bool | None = None
    ) -> None:
        shared = session_of(model, session=session)
        self.map = RecordingMap(shared)
        has_player = session is None if player is None else player
        super().__init__(shared, [self.map, *([player_of(shared)] if has_player else [])])
        self.mirror(shared.sound, "title", "title")

    def still(self) -> str:
        """Return the map, once it is computed, and the sound that was taken."""
        self.session.map_work.finish()
        return (map_view(self.map.shown) if self.map.shown else "") + super().still()
