"""Models with a continuous bottleneck: trained, saved, loaded, exact on own sounds, and clear about having no codes."""

import copy
import itertools
import shutil

import numpy as np
import pytest

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.models.bundle import SdaModel
from sda_lib.models.codes import Codes
from sda_lib.models.losses import mel_distance, si_sdr
from sda_lib.models.manifest import read_header
from sda_lib.sound.clip import read_clip
from sda_lib.sound.corpus import Corpus
from sda_lib.studio.generate import GenerateOptions, generate
from sda_lib.studio.lesson import Lesson
from sda_lib.studio.train import Pace, learn, optimize

KINDS = ("none", "vae")


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


@pytest.fixture(scope="module", params=[(kind, steps) for kind in KINDS for steps in (0, 20)], ids=str)
def trained(request, demo, tmp_path_factory):
    """(lesson's events, path) of each kind, in closed form and after twenty steps."""
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
    alone = SdaModel.load(model.without_memory().save(tmp_path / "alone.sda"))
    assert alone.memory is None


def test_the_run_says_nothing_about_codes(trained):
    events, _ = trained
    assert events[-1].kind == "done"
    assert "utilization" not in events[-1].values


def test_everything_with_codes_is_one_sentence(model, demo):
    clip = read_clip(demo.items[0].path)
    codes = Codes(np.zeros((12, 4), int), 256, model.hop, model.sample_rate)
    acts = (
        lambda: model.encode(clip),
        lambda: model.decode(codes),
        lambda: model.redecode(codes, codes, clip),
        lambda: model.writer("walk"),
        lambda: generate(model, GenerateOptions(seconds=1)),
    )
    for act in acts:
        with pytest.raises(SdaError, match=r"continuous bottleneck.*codec\.bottleneck=rvq"):
            act()


def test_latents_that_lie_are_refused(model, tmp_path):
    latents = model.memory.latents.clone()
    latents[0, 0] = float("nan")
    model.memory.latents = latents
    with pytest.raises(SdaError, match="damaged"):
        SdaModel.load(model.save(tmp_path / "nan.sda"))


def test_what_quantization_costs(pytestconfig):
    """In closed form sounds that were never heard come back closer without quantization."""
    demo = Corpus.from_folder(pytestconfig.rootpath / "data/demo")
    none, rvq = (Lesson.begin(demo, recipe_of(demo, kind), kind).fit().judged()["held_out"] for kind in ("none", "rvq"))
    assert none < rvq - 0.05


def test_a_vae_learns_its_noise_and_repeats(demo):
    recipe = recipe_of(
        demo, "vae", train__steps=5, train__batch=2, train__segment=8192, codec__width=16, train__kl_weight=0.05
    )
    lesson = Lesson.begin(demo, recipe, "x")
    lesson.fit()
    codecs = [lesson.codec, *(copy.deepcopy(lesson.codec) for _ in range(2))]
    for codec in codecs[1:]:
        list(optimize(codec, lesson.segments(), recipe.train, Pace(5, None, 0.0)))
    start, one, other = (codec.state_dict() for codec in codecs)
    assert all(one[name].equal(other[name]) for name in one)
    assert not one["bottleneck.log_sigma"].equal(start["bottleneck.log_sigma"])
    assert one["bottleneck.scale"].equal(start["bottleneck.scale"])
