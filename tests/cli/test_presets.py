"""`sda presets`."""

import json
from pathlib import Path

import pytest

from sda_lib.presets.preset_file import read_preset
from sda_lib.presets.store import FACTORY
from sda_lib.sessions.provenance_tags import read_provenance

OWN = Path("data/presets")


def test_the_list_has_the_factorys_and_own_ones_and_stars_first(ok):
    shipped = len(list(FACTORY.glob("*.json")))
    assert len(ok("presets").splitlines()) == shipped
    ok("presets", "save", "Mine", "--novelty", 0.8, "--about", "Own.")
    ok("presets", "star", "crushed")
    lines = ok("presets").splitlines()
    assert lines[0].startswith("* Crushed")
    assert lines[1].split() == ["Mine", "own", "Own."]
    found = json.loads(ok("presets", "--json"))
    assert len(found) == shipped + 1
    assert found[0]["starred"]
    assert found[1] == {
        "name": "Mine", "path": str(OWN / "Mine.json"), "factory": False, "starred": False, "problem": "",
        "about": "Own.",
    }  # fmt: skip
    ok("presets", "star", "Crushed", "--off")
    assert not json.loads(ok("presets", "--json"))[0]["starred"]


def test_a_preset_is_saved_from_options_and_from_another(ok, refused):
    out = ok(
        "presets", "save", "Dark", "--slider", "brightness=-1", "--curve", "warmth=0:0,1:2", "--effect", "reverb=0.2",
        "--space", "stereo", "--pan", -0.5, "--lufs", -20,
    )  # fmt: skip
    assert "slider brightness -1 step, curve of warmth 0:0, 1:2, reverb 0.2, space stereo" in out
    ok("presets", "save", "Darker", "--preset", "dark", "--slider", "brightness=-2", "--effect", "drive=3")
    found = read_preset(OWN / "Darker.json")
    assert found.options.sliders == {"brightness": -2.0}
    assert found.options.curves == {"warmth": ((0, 0), (1, 2))}
    assert (found.finish.effects.reverb, found.finish.effects.drive) == (0.2, 3)
    assert (found.finish.space.pan, found.finish.delivery.lufs) == (-0.5, -20)
    assert "--force" in refused("presets", "save", "DARK")
    ok("presets", "save", "Dark", "--force")
    assert "all settings at their defaults" in ok("presets", "save", "Nothing")


def test_a_preset_is_shown_with_what_a_model_cannot_do(ok, demo):
    ok("presets", "save", "Dark", "--slider", "brightness=-1", "--novelty", 0.8)
    assert ok("presets", "show", "dark").splitlines() == [
        "Dark",
        "  Novelty            0.8",
        "  Slider brightness  -1 step",
    ]
    assert "not applied: slider brightness: the model has no sliders" in ok("presets", "show", "dark", "-m", "demo")
    plain = json.loads(ok("presets", "show", "dark", "-m", "demo", "--json"))
    assert plain["sound"] == {"novelty": 0.8, "sliders": {"brightness": -1.0}}
    assert len(plain["not_applied"]) == 1


def test_names_change_and_presets_go_to_the_trash(ok, refused):
    ok("presets", "save", "One")
    ok("presets", "rename", "one", "Two")
    assert "trash" in ok("presets", "delete", "two")
    assert "no preset 'two'" in refused("presets", "show", "two")
    assert "ships with SDA" in refused("presets", "delete", "crushed")
    assert "can't name a preset" in refused("presets", "save", "a/b")


def test_presets_are_shared_as_files(ok, refused, tmp_path):
    ok("presets", "save", "Mine", "--novelty", 0.8)
    assert ok("presets", "export", "mine").strip() == "Mine.json"
    assert "exists" in refused("presets", "export", "mine")
    ok("presets", "delete", "mine")
    ok("presets", "import", "Mine.json")
    assert read_preset(OWN / "Mine.json") == read_preset(Path("Mine.json"))
    Path("bad.json").write_text('{"kind": "sda preset", "format": 1, "name": "Bad", "sound": {"novelty": 7}}')
    ok("presets", "export", "crushed")
    assert "bad.json is not a preset" in refused("presets", "import", "Crushed.json", "bad.json")
    assert "Bad" not in ok("presets")
    assert not (OWN / "Crushed.json").exists()


def test_two_presets_are_blended_and_one_is_drawn(ok, refused, demo):
    ok("presets", "morph", "close to home", "new takes", "--share", 0.5, "--name", "Between")
    assert read_preset(OWN / "Between.json").options.novelty == pytest.approx(0.375)
    ok("presets", "random", "demo", "--seed", 4, "--preset", "between", "--lock", "novelty", "--name", "Drawn")
    assert read_preset(OWN / "Drawn.json").options.novelty == pytest.approx(0.375)
    assert "to lock" in refused("presets", "random", "demo", "--lock", "gravity")


def test_generate_with_a_preset_lets_flags_override_it(ok, demo):
    ok("presets", "save", "Short", "--seconds", 0.5, "--novelty", 0.8, "--slider", "warmth=1", "--effect", "drive=6")
    out = ok("generate", "demo", "-n", 2, "--preset", "short", "--novelty", 0.5, "--depth", 16, "--no-list")
    assert "Not applied: slider warmth: the model has no sliders yet" in out
    found = read_provenance("data/exports/tiny_1.wav")
    assert found.request["seconds"] == 0.5
    assert "novelty" not in found.request  # that given is the default
    assert (found.finish.effects.drive, found.finish.delivery.bit_depth) == (6, 16)
    assert "(was there)" in ok("generate", "demo", "-n", 2, "--preset", "short", "--novelty", 0.5, "--depth", 16)


def test_a_sound_gives_its_settings(ok, refused, demo, tiny_corpus):
    ok("generate", "demo", "-n", 1, "--seconds", 0.5, "--control", "density=0.7", "--effect", "drive=6")
    ok("presets", "save", "Like it", "--from", "data/exports/tiny_0.wav", "--about", "Good.")
    found = read_preset(OWN / "Like it.json")
    assert (found.about, found.options.seconds, found.options.controls) == ("Good.", 0.5, {"density": 0.7})
    assert found.finish.effects.drive == 6
    assert refused("presets", "save", "None", "--from", tiny_corpus / "rain.wav")
    assert "not both" in refused("presets", "save", "None", "--from", "x.wav", "--preset", "crushed")


def test_sounds_that_exist_take_the_delivery_and_source(ok, demo, tiny_corpus):
    ok("presets", "save", "Alone", "--source", 0.2, "--novelty", 0.8, "--effect", "drive=6")
    ok("encode", tiny_corpus / "pluck.wav", "-m", "demo", "-o", "a.codes.npz")
    out = ok("decode", "a.codes.npz", "-m", "demo", "-o", "a.wav", "--preset", "alone")
    assert "Not applied, as it is for new sounds: novelty." in out
    found = read_provenance("a.wav")
    assert (found.source_amount, found.finish.effects.drive) == (0.2, 6)
    ok("decode", "a.codes.npz", "-m", "demo", "-o", "b.wav", "--preset", "alone", "--source", 1, "--effect", "drive=1")
    found = read_provenance("b.wav")
    assert (found.source_amount, found.finish.effects.drive) == (1, 1)
    assert "source, novelty" in ok("export", "a.wav", "-o", "c.wav", "--preset", "alone")
    ok("reconstruct", tiny_corpus / "pluck.wav", "-m", "demo", "-o", "d.wav", "--preset", "alone")
