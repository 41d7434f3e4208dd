"""Sliders fitted to a real model: their cards agree with independent measurements."""

import dataclasses
import json
import re
import shutil

import numpy as np
import pytest
from scipy.stats import spearmanr

from sda_lib import Corpus, GenerateOptions, Recipe, SdaModel, generate, learn
from sda_lib.analysis.features import FEATURES
from sda_lib.directions.directions import Bends
from sda_lib.directions.fitting import principal_axes
from sda_lib.directions.gestures import GESTURES
from sda_lib.errors import SdaError
from sda_lib.model.header import HEADER_KEY, peek
from sda_lib.model.tensors import model_tensors, write_tensors
from sda_lib.sliders.fit import display_name, fit_sliders
from sda_lib.sliders.gesture_fit import EFFECTS
from sda_lib.sliders.nudges import Nudging
from sda_lib.writers.compose_codes import compose_codes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


def test_every_feature_has_a_card_and_some_are_shown(model):
    cards = {card.name: card for card in model.sliders.cards}
    assert list(cards) == [*FEATURES, *GESTURES, "axis 1", "axis 2", "axis 3"]
    assert "loudness" in [card.name for card in model.sliders.shown]
    for name in FEATURES:
        assert set(cards[name].side) == set(FEATURES) - {name}
        assert cards[name].low <= cards[name].high


def test_the_display_name_of_an_axis_has_its_strongest_effects(model):
    axes = [card for card in model.sliders.shown if card.is_axis]
    assert len(axes) == 3
    assert 0 < sum(card.share for card in axes) <= 1
    for card in axes:
        assert re.fullmatch(r"Axis \d — mostly [a-z ]+, [a-z ]+", display_name(card))
        strongest = max(card.side, key=lambda one: abs(card.side[one]))
        word = FEATURES[strongest].more if card.side[strongest] > 0 else FEATURES[strongest].less
        assert f"mostly {word}," in display_name(card)


def test_the_loudness_slider_changes_loudness_by_about_its_slope(model):
    card = model.sliders.card("loudness")
    steps, levels = (-2.0, -1.0, 0.0, 1.0, 2.0), []
    for step in steps:
        clips = [generate(model, GenerateOptions(1.0, seed=seed, sliders={"loudness": step})).clip for seed in range(3)]
        levels.append(np.mean([10 * np.log10(np.square(clip.samples).mean()) for clip in clips]))
    assert spearmanr(steps, levels).statistic > 0.85
    assert 0.5 < np.polyfit(steps, levels, 1)[0] / card.slope < 2


def test_sliders_are_kept_in_the_file(model, tmp_path):
    path = model.save(tmp_path / "s.sda")
    again = SdaModel.load(path)
    assert again.sliders.cards == model.sliders.cards
    assert again.fingerprints["sliders"] == model.fingerprints["sliders"]
    arrays = again.sliders.directions.arrays()
    assert set(arrays) == set(model.sliders.directions.arrays())
    assert all(np.array_equal(arrays[name], one) for name, one in model.sliders.directions.arrays().items())
    options = GenerateOptions(1.0, seed=3, sliders={"loudness": 1.5})
    assert np.array_equal(compose_codes(again, options).indices, compose_codes(model, options).indices)
    assert {fact["name"] for fact in peek(path)["sliders"]} >= set(FEATURES)
    bare = SdaModel.load(model.without_memory().save(tmp_path / "bare.sda"))
    codes = compose_codes(model, GenerateOptions(1.0))
    assert np.array_equal(bare.moved(codes, {"loudness": 1}).indices, model.moved(codes, {"loudness": 1}).indices)


def test_a_generated_sound_is_moved_by_its_slider_options(model):
    plain = compose_codes(model, GenerateOptions(1.0, seed=1))
    moved = compose_codes(model, GenerateOptions(1.0, seed=1, sliders={"loudness": -2.0}))
    assert np.array_equal(moved.indices, model.moved(plain, {"loudness": -2.0}).indices)
    assert not np.array_equal(moved.indices, plain.indices)
    assert moved.samples == plain.samples


def test_sliders_that_are_not_finite_are_never_saved(model):
    """A file that can't be read again would lose the model."""
    first, *others = model.sliders.cards
    broken = dataclasses.replace(model.sliders, cards=(dataclasses.replace(first, slope=float("nan")), *others))
    with pytest.raises(ValueError, match="not finite"):
        model.with_sliders(broken)


def test_a_single_recording_is_enough_for_sliders(slider_model_path, tmp_path, pytestconfig):
    """The range of a single recording is widened by the variation of its frames."""
    folder = tmp_path / "one"
    folder.mkdir()
    shutil.copy(pytestconfig.rootpath / "data/demo/elec_chime.flac", folder)
    corpus, path = Corpus.from_folder(folder), tmp_path / "one.sda"
    list(learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, "one"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sda_lib.sliders.fit.STRAIGHT", Nudging(300, (0.5,)))
        patch.setattr("sda_lib.sliders.fit.BENT", Nudging(300, (1.0, 2.0)))
        sliders = fit_sliders(SdaModel.load(path))
    assert sliders.card("loudness").slope > 0.5
    assert all(card.high > card.low for card in sliders.shown if not card.is_axis)


def test_models_without_sliders_or_recordings_are_refused(model, tiny_model_path, tmp_path):
    with pytest.raises(SdaError, match="sda sliders"):
        compose_codes(SdaModel.load(tiny_model_path), GenerateOptions(1.0, sliders={"loudness": 1.0}))
    with pytest.raises(SdaError, match="tried out on recordings"):
        fit_sliders(model.without_memory())


def test_sliders_that_are_not_a_list_are_refused(model, tmp_path, monkeypatch):
    monkeypatch.setattr(type(model.sliders), "facts", lambda _: 7)
    path = model.save(tmp_path / "odd.sda")
    with pytest.raises(SdaError, match="sliders that are no list"):
        SdaModel.load(path)


def test_damaged_sliders_are_refused(model, tmp_path, monkeypatch):
    facts = [{**fact, "reach": None} for fact in model.sliders.facts()]
    broken = dataclasses.replace(model, sliders=model.sliders)
    monkeypatch.setattr(type(model.sliders), "facts", lambda _: facts)
    path = broken.save(tmp_path / "broken.sda")
    assert peek(path)["sliders"][0]["reach"] is None
    with pytest.raises(SdaError, match=r"broken\.sda is damaged \(sliders\)"):
        SdaModel.load(path)


@pytest.fixture(scope="module")
def bent(model):
    """The model with a slider of brightness whose direction is bent."""
    directions = dataclasses.replace(model.sliders.directions, bends=None)
    axes, _ = principal_axes(np.cov(model.memory.latents.float().numpy().T), 6)
    bends = np.where(np.array(directions.names)[:, None, None] == "brightness", axes, np.float32(0))
    bends = Bends(bends, np.concatenate([axes, np.zeros((6, 1), np.float32)], 1))
    directions = dataclasses.replace(directions, bends=bends)
    return model.with_sliders(dataclasses.replace(model.sliders, directions=directions))


def test_bent_sliders_are_kept_in_the_file(bent, tmp_path):
    again = SdaModel.load(bent.save(tmp_path / "bent.sda"))
    arrays = bent.sliders.directions.arrays()
    assert set(arrays) == {"vectors", "bends", "axes"}
    assert all(np.array_equal(again.sliders.directions.arrays()[name], one) for name, one in arrays.items())
    latent = bent.memory.latents[:20].float()
    moved = [one.moved_latent(latent, {"brightness": 1.5}) for one in (bent, again)]
    assert moved[0].equal(moved[1])


def test_bent_directions_are_taken_for_sliders_that_do_not_follow_straight_ones(model, tiny_model_path, monkeypatch):
    """Whichever slider that is: here none is good enough, and any other direction is better."""
    few = {"STRAIGHT": Nudging(200, (0.5,)), "BENT": Nudging(200, (1.0,)), "TRIED": 2, "TRIED_SECONDS": 0.5}
    for name, value in few.items():
        monkeypatch.setattr(f"sda_lib.sliders.fit.{name}", value)
    tiny = SdaModel.load(tiny_model_path)
    monkeypatch.setattr("sda_lib.sliders.fit.RELIABLE", -2.0)
    assert fit_sliders(tiny).directions.bends is None
    monkeypatch.setattr("sda_lib.sliders.fit.RELIABLE", 2.0)
    monkeypatch.setattr("sda_lib.sliders.fit.CLEARLY", -2.0)
    found = fit_sliders(tiny).directions
    is_bent = {name: bool(bends.any()) for name, bends in zip(found.names, found.bends.vectors, strict=True)}
    assert {name for name, one in is_bent.items() if one} == set(EFFECTS)


def test_sliders_without_bends_move_sounds_along_straight_lines(model, bent, tmp_path):
    straight = dataclasses.replace(model.sliders.directions, bends=None)
    path = model.with_sliders(dataclasses.replace(model.sliders, directions=straight)).save(tmp_path / "before.sda")
    assert "place_axes" not in peek(path)
    again, latent = SdaModel.load(path), model.memory.latents[:20].float()
    moved = again.moved_latent(latent, {"brightness": 1.5}) - latent
    along = straight.vectors[straight.names.index("brightness")]
    assert moved.numpy() == pytest.approx(np.tile(1.5 * along, (20, 1)), abs=1e-5)
    refitted = again.with_sliders(bent.sliders).save(tmp_path / "again.sda")
    assert peek(refitted)["place_axes"] == 6
    assert "place_axes" not in peek(SdaModel.load(refitted).with_sliders(again.sliders).save(tmp_path / "back.sda"))


@pytest.mark.parametrize(
    ("axes", "why"), [("six", "axes that are no number"), (5, "doesn't hold what"), (0, "doesn't hold")]
)
def test_damaged_places_are_refused(bent, tmp_path, axes, why):
    tensors, header = model_tensors(bent)
    path = tmp_path / "odd.sda"
    write_tensors(tensors, path, {HEADER_KEY: json.dumps({**header, "place_axes": axes})})
    with pytest.raises(SdaError, match=why):
        SdaModel.load(path)
