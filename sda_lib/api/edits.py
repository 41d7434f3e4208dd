"""EDITS, the edits of codes by name, and their signatures and documentation as methods of codes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping

from sda_lib.codec.codes import Codes
from sda_lib.display.edits import edits_view
from sda_lib.display.page import page
from sda_lib.editing import registry
from sda_lib.editing.parameters import parameter_option
from sda_lib.editing.registry import SPANS, edit_parameters

SPAN_HELP = {
    "levels": "levels: (first, end), half-open range of levels that it changes; default: all.",
    "frames": "frames: (first, end), half-open range of frames that it changes; default: all.",
}
# An example of every edit. `codes` know their model, and `rain` is another sound of it.
EXAMPLES = {
    "set": "codes.set(3, levels=(0, 1), frames=(2, 6))",
    "paint": "codes.paint(3, cells=[(0, 2), (1, 2), (1, 3)])",
    "clear": "codes.clear(levels=(2, 4))",
    "step": "codes.step(2, levels=(0, 1))",
    "transpose": 'codes.transpose(by="brightness", amount=2)',
    "randomize": "codes.randomize(seed=1, temperature=0.5)",
    "regenerate": "codes.regenerate(seed=1, frames=(4, 8))",
    "reverse": "codes.reverse(frames=(2, 8))",
    "shift": "codes.shift(2, levels=(0, 2))",
    "copy": "codes.copy(to=6, frames=(0, 4))",
    "paste": "codes.paste(codes.indices[:2, :4], to=6)",
    "mix": "codes.mix(codes.indices[:2, :4], amount=0.5, to=6)",
    "swap": "codes.swap(rain, frames=(2, 6), start=0)",
    "blend": "codes.blend(rain, amount=0.4)",
    "restructure": "codes.restructure(rain, levels=(0, 1))",
    "mute": "codes.mute(levels=(3, 4))",
    "solo": "codes.solo(levels=(0, 1))",
    "varispeed": "codes.varispeed(-3)",
    "delete": "codes.delete(frames=(0, 4))",
    "duplicate": "codes.duplicate(frames=(0, 4))",
    "loop": "codes.loop(3, frames=(4, 8))",
    "insert": "codes.insert(frames=(0, 4))",
    "stretch": "codes.stretch(1.5, smooth=1)",
}


class Edits(Mapping[str, Callable[..., Codes]]):
    """The functions that edit codes, by name; `codes.edit(NAME, …)` and `codes.NAME(…)` apply them.

    Example:
        >>> "reverse" in sda_lib.EDITS, len(sda_lib.EDITS)
        (True, 23)
        >>> list(sda_lib.EDITS)[:4]
        ['set', 'paint', 'clear', 'step']
    """

    def __getitem__(self, name: str) -> Callable[..., Codes]:
        return registry.EDITS[name]

    def __iter__(self) -> Iterator[str]:
        return iter(registry.EDITS)

    def __len__(self) -> int:
        return len(registry.EDITS)

    def __repr__(self) -> str:
        return f"EDITS({', '.join(self)})"

    def _repr_html_(self) -> str:
        return page(edits_view())


EDITS = Edits()


def edit_signature(name: str) -> inspect.Signature:
    """Return the signature of an edit as a method: its own arguments, then levels and frames as keywords."""
    taken = inspect.signature(registry.EDITS[name]).parameters
    own = [one.replace(kind=one.POSITIONAL_OR_KEYWORD) for one in edit_parameters(name).values()]
    own.sort(key=lambda one: one.default is not one.empty)  # stable: required ones first
    spans = [
        inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation="tuple[int, int] | None")
        for key in SPANS
        if key in taken
    ]
    this = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    return inspect.Signature([this, *own, *spans], return_annotation="Codes")


def edit_doc(name: str) -> str:
    """Return the documentation of an edit as a method, with the range of each argument and an example."""
    first = inspect.cleandoc(registry.EDITS[name].__doc__ or "")
    own = [f"    {key}: {parameter_option(name, key).text}" for key in edit_parameters(name)]
    taken = inspect.signature(registry.EDITS[name]).parameters
    spans = [f"    {SPAN_HELP[key]}" for key in SPANS if key in taken]
    example = [f"    >>> {EXAMPLES[name]}", "    Codes(4 levels × ... frames, ... s, five)"]
    return "\n".join([
        first, "", "Args:", *own, *spans, "", "Raises SdaError for wrong arguments.", "", "Example:", *example,
    ])  # fmt: skip
