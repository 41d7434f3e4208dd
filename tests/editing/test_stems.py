"""Stems add up to the sound, and each holds the contribution of its levels."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.editing import stems as module
from sda_lib.editing.stems import check_groups, common_gain, group_name, level_shares, parse_groups, split_stems
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.work_steps import drained

DEMO = Path(__file__).parents[2] / "data/demo"
GROUPS = [(0, 2), (2, 6), (6, 12)]


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


@pytest.fixture(scope="module")
def codes(model):
    return model.encode(read_clip(DEMO / "ambi_glass_rub.flac"))


def power(clip):
    return float(np.square(clip.samples).sum())


@pytest.mark.parametrize("amount", [1.0, 0.5, 0.0])
def test_stems_add_up_to_the_sound(model, codes, amount):
    parts, whole = split_stems(model, codes, GROUPS, amount), model.decode(codes, amount)
    assert [part.samples.shape for part in parts] == [whole.samples.shape] * 3
    assert np.abs(sum(part.samples for part in parts) - whole.samples).max() < 2e-6 * whole.peak
    assert [part.name for part in parts] == ["levels_0-1", "levels_2-5", "levels_6-11"]
    assert all(power(part) > 1e-4 * power(whole) for part in parts)
    assert power(parts[0]) > power(parts[2])


def test_one_group_is_the_sound_and_muted_levels_add_nothing(model, codes):
    [part] = split_stems(model, codes, [(0, 12)])
    assert np.abs(part.samples - model.decode(codes).samples).max() < 1e-6
    muted = replace(codes, muted=tuple(range(6, 12)))
    parts = split_stems(model, muted, GROUPS, 0.0)
    assert power(parts[2]) < 1e-4 * power(model.decode(muted, 0.0))


def with_neutral_codes(model):
    """Return a copy of a model whose first code of levels 2 to 5 adds nothing."""
    changed = copy.deepcopy(model)
    changed.codec.bottleneck.codebooks[2:6, 0] = 0.0
    return changed


def neutral_outside(codes, first, end):
    """Return codes with neutral codes in levels 2 to 5 before `first` and from `end` on."""
    indices = codes.indices.copy()
    indices[2:6, :first] = indices[2:6, end:] = 0
    return codes.with_indices(indices)


def test_a_stem_is_quiet_where_its_levels_are_neutral(model):
    """Levels 2 to 5 at neutral codes around the middle: their stem's share falls there and stays in the middle.

    How far it falls depends on the sound and the trained codebooks, which differ by rounding between processors.
    """
    left, model = [], with_neutral_codes(model)
    for name in ("ambi_glass_rub", "ambi_choir", "ambi_drone"):
        codes = model.encode(read_clip(DEMO / f"{name}.flac"))
        first, end = codes.frames // 3, 2 * codes.frames // 3
        middle, after = slice((first + 2) * codes.hop, (end - 2) * codes.hop), slice((end + 4) * codes.hop, None)

        def shares(of, places=(middle, after)):
            parts = [np.square(part.samples) for part in split_stems(model, of, GROUPS, 0.0)[:2]]
            return [parts[1][:, where].sum() / parts[0][:, where].sum() for where in places]

        (whole_middle, whole_after), (kept, muted) = shares(codes), shares(neutral_outside(codes, first, end))
        assert kept == pytest.approx(whole_middle, rel=0.1)
        left.append(muted / whole_after)
    assert max(left) < 0.75
    assert np.median(left) < 0.25


def test_block_size_does_not_change_the_stems(model, codes, monkeypatch):
    parts = split_stems(model, codes, GROUPS)
    monkeypatch.setattr(module, "BLOCK_FRAMES", 7)
    for one, other in zip(parts, split_stems(model, codes, GROUPS), strict=True):
        assert np.abs(one.samples - other.samples).max() < 1e-5


def test_shares_add_up_to_one_for_any_magnitudes():
    levels = [torch.tensor(values).reshape(1, 1, -1) for values in ([-3.0, 0.0, 99.0], [1.0, 0.0, -99.0])]
    shares = level_shares(levels)
    assert torch.allclose(shares.sum(0), torch.ones(1, 1, 3))
    assert ((shares >= 0) & (shares <= 1)).all()
    assert shares[1, 0, 0, 0] > 0.99
    assert shares[1, 0, 0, 1] < 1e-6


def test_groups_are_all_levels_in_order():
    assert parse_groups("0-1,2-5,6-", 12) == GROUPS
    assert parse_groups(" 0, 1-", 2) == [(0, 1), (1, 2)]
    assert group_name((3, 4)) == "levels_3"
    for text in ("0-1,3-", "2-5,0-1,6-", "0-5", "0-12", "1-0,1-11", "-"):
        with pytest.raises(SdaError, match="levels"):
            parse_groups(text, 12)
    with pytest.raises(SdaError, match=r"all levels from 0 \(Structure 1\) to 11 \(Detail 3\)"):
        check_groups([], 12)


def test_common_gain_keeps_every_peak_below_the_ceiling():
    loud, soft = (AudioClip(np.full((1, 4800), level), 48000) for level in (1.4, 0.1))
    gain = common_gain([soft, loud], 0.98)
    assert 0.5 < gain <= 0.7
    assert common_gain([soft], 0.98) == 1


def test_stems_of_a_placed_sound_add_up_to_it(model, codes):
    sound = replace(codes, length=None, lead=500, gain=-0.5, rate=1.25)
    parts, whole = split_stems(model, sound, GROUPS), model.decode(sound)
    assert [part.length for part in parts] == [whole.length] * 3
    assert np.abs(sum(part.samples for part in parts) - whole.samples).max() < 3e-6 * whole.peak


def test_groups_are_called_by_the_names_of_their_levels():
    from sda_lib.codec.codes import level_names

    named = module.groups_in_words([(0, 2), (2, 3), (3, 12)], level_names(12))
    assert named == "Structure 1 to Structure 2; Structure 3; Timbre 1 to Detail 3"


def test_steps_say_how_much_is_done(model, codes):
    shares = []
    found = drained(module.stems_in_steps(model, codes, [(0, 12)]), lambda step: shares.append(step.share))
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert shares[-1] < 1.0
    assert np.array_equal(found[0].samples, split_stems(model, codes, [(0, 12)])[0].samples)
