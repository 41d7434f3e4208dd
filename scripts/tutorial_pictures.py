#!/usr/bin/env python
"""Run the tutorials and write the README's picture of each from its static page: docs/tutorials/NAME.png.

.venv/bin/python scripts/tutorial_pictures.py [NAME ...]
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from sda_lib.display.notebook_page import notebook_page

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "tutorials"
# The cell of each tutorial that the picture begins with, counted among the cells with code.
FIRST = {"1_first_sound": 4, "2_play": 1, "3_codes": 1, "4_look_inside": 1, "5_deliver": 3, "6_own_widgets": 2}
# Width and height of the part that is shown, and number of the picture's colors.
SHOWN, COLORS = (900, 640), 96


def main(names: list[str]) -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": SHOWN[0], "height": SHOWN[1]}, color_scheme="dark")
        for name in names:
            path = Path(folder) / f"{name}.html"
            path.write_text(static_page(name, Path(folder)))
            picture = pictured(page, path, FIRST[name])
            picture.save(PICTURES / f"{name}.png", optimize=True)
            print(PICTURES / f"{name}.png", (PICTURES / f"{name}.png").stat().st_size)
        browser.close()


def static_page(name: str, folder: Path) -> str:
    """Return the static page of a tutorial that is run in a folder beside the data."""
    (folder / "notebooks").mkdir(exist_ok=True)
    if not (folder / "data").exists():
        (folder / "data").symlink_to(ROOT / "data")
    os.environ["SDA_HOME"] = str(folder / "home")
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder / "notebooks")}}).execute()
    return notebook_page(json.loads(nbformat.writes(notebook)), name)


def pictured(page: Page, path: Path, first: int) -> Image.Image:
    """Return the part of a page that begins with a cell, in few colors."""
    page.goto(path.as_uri())
    top = page.locator("pre.input").nth(first).bounding_box()
    assert top is not None
    clip = {"x": 0, "y": top["y"] - 20, "width": SHOWN[0], "height": SHOWN[1]}
    taken = Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip)))  # type: ignore[arg-type]
    return taken.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main(sys.argv[1:] or list(FIRST))
