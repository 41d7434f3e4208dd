"""Page acts: what widgets of the page do by name, for those who ask for it without knowing the widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sda_lib.errors import SdaError
from sda_widgets.session.context import Context, Part
from sda_widgets.session.guard import errors_as_sentences

ABSENT = "This page does not offer it."


class Pressable(Protocol):
    """A button."""

    disabled: bool

    def click(self) -> object: ...


@dataclass(frozen=True)
class PageAct:
    """What a widget does, and why it can't be done now, as a sentence; empty if it can."""

    run: Callable[[], object]
    why_not: Callable[[], str]


class PageActs(Part):
    """Acts by name. Where several widgets provide one, the last of them carries it out."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._acts: dict[str, PageAct] = {}

    def provide(self, name: str, run: Callable[[], object], why_not: Callable[[], str] = str) -> None:
        """Offer an act; `why_not` returns why it can't be done now, or an empty string."""
        self._acts[name] = PageAct(run, why_not)

    def provide_button(self, name: str, pressed: Pressable, why_disabled: str | Callable[[], str]) -> None:
        """Offer what a button does; `why_disabled` says why it is disabled, where it is."""

        def why_not() -> str:
            if not pressed.disabled:
                return ""
            return why_disabled if isinstance(why_disabled, str) else why_disabled()

        self.provide(name, pressed.click, why_not)

    def has(self, name: str) -> bool:
        """Whether a widget of the page provides an act."""
        return name in self._acts

    def why_not(self, name: str) -> str:
        """Return why an act can't be done now, or an empty string."""
        return self._acts[name].why_not() if name in self._acts else ABSENT

    def run(self, name: str) -> None:
        """Carry out an act; one that can't be done now becomes the message to the user."""
        with errors_as_sentences(self.context.report, "That did not work."):
            if why := self.why_not(name):
                raise SdaError(why)
            self._acts[name].run()
