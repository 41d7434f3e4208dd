"""Models with a continuous bottleneck: trained, saved, loaded, exact on own sounds, clear about having no codes, and
writing with a Gaussian."""

import copy
import dataclasses
import itertools
import shutil

import numpy as np
import pytest
import torch

from sda_lib.analysis.features import Spectra, feature_mean
from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.codec.codes import Codes
from sda_lib.codec.losses import mel_distance, si_sdr
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.model.header import read_header
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import decoded_level
from sda_lib.sliders.fit import fit_sliders
from sda_lib.sliders.nudges import Nudging
from sda_lib.sliders.settings import SliderSettings, latents_of, moved_clip
from sda_lib.training.optimize import StepBudget, optimize
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.train import learn
from sda_lib.writers.compose_latents import TRIES, compose_latents
from sda_lib.writers.generate import compose_sound, generate
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import originality, trace
from sda_lib.writers.registry import writer_of

pytestmark = pytest.mark.slow

KINDS = ("none", "vae")
PARAMS = [(kind, 0) for kind in KINDS] + [pytest.param((kind, 20), marks=pytest.mark.long) for kind in KINDS]


@pytest.fixture(scope="module")
def demo(tmp_path_factory, pytestconfig):
    """Five of the demo's sounds."""
    folder = tmp_path_factory.mktemp("demo") / "five"
    folder.mkdir()
    for path in itertools.islice(sorted((pytestconfig.rootpath / "data/demo").glob("*.flac")), 0, None, 7):
        shutil.copy(path, folder)
    return Corpus.from_folder(folder)


def recipe_of(corpus, kind, **changes):
    return Recipe.for_corpus(corpus, 0).override(codec__bottleneck=kind, **changes)


@pytest.fixture(scope="module", params=PARAMS, ids=str)
def trained(request, demo, tmp_path_factory):
    """(training's events, path) of each kind, in closed form and after twenty steps."""
    kind, steps = request.param
    path = tmp_path_factory.mktemp("continuous") / f"{kind}.sda"
    recipe = recipe_of(demo, kind, train__steps=steps, train__batch=2, train__segment=8192, codec__width=32)
    return list(learn(demo, recipe, path, kind)), path


@pytest.fixture
def model(trained):
    return SdaModel.load(trained[1])


def test_own_sounds_are_exact_at_source_one(model, demo):
    for item in demo.items:
        clip = read_clip(item.path)
        back = model.reconstruct(clip)
        wanted = clip.with_channels(model.recipe.audio.channels).resampled(model.sample_rate)
        assert (back.length, back.channels) == (wanted.length, wanted.channels)
        assert si_sdr(wanted, back) >= 60, item.path.name


def test_the_model_alone_is_near(model, demo):
    clip = read_clip(demo.items[0].path)
    assert 0 < mel_distance(clip, model.reconstruct(clip, 0.0)) < 2


def test_the_file_holds_latents_instead_of_codes(trained, model, tmp_path):
    tensors = read_header(trained[1])[1]
    assert tensors["memory.latents"]["shape"] == [len(model.memory), model.recipe.codec.latent_dim]
    assert tensors["codec.usage"]["shape"] == [0, 0]
    assert "memory.codes" not in tensors
    again = SdaModel.load(model.save(tmp_path / "again.sda"))
    assert again.memory.keys.equal(model.memory.keys)
    without_memory = SdaModel.load(model.without_memory().save(tmp_path / "alone.sda"))
    assert without_memory.memory is None


def test_events_contain_no_code_metrics(trained):
    events, _ = trained
    assert events[-1].kind == "done"
    assert "utilization" not in events[-1].values


def test_operations_on_codes_are_refused(model, demo):
    clip = read_clip(demo.items[0].path)
    codes = Codes(np.zeros((12, 4), int), 256, model.hop, model.sample_rate)
    sound = latents_of(model, clip)
    acts = (
        lambda: model.encode(clip),
        lambda: model.decode(codes),
        lambda: model.redecode(codes, codes, clip),
        lambda: writer_of(model, "walk"),
        lambda: generate(model, codes=codes),
        lambda: compose_sound(model, GenerateOptions(seconds=1), sound, sound),
        lambda: originality(model, sound),
        *(
            lambda option=option: generate(model, GenerateOptions(seconds=1, **option), given=sound)
            for option in (
                {"levels": (2, None)},
                {"level_temperatures": (0.5,)},
            )
        ),
    )
    for act in acts:
        with pytest.raises(SdaError, match=r"continuous bottleneck.*codec\.bottleneck=rvq"):
            act()


def test_invalid_latents_are_refused(model, tmp_path):
    latents = model.memory.latents.clone()
    latents[0, 0] = float("nan")
    model.memory.latents = latents
    with pytest.raises(SdaError, match="damaged"):
        SdaModel.load(model.save(tmp_path / "nan.sda"))


@pytest.mark.long
def test_quantization_raises_the_held_out_distance(pytestconfig):
    """In closed form unheard sounds come back closer without quantization."""
    demo = Corpus.from_folder(pytestconfig.rootpath / "data/demo")
    none, rvq = (
        TrainingSetup.from_corpus(demo, recipe_of(demo, kind), kind).fit().measure()["held_out"]
        for kind in ("none", "rvq")
    )
    assert none < rvq - 0.05


def test_a_vae_learns_its_noise_and_repeats(demo):
    recipe = recipe_of(
        demo, "vae", train__steps=5, train__batch=2, train__segment=8192, codec__width=16, train__kl_weight=0.05
    )
    setup = TrainingSetup.from_corpus(demo, recipe, "x")
    setup.fit()
    codecs = [setup.codec, *(copy.deepcopy(setup.codec) for _ in range(2))]
    for codec in codecs[1:]:
        list(optimize(codec, setup.segments(), recipe.train, StepBudget(5, None, 0.0)))
    start, one, other = (codec.state_dict() for codec in codecs)
    assert all(one[name].equal(other[name]) for name in one)
    assert not one["bottleneck.log_sigma"].equal(start["bottleneck.log_sigma"])
    assert one["bottleneck.scale"].equal(start["bottleneck.scale"])


# --- writing


@pytest.fixture(scope="module")
def writer_path(demo, tmp_path_factory):
    """A variational model in closed form, with sliders that were tried out on little."""
    path = tmp_path_factory.mktemp("writing") / "vae.sda"
    list(learn(demo, recipe_of(demo, "vae", train__steps=0), path, "vae"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("STRAIGHT", Nudging(600, (0.5,))), ("TRIED", 4), ("TRIED_SECONDS", 1.0)):
            patch.setattr(f"sda_lib.sliders.fit.{name}", value)
        model = SdaModel.load(path)
        model.with_sliders(fit_sliders(model)).save(path)
    return path


@pytest.fixture
def writer(writer_path):
    return SdaModel.load(writer_path)


def spectrum(model, clips):
    """Mean level of each mel band of all clips' first channel, in dB."""
    levels = [model.codec.spectral.log_mel(model.codec.spectral.stft(signal(model, clip)).abs()) for clip in clips]
    return 20 * torch.cat([one[0] for one in levels], -1).mean(1)


def signal(model, clip):
    samples = torch.tensor(clip.with_channels(1).resampled(model.sample_rate).samples)
    return torch.nn.functional.pad(samples, (0, -samples.shape[-1] % model.hop))


def loudness(clip):
    return 10 * np.log10(np.square(clip.samples).mean() + 1e-10)


def test_new_sounds_have_the_requested_length(model):
    takes = [generate(model, GenerateOptions(seconds=seconds, seed=1)) for seconds in (0.1, 1.234)]
    for take, seconds in zip(takes, (0.1, 1.234), strict=True):
        assert (take.codes, take.clip.length) == (None, round(seconds * model.sample_rate))
        assert take.latent.frames == -(-take.clip.length // model.hop) == len(take.sources)
        assert np.abs(take.clip.samples).max() > 0
    again, other = (generate(model, GenerateOptions(seconds=1.234, seed=seed)) for seed in (1, 2))
    assert np.array_equal(again.clip.samples, takes[1].clip.samples)
    assert not np.array_equal(other.clip.samples, takes[1].clip.samples)


@pytest.mark.parametrize("source", [1.0, 0.0])
def test_new_sounds_are_as_loud_and_bright_as_the_recordings(writer, demo, source):
    """Mean mel levels and loudness of sixteen sounds; white noise as loud is far off."""
    own = [read_clip(item.path) for item in demo.items]
    clips = [generate(writer, GenerateOptions(2.0, seed=seed, source_amount=source)).clip for seed in range(16)]
    away = (spectrum(writer, clips) - spectrum(writer, own)).abs().mean()
    hiss = [AudioClip(np.random.default_rng(0).normal(0, 0.1, (1, 96000)).astype(np.float32), 48000)]
    assert away < 5 < (spectrum(writer, hiss) - spectrum(writer, own)).abs().mean()
    levels = [loudness(clip) for clip in own]
    found = np.array([loudness(clip) for clip in clips])
    assert ((min(levels) - 3 < found) & (found < max(levels) + 3)).mean() > 0.9


def test_the_draw_nearest_to_the_usual_level_is_returned(writer):
    """No draw is as loud as wanted, so the loudest of all is returned."""
    options, loud = GenerateOptions(0.5, seed=1, writer="gaussian"), np.array([500, 510], np.float32)
    wants_loud = dataclasses.replace(writer, gaussian=dataclasses.replace(writer.gaussian, levels=loud))
    generator = np.random.default_rng(1)
    drawn = [writer.gaussian.write(24, 1.0, generator) for _ in range(TRIES)]
    loudest = max(drawn, key=lambda latent: decoded_level(writer.codec, latent))
    assert compose_latents(wants_loud, options).values.equal(loudest)


def test_without_memory_writes_the_same(writer, tmp_path):
    """But for the detail of the recordings, which leaves with them."""
    options = GenerateOptions(1.0, seed=5, source_amount=0.0, writer="gaussian")
    shared = SdaModel.load(writer.without_memory().save(tmp_path / "shared.sda"))
    plain = dataclasses.replace(writer, recipe=writer.recipe.override(memory__detail=0.0))
    assert np.array_equal(generate(shared, options).clip.samples, generate(plain, options).clip.samples)
    default = dataclasses.replace(options, writer="")
    assert np.array_equal(generate(shared, default).clip.samples, generate(shared, options).clip.samples)
    assert generate(shared, options).sources == ()
    for option in ({"controls": {"loudness": 1.0}}, {"contour": ((0.0, 0.0), (1.0, 1.0))}):
        with pytest.raises(SdaError, match="neither controls nor contour"):
            generate(shared, GenerateOptions(1.0, **option))
        with pytest.raises(SdaError, match="no controls"):
            generate(writer, GenerateOptions(1.0, writer="gaussian", **option))


def passages(take):
    """Number of runs of grains that follow one another in a recording."""
    names = [(source.file, round(source.seconds * 1000)) for source in take.sources]
    return sum(one[0] != other[0] or other[1] < one[1] for one, other in itertools.pairwise(names)) + 1


def test_a_walk_follows_the_recordings(writer):
    """At novelty 0 all frames are the recordings' own; noise on the latents takes them away from these."""
    near, far = (generate(writer, GenerateOptions(2.0, seed=4, novelty=novelty)) for novelty in (0.0, 1.0))
    assert max(source.distance for source in near.sources) < 1e-3
    assert passages(near) < near.latent.frames / 4
    assert np.median([source.distance for source in far.sources]) > 10 * max(s.distance for s in near.sources)
    with pytest.raises(SdaError, match="There is no writer 'prior' of latents"):
        generate(writer, GenerateOptions(1.0, writer="prior"))


def test_a_walk_fits_controls(writer):
    dull, bright = (
        generate(writer, GenerateOptions(2.0, seed=2, controls={"brightness": x})).clip for x in (0.05, 0.95)
    )
    assert feature_mean(Spectra.of(dull), "brightness") < feature_mean(Spectra.of(bright), "brightness")


def test_a_walk_fits_contours(tmp_path, pytestconfig):
    """Five sounds, most of which fade, have too little that rises; all of the demo have enough."""
    corpus, path = Corpus.from_folder(pytestconfig.rootpath / "data/demo"), tmp_path / "vae.sda"
    list(learn(corpus, recipe_of(corpus, "vae", train__steps=0), path, "vae"))
    writer = SdaModel.load(path)
    for seed in range(3):
        rises = [
            rise(generate(writer, GenerateOptions(2.0, seed=seed, contour=((0.0, 1 - end), (1.0, end)))))
            for end in (1.0, 0.0)
        ]
        assert rises[0] > 15
        assert rises[1] < -15


def rise(take):
    """By how many dB the last quarter of a sound is louder than the first one."""
    first, *_, last = np.array_split(take.clip.samples, 4, 1)
    return 10 * np.log10((np.square(last).mean() + 1e-9) / (np.square(first).mean() + 1e-9))


def test_a_part_is_regenerated_and_the_rest_stays(writer):
    sound = generate(writer, GenerateOptions(2.0, seed=2)).latent
    other = generate(writer, GenerateOptions(seed=3, regenerate=(0.5, 1.0)), given=sound).latent
    changed = (other.values != sound.values).any(1).nonzero()[:, 0]
    assert 0.5 * sound.frame_rate - 1 <= changed[0] <= changed[-1] <= sound.frame_rate
    assert (other.frames, other.length) == (sound.frames, sound.length)
    longer = generate(writer, GenerateOptions(1.0, seed=3), given=sound).latent
    assert longer.values[: sound.whole_frames].equal(sound.values[: sound.whole_frames])


def test_an_older_file_without_gaussian_fits_one(writer, tmp_path):
    older = dataclasses.replace(writer, gaussian=None).save(tmp_path / "older.sda")
    assert "gaussian.mean" not in read_header(older)[1]
    found = SdaModel.load(older).gaussian
    assert np.allclose(found.spread @ found.spread.T, writer.gaussian.spread @ writer.gaussian.spread.T, atol=1e-1)
    bare = SdaModel.load(dataclasses.replace(writer, gaussian=None).without_memory().save(tmp_path / "bare.sda"))
    with pytest.raises(SdaError, match="generate with a copy"):
        generate(bare)


def test_an_invalid_gaussian_is_refused(writer, tmp_path):
    grows = dataclasses.replace(writer.gaussian, step=2 * np.eye(len(writer.gaussian.mean), dtype=np.float32))
    small = dataclasses.replace(writer.gaussian, mean=writer.gaussian.mean[:5])
    for gaussian, message in ((grows, "damaged"), (small, "doesn't hold")):
        with pytest.raises(SdaError, match=message):
            SdaModel.load(dataclasses.replace(writer, gaussian=gaussian).save(tmp_path / "lie.sda"))


def test_sliders_move_new_sounds(writer):
    """By the options, and afterwards as a shape: the same sounds, and in the mean brighter or darker than they were."""
    options = [GenerateOptions(2.0, seed=seed) for seed in range(3, 6)]
    plain = [generate(writer, one) for one in options]
    moved = {
        step: [generate(writer, dataclasses.replace(one, sliders={"brightness": step})) for one in options]
        for step in (-2, 2)
    }
    dark, still, bright = (
        np.mean([feature_mean(Spectra.of(take.clip), "brightness") for take in takes])
        for takes in (moved[-2], plain, moved[2])
    )
    assert dark < still < bright
    shaped = moved_clip(writer, SliderSettings(plain[0].latent).moved({"brightness": 2.0})).samples[:, :-1000]
    assert np.array_equal(shaped, moved[2][0].clip.samples[:, :-1000])


def test_continue_and_regenerate(writer, demo):
    clip = read_clip(demo.items[0].path)
    given = latents_of(writer, clip)
    continued = generate(writer, GenerateOptions(0.5, seed=1), given=given)
    whole = given.samples // writer.hop
    assert continued.clip.length == whole * writer.hop + round(0.5 * writer.sample_rate)
    assert continued.latent.values[:whole].equal(given.values[:whole])
    regenerated = generate(writer, GenerateOptions(seed=1, regenerate=(0.2, 0.4)), given=given)
    assert regenerated.clip.length == given.samples
    changed = (regenerated.latent.values != given.values).any(1).nonzero().flatten().tolist()
    first, end = (seconds * writer.frame_rate for seconds in (0.2, 0.4))
    assert changed == list(range(int(first), int(np.ceil(end))))
    with pytest.raises(SdaError, match="--from"):
        generate(writer, GenerateOptions(regenerate=(0.2, 0.4)))
    with pytest.raises(SdaError, match="is not within"):
        generate(writer, GenerateOptions(regenerate=(90.0, 91.0)), given=given)


def test_trace(writer, demo):
    """A recording is traced to itself, what was written to somewhere."""
    clip = read_clip(demo.items[0].path)
    (one,) = trace(writer, latents_of(writer, clip))
    assert (one.file, one.position) == (demo.items[0].path.stem, 0.0)
    assert one.distance < 0.1
    take = generate(writer, GenerateOptions(1.0))
    frame_ranges = trace(writer, take.latent)
    assert frame_ranges[-1].end == pytest.approx(1.0)
    assert frame_ranges[0].file == take.sources[0].file
