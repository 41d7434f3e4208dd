"""The floors of the house: a module imports from its own floor or those below, and a few things never meet."""

import ast
from pathlib import Path

import pytest

import sda_lib

ROOT = Path(__file__).parents[1]
LIBRARY, WIDGETS = ROOT / "sda_lib", ROOT / "widgets" / "sda_widgets"
FLOORS = ("ground", "sound", "models", "studio", "door")
DOOR = {"cli", "__main__"}
SEVERAL_WIDGETS = {"app"}
NOT_A_WINDOW = {
    "session", "verbs", "slider_verbs", "theme", "places", "knobs", "serve", "notice", "grid_image", "markup",
    "slider_panel", "pcm", "edit_verbs", "pair_verbs", "file_verbs", "edit_form", "grid_figure", "grid_view",
    "grid_keys", "incoming", "folders", "dots", "palette_verbs", "health_verbs", "export_verbs", "finish_form",
    "pan_pad", "download", "scan_verbs", "scan_view", "curves", "recipe_form", "audition_view", "sound_tiles",
    "folder_choice", "collecting", "picker", "static_text", "grow_form", "growth_view", "grow_verbs",
    "remedy_list", "run_view", "sound", "idle", "heartbeat",
}  # fmt: skip
"""Modules of sda_widgets that draw no window of their own: windows may share them."""

BY_NAME = {"sda_lib", "sda_lib.cli.serving", "sda_lib.probe"}
"""Modules that may import by a name at run time: the lazy index, the door when it starts the page, and the probe of
`sda doctor`."""

PAGE = {"sda_widgets", "ipywidgets", "IPython", "traitlets", "bqplot", "anywidget"}
SIGNAL = {"torch", "torchaudio", "soundfile", "matplotlib"}


def modules(folder):
    return sorted(path for path in folder.rglob("*.py"))


def dotted(path):
    parts = path.relative_to(path.parents[len(path.parts) - len(ROOT.parts) - 1]).with_suffix("").parts
    start = next(index for index, part in enumerate(parts) if part in ("sda_lib", "sda_widgets"))
    return ".".join(part for part in parts[start:] if part != "__init__")


def imported(source, package=""):
    """Full dotted names of everything a module imports, wherever in it the import stands."""
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


def floor(name):
    """The floor of a dotted sda_lib name; a public name stands where its module stands, the package index nowhere."""
    parts = sda_lib._HOME_OF.get(name.removeprefix("sda_lib."), name).split(".")
    if len(parts) == 1:
        return None
    if parts[1] in DOOR:
        return "door"
    return parts[1] if parts[1] in FLOORS else "ground"


def too_high(name, imports):
    """The imports that reach above the module's floor."""
    if floor(name) is None:
        return set()
    ours = {found for found in imports if found.startswith("sda_lib.")}
    return {found for found in ours if FLOORS.index(floor(found)) > FLOORS.index(floor(name))}


def tops(imports):
    return {name.split(".")[0] for name in imports}


def prints(source):
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls)


def siblings(name, imports):
    """Other windows that a widget module imports."""
    found = {part.split(".")[1] for part in imports if part.startswith("sda_widgets.")}
    windows = {path.stem for path in WIDGETS.glob("*.py")} - NOT_A_WINDOW - {"__init__"}
    return (found & windows) - {name}


@pytest.mark.parametrize("path", modules(LIBRARY), ids=dotted)
def test_library(path):
    name, imports = dotted(path), imports_of(path)
    assert not too_high(name, imports)
    assert not tops(imports) & PAGE
    assert "torchaudio" not in tops(imports)  # the product works without it
    assert floor(name) == "door" or not prints(path.read_text())
    assert name in BY_NAME or not imports & {"importlib", "importlib.import_module"}
    if floor(name) == "models":
        assert "sda_lib.sound.corpus" not in {found.rpartition(".")[0] for found in imports} | imports


@pytest.mark.parametrize("path", modules(WIDGETS), ids=dotted)
def test_widgets(path):
    imports = imports_of(path)
    assert not tops(imports) & SIGNAL
    assert path.stem in SEVERAL_WIDGETS | {"__init__"} or not siblings(path.stem, imports)


def test_there_is_a_house_to_look_at():
    assert {floor(dotted(path)) for path in modules(LIBRARY)} >= set(FLOORS)
    assert len(modules(WIDGETS)) > 3


def test_the_rules_catch_what_they_forbid():
    source = "def f():\n    from ..studio import train\n    import torch.nn as nn\n    from sda_lib.cli import app\n"
    found = set(imported(source, "sda_lib.sound"))
    assert found == {"sda_lib.studio.train", "torch.nn", "sda_lib.cli.app"}
    assert too_high("sda_lib.sound.clip", found) == {"sda_lib.studio.train", "sda_lib.cli.app"}
    assert too_high("sda_lib.errors", {"sda_lib.sound.clip.AudioClip"})
    assert too_high("sda_lib.sound.clip", {"sda_lib.SdaModel"})
    assert not too_high("sda_lib.studio.train", {"sda_lib.models.codec.Codec", "sda_lib.studio.events.Event"})
    assert tops({"torch.nn"}) & SIGNAL
    assert prints("if x:\n    print(1)")
    assert siblings("player", {"sda_widgets.code_grid.CodeGrid", "sda_widgets.session.Session"}) == {"code_grid"}
