"""One file of the scripts that every page loads: parts of Voila and of the extensions that draw widgets.

Voila's page asks for these parts one by one, some ninety requests. Each part registers itself with the loader of its
program, so those that are there already are not asked for. A part that another version names differently, or lacks,
is loaded by itself as before.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, RequestHandler

# Parts of Voila 0.5 that a page of widgets loads, by the numbers in their names (X.voila.js): what a browser asks for
# one by one while this is empty.
PARTS = """
    73 143 225 431 457 614 630 1187 1601 1621 1670 1996 2121 2296 2772 2829 2930 3144 3249 3307 3311 3459 3649 3916
    3989 3992 4041 4135 4173 4222 4371 4486 4653 4729 4875 4972 5044 5312 5688 5764 5767 5992 6008 6049 6074 6305
    6382 6468 6573 7155 7245 7259 7393 7483 7556 7598 7770 7883 8017 8135 8487 8766 8773 8862 8925 9081 9151 9212
    9582 9684 9890 9981
"""
# Extensions that draw widgets, of which a page loads nearly all parts.
EXTENSIONS = (
    "@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget", "bqplot", "bqscales",
)  # fmt: skip
EXTENSION_PART = re.compile(r"\d+\.[0-9a-f]+\.js")
YEAR = 365 * 24 * 3600


def parts(static: Iterable[str], extensions: Iterable[str]) -> list[Path]:
    """Return the parts that there are, from Voila's folders of scripts and from those of extensions."""
    wanted = [f"{number}.voila.js" for number in PARTS.split()]
    own = [Path(folder) / name for name in wanted for folder in static]
    folders = [Path(folder) / name / "static" for name in EXTENSIONS for folder in extensions]
    found = [folder for folder in folders if folder.is_dir()]
    theirs = [path for folder in found for path in sorted(folder.glob("*.js")) if EXTENSION_PART.fullmatch(path.name)]
    return [path for path in [*own, *theirs] if path.is_file()]


def joined(paths: Iterable[Path]) -> str:
    """Return the scripts as one, in which each keeps its own rules: some are strict."""
    return "\n".join(f"(() => {{{path.read_text(encoding='utf-8')}\n}})();" for path in paths)


@dataclass
class Bundle:
    """The scripts as one compressed file, which is made when it is first asked for."""

    paths: Sequence[Path]
    _made: asyncio.Future[bytes] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """A name that changes with the scripts, so that browsers can keep them."""
        about = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in self.paths]
        return f"{hashlib.sha256(repr(about).encode()).hexdigest()[:16]}.js"

    async def compressed(self) -> bytes:
        """Return the file, compressed by gzip. A thread makes it once."""
        if self._made is None:
            self._made = asyncio.ensure_future(asyncio.to_thread(self._compress))
        return await self._made

    def _compress(self) -> bytes:
        return gzip.compress(joined(self.paths).encode(), 6)


class PageScripts(RequestHandler):
    """Hands out the bundle. Like Voila's own scripts it is public, and the same for everyone."""

    def initialize(self, bundle: Bundle, name: str) -> None:
        self.bundle, self.name = bundle, name

    async def get(self, name: str) -> None:
        """Answer with the bundle, which a browser may keep; another name is that of another version."""
        if name != self.name:
            raise HTTPError(404)
        content: Any = await self.bundle.compressed()
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", f"public, max-age={YEAR}, immutable")
        self.set_header("Vary", "Accept-Encoding")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
        else:
            content = await asyncio.to_thread(gzip.decompress, content)
        self.finish(content)
