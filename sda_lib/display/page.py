"""The style that all displays share, and the frame around each.

Every display brings the style with it, so that it is complete wherever its cell is copied to. Colors are those of the
notebook: JupyterLab's and VS Code's variables where there are any, else the system's light or dark theme.
"""

from __future__ import annotations

CLASS = "sda-view"
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
# Twice the class: JupyterLab has rules of its own for tables and pictures in outputs.
_STYLE = """
.sda-view {
  --sda-text: var(--jp-ui-font-color1, var(--vscode-editor-foreground, var(--sda-fallback-text)));
  --sda-quiet: var(--jp-ui-font-color2, var(--vscode-descriptionForeground, var(--sda-fallback-quiet)));
  --sda-edge: var(--jp-border-color2, var(--vscode-widget-border, var(--sda-fallback-edge)));
  --sda-panel: var(--jp-layout-color2, var(--vscode-textBlockQuote-background, var(--sda-fallback-panel)));
  max-width: 860px; color: var(--sda-text); font: 13px/1.5 system-ui, "Segoe UI", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
.sda-view.sda-view * { box-sizing: border-box; }
.sda-view.sda-view .sda-head { margin: 2px 0 6px; } .sda-view.sda-view .sda-head b { font-size: 14px; margin-right: 6px; }
.sda-view.sda-view .sda-quiet, .sda-view.sda-view dt, .sda-view.sda-view th { color: var(--sda-quiet); }
.sda-view.sda-view p { margin: 4px 0; } .sda-view.sda-view h4 { margin: 14px 0 4px; font-size: 12px; font-weight: 600; }
.sda-view.sda-view .sda-green { color: var(--sda-green); } .sda-view.sda-view .sda-yellow { color: var(--sda-yellow); }
.sda-view.sda-view .sda-red { color: var(--sda-red); } .sda-view.sda-view [class^="sda-"] { white-space: normal; }
.sda-view.sda-view .sda-green, .sda-view.sda-view .sda-yellow, .sda-view.sda-view .sda-red { white-space: nowrap; }
.sda-view.sda-view code { color: inherit; background: var(--sda-panel); padding: 1px 6px; border-radius: 4px; font-size: 12px;
  user-select: all; white-space: normal; }
.sda-view.sda-view dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 14px; margin: 4px 0; }
.sda-view.sda-view dt, .sda-view.sda-view dd { margin: 0; padding: 0; font-weight: 400; background: none; }
.sda-view.sda-view .sda-scroll { overflow-x: auto; max-height: 480px; overflow-y: auto; }
.sda-view.sda-view table { border-collapse: collapse; width: 100%; margin: 4px 0; font-size: 12px; table-layout: auto;
  border: 0; color: inherit; }
.sda-view.sda-view thead { border: 0; }
.sda-view.sda-view th { position: sticky; top: 0; background: var(--jp-layout-color0, var(--vscode-editor-background, var(--ground, Canvas)));
  font-weight: 500; white-space: nowrap; z-index: 1; }
.sda-view.sda-view tr, .sda-view.sda-view tbody tr:nth-child(odd), .sda-view.sda-view tbody tr:hover { background: none; }
.sda-view.sda-view th, .sda-view.sda-view td { text-align: left; padding: 3px 10px 3px 0; border: 0; vertical-align: middle;
  max-width: none; }
.sda-view.sda-view td { border-top: 1px solid var(--sda-edge); }
.sda-view.sda-view .sda-number { text-align: right; white-space: nowrap; }
.sda-view.sda-view audio { display: block; width: 100%; max-width: 420px; height: 34px; margin: 4px 0; }
.sda-view.sda-view td audio { width: 250px; height: 30px; margin: 0; }
.sda-view.sda-view figure { margin: 0 0 6px; } .sda-view.sda-view svg { display: block; overflow: visible; }
.sda-view.sda-view img { display: block; max-width: none; margin: 0; }
.sda-view.sda-view .sda-plot { display: grid; grid-template-columns: max-content minmax(0, 1fr); column-gap: 6px; }
.sda-view.sda-view .sda-sound { filter: invert(var(--sda-light)) hue-rotate(calc(var(--sda-light) * 180deg)); }
.sda-view.sda-view .sda-area { position: relative; min-width: 0; }
.sda-view.sda-view .sda-area > img, .sda-view.sda-view .sda-area > svg { width: 100%; height: 100%; }
.sda-view.sda-view .sda-rows, .sda-view.sda-view .sda-columns { position: relative; color: var(--sda-quiet); font-size: 10px;
  line-height: 1; }
.sda-view.sda-view .sda-rows { min-width: 26px; text-align: right; }
.sda-view.sda-view .sda-rows span { position: absolute; right: 0; transform: translateY(-50%); white-space: nowrap; }
.sda-view.sda-view .sda-rows i { visibility: hidden; font-style: normal; white-space: nowrap; display: block; height: 0; }
.sda-view.sda-view .sda-columns { grid-column: 2; height: 14px; margin-top: 3px; }
.sda-view.sda-view .sda-columns span { position: absolute; white-space: nowrap; }
.sda-view.sda-view .sda-codes img { image-rendering: pixelated; border-radius: 3px; }
.sda-view.sda-view .sda-small img { image-rendering: auto; }
.sda-view.sda-view .sda-line { fill: none; stroke: var(--sda-accent); stroke-width: 1.6; vector-effect: non-scaling-stroke; }
.sda-view.sda-view .sda-other { stroke: var(--sda-second); }
.sda-view.sda-view .sda-dash { stroke: var(--sda-quiet); stroke-dasharray: 4 4; stroke-width: 1; }
.sda-view.sda-view .sda-wave { fill: var(--sda-quiet); stroke: var(--sda-quiet); stroke-width: 0.5;
  vector-effect: non-scaling-stroke; }
.sda-view.sda-view .sda-bar { height: 6px; background: var(--sda-edge); border-radius: 3px; overflow: hidden; margin: 6px 0; }
.sda-view.sda-view .sda-bar div { height: 100%; background: var(--sda-accent); }
.sda-view.sda-view .sda-meter { display: inline-block; position: relative; width: 120px; height: 6px; border-radius: 3px;
  background: var(--sda-edge); vertical-align: middle; overflow: hidden; }
.sda-view.sda-view .sda-meter div { position: absolute; top: 0; bottom: 0; background: var(--sda-accent); }
.sda-view.sda-view .sda-key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 5px; }
.sda-view.sda-view .sda-legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 12px; margin: 4px 0; }
.sda-view.sda-view .sda-cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 6px 18px; }
.sda-view.sda-view .sda-cards > * { min-width: 0; }
.sda-view.sda-view details { margin: 6px 0; } .sda-view.sda-view summary { cursor: pointer; color: var(--sda-quiet); }
.sda-view.sda-view ul { list-style: none; margin: 4px 0; padding: 0; }
.sda-view.sda-view li { display: grid; grid-template-columns: 70px minmax(0, 1fr); gap: 2px 10px; padding: 5px 0; margin: 0;
  border-top: 1px solid var(--sda-edge); } .sda-view.sda-view li > code { grid-column: 2; justify-self: start; }
"""
_DARK_PLACES = (
    '[data-jp-theme-light="false"] .sda-view',
    ".vscode-dark .sda-view",
    ".vscode-high-contrast .sda-view",
    '[theme="dark"] .sda-view',
)
_LIGHT_PLACES = (
    '[data-jp-theme-light="true"] .sda-view',
    ".vscode-light .sda-view",
    '[theme="light"] .sda-view',
)


def _compact(style: str) -> str:
    return " ".join(style.split())


STYLE = _compact(
    f".sda-view {{ {_LIGHT} }} @media (prefers-color-scheme: dark) {{ .sda-view {{ {_DARK} }} }}"
    f"{', '.join(_LIGHT_PLACES)} {{ {_LIGHT} }} {', '.join(_DARK_PLACES)} {{ {_DARK} }} {_STYLE}"
)


def page(*parts: str) -> str:
    """Return a display from its parts, with the style."""
    return f'<div class="{CLASS}"><style>{STYLE}</style>{"".join(parts)}</div>'
