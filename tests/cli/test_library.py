"""The library of models from the command line."""

import json

import pytest

from sda_lib.model.header import peek


def test_list_search_and_marks(ok, refused, demo, tmp_path):
    (demo.parent / "broken.sda").write_bytes(b"nothing")
    ok("models", "tag", "demo", "wet", "drums")
    ok("models", "note", "demo", "for the film")
    ok("models", "star", "demo")
    rows = ok("models").splitlines()
    assert rows[1].startswith("* tiny")
    assert rows[1].endswith("drums, wet")
    assert "not an .sda model" in rows[2]
    (found,) = json.loads(ok("models", "search", "FILM", "--tag", "wet", "--bottleneck", "rvq", "--starred", "--json"))
    assert (found["name"], found["tags"], found["note"]) == ("tiny", ["drums", "wet"], "for the film")
    assert "No model fits" in ok("models", "search", "--minutes", "5:")
    assert "no tags" in ok("models", "tag", "demo", "--", "-wet", "-drums")
    ok("models", "star", "demo", "--off")
    assert ok("models", "search", "tiny").splitlines()[1].startswith("  tiny")
    assert "no health 'blue'" in refused("models", "search", "--health", "blue")
    assert "from:to" in refused("models", "search", "--minutes", "5")
    assert "is no tag" in refused("models", "tag", "demo", "a,b")
    assert "not an .sda" in refused("models", "star", demo.parent / "broken.sda")


@pytest.mark.parametrize("json", [True, False])
def test_an_empty_library(ok, json):
    assert ("[]" if json else "no models") in ok("models", *(["--json"] if json else []))


def test_rename_duplicate_delete_restore_import_export(ok, refused, demo, tmp_path):
    assert ok("-q", "models", "rename", "demo", "Tin").strip() == "data/models/Tin.sda"
    assert ok("-q", "models", "duplicate", "Tin").strip() == "data/models/Tin-2.sda"
    assert "Tin-2" in refused("models", "rename", "Tin", "Tin-2")
    assert "restore 'Tin'" in ok("models", "delete", "Tin")
    (row,) = json.loads(ok("models", "trash", "--json"))
    assert (row["was"], row["name"]) == ("Tin.sda", "Tin")
    assert "Tin.sda" in ok("models", "trash")
    assert ok("-q", "models", "restore", "Tin").strip() == "data/models/Tin.sda"
    assert "no model in the trash" in ok("models", "trash")
    assert "in the trash" in refused("models", "restore", "Tin")
    assert ok("-q", "models", "export", "Tin", "-o", "out/bare.sda", "--no-recordings").strip() == "out/bare.sda"
    assert not peek(tmp_path / "out/bare.sda").get("memory")
    assert ok("-q", "models", "import", "out/bare.sda").strip() == "data/models/bare.sda"
    assert len(json.loads(ok("models", "--json"))) == 3


def test_compare(ok, demo):
    ok("models", "duplicate", "demo", "twin")
    assert json.loads(ok("models", "compare", "demo", "twin", "--json")) == {"name": ["tiny", "twin"]}
    assert "recipe codec bottleneck" in ok("models", "compare", "demo", "twin", "--all")
    assert "equal" in ok("models", "compare", "demo", "demo")
