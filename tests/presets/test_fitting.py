"""Presets of one model on others: what is applied, and what is said about the rest."""

from dataclasses import replace

import numpy as np
import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.export.finish import Effects, Finish
from sda_lib.model.model import SdaModel
from sda_lib.presets import fitting
from sda_lib.presets.fitting import fit_preset, with_axes_of
from sda_lib.presets.preset import Preset
from sda_lib.presets.preset_file import read_preset
from sda_lib.presets.store import FACTORY
from sda_lib.training.train import learn
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

CURVE = ((0.0, -1.0), (1.0, 1.0))


@pytest.fixture(scope="module")
def slid(slider_model_path):
    """A model of many kinds of sounds, with sliders."""
    return SdaModel.load(slider_model_path)


@pytest.fixture(scope="module")
def unwritten(plain, network_prior):
    """A model without recordings and sliders, which writes with its prior."""
    return plain.with_prior(network_prior(plain)).without_memory()


@pytest.fixture(scope="module")
def continuous(tiny_corpus, tmp_path_factory):
    """A model without codes."""
    corpus, path = Corpus.from_folder(tiny_corpus), tmp_path_factory.mktemp("vae") / "vae.sda"
    for _ in learn(corpus, Recipe.for_corpus(corpus, 0).override(codec__bottleneck="vae"), path, "vae"):
        pass
    return SdaModel.load(path)


@pytest.fixture(scope="module")
def own(slid):
    """A preset of everything that the model with sliders can do."""
    (first, second), axis = [card.name for card in slid.sliders.shown if not card.is_axis][:2], "axis 1"
    options = GenerateOptions(
        seconds=0.6, writer="walk", source_amount=0.8, novelty=0.7, temperature=0.4, top_k=9, top_p=0.9,
        level_temperatures=(0.0,) * (slid.levels - 1) + (0.3,), controls={"density": 0.6}, contour=((0, 0), (1, 1)),
        sliders={first: 1.0, axis: 0.5}, curves={second: CURVE}, varispeed=1.0,
    )  # fmt: skip
    return with_axes_of(Preset("all", options=options, finish=Finish(Effects(reverb=0.2))), slid.fingerprints)


def left_out(preset, model):
    return {text.partition(":")[0] for text in fit_preset(preset, model).left_out}


def assert_plays(preset, model):
    clip = generate(model, fit_preset(preset, model).options).clip
    assert np.isfinite(clip.samples).all()
    assert np.abs(clip.samples).max() > 1e-3


def test_its_own_model_does_all_of_it(own, slid):
    fitted = fit_preset(own, slid)
    assert (fitted.options, fitted.finish, fitted.left_out, fitted.sentence) == (own.options, own.finish, (), "")
    assert_plays(own, slid)


def test_a_model_without_sliders_does_the_rest(own, plain):
    fitted, kinds = fit_preset(own, plain), [("slider", own.options.sliders), ("curve of", own.options.curves)]
    assert left_out(own, plain) == {f"{kind} {name}" for kind, found in kinds for name in found}
    assert fitted.options.controls == own.options.controls
    assert not fitted.options.sliders
    assert "sda sliders" in fitted.sentence
    assert fitted.sentence.startswith("Not applied: slider ")
    assert_plays(own, plain)


def test_a_model_without_recordings_says_so(own, unwritten):
    assert {"writer walk", "Source", "control density"} <= left_out(own, unwritten)
    fitted = fit_preset(own, unwritten)
    assert (fitted.options.writer, fitted.options.source_amount) == ("", 1.0)
    assert (fitted.options.temperature, fitted.options.varispeed) == (0.4, 1.0)
    assert_plays(own, unwritten)


def test_a_model_without_codes_says_so(own, continuous):
    assert "temperatures of levels" in left_out(own, continuous)
    fitted = fit_preset(own, continuous)
    assert (fitted.options.writer, fitted.options.controls) == ("walk", own.options.controls)
    assert_plays(own, continuous)
    drawn = replace(own, options=replace(own.options, writer="gaussian"))
    assert {"novelty", "top-k", "top-p", "contour", "control density"} <= left_out(drawn, continuous)
    assert_plays(drawn, continuous)


def test_fewer_levels_take_the_temperatures_that_they_have(own, plain):
    deep = replace(own, options=replace(own.options, level_temperatures=(0.1,) * (plain.levels + 2)))
    assert f"temperatures of levels after {plain.level_names[-1]}" in left_out(deep, plain)
    assert fit_preset(deep, plain).options.level_temperatures == (0.1,) * plain.levels
    shallow = replace(own, options=replace(own.options, level_temperatures=(0.1, *(0.0,) * 40)))
    assert not any("temperatures" in one for one in left_out(shallow, plain))


def test_axes_belong_to_the_sliders_that_they_were_measured_with(own, slid):
    assert own.axes_of == slid.fingerprints["sliders"]
    foreign = replace(own, axes_of="another")
    assert fit_preset(foreign, slid).left_out == (f"slider axis 1: {fitting.OTHER_AXES}",)
    no_axes = replace(own, options=GenerateOptions(sliders={"brightness": 1.0}))
    assert with_axes_of(no_axes, slid.fingerprints).axes_of == ""


def test_unknown_names_are_left_out_with_what_there_is(slid, plain):
    odd = GenerateOptions(writer="choir", sliders={"sparkle": 1.0, "axis of evil": 1.0})
    fitted = fit_preset(Preset("odd", options=odd), slid)
    assert len(fitted.left_out) == 3
    assert fitted.options == GenerateOptions(sliders={})
    assert "walk, prior, hybrid" in fitted.left_out[0]
    prior = Preset("p", options=GenerateOptions(writer="prior"))
    assert "sda prior" in fit_preset(prior, plain).left_out[0]


def test_a_hidden_slider_is_left_out_with_the_reason(slid):
    hidden = replace(slid.sliders.cards[0], rho=0.1)
    sliders = replace(slid.sliders, cards=(hidden, *slid.sliders.cards[1:]))
    (text,) = fit_preset(
        Preset("h", options=GenerateOptions(sliders={hidden.name: 1.0})), replace(slid, sliders=sliders)
    ).left_out
    assert "rank correlation 0.10" in text


def test_effects_that_are_not_installed_are_left_out(own, slid, monkeypatch):
    monkeypatch.setattr(fitting, "why_no_effects", lambda: "Effects need a package.")
    fitted = fit_preset(own, slid)
    assert fitted.finish == replace(own.finish, effects=Effects())
    assert fitted.left_out == ("effects: effects need a package",)


@pytest.mark.parametrize("path", sorted(FACTORY.glob("*.json")), ids=lambda path: path.stem)
def test_every_factory_preset_plays_on_every_kind_of_model(path, plain, slid, unwritten, continuous):
    preset = read_preset(path)
    short = replace(preset, options=replace(preset.options, seconds=0.6))
    for model in (plain, slid, unwritten, continuous):
        assert_plays(short, model)
    assert not [
        text for text in fit_preset(preset, slid).left_out if not text.startswith(("slider", "curve", "control"))
    ]


def test_recordings_are_chosen_as_far_as_the_model_has_them(plain, unwritten, continuous):
    preset = Preset("a", options=GenerateOptions(recordings=("ra*", "drums/*"), strictness=0.5))
    fitted = fit_preset(preset, plain)
    assert fitted.options == GenerateOptions(recordings=("ra*",), strictness=0.5)
    assert "recordings drums/*: there are no folders and tags, and the recordings are pluck, rain" in fitted.sentence
    none = fit_preset(Preset("a", options=GenerateOptions(recordings="drums", strictness=0.5)), plain)
    assert none.options == GenerateOptions()
    assert left_out(preset, unwritten) == {"recordings ra*", "recordings drums/*"}
    gaussian = replace(preset, options=replace(preset.options, writer="gaussian"))
    assert {"recordings ra*", "recordings drums/*"} <= left_out(gaussian, continuous)
