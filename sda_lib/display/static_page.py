"""Displays as one static web page, which needs no kernel, no scripts and no other place.

A Content-Security-Policy in the page forbids scripts and requests, so this holds for anything that is shown.
"""

from __future__ import annotations

from sda_lib.display.markup import text
from sda_lib.display.page import STYLE

POLICY = (
    "default-src 'none'; img-src data:; media-src data:; font-src data:; style-src 'unsafe-inline'; form-action 'none'"
)
PAGE_STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1f2328; --faint: #59636e; --edge: #d4d9df;
  --code: #f4f6f8; --key: #8250df; --string: #0a6640; --comment: #6e7781; --number: #0550ae; --error: #c5221f; }
@media (prefers-color-scheme: dark) { :root { --ground: #111418; --ink: #d9dee5; --faint: #929daa; --edge: #303740;
  --code: #191d23; --key: #d2a8ff; --string: #a5d6a7; --comment: #8b949e; --number: #79c0ff; --error: #ff8a80; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.6 system-ui, "Segoe UI", sans-serif; }
main { max-width: 900px; margin: 0 auto; padding: 32px 20px 64px; overflow-wrap: anywhere; }
pre { margin: 0; padding: 10px 14px; background: var(--code); border-radius: 6px; overflow-x: auto;
  font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; }
.input { margin: 22px 0 8px; } .output { margin: 8px 0; } .output > pre { background: none; padding: 4px 0; }
.error { color: var(--error); } img { max-width: 100%; } .text a { color: inherit; }
.text table { border-collapse: collapse; } .text td, .text th { padding: 4px 10px; border: 1px solid var(--edge); }
.k, .kn, .kc, .ow { color: var(--key); } .s1, .s2, .sa, .sd, .si { color: var(--string); }
.c1 { color: var(--comment); } .mi, .mf { color: var(--number); }
"""


def static_page(title: object, body: str) -> str:
    """Return a page.

    Args:
        title: its title, as text.
        body: HTML, which may contain displays.
    """
    once = body.replace(f"<style>{STYLE}</style>", "")  # the head has it
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{text(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<style>{' '.join(PAGE_STYLE.split())}</style><style>{STYLE}</style></head>"
        f"<body><main>{once}</main></body></html>\n"
    )
