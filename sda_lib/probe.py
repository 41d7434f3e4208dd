"""What `sda doctor` runs in a process of its own: load packages, and say of each what became of it.

A package that ends the process, or hangs, takes nothing along but this process. Run as
`python -c "from sda_lib import probe; probe.main()" MODULE...`; each answer is a line of JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from sda_lib import faults


def main() -> None:
    """Load the modules named on the command line; answers go to stdout, what packages print to stderr."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for module in sys.argv[1:]:
        answers.write(f"{json.dumps(loaded(module))}\n")
        answers.flush()


def loaded(module: str) -> dict[str, Any]:
    """{"module", "facts"} of a module that loads, {"module", "fault": [what is wrong, remedy]} of one that doesn't."""
    try:
        found = importlib.import_module(module)
        return {"module": module, "facts": FACTS.get(module, _version)(found)}
    except Exception as error:  # packages fail in every way there is
        return {"module": module, "fault": faults.explained(error)}


def _version(module: Any) -> dict[str, str]:
    return {"version": str(getattr(module, "__version__", ""))}


def _torch(torch: Any) -> dict[str, str]:
    """Its version, and the GPU that it finds."""
    names = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    if not names and torch.backends.mps.is_available():
        names = ["Apple GPU (mps)"]
    torch.zeros(2).sum()
    return {**_version(torch), "gpu": ", ".join(names)}


def _soundfile(soundfile: Any) -> dict[str, str]:
    return {**_version(soundfile), "libsndfile": soundfile.__libsndfile_version__}


def _paths(paths: Any) -> dict[str, str]:
    """Where Jupyter, and Voila with it, looks for templates and browser parts."""
    return {"folders": os.pathsep.join(paths.jupyter_path())}


def _serve(serve: Any) -> dict[str, str]:
    """The folder that `sda studio` adds to those."""
    return {"share": str(getattr(serve, "SHARE", ""))}


FACTS: dict[str, Callable[[Any], dict[str, str]]] = {
    "torch": _torch,
    "soundfile": _soundfile,
    "jupyter_core.paths": _paths,
    "sda_widgets.serve": _serve,
}
"""What is noted of a module; its version where nothing is said here."""
