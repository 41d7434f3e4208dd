"""What can be known of a model, and done with its file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sda_lib.cli.terminal import print_json, say_distance


def info(model: Path, json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False) -> None:
    """Say what a model is, from its header alone."""
    from sda_lib.models.manifest import peek

    facts = peek(model)
    if json:
        return print_json(facts)
    recipe, corpus, metrics = facts["recipe"], facts["corpus"], facts["metrics"]
    codec, audio = recipe["codec"], recipe["audio"]
    print(f"{facts['name']}, made {facts['created']}, format {facts['format']}, {model.stat().st_size / 1e6:.1f} MB")
    print(f"learned from {corpus['files']} sounds, {corpus['minutes']:.1f} min")
    print(
        f"{codec['levels']} levels x {codec['codebook_size']} codes, hop {codec['hop']}, "
        f"{audio['sample_rate']} Hz, {'stereo' if audio['channels'] == 2 else 'mono'}"
    )
    print("contains the recordings" if recipe["memory"]["enabled"] else "does not contain the recordings")
    say_distance(metrics)
