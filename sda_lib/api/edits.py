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
    "levels": "levels=(first, end): half-open range of levels that it changes; default: all.",
    "frames": "frames=(first, end): half-open range of frames that it changes; default: all.",
}


class Edits(Mapping[str, Callable[..., Codes]]):
    """The functions that edit codes, by name; `codes.edit(NAME, …)` and `codes.NAME(…)` apply them."""

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
    """Return the documentation of an edit as a method, with the range of each argument."""
    first = inspect.cleandoc(registry.EDITS[name].__doc__ or "")
    own = [f"    {key}: {parameter_option(name, key).text}" for key in edit_parameters(name)]
    taken = inspect.signature(registry.EDITS[name]).parameters
    spans = [f"    {SPAN_HELP[key]}" for key in SPANS if key in taken]
    return "\n".join([first, "", "Args:", *own, *spans, "", "Raises SdaError for wrong arguments."])
