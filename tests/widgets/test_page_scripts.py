"""The scripts of a page as one file."""

import asyncio
import gzip

from sda_widgets import page_scripts


def folders(tmp_path):
    """A folder of Voila's scripts and one of extensions, with parts that a page needs and others."""
    own, extensions = tmp_path / "static", tmp_path / "extensions"
    some = extensions / "bqplot/static"
    for folder in (own, some, extensions / "other/static"):
        folder.mkdir(parents=True)
    (own / "73.voila.js").write_text('"use strict";(self.parts=self.parts||[]).push([[73],{}]) // the end')
    (own / "1.voila.js").write_text("none of the page's")
    (some / "12.0af3.js").write_text("(self.others=self.others||[]).push([[12],{}])")
    (some / "remoteEntry.0af3.js").write_text("loads itself")
    (extensions / "other/static/5.0af3.js").write_text("none of the page's")
    return own, extensions


def test_only_parts_that_a_page_loads_and_that_there_are(tmp_path):
    own, extensions = folders(tmp_path)
    found = page_scripts.parts([str(own), str(tmp_path / "nowhere")], [str(extensions)])
    assert [path.name for path in found] == ["73.voila.js", "12.0af3.js"]


def test_each_part_keeps_its_own_rules(tmp_path):
    own, extensions = folders(tmp_path)
    first, second = page_scripts.joined(page_scripts.parts([str(own)], [str(extensions)])).split("\n})();\n")
    assert first.startswith('(() => {"use strict";')  # strict for this part alone
    assert first.endswith("// the end")
    assert second.startswith("(() => {(self.others")


def test_the_name_changes_with_the_scripts_and_the_file_is_made_once(tmp_path, run_apart):
    own, extensions = folders(tmp_path)
    bundle = page_scripts.Bundle(page_scripts.parts([str(own)], [str(extensions)]))

    async def twice():
        return await asyncio.gather(bundle.compressed(), bundle.compressed())

    one, other = run_apart(twice())
    assert one is other
    assert gzip.decompress(one).decode() == page_scripts.joined(bundle.paths)
    name = bundle.name
    assert name == bundle.name
    (own / "73.voila.js").write_text("a newer version")
    assert bundle.name != name
