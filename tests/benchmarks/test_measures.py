"""What the benchmarks measure with: the kernel distance, the use of codes, the rates of codecs, the oracle."""

import io
import math

import numpy as np
import pytest
import soundfile
import torch

from sda_lib import AudioClip, Corpus


def vectors(count, shift=0.0, seed=0):
    return torch.randn(count, 4, generator=torch.Generator().manual_seed(seed)) + shift


def test_kernel_distance_is_its_formula_written_out():
    from kernel import kernel_distance

    a, b = vectors(5), vectors(7, shift=0.5, seed=1)
    distances = [float((a[i] - a[j]).norm()) for i in range(5) for j in range(i)]
    width = sorted(distances)[(len(distances) - 1) // 2]

    def kernel(x, y):
        return math.exp(-float((x - y).square().sum()) / (2 * width**2))

    within_a = np.mean([kernel(a[i], a[j]) for i in range(5) for j in range(5) if i != j])
    within_b = np.mean([kernel(b[i], b[j]) for i in range(7) for j in range(7) if i != j])
    across = np.mean([kernel(x, y) for x in a for y in b])
    assert kernel_distance(a, b) == pytest.approx(100 * (within_a + within_b - 2 * across), rel=1e-4)


def test_kernel_distance_tells_equal_from_shifted_sets():
    from kernel import kernel_distance, self_split

    same = kernel_distance(vectors(200), vectors(200, seed=1))
    moved = kernel_distance(vectors(200), vectors(200, shift=0.7, seed=1))
    mean, deviation = self_split(vectors(200))
    assert abs(same) < 1
    assert moved > 3
    assert abs(mean) < deviation < 2


def test_paired_kernel_distance_of_a_set_from_itself_is_zero():
    from kernel import kernel_distance

    few = vectors(8)
    assert kernel_distance(few, few, paired=True) == pytest.approx(0, abs=1e-6)
    assert kernel_distance(few, few) < -5  # what leaving the pairs in would make of it


def test_use_of_codes():
    from scores import entropy_efficiency, utilization

    usage = torch.tensor([[5, 5, 5, 5], [10, 10, 0, 0], [7, 0, 0, 0]])
    assert entropy_efficiency(usage).tolist() == pytest.approx([1.0, 0.5, 0.0])
    assert utilization(usage).tolist() == [1.0, 0.5, 0.25]


def test_a_score_of_the_originals_is_perfect(tiny_corpus):
    from scores import Reference

    clips = Corpus.from_folder(tiny_corpus).clips(44100, 1)
    score = Reference.of(clips, with_kad=False).score(clips)
    assert (score.mel, score.flux, score.rough) == (0.0, 1.0, 1.0)
    assert math.isnan(score.kad)


def test_grids_keep_to_their_bit_rates(tiny_corpus):
    from tasks import GRIDS, recipe_for

    corpus = Corpus.from_folder(tiny_corpus)
    for grid in GRIDS:
        recipe = recipe_for(corpus, grid, 60, {"codec.codebook_size": 256})
        codec, audio = recipe.codec, recipe.audio
        rate = codec.levels * 8 * audio.sample_rate / codec.hop / 1000
        assert rate <= (4.7 if grid == "high" else 2.3)
        assert rate > (4.0 if grid == "high" else 2.0)
        assert (audio.channels, recipe.train.minutes) == (1, 1.0)


@pytest.mark.parametrize("wanted", [12000, 24000])
def test_opus_is_counted_without_its_wrapping(tiny_corpus, wanted):
    from peers import opus, packet_bytes

    clips = Corpus.from_folder(tiny_corpus).clips(44100, 1)
    decoded, rate = opus(clips, wanted)
    assert rate == pytest.approx(wanted / 1000, rel=0.35)
    for clip, other in zip(clips, decoded, strict=True):
        assert other.seconds == pytest.approx(clip.seconds, abs=1e-3)
    file = io.BytesIO()
    soundfile.write(file, np.zeros(48000), 48000, format="OGG", subtype="OPUS")
    assert 0 < packet_bytes(file.getvalue()) < len(file.getvalue()) - 100  # the tags alone are longer


def test_nearest_finds_the_sound_itself_at_any_length(tiny_corpus):
    from peers import nearest

    clips = Corpus.from_folder(tiny_corpus).clips(44100, 1)
    for clip, found in zip(clips, nearest(clips, clips[::-1]), strict=True):
        np.testing.assert_array_equal(found.samples, clip.samples)
    short = AudioClip(clips[0].samples[:, :20000], 44100)
    assert nearest([short], clips)[0].length == 20000


@pytest.mark.long
@pytest.mark.slow
def test_the_peer_learns(tiny_corpus):
    import istft_head
    from peers import samples_of, through_network

    torch.set_num_threads(1)
    clips = Corpus.from_folder(tiny_corpus).clips(44100, 1)
    sounds = [samples_of(clip) for clip in clips]
    start, _ = istft_head.train(sounds, 6, 0.01)
    end, steps = istft_head.train(sounds, 6, 6.0)
    losses = [
        float(
            istft_head.waveform_loss(
                torch.tensor(through_network(codec, clips)[1].samples[:, :40000]), sounds[1][None, :40000]
            )
        )
        for codec in (start, end)
    ]
    assert steps > 3
    assert losses[1] < 0.8 * losses[0]
    assert end.kbit_per_second == pytest.approx(2.067, abs=0.001)
    assert end.encode(sounds[0]).max() < istft_head.CODES
