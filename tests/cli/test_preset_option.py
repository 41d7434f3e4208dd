"""The option --preset, and completion of its names."""

from pathlib import Path

from sda_lib.cli.preset_option import preset_names


def test_names_of_presets_are_completed_in_any_case(ok):
    ok("presets", "save", "Slow mine")
    assert preset_names("slow") == ["Slow mine", "Slow giant", "Slow swell"]
    assert preset_names("none") == []


def test_an_unknown_preset_or_file_is_refused(refused, demo):
    assert "There is no preset 'none'" in refused("generate", "demo", "--preset", "none")
    Path("a.json").write_text("{}")
    assert "a.json is not a preset" in refused("generate", "demo", "--preset", "a.json")
    assert "There is no preset none.json" in refused("export", "x.wav", "-o", "y.wav", "--preset", "none.json")
