"""The committed browser modules are those of the sources."""

import hashlib
import re

from sda_widgets.common.browser_widget import STATIC

PACKAGE = STATIC.parent
ROOT = PACKAGE.parent


def sources():
    return sorted(path for path in PACKAGE.rglob("*.js") if STATIC not in path.parents)


def test_the_modules_are_built_from_the_present_sources():
    digest = hashlib.sha256()
    for name in (*(path.relative_to(ROOT).as_posix() for path in sources()), "build.js", "package-lock.json"):
        digest.update(name.encode() + (ROOT / name).read_bytes())
    message = "The .js files have changed: run `npm ci && npm run build` in widgets/ and commit static/."
    assert (STATIC / "sources.sha256").read_text().strip() == digest.hexdigest(), message


def test_every_module_is_used_by_a_widget_and_every_widget_has_one():
    built = {path.name for path in STATIC.glob("*.js")}
    assert built == {path.name for path in sources() if "\nexport default " in path.read_text()}
    widgets = [path for path in PACKAGE.rglob("*.py") if re.search(r"class .*\((Browser|File)\w+\):", path.read_text())]
    assert built == {f"{path.stem}.js" for path in widgets if path.stem != "file_receiver"}
