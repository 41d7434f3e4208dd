"""Load packages in a separate process and report the result of each, for `sda doctor`.

A package that crashes or hangs affects this process only. Run as `python -c "from sda_lib import probe; probe.main()"
MODULE...`; each answer is a line of JSON.
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
    """Load the modules named on the command line. Answers go to stdout; output of the packages goes to stderr."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for module in sys.argv[1:]:
        answers.write(f"{json.dumps(probe_module(module))}\n")
        answers.flush()


def probe_module(module: str) -> dict[str, Any]:
    """Import a module and return the result.

    It is {"module", "facts"}, or {"module", "fault": [what is wrong, remedy]} for a module that fails to load.
    """
    try:
        found = importlib.import_module(module)
        return {"module": module, "facts": FACTS.get(module, _version)(found)}
    except Exception as error:  # importing a package can raise anything
        return {"module": module, "fault": faults.explained(error)}


def _version(module: Any) -> dict[str, str]:
    return {"version": str(getattr(module, "__version__", ""))}


def _torch(torch: Any) -> dict[str, str]:
    """Return torch's version and the GPU that it finds."""
    names = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    if not names and torch.backends.mps.is_available():
        names = ["Apple GPU (mps)"]
    torch.zeros(2).sum()
    return {**_version(torch), "gpu": ", ".join(names)}


# Function that collects the facts of a module; by default its version. `folders` are where Jupyter, and with it Voila,
# looks for templates and browser parts, `share` is the folder that `sda studio` adds to them.
FACTS: dict[str, Callable[[Any], dict[str, str]]] = {
    "torch": _torch,
    "soundfile": lambda soundfile: {**_version(soundfile), "libsndfile": soundfile.__libsndfile_version__},
    "jupyter_core.paths": lambda paths: {"folders": os.pathsep.join(paths.jupyter_path())},
    "sda_widgets.serve": lambda serve: {"share": str(getattr(serve, "SHARE", ""))},
}
