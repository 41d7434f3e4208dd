"""Folder of the widgets' browser modules, which `npm run build` in widgets/ bundles from the .js files of each room."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parents[1] / "static"
