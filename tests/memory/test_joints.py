"""Where recordings are joined, partials go through, attacks stay, and nothing changes beyond the joint."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import left_right
from sda_lib.memory import decode, joints
from sda_lib.memory.decode import synthesize
from sda_lib.memory.grains import Match, Memory
from sda_lib.memory.joints import JointShape, RecordedPart, crossfaded, joint_reach, recorded_stretch
from sda_lib.memory.pieces import Piece
from sda_lib.model.model import SdaModel

RATE, HOP = 48000, 2048


@pytest.fixture(scope="module")
def memory(tiny_model_path):
    return SdaModel.load(tiny_model_path).memory


@pytest.fixture(scope="module")
def stereo(memory):
    """The same pieces with a side signal of their own, in a codec of two channels that was not fitted."""
    audio = dataclasses.replace(memory.codec.audio, channels=2)
    codec = Codec(audio, memory.codec.config).eval()
    codec.bottleneck.load_state_dict(memory.codec.bottleneck.state_dict())
    pieces = [
        dataclasses.replace(one, samples=torch.cat([one.samples, 0.3 * one.samples.roll(97, -1)]))
        for one in memory.pieces
    ]
    return Memory(codec, pieces)


def own(grains) -> Match:
    """Frames that are these grains."""
    grain = torch.as_tensor(grains)
    ones = torch.ones(len(grain))
    return Match(grain, 0 * ones, ones, ones)


def patchwork(memory, frames, seed, foreign=0.0):
    """Latents of runs of recorded frames, some frames replaced by foreign ones."""
    chance, rows = np.random.default_rng(seed), []
    while len(rows) < frames:
        start = int(chance.integers(len(memory)))
        rows += range(start, min(start + int(chance.integers(1, 12)), len(memory)))
    latent = memory.keys[torch.tensor(rows[:frames])].clone()
    which = torch.from_numpy(chance.random(frames) < foreign)
    latent[which] += 3 * memory.unit
    return latent


def tone(hertz, phase, count, start=0):
    return 0.3 * torch.sin(2 * np.pi * hertz / RATE * (torch.arange(count) + start) + phase)


@pytest.fixture(scope="module")
def shape():
    return joints.joint_shape(1024, 256, RATE, torch.device("cpu"))


def levels(samples):
    """Level in dB of every 10 ms."""
    return 10 * samples.unfold(-1, 480, 240).square().mean(-1).log10()


@pytest.mark.parametrize("phase", [0.0, 1.5, np.pi])
def test_partials_go_through_without_cancelling(shape, phase):
    count = 2 * shape.half
    old = tone(440, 0, count) + tone(1230, 1, count)
    new = tone(440, phase, count) + tone(1230, 1 - phase, count)
    made = crossfaded(shape, old[None, None], new[None, None])[0, 0]
    level = levels(made) - levels(old)
    assert level.abs().max() < 1.0
    fade = torch.linspace(0, 1, count)
    if phase == np.pi:
        assert (levels((1 - fade) * old + fade * new) - levels(old)).min() < -10
    assert torch.allclose(made[:8], old[:8], atol=1e-4)
    assert torch.allclose(made[-8:], new[-8:], atol=1e-4)


def test_joints_do_not_depend_on_those_made_with_them(shape):
    """To the last bit: an edit elsewhere changes how many joints a tile has."""
    chance = torch.Generator().manual_seed(0)
    old, new = (torch.randn(11, 2, 2 * shape.half, generator=chance) for _ in range(2))
    together = crossfaded(shape, old, new)
    for some in (slice(0, 1), slice(4, 5), slice(2, 5), slice(3, 11)):
        assert crossfaded(shape, old[some], new[some]).equal(together[some])


def test_the_power_of_noise_is_held(shape):
    chance = torch.Generator().manual_seed(0)
    old, new = (torch.randn(8, 1, 2 * shape.half, generator=chance) for _ in range(2))
    made = crossfaded(shape, old, new)
    middle = slice(shape.half - 480, shape.half + 480)
    assert abs(10 * made[..., middle].square().mean().log10()) < 0.7


@pytest.mark.parametrize("after", [True, False])
def test_attacks_on_their_own_side_stay(shape, after):
    count, chance = 2 * shape.half, torch.Generator().manual_seed(1)
    old, new = (0.01 * torch.randn(count, generator=chance) for _ in range(2))
    place = shape.half + (300 if after else -700)
    hit = torch.randn(count - place, generator=chance) * torch.exp(-torch.arange(count - place) / 300)
    (new if after else old)[place:] += hit
    made = crossfaded(shape, old[None, None], new[None, None])[0, 0]
    near = slice(place, place + 200)
    wanted = (new if after else old)[near]
    assert 10 * (made[near].square().mean() / wanted.square().mean()).log10() > -1.5
    assert 10 * (made[place - 240 : place].square().mean() / wanted.square().mean()).log10() < -15  # no echo before it


def test_attacks_of_the_other_side_are_left_out(shape):
    """What the old recording would have played after the border is no echo in the new one."""
    count, chance = 2 * shape.half, torch.Generator().manual_seed(1)
    old, new = (0.01 * torch.randn(count, generator=chance) for _ in range(2))
    old[shape.half + 600 :] += torch.randn(count - shape.half - 600, generator=chance)
    made = crossfaded(shape, old[None, None], new[None, None])[0, 0]
    assert made[shape.half + 700 :].square().mean() < 10 * new.square().mean()


def test_a_recording_that_begins_at_the_border_begins_in_full(shape):
    count = 2 * shape.half
    old, new = tone(300, 0, count), tone(500, 0, count)
    new[: shape.half] = 0
    made = crossfaded(shape, old[None, None], new[None, None])[0, 0]
    at = slice(shape.half + 300, shape.half + 800)
    assert 10 * (made[at].square().mean() / new[at].square().mean()).log10() > -1.0


def test_frames_of_one_recording_are_its_samples(memory):
    frames = memory.lengths[0]
    stretch = recorded_stretch(memory, own(range(frames)))
    assert stretch.within(slice(0, frames)).equal(memory.pieces[0].samples)
    assert stretch.sections(slice(0, frames)).equal(memory.sections(torch.arange(frames)))


def test_joints_change_nothing_beyond_their_length(memory):
    first, second = range(3, 11), range(memory.lengths[0] + 4, memory.lengths[0] + 12)
    joined = recorded_stretch(memory, own([*first, *second])).within(slice(0, 16))
    apart = torch.cat([recorded_stretch(memory, own(one)).within(slice(0, 8)) for one in (first, second)], 1)
    half, border = JointShape.of(memory.codec).half, 8 * memory.codec.config.hop
    changed = (joined != apart).any(0).nonzero()[:, 0]
    assert border - half <= changed.min() < border <= changed.max() < border + half
    assert len(changed) > half


def test_frames_that_are_no_grains_are_not_joined(memory):
    match = own([3, 4, 5, 20, 9, 10])
    match.identity[3] = 0.5
    stretch = recorded_stretch(memory, match)
    assert stretch.sections(slice(0, 6)).equal(memory.sections(match.grain))
    assert stretch.place.diff().tolist() == [HOP, HOP, HOP + 2 * memory.margin, HOP + 2 * memory.margin, HOP]


def test_a_joint_next_to_a_cut_ends_there(memory):
    match = own([3, 4, 20, 40, 41])
    match.identity[3] = 0.0
    stretch = recorded_stretch(memory, match)
    assert stretch.sections(slice(3, 5))[:, 1].equal(memory.sections(match.grain[4:])[:, 0])
    assert not stretch.sections(slice(2, 3)).equal(memory.sections(match.grain[2:3]))


def test_beyond_a_recording_there_is_silence(memory):
    last = memory.lengths[0] - 1
    samples = memory.around(torch.tensor([0, last]), HOP, HOP)
    assert samples.shape == (2, 1, 2 * HOP)
    assert samples[1, :, HOP:].abs().max() == 0
    assert memory.around(torch.tensor([0]), 0, HOP)[0, :, :HOP].abs().max() == 0


def test_channels_turn_together(shape):
    """Mid and side keep their relation, so that no partial moves between left and right."""
    count = 2 * shape.half
    old, new = (torch.stack([one, 0.5 * one])[None] for one in (tone(440, 0, count), tone(440, 2.5, count)))
    made = left_right(crossfaded(shape, old, new)[0])
    assert torch.allclose(made[1], made[0] / 3, atol=1e-3)


def test_stereo_recordings_are_joined_and_exact_elsewhere(stereo):
    latent = patchwork(stereo, 90, 3)
    samples, match = synthesize(stereo.codec, stereo, latent, 1.0)
    assert samples.shape == (2, 90 * HOP)
    window, _ = synthesize(stereo.codec, stereo, latent, 1.0, first=60, end=70)
    assert window.equal(samples[:, 60 * HOP : 70 * HOP])
    borders = (~stereo.follows(match.grain[:-1], match.grain[1:])).nonzero()[:, 0] + 1
    calm = [at for at in range(2, 88) if (borders - at).abs().min() > 1 and (borders - at - 1).abs().min() > 1]
    at = calm[0]
    with_edit = latent.clone()
    with_edit[30] += 3 * stereo.unit
    edited, _ = synthesize(stereo.codec, stereo, with_edit, 1.0)
    end = 30 + decode.reach(stereo.codec, True) + 1
    assert edited[:, end * HOP :].equal(samples[:, end * HOP :])
    start = int(stereo.sample_start[match.grain[at]])
    assert samples[:, at * HOP : (at + 1) * HOP].equal(left_right(stereo.tape[:, start : start + HOP]))


def test_the_recorded_part_depends_on_frames_nearby():
    match = own(range(20))
    match.identity[10] = 0.0
    stretch = joints.Stretch(torch.zeros(1, 20 * 300 + 100), 50 + 300 * torch.arange(20), 300, 50)
    share = RecordedPart.of(stretch, match, 2, slice(0, 20)).share.view(20, 300)
    assert share[:7].eq(1).all()
    assert share[8:13].eq(0).all()
    assert share[14:].eq(1).all()
    assert share[7, 0] == 1
    assert share[7, -1] < 0.01
    assert share[13, 0] < 0.01
    assert not RecordedPart.of(stretch, match, 2, slice(0, 20)).is_all
    assert RecordedPart.of(stretch, match, 2, slice(0, 7)).is_all


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("amount", [0.6, 1.0])
@pytest.mark.parametrize("foreign", [0.0, 0.08])
def test_windows_and_edits_of_joined_recordings_are_exact(memory, seed, amount, foreign):
    codec, chance = memory.codec, np.random.default_rng(seed)
    tile = decode.TILE_SAMPLES // codec.config.hop
    latent = patchwork(memory, 2 * tile + 9, seed, foreign)
    whole, _ = synthesize(codec, memory, latent, amount)
    first = int(chance.integers(len(latent) - 5))
    window, _ = synthesize(codec, memory, latent, amount, first=first, end=first + 5)
    assert window.equal(whole[:, first * HOP : (first + 5) * HOP])
    at, near = int(chance.integers(len(latent))), decode.reach(codec, True)
    edited = latent.clone()
    edited[at] = memory.keys[int(chance.integers(len(memory)))] if seed % 2 else edited[at] + 2 * memory.unit
    again, _ = synthesize(codec, memory, edited, amount)
    outside = torch.ones(len(latent), dtype=torch.bool)
    outside[max(0, at - near) : at + near + 1] = False
    assert again.view(1, -1, HOP)[:, outside].equal(whole.view(1, -1, HOP)[:, outside])
    early = decode.synthesize_early(codec, memory, latent, amount, first, first + 5)
    assert (early - window).abs().max() < 1e-4 * window.abs().max()


def test_an_edit_of_a_long_recording_stays_within_its_reach(memory):
    """Of several tiles: what is far from the edit is the recording itself as before."""
    codec, hop = memory.codec, memory.codec.config.hop
    frames, chance = 2 * decode.TILE_SAMPLES // hop + 5, torch.Generator().manual_seed(0)
    codes = torch.randint(memory.codes.max() + 1, (len(memory.codes), frames), generator=chance)
    sound = 0.1 * torch.randn(1, frames * hop, generator=chance)
    long = Memory(codec, [Piece("long", 0.0, sound, codec.bottleneck.embed(codes), codes)])
    whole, _ = synthesize(codec, long, long.keys, 1.0)
    assert whole.equal(sound)
    edited, at, near = long.keys.clone(), frames // 2, decode.reach(codec, True)
    edited[at] += 3 * long.unit
    again, _ = synthesize(codec, long, edited, 1.0)
    assert again[:, : (at - near) * hop].equal(sound[:, : (at - near) * hop])
    assert again[:, (at + near + 1) * hop :].equal(sound[:, (at + near + 1) * hop :])
    assert not again.equal(sound)


def test_a_joint_reaches_few_frames(memory):
    assert joint_reach(memory.codec) == 1


def test_kept_joints_are_those_made_again(memory):
    """To the last bit, whichever were made before; only the last ones are kept."""
    latent, other = patchwork(memory, 60, 5), patchwork(memory, 60, 6)
    memory.joints.clear()
    first, _ = synthesize(memory.codec, memory, latent, 1.0)
    assert memory.joints
    made = dict(memory.joints)
    again, _ = synthesize(memory.codec, memory, latent, 1.0)
    assert again.equal(first)
    assert all(memory.joints[border] is one for border, one in made.items())
    memory.joints.clear()
    synthesize(memory.codec, memory, other, 1.0)
    mixed, _ = synthesize(memory.codec, memory, latent, 1.0)
    assert mixed.equal(first)


def test_a_memory_keeps_few_joints(memory, monkeypatch):
    """The last ones that were needed, without the arrays that they were made in."""
    monkeypatch.setattr(joints, "KEPT", 3)
    memory.joints.clear()
    recorded_stretch(memory, own([3, 9, 20, 5]))
    assert list(memory.joints) == [(3, 9), (9, 20), (20, 5)]
    recorded_stretch(memory, own([3, 9, 30]))
    assert list(memory.joints) == [(20, 5), (3, 9), (9, 30)]
    sizes = {one.untyped_storage().nbytes() for one in memory.joints.values()}
    assert sizes == {4 * 2 * JointShape.of(memory.codec).half}
    memory.joints.clear()


@pytest.mark.parametrize("threads", [1, 2])
def test_joints_made_at_once_depend_on_no_other(memory, monkeypatch, threads):
    grains, before = own([3, 9, 20, 5, 31, 12, 40, 2, 25]), torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        memory.joints.clear()
        together = recorded_stretch(memory, grains).samples
        monkeypatch.setattr(joints, "_at_once", lambda shape, channels: 1)
        memory.joints.clear()
        assert recorded_stretch(memory, grains).samples.equal(together)
    finally:
        torch.set_num_threads(before)
        memory.joints.clear()
