"""Presets in notebooks and scripts."""

from dataclasses import replace

import pytest

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.sessions.provenance_tags import read_provenance


def test_generate_with_a_preset_applies_it_and_save_delivers_it(model, tmp_path):
    finish = sda_lib.Finish.from_plain({"effects": {"drive": 9}, "delivery": {"lufs": -30.0}})
    dense = sda_lib.Preset("Dense", options=sda_lib.GenerateOptions(seconds=0.5, novelty=0.8), finish=finish)
    take = model.generate(preset=dense, seed=4, novelty=0.1)
    assert (take.options.seconds, take.options.novelty, take.options.seed) == (0.5, 0.1, 4)
    made = read_provenance(take.save(tmp_path / "a.wav"))
    assert made.finish == finish
    own = read_provenance(take.save(tmp_path / "b.wav", drive=3, bit_depth=16)).finish
    assert (own.effects.drive, own.delivery.lufs, own.delivery.bit_depth) == (3, -30, 16)
    assert read_provenance(take.save(tmp_path / "c.wav", sda_lib.Finish())).finish == sda_lib.Finish()
    assert [one.finish for one in model.generate(2, preset=dense)] == [finish] * 2


def test_what_a_model_cannot_do_is_said_in_one_warning(model):
    moved = sda_lib.Preset("Moved", options=sda_lib.GenerateOptions(seconds=0.5, sliders={"warmth": 1.0}))
    with pytest.warns(UserWarning, match="Not applied: slider warmth: the model has no sliders") as said:
        model.generate(2, preset=moved)
    assert len(said) == 1
    assert said[0].filename == __file__


def test_a_preset_is_given_by_its_name_or_file_too(model, tmp_path):
    presets = sda_lib.Presets()
    presets.save(sda_lib.Preset("Short", options=sda_lib.GenerateOptions(seconds=0.3)))
    file = presets.export("Short", tmp_path / "shared.json")
    assert [model.generate(preset=one).options.seconds for one in ("short", file, str(file))] == [0.3] * 3
    with pytest.raises(SdaError, match="no preset 'none'"):
        model.generate(preset="none")


def test_a_take_gives_its_settings_as_a_preset(model):
    take = model.generate(seconds=0.5, novelty=0.7, seed=5)
    preset = take.preset("Like this", "As before.")
    assert preset == sda_lib.Preset("Like this", "As before.", sda_lib.GenerateOptions(seconds=0.5, novelty=0.7))
    again = model.generate(preset=preset, seed=5)
    assert (again.codes.indices == take.codes.indices).all()


def test_presets_are_a_mapping(tmp_path):
    presets = sda_lib.Presets(tmp_path / "home")
    count = len(presets)
    assert "slow swell" in presets
    assert 3 not in presets
    assert presets.get("none", 5) == 5
    assert presets.get("slow swell").name == "Slow swell"
    presets.save(presets["Slow swell"].morph(presets["Slow giant"], 0.5, "Between"))
    assert len(presets) == count + 1
    assert dict(presets)["Between"].options.varispeed == -6
    presets.star("Between")
    assert presets.starred == ("Between",)
    assert presets.rename("Between", "Amid").name == "Amid"
    presets.delete("Amid")
    assert list((tmp_path / "home" / "trash").iterdir())
    assert repr(presets).startswith("Presets(Around your head, ")


def test_a_preset_shows_itself(model):
    preset = sda_lib.Presets()["Slow giant"]
    assert repr(preset).startswith("Preset('Slow giant', novelty 0.4, varispeed -12 semitones, highpass 30 Hz, ")
    assert "An octave lower" in preset._repr_html_()
    assert "Slow giant" in sda_lib.Presets()._repr_html_()
    assert isinstance(replace(preset, name="b"), sda_lib.Preset)
    assert isinstance(preset.vary(model, 1, ["effects"]), sda_lib.Preset)
    assert preset.fit(model).left_out == ()
