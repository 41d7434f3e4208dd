"""Displays of presets."""

import sda_lib
from sda_lib.display.presets import preset_view, presets_view
from sda_lib.presets.preset import Preset
from sda_lib.presets.store import PresetEntry


def test_the_settings_of_a_preset_are_shown_and_its_texts_escaped():
    options = sda_lib.GenerateOptions(novelty=0.8, sliders={"<b>": 1.0})
    html = preset_view(Preset("<i>", "<script>", options))
    assert "<i>" not in html
    assert "<script>" not in html
    assert "Slider &lt;b&gt;" in html
    assert "0.8" in html


def test_the_list_has_stars_and_says_whose_they_are(tmp_path):
    entries = [
        PresetEntry("Mine", tmp_path, Preset("Mine", "About."), starred=True),
        PresetEntry("Broken", tmp_path, problem="<no> preset"),
        PresetEntry("Slow swell", tmp_path, Preset("Slow swell"), factory=True),
    ]
    html = presets_view(entries)
    assert "3 presets" in html
    assert html.count("★") == 1
    assert html.count("yours") == 2
    assert "&lt;no&gt; preset" in html
