"""Keys: one table of every key of the page, which feeds widgets, tooltips, the key sheet and docs/KEYS.md."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

# Where keys work, in the order of the key sheet. PAGE: wherever the focus is outside of a text field.
PAGE, GRID, WAVEFORM, SLIDERS = "Everywhere", "Code grid", "Waveform", "Sliders and pad"
PALETTE, MAP, HISTORY, FILES = "Palette", "Map", "History", "Folders and sounds"
PAN, SEARCH, RAIL, TAKES, MODELS = "Pan pad", "Command search", "Places", "Takes", "List of models"
LEANINGS = "Recordings below the spectrogram"
PLACES = (PAGE, GRID, WAVEFORM, TAKES, LEANINGS, SLIDERS, PALETTE, MAP, HISTORY, FILES, RAIL, MODELS, PAN, SEARCH)

ARROWS = ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown")
DIGITS = tuple("0123456789")
NAMES = {
    " ": "Space", "ArrowLeft": "Left", "ArrowRight": "Right", "ArrowUp": "Up", "ArrowDown": "Down",
    "PageUp": "Page Up", "PageDown": "Page Down", "-": "−", "Escape": "Esc",
}  # fmt: skip


@dataclass(frozen=True)
class Key:
    """A key, or several that do the same.

    place: one of PLACES; act: what it does, as code names it; keys: values of the browser's `KeyboardEvent.key`,
    letters in lower case; words: what it does, as people read it; ctrl: whether Ctrl (or Cmd) is held; shift: whether
    Shift is, None: either; written: how it is written, by default from the keys.
    """

    place: str
    act: str
    keys: tuple[str, ...]
    words: str
    ctrl: bool = False
    shift: bool | None = None
    written: str = ""

    @property
    def label(self) -> str:
        """The key as people read it, such as Ctrl-Shift-Z."""
        before = "Ctrl-" * self.ctrl + "Shift-" * bool(self.shift)
        return self.written or " or ".join(
            f"{before}{NAMES.get(key, key.upper() if len(key) == 1 else key)}" for key in self.keys
        )

    def fits(self, key: str, shift: bool, ctrl: bool) -> bool:
        """Whether this is the key of an event; letters in either case."""
        name = key.lower() if len(key) == 1 else key
        return name in self.keys and ctrl == self.ctrl and self.shift in (None, shift)

    @property
    def wired(self) -> dict[str, Any]:
        """The key as the browser's side gets it."""
        return {
            "act": self.act, "keys": list(self.keys), "ctrl": self.ctrl, "shift": self.shift, "label": self.label,
            "words": self.words,
        }  # fmt: skip


KEYS = (
    Key(PAGE, "play", (" ",), "play or stop"),
    Key(PAGE, "loop", ("l",), "loop the region, or the whole sound"),
    Key(PAGE, "next_take", ("x",), "switch to the next take"),
    Key(PAGE, "choose_sound", DIGITS[1:], "play sound A, B, C or D; in a grid with Shift", written="1 to 4"),
    Key(PAGE, "search_commands", ("k",), "find any act by words, and run it", ctrl=True),
    Key(PAGE, "show_keys", ("?",), "show all keys"),
    Key(PAGE, "undo", ("z",), "undo the last step of sound A", ctrl=True, shift=False),
    Key(PAGE, "redo", ("z",), "redo it", ctrl=True, shift=True),
    Key(PAGE, "redo", ("y",), "redo it", ctrl=True),
    Key(PAGE, "choose_name", tuple(ascii_lowercase), "play the sound of that name; not in a grid", written="A to D"),
    Key(GRID, "move", ARROWS, "move the cursor; with Shift, select", written="Arrows"),
    Key(GRID, "move", ("PageUp", "PageDown"), "move by the width of the view", written="Page Up / Down"),
    Key(GRID, "move", ("Home", "End"), "move to the first or the last frame"),
    Key(GRID, "select_row", ("r",), "select the row"),
    Key(GRID, "select_column", ("c",), "select the column"),
    Key(GRID, "select_all", ("a",), "select all cells", ctrl=True),
    Key(GRID, "type_digit", DIGITS, "type a code", shift=False, written="0 to 9"),
    Key(GRID, "enter", ("Enter",), "begin to type a code, and put it in"),
    Key(GRID, "erase_digit", ("Backspace",), "erase the last digit"),
    Key(GRID, "cancel", ("Escape",), "stop typing, or clear the selection"),
    Key(GRID, "step_up", ("+", "="), "step to a higher code", written="+"),
    Key(GRID, "step_down", ("-", "_"), "step to a lower code", written="−"),
    Key(GRID, "next_code", ("]",), "step up by one code"),
    Key(GRID, "previous_code", ("[",), "step down by one code"),
    Key(GRID, "brush", ("b",), "brush on or off; Alt-click picks its code"),
    Key(GRID, "restore", ("Delete",), "restore the original codes"),
    Key(GRID, "lock", ("k",), "lock or unlock cells"),
    Key(GRID, "mute", ("m",), "mute the level"),
    Key(GRID, "solo", ("s",), "solo the level"),
    Key(GRID, "palette", ("p",), "open the palette of codes"),
    Key(GRID, "rename_level", ("F2",), "rename the level"),
    Key(GRID, "copy", ("c",), "copy the selected cells", ctrl=True),
    Key(GRID, "cut", ("x",), "copy the selected cells and clear them", ctrl=True),
    Key(GRID, "paste", ("v",), "paste at the cursor", ctrl=True, shift=False),
    Key(GRID, "paste_mixed", ("v",), "paste mixed half and half", ctrl=True, shift=True),
    Key(GRID, "duplicate", ("d",), "duplicate the selected frames", ctrl=True),
    Key(GRID, "undo", ("z",), "undo the last step of this sound", ctrl=True, shift=False),
    Key(GRID, "redo", ("z",), "redo it", ctrl=True, shift=True),
    Key(GRID, "redo", ("y",), "redo it", ctrl=True),
    Key(GRID, "zoom_in", ("i",), "zoom in"),
    Key(GRID, "zoom_out", ("o",), "zoom out"),
    Key(GRID, "zoom_all", ("f",), "show the whole sound"),
    Key(GRID, "pan_left", (",",), "pan to the left"),
    Key(GRID, "pan_right", (".",), "pan to the right"),
    Key(WAVEFORM, "back", ("ArrowLeft",), "seek back"),
    Key(WAVEFORM, "forward", ("ArrowRight",), "seek forward"),
    Key(TAKES, "previous", ("ArrowLeft", "ArrowUp"), "switch to the take before"),
    Key(TAKES, "next", ("ArrowRight", "ArrowDown"), "switch to the take after"),
    Key(LEANINGS, "previous", ("ArrowLeft",), "choose the recording before"),
    Key(LEANINGS, "next", ("ArrowRight",), "choose the recording after"),
    Key(LEANINGS, "run", ("Enter",), "play it there"),
    Key(SLIDERS, "zero", ("0",), "set the slider, or the pad, to 0"),
    Key(SLIDERS, "left", ("ArrowLeft",), "move down, or the pad to the left"),
    Key(SLIDERS, "right", ("ArrowRight",), "move up, or the pad to the right"),
    Key(SLIDERS, "down", ("ArrowDown",), "move down"),
    Key(SLIDERS, "up", ("ArrowUp",), "move up"),
    Key(PALETTE, "move", ARROWS, "move between codes", written="Arrows"),
    Key(PALETTE, "preview", (" ",), "play the code"),
    Key(PALETTE, "insert", ("Enter",), "insert it at the cursor"),
    Key(PALETTE, "close", ("Escape",), "close the palette, back to the grid"),
    Key(MAP, "move", ARROWS, "move between sounds and play them", written="Arrows"),
    Key(MAP, "load", ("Enter",), "load the sound", shift=False),
    Key(MAP, "interpolate", ("Enter",), "interpolate to the loaded sound", shift=True),
    Key(HISTORY, "previous", ("ArrowUp",), "choose the sound above; with Shift, several"),
    Key(HISTORY, "next", ("ArrowDown",), "choose the sound below; with Shift, several"),
    Key(HISTORY, "newer", ("PageUp",), "newer sounds"),
    Key(HISTORY, "older", ("PageDown",), "older sounds"),
    Key(HISTORY, "history.play", (" ",), "play"),
    Key(HISTORY, "history.restore", ("Enter",), "restore"),
    Key(HISTORY, "history.star", ("s",), "star"),
    Key(HISTORY, "history.delete", ("Delete",), "delete the chosen sounds"),
    Key(HISTORY, "choose_all", ("a",), "choose all of the page", ctrl=True),
    Key(FILES, "previous", ("ArrowUp",), "choose the line above"),
    Key(FILES, "next", ("ArrowDown",), "choose the line below"),
    Key(FILES, "first", ("Home",), "choose the first line"),
    Key(FILES, "last", ("End",), "choose the last line"),
    Key(FILES, "open", ("Enter",), "open it"),
    Key(FILES, "parent", ("Backspace",), "go to the folder above"),
    Key(RAIL, "previous", ("ArrowUp", "ArrowLeft"), "go to the place above"),
    Key(RAIL, "next", ("ArrowDown", "ArrowRight"), "go to the place below"),
    Key(RAIL, "first", ("Home",), "go to the first place"),
    Key(RAIL, "last", ("End",), "go to the last place"),
    Key(MODELS, "previous", ("ArrowUp",), "choose the model above"),
    Key(MODELS, "next", ("ArrowDown",), "choose the model below"),
    Key(MODELS, "open", ("Enter",), "open it"),
    Key(MODELS, "close", ("Escape",), "close the list"),
    Key(PAN, "left", ("ArrowLeft",), "turn to the left"),
    Key(PAN, "right", ("ArrowRight",), "turn to the right"),
    Key(PAN, "farther", ("ArrowUp",), "move away"),
    Key(PAN, "nearer", ("ArrowDown",), "come closer"),
    Key(SEARCH, "previous", ("ArrowUp",), "choose the command above"),
    Key(SEARCH, "next", ("ArrowDown",), "choose the command below"),
    Key(SEARCH, "run", ("Enter",), "run it"),
    Key(SEARCH, "close", ("Escape",), "close"),
)
# What pointers do in the grid, which is no key.
POINTER_HELP = (
    "Drag selects a rectangle, Ctrl-drag adds one; a level's name selects its row, a frame's number its column; "
    "double-click types a code, right-click opens the palette; Ctrl-wheel zooms, Shift-wheel or Alt-drag pans."
)


def keys_of(place: str, act: str = "") -> tuple[Key, ...]:
    """Return the keys that work in a place, or those of one act there."""
    return tuple(key for key in KEYS if key.place == place and act in ("", key.act))


def key_of(place: str, pressed: str, shift: bool = False, ctrl: bool = False) -> Key | None:
    """Return the key of a place that was pressed (a `KeyboardEvent.key`), or None for another one."""
    return next((key for key in keys_of(place) if key.fits(pressed, shift, ctrl)), None)


def label_of(act: str, *places: str) -> str:
    """Return how the keys of an act are written, in the first of the places that has any; empty for none."""
    found = (keys_of(place, act) for place in places or PLACES)
    return " or ".join(key.label for key in next(filter(None, found), ()))


def hint(words: str, act: str, place: str = GRID) -> str:
    """Return a tooltip: words, with the key of the act in brackets. Raises KeyError for an act without a key."""
    label = label_of(act, place)
    if not label:
        raise KeyError(f"{act} has no key in {place}")
    return f"{words} ({label})"


def spoken(place: str) -> str:
    """Return all keys of a place and what they do in one line, for screen readers."""
    return "; ".join(f"{key.label}: {key.words}" for key in keys_of(place))


def wired(place: str) -> list[dict[str, Any]]:
    """Return the keys of a place as the browser's side gets them."""
    return [key.wired for key in keys_of(place)]


def sheet() -> list[dict[str, Any]]:
    """Return all keys by place, as the key sheet shows them: title, and lines of label and words."""
    return [{"title": place, "lines": _lines(place)} for place in PLACES]


def _lines(place: str) -> list[list[str]]:
    """Return (label, words) of a place's keys; those with the same words stand in one line."""
    merged: dict[str, list[str]] = {}
    for key in keys_of(place):
        merged.setdefault(key.words, []).append(key.label)
    return [[", ".join(labels), words] for words, labels in merged.items()]


def page() -> str:
    """Return the text of docs/KEYS.md."""
    parts = [
        "# Keys",
        "All keys of the page. There, `?` shows them, and Ctrl-K finds any act by words. On a Mac, Cmd is Ctrl.",
    ]
    for place in sheet():
        rows = [f"| {_code(label)} | {words} |" for label, words in place["lines"]]
        parts += [f"## {place['title']}", "\n".join(["| key | what it does |", "|---|---|", *rows])]
    return "\n\n".join([*parts, "## Pointer in the code grid", POINTER_HELP]) + "\n"


def _code(label: str) -> str:
    return f"`{label}`" if label == "," else ", ".join(f"`{one}`" for one in label.split(", "))
