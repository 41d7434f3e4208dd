"""Parameters of edits, declared once: limits, and help texts of the command line and the page."""

from __future__ import annotations

from sda_lib.editing.codebook_edits import NEIGHBOR_PROPERTIES
from sda_lib.fields import Option, options_of
from sda_lib.writers.options import GenerateOptions

# By parameter, or by edit and parameter where its meaning depends on the edit.
PARAMETERS = {
    "code": Option("Code number, from 0 to the size of the codebook less one"),
    "cells": Option("Cells to set"),
    "block": Option("Codes [level, frame] to paste"),
    "to": Option("First frame that is replaced"),
    "to_level": Option("First level that is replaced"),
    "other": Option("Another sound of the same model"),
    "start": Option("First frame taken from the other sound; none: the same frames"),
    "times": Option("Number of repetitions", 1, 100_000),
    "smooth": Option("0: repeat or drop frames; 1: interpolate them", choices=(0, 1)),
    "step amount": Option("Codes to move up; negative: down"),
    "transpose amount": Option("Neighbors to move on; negative: darker or quieter"),
    "blend amount": Option("Weight of the other sound", 0, 1),
    "mix amount": Option("Weight of the pasted block", 0, 1),
    "shift by": Option("Frames later; negative: earlier"),
    "stretch by": Option("Factor of the length", 0.001, 1000),
    "semitones": Option("Semitones above the recordings' own pitch; negative: below", -24, 24, "semitones"),
    "transpose by": Option("Order of the neighbors", choices=NEIGHBOR_PROPERTIES),
    "randomize temperature": Option(
        "Spread around the present codes, in code spacings; none: all codes equally likely", 0, 100
    ),
}


def parameter_option(edit: str, name: str) -> Option:
    """Return the declaration of an edit's parameter; those of `regenerate` are generation options."""
    generation = options_of(GenerateOptions)
    return PARAMETERS.get(f"{edit} {name}") or PARAMETERS.get(name) or generation[name]
