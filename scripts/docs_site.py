"""Build the documentation as static pages in build/site, which need no server and no other place.

The pages are those of docs/, the tutorials in notebooks/, and the reference of the public names from their docstrings.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from public_names import PublicName, members_of, public_names
from sphinx.cmd.build import main as sphinx

import sda_lib
import sda_widgets
from sda_lib.display.notebook_page import output_html
from sda_lib.display.page import STYLE

ROOT = Path(__file__).parents[1]
SITE, DOCS, NOTEBOOKS = ROOT / "docs" / "site", ROOT / "docs", ROOT / "notebooks"
PAGES = ROOT / "build" / "site"
# It is the page itself, not a tutorial.
WORKBENCH = "workbench.ipynb"
# Longest time in seconds that a cell of a tutorial may take.
CELL_SECONDS = 1800

# Pages of the reference: title, introduction and names.
REFERENCE: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "sounds": (
        "Sounds and folders",
        "Clips in memory, and folders of recordings.",
        ("AudioClip", "read_clip", "compare", "Corpus", "Layer", "Mix"),
    ),
    "models": (
        "Models and new sounds",
        "What a trained model does, and what it writes.",
        ("SdaModel", "generate", "GenerateOptions", "Take", "blend", "peek"),
    ),
    "codes": (
        "Codes and edits",
        "A sound as a grid of numbers, and what changes it. Every edit is a method of codes.",
        ("Codes", "load_codes", "save_codes", "EDITS", "Edit", "edit", "interpolated"),
    ),
    "sliders": (
        "Sliders",
        "Settings of a sound along its model's sliders.",
        ("SliderSettings", "moved_codes", "moved_clip", "moved_latents", "latents_of"),
    ),
    "presets": (
        "Presets",
        "Named settings of new sounds and of their delivery, for any model.",
        ("Preset", "Presets"),
    ),
    "history": (
        "History",
        "Every sound that was made, to be found, played and changed again.",
        ("History",),
    ),
    "training": (
        "Training",
        "From a folder to a model, here or in the background.",
        (
            "train", "Run", "Recipe", "AudioConfig", "CodecConfig", "MemoryConfig", "TrainConfig", "FilesConfig",
            "learn", "Event", "sweep", "Sweep", "SdaError",
        ),
    ),
    "export": (
        "Export and provenance",
        "How a sound is delivered, how a file was made, and which recordings it comes from.",
        ("Finish", "Provenance", "provenance", "trace", "originality"),
    ),
}  # fmt: skip

# What methods return: classes that methods alone make, and what is public of them.
RESULTS: Mapping[str, tuple[str, ...]] = {
    "sda_lib.api.take.Takes": (),
    "sda_lib.api.comparison.Comparison": (
        "gains",
        "loudness",
        "matched",
        "measures",
        "distances",
        "difference",
        "save",
        "blind",
        "abx",
    ),
    "sda_lib.api.comparison.BlindTest": ("labels", "answer", "result"),
    "sda_lib.comparison.difference.Difference": ("mean",),
    "sda_lib.api.features.Features": (),
    "sda_lib.api.features.Measure": (),
    "sda_lib.api.sliders.Sliders": ("names",),
    "sda_lib.api.sliders.Slider": (),
    "sda_lib.history.entry.HistoryEntry": ("title",),
    "sda_lib.api.health.Health": ("save", "problems", "severity", "verdict"),
    "sda_lib.api.provenance.Trace": (),
    "sda_lib.writers.provenance.SourceSpan": (),
    "sda_lib.api.provenance.Originality": ("warning",),
    "sda_lib.api.corpus.Scan": ("remarks", "sentences"),
    "sda_lib.display.progress.Progress": ("share", "summary"),
}
# Types of traits as Python has them.
PLAIN = {
    "Unicode": "str",
    "Int": "int",
    "Float": "float",
    "Bool": "bool",
    "List": "list",
    "Tuple": "tuple",
    "Dict": "dict",
}


def main() -> int:
    """Build the pages. Returns the exit code: not 0 if there is any warning."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--execute", action="store_true", help="run the tutorials, and show what their cells show")
    parser.add_argument("--out", type=Path, default=PAGES, help="folder of the pages, which is emptied before")
    options = parser.parse_args()
    pages, sources = options.out, options.out.with_name(f"{options.out.name}_sources")
    shutil.rmtree(sources, ignore_errors=True)
    write_sources(sources, options.execute)
    shutil.rmtree(pages, ignore_errors=True)
    done = sphinx(["-b", "html", "-W", "--keep-going", "-q", "-d", f"{sources}/.doctrees", str(sources), str(pages)])
    if done == 0:
        print(f"{pages / 'index.html'}: {len(list(pages.rglob('*.html')))} pages")
    return done


def write_sources(folder: Path, execute: bool) -> None:
    """Write what Sphinx renders."""
    (folder / "_static").mkdir(parents=True)
    (folder / "_static" / "displays.css").write_text(STYLE)
    shutil.copy(SITE / "site.css", folder / "_static")
    shutil.copy(SITE / "conf.py", folder)
    shutil.copy(DOCS / "dashboard.png", folder)
    for page in (*sorted(DOCS.glob("*.md")), ROOT / "CHANGELOG.md"):
        (folder / page.name).write_text(linked(page.read_text(), page.parent))
    tutorials = {path.stem: tutorial(path, execute) for path in sorted(NOTEBOOKS.glob("*.ipynb")) if is_tutorial(path)}
    pages = {
        "index.md": start_page(tutorials),
        "api/index.md": (SITE / "api.md").read_text().replace("{pages}", "\n".join([*REFERENCE, "widgets", "results"])),
        **{f"api/{name}.rst": text for name, text in reference_pages()},
        **{f"tutorials/{name}.md": text for name, text in tutorials.items()},
    }
    for name, text in pages.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def linked(text: str, folder: Path) -> str:
    """Return Markdown of a file in a folder with links to pages of the site; those to other files are plain text."""
    return re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", lambda found: _link(found[0], found[2], found[3], folder), text)


def _link(whole: str, text: str, target: str, folder: Path) -> str:
    if re.match(r"#|\w+:", target):
        return whole
    path, mark, part = target.partition("#")
    page = page_of((folder / path).resolve())
    return whole.replace(f"({target})", f"({page}{mark}{part})") if page else text


def page_of(path: Path) -> str:
    """Return the page or picture of the site that a file of the project becomes, empty for none."""
    if path.parent == DOCS or path == ROOT / "CHANGELOG.md":
        return f"/{path.name}"
    if path.parent == NOTEBOOKS and path.suffix == ".ipynb" and is_tutorial(path) and path.exists():
        return f"/tutorials/{path.stem}.md"
    return "/index.md" if path == ROOT / "README.md" else ""


def start_page(tutorials: Iterable[str]) -> str:
    """Return the first page: what the README says before and about its first steps in Python."""
    readme = (ROOT / "README.md").read_text()
    intro = readme.partition("\n## ")[0].strip()
    tour = re.search(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert tour is not None
    page = (SITE / "index.md").read_text().replace("{intro}", linked(intro, ROOT)).replace("{tour}", tour[1].rstrip())
    return page.replace("{tutorials}", "\n".join(f"tutorials/{name}" for name in tutorials))


# --- the reference ---------------------------------------------------------------------------------------------------


def reference_pages() -> Iterable[tuple[str, str]]:
    """Yield the name and the reStructuredText of every page of the reference."""
    names = {one.name: one for one in public_names(sda_lib)}
    placed = [name for _, _, listed in REFERENCE.values() for name in listed]
    if sorted(placed) != sorted(sda_lib.__all__):
        raise SystemExit(f"REFERENCE must have each public name once: {set(placed) ^ set(sda_lib.__all__)}")
    for page, (title, intro, listed) in REFERENCE.items():
        yield page, _page(title, intro, "sda_lib", [names[name] for name in listed], list(names.values()))
    widgets = list(public_names(sda_widgets))
    first = [one for one in widgets if "." not in one.name]
    intro = "Parts of the workbench for cells of your own; :doc:`/NOTEBOOKS` shows how they work together."
    yield "widgets", _page("Widgets", intro, "sda_widgets", first, widgets)
    yield "results", _results_page()


def _page(title: str, intro: str, module: str, names: list[PublicName], every: list[PublicName]) -> str:
    parts = [f"{title}\n{'=' * len(title)}", intro, f".. currentmodule:: {module}"]
    return "\n\n".join([*parts, *(_entry(name, every) for name in names)]) + "\n"


def _results_page() -> str:
    title, intro = (
        "Results",
        "What methods return, besides clips, codes and takes. In a notebook all of them show themselves.",
    )
    entries = [PublicName("sda_lib", name, _loaded(name)) for name in RESULTS]
    shown = [one for entry in entries for one in members_of(entry) if one.name.split(".")[-1] in RESULTS[entry.name]]
    return _page(title, intro, "sda_lib", entries, [*entries, *shown])


def _loaded(name: str) -> object:
    """Return what a name of a module stands for."""
    module, _, last = name.rpartition(".")
    return getattr(import_module(module), last)


def _entry(name: PublicName, every: list[PublicName]) -> str:
    """Return the directive of a function, a value or a class with its members."""
    if not inspect.isclass(name.value):
        return f".. auto{'function' if callable(name.value) else 'data'}:: {name.name}" + _no_value(name)
    below = [one for one in every if one.name.startswith(f"{name.name}.")]
    below.sort(key=lambda one: (one.is_fact, not inspect.ismethod(one.value), one.name))
    kinds = [f"   .. auto{'property' if one.is_fact else 'method'}:: {one.name}" for one in below]
    return "\n\n".join([f".. autoclass:: {name.name}", *_traits(name.value), *kinds])


def _no_value(name: PublicName) -> str:
    return "" if callable(name.value) else "\n   :no-value:"


def _traits(owner: Any) -> list[str]:
    """Return the traits of a widget with what they are."""
    if not hasattr(owner, "class_own_traits"):
        return []
    ours = {name: one for name, one in sorted(owner.class_traits().items()) if one.help and _is_ours(one)}
    return [
        f"   .. py:attribute:: {name}\n      :type: {_type(one)}\n\n      {_sentence(one)}"
        for name, one in ours.items()
    ]


def _is_ours(trait: Any) -> bool:
    return str(trait.this_class.__module__).startswith("sda_widgets")


def _type(trait: Any) -> str:
    """Return the type of a trait's values."""
    kind = type(trait).__name__
    return trait.klass.__name__ if kind == "Instance" else PLAIN[kind]


def _sentence(trait: Any) -> str:
    """Return the help of a trait as a sentence."""
    end = " Read only." if trait.read_only else ""
    return f"{trait.help[0].upper()}{trait.help[1:]}.{end}"


# --- tutorials -------------------------------------------------------------------------------------------------------


def is_tutorial(path: Path) -> bool:
    """Whether a notebook is a page of the site."""
    return path.name != WORKBENCH


def tutorial(path: Path, execute: bool) -> str:
    """Return a notebook as Markdown: its cells, and what they showed when it was saved, or shows now."""
    notebook = executed(path) if execute else json.loads(path.read_text(encoding="utf-8"))
    return "\n\n".join(part for cell in notebook["cells"] for part in _cell(cell)) + "\n"


def executed(path: Path) -> dict[str, Any]:
    """Return a notebook that was run in a copy of its folder, with the example sounds where it looks for them."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory(prefix="sda-docs-") as place:
        copy = shutil.copytree(path.parent, Path(place) / "notebooks")
        shutil.copytree(ROOT / "data" / "demo", Path(place) / "data" / "demo")
        os.environ["SDA_HOME"] = f"{place}/home"
        NotebookClient(notebook, timeout=CELL_SECONDS, resources={"metadata": {"path": str(copy)}}).execute()
    return dict(notebook)


def _cell(cell: Mapping[str, Any]) -> list[str]:
    source = "".join(cell["source"]).strip()
    if cell["cell_type"] != "code" or not source:
        return [linked(source, NOTEBOOKS)] if cell["cell_type"] == "markdown" else []
    shown = [output_html(output).replace(f"<style>{STYLE}</style>", "") for output in cell["outputs"]]
    return [f"````python\n{source}\n````", *(_raw(html) for html in shown if html)]


def _raw(html: str) -> str:
    """Return HTML for a Markdown page, on one line where it may be, so that no line in it ends the block."""
    return f'`````````{{raw}} html\n<div class="output">{html}</div>\n`````````'


if __name__ == "__main__":
    sys.exit(main())
