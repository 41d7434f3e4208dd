"""Growing: a model learns other real sounds, and its old codes keep their meaning."""

import dataclasses
import shutil

import numpy as np
import pytest
import soundfile

from sda_lib.audio.corpus import Corpus
from sda_lib.config import AudioConfig, Recipe
from sda_lib.errors import SdaError
from sda_lib.growing.grow import grow
from sda_lib.growing.growable import GrowOptions
from sda_lib.growing.report import Growth, merged_report
from sda_lib.model.model import SdaModel
from sda_lib.sessions import provenance_tags
from sda_lib.training.segments import CorpusSound
from sda_lib.training.train import learn
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

pytestmark = pytest.mark.slow

EXACT_DB = 50


def si_sdr(reference, estimate):
    """Return dB for samples [channel, time]."""
    reference, estimate = reference.ravel().astype(float), estimate.ravel().astype(float)
    target = reference * (estimate @ reference) / (reference @ reference)
    return 10 * np.log10(np.square(target).sum() / max(np.square(estimate - target).sum(), 1e-20))


def exactness(model, folder):
    """Return the lowest SI-SDR in dB of a folder's files at Source 1."""
    clips = Corpus.from_folder(folder).clips(model.sample_rate, model.recipe.audio.channels)
    return min(si_sdr(clip.samples, model.reconstruct(clip, 1.0).samples) for clip in clips)


def grown(model, sounds, path, **settings):
    events = list(grow(model, Corpus.from_paths([sounds]), path, "grown", GrowOptions(path, **settings)))
    assert events[-1].kind == "done"
    model = SdaModel.load(path)
    return model, Growth.last_of(model.header)


@pytest.fixture(scope="module")
def other_sounds(pytestconfig, tmp_path_factory):
    """Six demo sounds that none of the models below was trained on, in other rates and channel counts than theirs."""
    folder = tmp_path_factory.mktemp("grow") / "other"
    folder.mkdir()
    for name in ("elec_hi_snare", "tabla_dhec", "vinyl_scratch", "misc_burp", "elec_fuzz_tom", "perc_snap"):
        shutil.copy(pytestconfig.rootpath / f"data/demo/{name}.flac", folder)
    return folder


@pytest.fixture(scope="module")
def demo_half(pytestconfig, tmp_path_factory):
    """A closed-form model of some demo sounds, whose codes are its own, and their folder."""
    folder = tmp_path_factory.mktemp("grow") / "half"
    folder.mkdir()
    for pattern in ("tabla_ghe*", "elec_b*", "ambi_glass*", "elec_hollow*"):
        for file in (pytestconfig.rootpath / "data/demo").glob(pattern):
            shutil.copy(file, folder)
    corpus, path = Corpus.from_folder(folder), folder.with_suffix(".sda")
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0).override(train__base="none"), path, "half"):
        pass
    return SdaModel.load(path), folder


@pytest.fixture(scope="module")
def demo_grown(demo_half, other_sounds, tmp_path_factory):
    """The same model grown in closed form, and the report."""
    return grown(demo_half[0], other_sounds, tmp_path_factory.mktemp("grow") / "grown.sda", minutes=0)


def test_a_model_learns_new_sounds_and_keeps_the_old_ones(demo_half, demo_grown, other_sounds):
    (_, folder), (model, growth) = demo_half, demo_grown
    assert exactness(model, other_sounds) > EXACT_DB
    assert exactness(model, folder) > EXACT_DB
    assert growth.new[1] < 0.9 * growth.new[0]
    assert growth.old[1] < 1.15 * growth.old[0]
    assert (growth.files, growth.generated) == (6, 0)
    assert growth.minutes[1] == pytest.approx(growth.minutes[0] + Corpus.from_folder(other_sounds).minutes, abs=1e-3)


def test_a_model_that_started_from_a_base_keeps_what_the_base_knows(demo_half, other_sounds, tmp_path):
    """Its unused codes move to new sounds, and sounds that it does not hold stay as close as they were."""
    corpus, path = Corpus.from_folder(demo_half[1]), tmp_path / "based.sda"
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0).override(train__base="ridge"), path, "based"):
        pass
    model = SdaModel.load(path)
    assert model.header["choice"]["base"]["name"] == "short-mono"
    after, growth = grown(model, other_sounds, tmp_path / "grown.sda", minutes=0)
    assert set(growth.agreement) == {1.0}
    assert growth.new[1] < 0.95 * growth.new[0]
    assert growth.unheard[1] < 1.05 * growth.unheard[0]
    assert exactness(after, other_sounds) > EXACT_DB


def kept(before, after, folder):
    """Return the share of the frames of a folder's sounds with the same code in both models [level]."""
    clips = Corpus.from_folder(folder).clips(before.sample_rate, before.recipe.audio.channels)
    pairs = [(before.encode(clip).indices, after.encode(clip).indices) for clip in clips]
    return np.concatenate([one == other for one, other in pairs], axis=1).mean(1)


def test_old_sounds_have_their_old_codes(demo_half, demo_grown):
    (before, folder), (after, growth) = demo_half, demo_grown
    assert set(growth.agreement) == {1.0}
    assert growth.codebook_distance == 0
    assert kept(before, after, folder).min() > 0.97


def test_codes_made_before_growing_sound_as_before(demo_half, demo_grown):
    (before, folder), after = demo_half, demo_grown[0]
    for clip in Corpus.from_folder(folder).clips(before.sample_rate, before.recipe.audio.channels)[::4]:
        codes = before.encode(clip)
        assert si_sdr(clip.samples, after.decode(codes).samples) > EXACT_DB


def test_keeping_fewer_codes_learns_more(demo_half, demo_grown, other_sounds, tmp_path):
    before, folder = demo_half
    after, growth = grown(before, other_sounds, tmp_path / "bold.sda", minutes=0, keep=0.8)
    assert 0.8 <= growth.agreement[0] < 1
    assert kept(before, after, folder)[0] >= 0.8
    assert 0 < growth.codebook_distance < 1
    assert growth.new[1] < demo_grown[1].new[1]
    assert exactness(after, folder) > EXACT_DB
    assert exactness(after, other_sounds) > EXACT_DB


def test_the_header_records_the_growth(demo_half, demo_grown):
    before, after = demo_half[0].header, demo_grown[0].header
    assert after["corpus"]["files"] == before["corpus"]["files"] + 6
    [reported] = after["corpus"]["grown"]
    assert reported["when"]
    assert (reported["files"], len(reported["agreement"])) == (6, demo_half[0].levels)
    assert set(before["held_out"]) < set(after["held_out"])
    assert after["metrics"]["held_out"] <= after["metrics"]["held_out_start"]
    assert any("6 files" in line for line in demo_grown[1].lines())


def test_a_trained_model_grows_twice_and_keeps_its_names(tiny_model_path, other_sounds, tmp_path):
    model = SdaModel.load(tiny_model_path).with_level_name(0, "body")
    first, reported = grown(model, other_sounds / "tabla_dhec.flac", tmp_path / "a.sda", steps=16)
    assert reported.agreement[0] >= 0.8
    assert reported.new[1] < reported.new[0]
    assert first.level_names[0] == "body"
    assert first.header["held_out"] == []  # the ends of three files can't be identified later
    assert not np.array_equal(first.codec.decoder.end.weight, model.codec.decoder.end.weight)
    second, _ = grown(first, other_sounds / "perc_snap.flac", tmp_path / "b.sda", minutes=0)
    assert [one["files"] for one in second.header["corpus"]["grown"]] == [1, 1]
    assert exactness(second, _only(other_sounds, tmp_path)) > EXACT_DB


def _only(folder, place):
    """Return a folder with the two sounds of the test above."""
    chosen = place / "both"
    chosen.mkdir()
    for name in ("tabla_dhec", "perc_snap"):
        shutil.copy(folder / f"{name}.flac", chosen)
    return chosen


def test_generated_files_are_counted(demo_half, other_sounds, tmp_path):
    model, sounds = demo_half[0], tmp_path / "mixed"
    sounds.mkdir()
    take = generate(model, GenerateOptions(seconds=1.0, seed=3))
    provenance_tags.write_with_provenance(model, provenance_tags.Provenance(take.codes), sounds / "liked.wav")
    shutil.copy(other_sounds / "misc_burp.flac", sounds)
    assert Corpus.from_folder(sounds).report()["generated"] == 1
    after, growth = grown(model, sounds, tmp_path / "mixed.sda", minutes=0)
    assert (growth.files, growth.generated) == (2, 1)
    assert after.header["corpus"]["generated"] == 1
    assert any("1 of 2 files was made by a model" in line for line in growth.lines())


def test_the_memory_keeps_to_its_budget(demo_half, other_sounds, tmp_path):
    model = demo_half[0]
    small = dataclasses.replace(model, recipe=model.recipe.override(memory__minutes=0.9 * model.memory.seconds / 60))
    after, growth = grown(small, other_sounds, tmp_path / "small.sda", minutes=0)
    assert after.memory.seconds <= 60 * small.recipe.memory.minutes
    assert growth.remembered == pytest.approx(after.memory.seconds / 60, abs=1e-3)
    new = {path.stem for path in other_sounds.iterdir()}
    assert {piece.name for piece in after.memory.pieces} & new


def test_a_model_without_codes_grows_too(tiny_corpus, tiny_recipe, other_sounds, tmp_path):
    recipe = tiny_recipe.override(codec__bottleneck="vae", train__steps=0)
    for _ in learn(Corpus.from_folder(tiny_corpus), recipe, tmp_path / "vae.sda", "vae"):
        pass
    model, growth = grown(SdaModel.load(tmp_path / "vae.sda"), other_sounds, tmp_path / "more.sda", steps=2)
    assert growth.agreement == ()
    assert growth.new[1] < growth.new[0]
    assert exactness(model, other_sounds) > EXACT_DB
    assert model.gaussian is not None


def test_refusals(demo_half, other_sounds, tmp_path):
    model, folder = demo_half
    with pytest.raises(SdaError, match="without its recordings"):
        grown(model.without_memory(), other_sounds, tmp_path / "x.sda", minutes=0)
    with pytest.raises(SdaError, match="holds all of these sounds already"):
        grown(model, folder, tmp_path / "x.sda", minutes=0)
    with pytest.raises(SdaError, match="from 0 to 1"):
        grown(model, other_sounds, tmp_path / "x.sda", minutes=0, keep=1.5)
    assert not (tmp_path / "x.sda").exists()


def test_names_stay_unique_and_known_sounds_are_skipped(demo_half, other_sounds, tmp_path):
    model, folder = demo_half
    sounds = tmp_path / "same names"
    sounds.mkdir()
    shutil.copy(folder / "elec_bell.flac", sounds / "again.flac")
    samples, rate = soundfile.read(other_sounds / "misc_burp.flac")
    soundfile.write(sounds / "elec_bell.wav", samples, rate)
    after, growth = grown(model, sounds, tmp_path / "same.sda", minutes=0)
    assert growth.files == 1
    assert after.header["corpus"]["skipped"][-1] == {"file": "again.flac", "reason": "It is in the model already."}
    assert "elec_bell-2" in {piece.name for piece in after.memory.pieces}


def test_stopping_keeps_the_best_so_far(demo_half, other_sounds, tmp_path):
    events = grow(
        demo_half[0], Corpus.from_folder(other_sounds), tmp_path / "s.sda", "s", GrowOptions(tmp_path, steps=1000)
    )
    for event in events:
        if event.kind == "progress" and event.of:
            break
    events.close()
    assert Growth.last_of(SdaModel.load(tmp_path / "s.sda").header).files == 6


def test_categories_of_old_and_new_files_add_up(grouped_corpus):
    """Whatever an old header holds."""
    corpus = Corpus.from_folder(grouped_corpus).select(include=["high", "low/soft"])
    old = {"categories": {"high": [2, 0.5], "drums": [3, 1.0], "odd": 3}, "tags": {"drums/a": ["dry"]}}
    sounds = list(CorpusSound.of_corpus(corpus, AudioConfig()))
    found = merged_report(old, corpus, sounds)
    assert found["categories"]["high"] == [6, pytest.approx(0.5 + 2 / 60, abs=1e-3)]
    assert {name: files for name, (files, _) in found["categories"].items()} == {
        "drums": 3, "high": 6, "loud": 1, "low": 1, "low/soft": 1, "noises": 1, "odd": 0,
    }  # fmt: skip
    assert found["tags"] == {"drums/a": ["dry"], "high/n3": ["loud", "noises"]}
    assert "tags" not in merged_report({"categories": 3, "tags": []}, corpus.select(exclude=["loud"]), sounds)
