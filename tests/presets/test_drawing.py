"""Random presets."""

import numpy as np
import pytest

from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery, Effects, Finish
from sda_lib.model.model import SdaModel
from sda_lib.presets.drawing import EFFECTS, MOST_SLIDERS, OPTIONS, draw_preset, typical_response
from sda_lib.presets.fitting import fit_preset
from sda_lib.presets.preset import Preset
from sda_lib.sliders.zones import zone
from sda_lib.writers.options import GenerateOptions

BASE = Preset(
    "base", "", GenerateOptions(seconds=3, novelty=0.33, sliders={"warmth": 4.0}, curves={"tension": ((0.0, 2.0),)}),
    Finish(Effects(reverb=0.9, drive=30), delivery=Delivery(lufs=-20)),
)  # fmt: skip


@pytest.fixture(scope="module")
def slid(slider_model_path):
    return SdaModel.load(slider_model_path)


def test_equal_seeds_give_equal_presets_and_others_others(slid):
    drawn = [draw_preset(BASE, slid, seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0].name == "Random 1"
    assert draw_preset(BASE, slid, 1, name="Mine").name == "Mine"


def test_values_are_in_their_ranges_and_sliders_in_the_safe_zones(slid):
    moved = set()
    for seed in range(60):
        preset = draw_preset(BASE, slid, seed)
        options, effects = preset.options, preset.finish.effects
        assert all(low <= getattr(options, name) <= high for name, (low, high) in OPTIONS.items())
        assert all(
            getattr(effects, one) == 0 or low <= getattr(effects, one) <= high for one, (low, high) in EFFECTS.items()
        )
        assert len(options.sliders) <= MOST_SLIDERS
        assert (options.seconds, options.curves, preset.finish.delivery.lufs) == (3, {}, -20)
        for name, step in options.sliders.items():
            card = slid.sliders.card(name)
            assert zone(card, typical_response(card).at(step), step) == "safe"
        moved |= set(options.sliders)
        assert not fit_preset(preset, slid).left_out
    assert len(moved) > 1
    assert "loudness" not in moved


def test_locks_keep_values(slid):
    for seed in range(20):
        preset = draw_preset(BASE, slid, seed, ["novelty", "warmth", "tension", "reverb"])
        assert preset.options.novelty == 0.33
        if any(card.name == "warmth" for card in slid.sliders.shown):
            assert preset.options.sliders["warmth"] == 4.0
        assert preset.finish.effects.reverb == 0.9
        assert preset.finish.effects.drive < 30
        whole = draw_preset(BASE, slid, seed, ["effects", "controls"])
        assert (whole.finish.effects, whole.options.controls) == (BASE.finish.effects, {})


def test_an_unknown_lock_names_the_known_ones(slid):
    with pytest.raises(SdaError, match=r"'gravity' to lock; there are sliders, controls, effects, novelty"):
        draw_preset(BASE, slid, 1, ["gravity"])


def test_a_model_without_sliders_draws_the_rest(plain):
    drawn = [draw_preset(Preset("a"), plain, seed) for seed in range(20)]
    assert not any(preset.options.sliders for preset in drawn)
    assert len({preset.options.novelty for preset in drawn}) > 10


def test_a_typical_sound_is_in_the_middle_of_the_recordings_and_ends_with_the_reach(slid):
    card = slid.sliders.shown[0]
    response = typical_response(card)
    assert response.at(0) == pytest.approx((card.low + card.high) / 2)
    assert response.at(4) - response.at(0) == pytest.approx(card.slope * min(card.reach[1], 4))
    assert np.isfinite(response.values).all()
