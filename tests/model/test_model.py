"""A model encodes, decodes, edits, saves and loads."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.codec.losses import mel_distance, si_sdr
from sda_lib.editing.registry import edit
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.writers.registry import writer_of


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def pluck(tiny_corpus):
    return read_clip(tiny_corpus / "pluck.wav")


def test_own_sounds_come_back(model, tiny_corpus):
    for path in sorted(tiny_corpus.glob("*.wav")):
        clip = read_clip(path).resampled(model.sample_rate).with_channels(1)
        assert si_sdr(clip, model.decode(model.encode(clip)).with_channels(1)) > 40, path.name


def test_without_memory_it_is_the_model_alone(model, pluck):
    codes = model.encode(pluck)
    without_grains = model.decode(codes, 0.0)
    assert 0 < mel_distance(pluck, without_grains) < 3
    assert si_sdr(pluck.resampled(48000), without_grains.with_channels(1)) < 30


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.0])
def test_an_edit_stays_within_the_reach(model, amount):
    rng = np.random.default_rng(0)
    sound = AudioClip(rng.normal(0, 0.1, 48000 * 2), 48000)
    codes = model.encode(sound)
    middle = codes.frames // 2
    changed = edit(codes, "randomize", seed=1, frames=(middle, middle + 1))
    before, after = model.decode(codes, amount), model.decode(changed, amount)
    differs = np.flatnonzero((before.samples != after.samples).any(0)) // codes.hop
    reach = model.reach(amount)
    assert middle in differs
    assert middle - reach <= differs.min()
    assert differs.max() <= middle + reach
    assert codes.frames > 2 * reach + 3


@pytest.mark.parametrize("amount", [0.0, 1.0])
@pytest.mark.parametrize("frames", [(0, 1), (20, 23), (-2, None)])
def test_redecode_equals_decode(model, amount, frames):
    codes = model.encode(AudioClip(np.random.default_rng(0).normal(0, 0.1, 96000), 48000))
    first, end = frames[0] % codes.frames, frames[1] or codes.frames
    changed = edit(codes, "randomize", seed=2, frames=(first, end))
    whole = model.decode(changed, amount)
    part = model.redecode(changed, codes, model.decode(codes, amount), amount)
    assert np.array_equal(whole.samples, part.samples)
    assert not np.array_equal(part.samples, model.decode(codes, amount).samples)


PLACEMENTS = [
    {"lead": 700},
    {"gain": -0.25},
    {"lead": 30, "fraction": 0.3},
    {"rate": 1.0594630943592953},
    {"rate": 0.3, "lead": 1500},
    {"rate": 4.0, "gain": 2.0},
]


def placed(codes, **placement):
    lead = placement.get("lead", 0)
    return dataclasses.replace(codes, length=codes.frames * codes.hop - lead - 300, **placement)


@pytest.fixture(scope="module")
def noise_codes(model):
    return model.encode(AudioClip(np.random.default_rng(0).normal(0, 0.1, 250000), 48000))


def test_lead_and_gain_cut_and_scale_the_sound(model, noise_codes):
    whole = model.decode(placed(noise_codes)).samples
    sound = placed(noise_codes, lead=700, gain=-0.25)
    assert np.array_equal(model.decode(sound).samples, whole[:, 700:] * np.float32(-0.25))
    assert model.decode(sound).length == sound.samples


def test_a_rate_changes_duration_and_pitch(model, tiny_corpus):
    codes = model.encode(read_clip(tiny_corpus / "pluck.wav"))
    faster = dataclasses.replace(codes, rate=1.5)
    one, other = (model.decode(sound).samples[0] for sound in (codes, faster))
    assert len(other) == np.ceil(len(one) / 1.5)
    peaks = [np.abs(np.fft.rfft(samples)).argmax() / len(samples) for samples in (one, other)]
    assert peaks[1] == pytest.approx(1.5 * peaks[0], rel=0.01)


@pytest.mark.parametrize("placement", PLACEMENTS, ids=str)
@pytest.mark.parametrize("amount", [0.0, 1.0])
def test_placed_sounds_decode_in_parts_to_the_last_bit(model, noise_codes, placement, amount):
    codes = placed(noise_codes, **placement)
    whole = model.decode(codes, amount)
    for first, end in ((0, 1), (60, 66), (codes.frames - 1, codes.frames)):
        window = model.decode_window(codes, first, end, amount).samples
        assert np.array_equal(window, whole.samples[:, codes.sample_of(first) : codes.sample_of(end)])
        changed = edit(codes, "randomize", seed=first, frames=(first, end))
        after = model.decode(changed, amount)
        assert np.array_equal(model.redecode(changed, codes, whole, amount).samples, after.samples)
        before_frames, after_frames = model.changed_frames(changed, codes, amount)
        assert np.array_equal(
            after.samples[:, : codes.sample_of(before_frames)], whole.samples[:, : codes.sample_of(before_frames)]
        )
        assert np.array_equal(
            after.samples[:, codes.sample_of(after_frames) :], whole.samples[:, codes.sample_of(after_frames) :]
        )


@pytest.mark.parametrize("placement", PLACEMENTS, ids=str)
def test_placed_sounds_decode_in_blocks_to_the_last_bit(model, noise_codes, placement, monkeypatch):
    monkeypatch.setattr("sda_lib.model.model.BLOCK_FRAMES", 64)
    codes = placed(noise_codes, **placement)
    blocks = [block.samples for block in model.decode_blocks(codes)]
    assert np.array_equal(np.concatenate(blocks, 1), model.decode(codes).samples)
    early = model.decode_early(model.as_latents(codes), 0, codes.frames)
    assert np.allclose(early.samples, model.decode(codes).samples, atol=1e-3)


def test_a_sound_of_another_placement_is_decoded_as_a_whole(model, noise_codes):
    before, clip = placed(noise_codes), model.decode(placed(noise_codes))
    louder = dataclasses.replace(before, gain=2.0)
    assert model.changed_frames(louder, before) == (0, before.frames)
    assert np.array_equal(model.redecode(louder, before, clip).samples, clip.samples * 2)


def test_save_and_load(model, pluck, tmp_path):
    codes = model.encode(pluck)
    again = SdaModel.load(model.save(tmp_path / "again.sda"))
    assert np.array_equal(again.encode(pluck).indices, codes.indices)
    assert np.allclose(again.decode(codes).samples, model.decode(codes).samples, atol=1e-3)
    assert again.header["name"] == "tiny"
    assert again.usage.equal(model.usage)
    assert int(model.usage[0].sum()) == len(model.memory)


@pytest.mark.parametrize("detail", [0.0, 0.5])
def test_without_memory_leaves_no_trace_of_the_recordings(model, pluck, tmp_path, detail):
    model = dataclasses.replace(model, recipe=model.recipe.override(memory__detail=detail))
    shared = model.without_memory()
    data = shared.save(tmp_path / "shared.sda").read_bytes()
    assert not [name for name in (b"pluck", b"sweep", b"fLaC", b"memory.audio", b"memory.codes") if name in data]
    again = SdaModel.load(tmp_path / "shared.sda")
    assert again.memory is None
    assert again.recipe.memory.enabled is False
    assert not {"held_out", "memory", "folder", "skipped"} & {*again.header, *again.header["corpus"]}
    assert again.header["corpus"]["files"] == 3
    codes = model.encode(pluck)
    assert again.encode(pluck).indices.shape == codes.indices.shape
    without_detail = dataclasses.replace(model, recipe=model.recipe.override(memory__detail=0.0))
    assert np.array_equal(again.decode(codes).samples, without_detail.decode(codes, 0.0).samples)
    with pytest.raises(SdaError, match="without its recordings"):
        writer_of(again, "walk")


def test_any_rate_and_channel_count(model):
    stereo = AudioClip(np.random.default_rng(0).normal(0, 0.1, (2, 22050)), 22050)
    assert model.encode(stereo).frames == -(-48000 // model.hop)
    assert model.encode(AudioClip(np.zeros((1, 1)), 44100)).frames == 1


def test_random_codes_decode_to_finite_samples(model):
    codes = model.encode(AudioClip(np.zeros((1, 96000)), 48000))
    clip = model.decode(edit(codes, "randomize", seed=3))
    assert np.isfinite(clip.samples).all()


def test_codes_of_another_model_are_refused(model, pluck):
    codes = dataclasses.replace(model.encode(pluck), hop=512, length=None)
    with pytest.raises(SdaError, match="another model"):
        model.decode(codes)
    with pytest.raises(SdaError, match="0 to 1"):
        model.decode(model.encode(pluck), 1.5)


@pytest.mark.slow
def test_loading_needs_no_compiler(tiny_model_path):
    """Which torch brings along: seconds and a hundred megabytes for nothing."""
    probe = (
        f"import sys, sda_lib; sda_lib.SdaModel.load({str(tiny_model_path)!r}); print('torch._inductor' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_inaudible_rounding_changes_no_code(model, tiny_corpus):
    """A recording that was rounded to 16 bits once more, at another gain, still leads to its own codes."""
    clip = read_clip(tiny_corpus / "rain.wav").resampled(model.sample_rate)
    rounded = dataclasses.replace(clip, samples=np.round(clip.samples * 30011) / 30011)
    assert np.array_equal(model.encode(clip).indices, model.encode(rounded).indices)
    assert si_sdr(clip, model.decode(model.encode(rounded))) > 60
