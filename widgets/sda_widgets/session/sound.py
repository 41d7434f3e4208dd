"""Sound: one sound of a session, its state and its actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sda_lib.model.model import SdaModel
from sda_widgets.session.closer_codes import CloserCodes
from sda_widgets.session.context import Context
from sda_widgets.session.copying_check import CopyingCheck
from sda_widgets.session.creating import Creating
from sda_widgets.session.editing import Editing
from sda_widgets.session.renderer import Renderer
from sda_widgets.session.response_work import ResponseWork
from sda_widgets.session.sliding import Sliding
from sda_widgets.session.sound_traits import SoundTraits
from sda_widgets.session.steps import Steps
from sda_widgets.session.viewing import Viewing


class Sound(SoundTraits):
    """One sound: its traits, and its actions in parts, for example `sound.edits.apply("reverse")`."""

    def __init__(self, name: str, context: Context, use_model: Callable[[Sound, SdaModel, Path | None], None]) -> None:
        """`use_model` opens the model of a former sound, or raises SdaError where it must not."""
        super().__init__(context)
        self.name = name
        self.renderer = Renderer(self)
        self.response_work = ResponseWork(self)
        self.steps = Steps(self, self.renderer, self.response_work, partial(use_model, self))
        self.edits = Editing(self, self.steps)
        self.sliders = Sliding(self, self.renderer, self.response_work, self.steps)
        self.copying = CopyingCheck(self)
        self.viewing = Viewing(self)
        self.observe(lambda _change: self.set(copied=""), "clip")
        self.closer = CloserCodes(self, self.steps)
        self.create = Creating(self, self.renderer, self.steps, self.sliders, self.closer)

    def empty(self) -> None:
        """Leave no sound; undo leads back to it, once there is another."""
        self.steps.clear()
        self.set(copied="", locks=(), palette_open=False, is_computing=False)

    def close(self) -> None:
        """End the background work. Must not be called inside an action."""
        self.response_work.idle.close()
        self.closer.close()
