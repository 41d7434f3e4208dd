"""`sda defaults` and `sda clean`."""

import json
import re

from sda_lib.audio.tags import read_tags


def test_defaults_are_set_shown_and_removed(ok, refused, tmp_path):
    assert json.loads(ok("defaults", "--json")) == {
        "author": "", "licence": "", "format": "", "folder": "", "history_size": "",
    }  # fmt: skip
    assert not (tmp_path / "data").exists()
    ok("defaults", "author", 'Jane "J" Doe')
    ok("defaults", "folder", "mine")
    assert ok("defaults", "author") == 'Jane "J" Doe\n'
    assert json.loads(ok("defaults", "--json"))["folder"] == str(tmp_path / "mine")
    ok("defaults", "folder", "")
    assert ok("-q", "defaults", "folder") == "\n"
    assert "there are author, licence, format, folder" in refused("defaults", "tempo", "3")
    assert "one of wav" in refused("defaults", "format", "xyz")


def test_defaults_sign_exports_and_options_win(ok, refused, demo, tiny_corpus, tmp_path):
    for key, value in (("author", "Žofie"), ("licence", "CC0"), ("format", "flac"), ("folder", "mine")):
        ok("defaults", key, value)
    assert ok("-q", "generate", "demo", "-n", 1, "--seconds", 0.5) == f"{tmp_path / 'mine/tiny_0.flac'}\n"
    tags = read_tags("mine/tiny_0.flac")
    assert (tags["artist"], tags["copyright"]) == ("Žofie", "CC0")
    wish = ("generate", "demo", "-n", 1, "--seconds", 0.5, "--format", "wav", "-o", "here", "--tag", "artist=Bob")
    assert ok("-q", *wish) == "here/tiny_0.wav\n"
    tags = read_tags("here/tiny_0.wav")
    assert (tags["artist"], tags["copyright"]) == ("Bob", "CC0")
    rain = tiny_corpus / "rain.wav"
    assert ok("-q", "morph", "demo", rain, rain) == f"{tmp_path / 'mine/rain_rain_0.5.flac'}\n"
    ok("export", "here/tiny_0.wav", "-o", "bobs.flac")  # what a file says of itself is not replaced by a default
    assert read_tags("bobs.flac")["artist"] == "Bob"
    ok("export", rain, "-o", "signed.flac")
    assert read_tags("signed.flac")["artist"] == "Žofie"
    ok("export", "here/tiny_0.wav", "-o", "janes.flac", "--tag", "artist=Žofie")
    assert read_tags("janes.flac")["artist"] == "Žofie"
    ok("loop", rain, "-o", "l.wav")
    assert read_tags("l.wav")["copyright"] == "CC0"
    (tmp_path / "data/defaults.toml").write_text("author = Jane\n")
    assert "line 1" in refused("generate", "demo", "-n", 1)


def test_clean_shows_and_deletes_what_is_named(ok, misused, refused, tmp_path, demo):
    for name, size in (("cache/a", 2000), ("trash/b", 300), ("exports/c.wav", 7)):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(bytes(size))
    found = json.loads(ok("clean", "--json"))
    assert {kind: found[kind]["bytes"] for kind in ("cache", "runs", "trash", "parts")} == {
        "cache": 2000, "runs": 0, "trash": 300, "parts": 0,
    }  # fmt: skip
    assert found["deleted"] is False
    assert re.search(r"cache +2\.0 kB +1 file", ok("clean"))
    assert (tmp_path / "data/cache/a").exists()
    assert json.loads(ok("clean", "trash", "--json"))["trash"] == {"items": 1, "files": 1, "bytes": 300}
    assert not (tmp_path / "data/trash/b").exists()
    assert (tmp_path / "data/cache/a").exists()
    ok("clean", "cache", "--older", 1)
    assert (tmp_path / "data/cache/a").exists()
    ok("clean", "--yes")
    assert not (tmp_path / "data/cache/a").exists()
    assert (tmp_path / "data/exports/c.wav").exists()
    assert demo.exists()
    assert "choose one of cache, runs, trash, parts" in refused("clean", "models")
    misused("clean", "--older", "-1")
