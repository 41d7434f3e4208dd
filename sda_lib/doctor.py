"""Checks of the installation: Python, packages, browser parts, folders, disk, cores, memory and GPU.

Nothing that may be missing or broken is imported here: packages are loaded in a separate process (`probe`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sda_lib import faults, safe_json
from sda_lib.file_names import size_in_words
from sda_lib.files import part_folder

State = Literal["green", "yellow", "red", "neutral"]
Answers = Mapping[str, Mapping[str, Any]]

# Oldest and newest version of Python that SDA is tested with.
PYTHONS = ((3, 11), (3, 13))
# Required packages that are reported on a line of their own.
SHOWN = ("torch", "soundfile", "soxr")
# Required packages that share one line if all of them load.
OTHERS = (
    "numpy", "scipy", "sklearn", "safetensors", "matplotlib", "h5py", "mutagen", "threadpoolctl", "psutil",
    "platformdirs", "rich", "typer", "librosa",
)  # fmt: skip
# Optional packages: what is lost without them, and the remedy.
OPTIONAL = {
    "torchaudio": ("only the benchmarks use it", "install the release that goes with this torch, or remove it"),
    "pedalboard": ("only effects need it", f"install it with: {faults.install('pedalboard')}"),
    "av": ("only phone recordings and videos need it", f"install it with: {faults.install('av')}"),
}
PAGE = ("voila", "jupyterlab", "ipywidgets", "bqplot", "anywidget")
PAGE_MODULES = ("sda_widgets.app", "sda_widgets.serve", "jupyter_core.paths")
TEMPLATE = Path("voila", "templates", "sda", "index.html.j2")
# Browser parts by package, as folders of Jupyter's labextensions.
FRONT_ENDS = {"ipywidgets": "@jupyter-widgets/jupyterlab-manager", "bqplot": "bqplot", "anywidget": "anywidget"}
HOME_PARTS = (
    "models", "runs", "exports", "sessions", "history", "autosave", "sounds", "presets", "cache", "trash",
)  # fmt: skip
# Seconds after which a package that is still loading counts as broken.
SECONDS = 120.0
TRIAL_BYTES = 4096
# Free bytes of disk below which the check is yellow, and red.
DISK_LIMITS = (2e9, 3e8)
# Free bytes of memory below which the check is yellow, and red.
MEMORY_LIMITS = (1.5e9, 2.5e8)
OTHER_FOLDER = "name another folder in SDA_HOME"
# Remedy for missing parts of SDA itself.
AGAIN = "install SDA again: scripts/setup.sh in its source folder, or pip install --force-reinstall and its wheel"


@dataclass(frozen=True)
class Check:
    """One line of the report; `remedy` is empty where nothing is wrong."""

    name: str
    state: State
    detail: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """The finding and its remedy as one line of text."""
        return f"{self.name}: {self.detail}" + (f"; {self.remedy}." if self.remedy else "")


def examine() -> tuple[Check, ...]:
    """Run every check and return the results in display order."""
    answers = probe((*SHOWN, *OPTIONAL, *OTHERS, *PAGE, *PAGE_MODULES))
    return (
        python(sys.version_info[:3]),
        *packages(answers),
        *page(answers),
        *_data_folder(),
        cores(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1),
        memory(),
        gpu(answers["torch"]),
    )


def python(version: Sequence[int]) -> Check:
    """Check that this version of Python is one that SDA is tested with."""
    name = ".".join(map(str, version))
    if PYTHONS[0] <= tuple(version[:2]) <= PYTHONS[1]:
        return Check("Python", "green", name)
    first, last = (".".join(map(str, one)) for one in PYTHONS)
    return Check("Python", "red", f"{name} is not supported", f"install Python {first} to {last} and set SDA up again")


# --- packages --------------------------------------------------------------------------------------------------------


def probe(modules: Sequence[str], seconds: float = SECONDS) -> dict[str, dict[str, Any]]:
    """Load each module in a child process and return {"facts"} or {"fault": [what is wrong, remedy]} by module.

    Modules are loaded one after the other; after a module that ends the child, the rest are loaded in a new one.
    """
    answers: dict[str, dict[str, Any]] = {}
    while missing := [module for module in modules if module not in answers]:
        found, ending = _child(missing, seconds)
        answers.update(found)
        if culprit := next((module for module in missing if module not in found), None):
            name = culprit.partition(".")[0]
            answers[culprit] = {"fault": [f"{name} can't be loaded ({ending})", faults.reinstall(name)]}
    return answers


def _child(modules: Sequence[str], seconds: float) -> tuple[dict[str, dict[str, Any]], str]:
    """Load modules in one child process; return its answers by module, and how it ended."""
    code = f"import sys; sys.path[:] = {sys.path!r}; from sda_lib import probe; probe.main()"
    command = [sys.executable, "-c", code, *modules]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds)
        output, ending = done.stdout, _ending(done.returncode)
    except subprocess.TimeoutExpired as late:
        output, ending = late.stdout or b"", f"it takes more than {seconds:g} s"
    lines = [line for line in output.split(b"\n") if line.endswith(b"}")]
    return {answer.pop("module"): answer for answer in map(safe_json.parse, lines)}, ending


def _ending(code: int) -> str:
    return f"it ends with {signal.Signals(-code).name}" if code < 0 else f"it ends the program with exit code {code}"


def packages(answers: Answers) -> tuple[Check, ...]:
    """Check the required and the optional packages."""
    shown = [_package(name, answers[name]) for name in SHOWN]
    return (*shown, *_on_one_line("other packages", OTHERS, answers), *(_optional(name, answers) for name in OPTIONAL))


def _package(name: str, answer: Mapping[str, Any], state: State = "red") -> Check:
    """Check a package; one that can't be loaded has the given state."""
    if "fault" in answer:
        return Check(name, state, *answer["fault"])
    facts = answer["facts"]
    library = f", libsndfile {facts['libsndfile']}" if "libsndfile" in facts else ""
    return Check(name, "green", f"{facts.get('version', '')}{library}" or "found")


def _on_one_line(title: str, names: Sequence[str], answers: Answers) -> list[Check]:
    """Check packages: one line for all of them, or a line for each that is broken."""
    broken = [_package(name, answers[name]) for name in names if "fault" in answers[name]]
    return broken or [Check(title, "green", ", ".join(names))]


def _optional(name: str, answers: Answers) -> Check:
    """Check an optional package: neutral if it is missing, yellow if it is installed but broken."""
    found = _package(name, answers[name])
    if found.state == "green":
        return found
    if "fault" in answers["torch"] and name == "torchaudio":
        return Check(name, "neutral", "not known without torch")
    loss, remedy = OPTIONAL[name]
    state: State = "neutral" if "is not installed" in found.detail else "yellow"
    return Check(name, state, f"{found.detail}, {loss}", remedy)


# --- the page --------------------------------------------------------------------------------------------------------


def page(answers: Answers) -> tuple[Check, ...]:
    """Check the browser parts of the page; neutral if none of its packages is installed."""
    if all("fault" in answers[name] for name in PAGE):
        remedy = f"install it with: {faults.install('voila')}"
        return (Check("page", "neutral", "not installed; the library and the commands work without it", remedy),)
    found = _on_one_line("page packages", PAGE, answers)
    if "fault" in answers["jupyter_core.paths"]:
        return tuple(found)
    paths = [Path(folder) for folder in answers["jupyter_core.paths"]["facts"]["folders"].split(os.pathsep)]
    share = answers["sda_widgets.serve"].get("facts", {}).get("share", "")
    return (*found, widget_modules(answers["sda_widgets.app"], paths), template(paths, share))


def template(paths: Sequence[Path], share: str = "") -> Check:
    """Check that Voila finds the page's template.

    The check is yellow if only the folder that `sda studio` adds (`share`) has it.
    """
    if found := next((path for path in paths if os.path.isfile(path / TEMPLATE)), None):
        return Check("page template", "green", str((found / TEMPLATE).parent))
    if share and os.path.isfile(Path(share) / TEMPLATE):
        return Check("page template", "yellow", "only sda studio finds it, voila alone does not", AGAIN)
    return Check("page template", "red", "Voila does not find the template of the page", AGAIN)


def widget_modules(answer: Mapping[str, Any], paths: Sequence[Path]) -> Check:
    """Check that SDA's widgets load with their JavaScript and that Jupyter has the browser parts in FRONT_ENDS."""
    name = "widget modules"
    if "fault" in answer:
        return Check(name, "red", answer["fault"][0], AGAIN)
    parts = {package: Path("labextensions", folder, "package.json") for package, folder in FRONT_ENDS.items()}
    absent = [package for package, part in parts.items() if not any(os.path.isfile(path / part) for path in paths)]
    if absent:
        remedy = f"install it again with: pip install --force-reinstall {' '.join(absent)}"
        return Check(name, "red", f"Jupyter does not find the browser part of {', '.join(absent)}", remedy)
    return Check(name, "green", f"SDA's own, {', '.join(FRONT_ENDS)}")


# --- folders and the machine -----------------------------------------------------------------------------------------


def _data_folder() -> tuple[Check, ...]:
    """Check the folder of the user's data and its disk."""
    try:
        from sda_lib.home import Home  # imported late: needs a package that may be missing
    except ImportError as error:
        return (Check("data folder", "red", *faults.explained(error)),)
    folder = Home.from_environment().folder
    return writable(folder, HOME_PARTS), disk(folder)


def writable(folder: Path, parts: Sequence[str]) -> Check:
    """Check that every part of a folder can be written, by writing a small file and removing it.

    For a part that does not exist yet, the nearest existing parent folder is checked.
    """
    refused: dict[tuple[str, str], list[str]] = {}
    for part in parts:
        if fault := _trial(_nearest(folder / part)):
            refused.setdefault(fault, []).append(part)
    if not refused:
        return Check("data folder", "green", str(folder))
    details = [f"{', '.join(names)} can't be written: {what}" for (what, _), names in refused.items()]
    remedies = dict.fromkeys(remedy for _, remedy in refused)
    return Check("data folder", "red", f"{folder}: {' and '.join(details)}", ", or ".join(remedies))


def _trial(folder: Path) -> tuple[str, str] | None:
    """Write a small file in a folder and remove it; return what is wrong and the remedy if that fails, else None."""
    if not os.path.isdir(folder):
        return f"{folder} is a file", "move that file away"
    try:
        with part_folder(folder / "sda-doctor") as parts, (parts / "trial").open("wb") as file:
            file.write(bytes(TRIAL_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        remedy = "free some space on its disk" if faults.kind(error) == "disk" else "change its permissions"
        return faults.reason(error), f"{remedy}, or {OTHER_FOLDER}"
    return None


def _nearest(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists."""
    return next(path for path in (folder, *folder.parents) if os.path.lexists(path))


def disk(folder: Path) -> Check:
    """Check the free space of a folder's disk."""
    free = shutil.disk_usage(_nearest(folder)).free
    detail = f"{size_in_words(free)} free" if free >= DISK_LIMITS[0] else f"only {size_in_words(free)} free in {folder}"
    return _space(
        "disk", free, DISK_LIMITS, detail, "delete what you no longer need, or name another folder in SDA_HOME"
    )


def cores(count: int) -> Check:
    """Check how many processor cores this process may use."""
    if count == 1:
        return Check("cores", "yellow", "1; the page is slow while a training runs", "allow SDA a second core")
    return Check("cores", "green", str(count))


def memory() -> Check:
    """Check the memory that is available to programs."""
    try:
        import psutil
    except ImportError:
        return Check("memory", "neutral", "not known without psutil")
    found = psutil.virtual_memory()
    detail = f"{size_in_words(found.available)} of {size_in_words(found.total)} free"
    return _space("memory", found.available, MEMORY_LIMITS, detail, "close other programs")


def gpu(torch: Mapping[str, Any]) -> Check:
    """Report the GPU that torch finds; none is fine."""
    if "fault" in torch:
        return Check("GPU", "neutral", "not known without torch")
    found = torch["facts"]["gpu"]
    return Check("GPU", "green", found) if found else Check("GPU", "neutral", "none; everything runs on the processor")


def _space(name: str, free: float, limits: tuple[float, float], detail: str, remedy: str) -> Check:
    """Check free bytes: yellow below the first limit, red below the second."""
    if free >= limits[0]:
        return Check(name, "green", detail)
    return Check(name, "yellow" if free >= limits[1] else "red", detail, remedy)
