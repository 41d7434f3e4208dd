"""Controls in the page's style, and `watch`, which draws them again when what they show changes."""

from collections.abc import Callable, Sequence
from typing import Any

from ipywidgets import HTML, Button, DOMWidget, Dropdown, Layout, Select, VBox
from traitlets import HasTraits

# CSS class of a button while its act is under way.
BUSY = "sda-busy"


def auto_width(**layout: Any) -> Layout:
    """Return a layout whose width follows the content or the column."""
    return Layout(width="auto", **layout)


def button(description: str, tooltip: str, on_click: Callable[[], object], *classes: str) -> Button:
    """Return a button that calls `on_click` without arguments; `classes` are CSS classes."""
    made = Button(description=description, tooltip=" ".join(tooltip.split()))
    made.on_click(lambda _button: _press(made, on_click))
    for name in classes:
        made.add_class(name)
    return made


def _press(pressed: Button, act: Callable[[], object]) -> None:
    """Do what a button does, and mark it as busy meanwhile."""
    pressed.add_class(BUSY)
    try:
        act()
    finally:
        pressed.remove_class(BUSY)


class Card(VBox):
    """A bordered column; `classes` are further CSS classes."""

    def __init__(self, children: Sequence[DOMWidget] = (), *classes: str) -> None:
        super().__init__(children)
        for name in ("sda-card", *classes):
            self.add_class(name)


def spacer() -> HTML:
    """Return an empty widget that takes the free width of a row."""
    return HTML(layout=Layout(flex="1 1 0"))


def offer(choice: Dropdown | Select, options: Sequence[tuple[str, Any]], *preferred: Any) -> None:
    """Offer other options, as (label, value), and choose the first of the `preferred` values, or the present one, that
    is among them, else the first option. Of no options none is chosen."""
    values = [value for _, value in options]
    chosen = next((one for one in (*preferred, choice.value) if one in values), values[0] if values else None)
    choice.is_filling = True  # new options select the first one for a moment
    if tuple(options) != choice.options:
        choice.options = options
    choice.value = chosen
    choice.is_filling = False


def on_choice(choice: Dropdown | Select, act: Callable[[Any], object]) -> None:
    """Call `act` with every value that the user chooses, but not with those chosen by `offer`."""
    choice.observe(lambda change: None if getattr(choice, "is_filling", False) else act(change.new), "value")


def show_if(visible: object, *widgets: DOMWidget) -> None:
    """Show or hide widgets."""
    for widget in widgets:
        widget.layout.display = None if visible else "none"


def show_in_place_if(visible: object, *widgets: DOMWidget) -> None:
    """Show or hide widgets whose room stays free, so that nothing around them moves."""
    for widget in widgets:
        widget.layout.visibility = "visible" if visible else "hidden"


def watch(act: Callable[[], object], *sources: tuple[HasTraits, str]) -> None:
    """Call `act` now and whenever a trait changes; a source is an owner and names of its traits with spaces between."""
    for owner, names in sources:
        owner.observe(lambda _change: act(), names.split())
    act()
