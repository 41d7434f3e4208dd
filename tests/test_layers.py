"""The rooms of both packages: a room imports only rooms above it in these lists, and no modules import in a circle.

Imports inside functions and for types alone count too.
"""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import sda_lib

ROOT = Path(__file__).parents[1]
LIBRARY, WIDGETS = ROOT / "sda_lib", ROOT / "widgets" / "sda_widgets"
GROUND = ""
"""The modules straight in a package."""
ROOMS = (
    GROUND, "audio", "analysis", "synthesis", "codec", "comparison", "base", "directions", "export", "memory",
    "controls", "prior", "model", "writers", "sliders", "presets", "editing", "sessions", "mixing", "history",
    "cluster", "batch", "training", "growing", "maps", "runs", "sweeps", "health", "library", "display", "api", "cli",
)  # fmt: skip
"""The rooms of sda_lib, lowest first."""
WIDGET_ROOMS = (
    "common", "session", "files", "frame", "listen", "grid", "plane", "sliders", "training", "health", "history",
    "export", "commands", GROUND, "standalone",
)  # fmt: skip
"""The rooms of sda_widgets, lowest first; the page is straight in the package, and `standalone` has its parts for
notebooks."""
SHARED_ROOMS = {"common", "session", "files"}
"""All that a room of widgets imports of others: what is shown together meets in the session and on the page."""
MEETING = {GROUND, "standalone"}
"""Where the rooms of widgets are brought together."""

BY_NAME = {"sda_lib", "sda_lib.cli.serving", "sda_lib.probe"}
"""Modules that may import by a name at run time: the index of public names, the command that starts the page, and the
probe of `sda doctor`."""
ABOVE = {"sda_lib", "sda_lib.__main__", "sda_lib.sound"}
"""What is above all rooms: the index, `python -m sda_lib`, and the names of version 0.1."""

PAGE = {"sda_widgets", "ipywidgets", "IPython", "traitlets", "bqplot", "anywidget"}
SIGNAL = {"torch", "torchaudio", "soundfile", "matplotlib"}


def dotted(path):
    """The name under which a file of either package is imported."""
    package = LIBRARY if path.is_relative_to(LIBRARY) else WIDGETS
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def modules(package):
    return {dotted(path): path for path in sorted(package.rglob("*.py"))}


LIBRARY_MODULES, WIDGET_MODULES = modules(LIBRARY), modules(WIDGETS)
MODULES = LIBRARY_MODULES | WIDGET_MODULES


def imported(source, package=""):
    """Full dotted names of everything a module imports, including imports in functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                stem = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*stem, *filter(None, [base])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def imports_of(path):
    name = dotted(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return set(imported(path.read_text(), package))


def module_of(name):
    """The module that defines an imported name; none for other packages and for a package's index."""
    name = sda_lib._HOME_OF.get(name.removeprefix("sda_lib."), name)
    found = next((one for one in (name, name.rpartition(".")[0]) if one in MODULES), "")
    return found if "." in found else ""


def room(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 2 or (MODULES.get(module, Path()).name == "__init__.py") else GROUND


def upward(module, imports, rooms):
    """Modules of the same package that a module imports though their rooms are above its own."""
    package = module.partition(".")[0]
    found = {one for one in map(module_of, imports) if one.partition(".")[0] == package}
    return {one for one in found if rooms.index(room(one)) > rooms.index(room(module))}


def tops(imports):
    return {name.split(".")[0] for name in imports}


def prints(source):
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls)


def ordered(imports_by_module):
    """Modules, each after those it imports. Raises CycleError where they import in a circle."""
    edges = {name: {module_of(one) for one in imports} - {"", name} for name, imports in imports_by_module.items()}
    return list(TopologicalSorter(edges).static_order())


@pytest.mark.parametrize("module", [name for name in LIBRARY_MODULES if name not in ABOVE])
def test_library(module):
    path = LIBRARY_MODULES[module]
    imports = imports_of(path)
    assert not upward(module, imports, ROOMS)
    assert not tops(imports) & PAGE
    assert "torchaudio" not in tops(imports)  # the product works without it
    assert room(module) == "cli" or not prints(path.read_text())
    assert module in BY_NAME or not imports & {"importlib", "importlib.import_module"}


@pytest.mark.parametrize("module", [name for name in WIDGET_MODULES if name != "sda_widgets"])
def test_widgets(module):
    imports = imports_of(WIDGET_MODULES[module])
    assert not upward(module, imports, WIDGET_ROOMS)
    assert not tops(imports) & SIGNAL
    others = {room(one) for one in map(module_of, imports) if one.startswith("sda_widgets.")}
    assert room(module) in MEETING or others <= SHARED_ROOMS | {room(module), GROUND}


def test_no_modules_import_in_a_circle():
    assert ordered({name: imports_of(path) for name, path in MODULES.items()})


def test_every_room_is_in_its_list():
    assert {room(name) for name in LIBRARY_MODULES if "." in name} == set(ROOMS)
    assert {room(name) for name in WIDGET_MODULES if "." in name} == set(WIDGET_ROOMS)


def test_the_rules_catch_what_they_forbid():
    source = (
        "def f():\n    from ..training import train\n    import torch.nn as nn\n    from sda_lib.cli import terminal\n"
    )
    found = set(imported(source, "sda_lib.audio"))
    assert found == {"sda_lib.training.train", "torch.nn", "sda_lib.cli.terminal"}
    assert upward("sda_lib.audio.clip", found, ROOMS) == {"sda_lib.training.train", "sda_lib.cli.terminal"}
    assert upward("sda_lib.errors", {"sda_lib.audio.clip.AudioClip"}, ROOMS)
    assert upward("sda_lib.audio.clip", {"sda_lib.SdaModel"}, ROOMS) == {"sda_lib.api.model"}
    assert not upward("sda_lib.training.train", {"sda_lib.codec.codec.Codec", "sda_lib.events.Event"}, ROOMS)
    assert upward("sda_widgets.grid.code_grid", {"sda_widgets.plane.scatter.Scatter"}, WIDGET_ROOMS)
    assert tops({"torch.nn"}) & SIGNAL
    assert prints("if x:\n    print(1)")
    with pytest.raises(CycleError):
        ordered({"sda_lib.errors": {"sda_lib.files.write_atomically"}, "sda_lib.files": {"sda_lib.errors.SdaError"}})
