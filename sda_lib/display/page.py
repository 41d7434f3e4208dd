"""The style that all displays share, and the frame around each.

Every display brings the style with it, so that it is complete wherever its cell is copied to. Colors are those of the
notebook: JupyterLab's and VS Code's variables where there are any, else the system's light or dark theme.
"""

from __future__ import annotations

import re
from pathlib import Path

CLASS = "sda-view"
_RULES = Path(__file__).with_name("page.css").read_text()
# The light theme and the dark one. Pictures of sound are drawn for the dark one, and inverted in the light one.
_LIGHT = """
  --sda-fallback-text: #1f2328; --sda-fallback-quiet: #59636e; --sda-fallback-edge: #d4d9df;
  --sda-fallback-panel: #f4f6f8; --sda-accent: #3f6f00; --sda-second: #a85d00; --sda-green: #1a7f37;
  --sda-yellow: #8a6100; --sda-red: #c5221f; --sda-light: 1; color-scheme: light;
"""
_DARK = """
  --sda-fallback-text: #d9dee5; --sda-fallback-quiet: #929daa; --sda-fallback-edge: #303740;
  --sda-fallback-panel: #171b20; --sda-accent: #c8f169; --sda-second: #e0a458; --sda-green: #7fd08a;
  --sda-yellow: #e0b84c; --sda-red: #ff8a80; --sda-light: 0; color-scheme: dark;
"""
_DARK_PLACES = (
    '[data-jp-theme-light="false"] .sda-view',
    ".vscode-dark .sda-view",
    ".vscode-high-contrast .sda-view",
    '[theme="dark"] .sda-view',
    '[data-theme="dark"] .sda-view',
)
_LIGHT_PLACES = (
    '[data-jp-theme-light="true"] .sda-view',
    ".vscode-light .sda-view",
    '[theme="light"] .sda-view',
    '[data-theme="light"] .sda-view',
)


def _compact(style: str) -> str:
    """Return a style sheet without comments and line breaks."""
    return " ".join(re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL).split())


STYLE = _compact(
    f".sda-view {{ {_LIGHT} }} @media (prefers-color-scheme: dark) {{ .sda-view {{ {_DARK} }} }}"
    f"{', '.join(_LIGHT_PLACES)} {{ {_LIGHT} }} {', '.join(_DARK_PLACES)} {{ {_DARK} }} {_RULES}"
)


def page(*parts: str) -> str:
    """Return a display from its parts, with the style."""
    return f'<div class="{CLASS}"><style>{STYLE}</style>{"".join(parts)}</div>'
