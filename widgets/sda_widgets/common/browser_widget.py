"""Browser widget: base of the widgets whose browser side is a module of this package."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Dict, List, TraitType

from sda_widgets.common.keys import wired

# Browser modules, which `npm run build` in widgets/ bundles from the .js files of each room.
STATIC = Path(__file__).parents[1] / "static"


def keys_trait(place: str) -> List:
    """Return the trait by which the browser's side gets the keys of a place of `common/keys.py`."""
    return List(Dict(), wired(place), help=f"keys: {place}").tag(sync=True)


class BrowserWidget(anywidget.AnyWidget):
    """A widget in X.py, whose browser side is X.js beside it, and whose style is X.css if there is one."""

    def __init_subclass__(cls, **options: Any) -> None:
        source = Path(inspect.getfile(cls))
        for name, path in (("_esm", STATIC / f"{source.stem}.js"), ("_css", source.with_suffix(".css"))):
            # Every instance gets a class of its own, where both are traits already.
            if path.exists() and not isinstance(getattr(cls, name, None), TraitType):
                setattr(cls, name, path)
        super().__init_subclass__(**options)

    def on_message(self, act: Callable[[Any], object]) -> None:
        """Call `act` with every message of the page."""
        self.on_msg(lambda _widget, message, _buffers: act(message))
