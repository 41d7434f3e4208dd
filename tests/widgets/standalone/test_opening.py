"""Objects that widgets that stand alone take: models and sounds of every kind."""

import numpy as np
import pytest

import sda_lib
from sda_lib.audio import clip as core_clip
from sda_lib.model import model as core_model
from sda_widgets import CodeGrid
from sda_widgets.page_clock import PageClock
from sda_widgets.standalone.opening import clip_any, session_of


def test_models_of_every_kind(owned, tiny_model_path):
    for model in (owned, core_model.SdaModel.load(tiny_model_path), tiny_model_path, str(tiny_model_path)):
        assert session_of(model).model.name == owned.name
    assert session_of(tiny_model_path).model_path == tiny_model_path
    assert session_of(owned).model_path is None
    with pytest.raises(sda_lib.SdaError):
        session_of("no such model")


def test_sounds_of_every_kind(owned, take, tiny_corpus):
    path = tiny_corpus / "rain.wav"
    clip = sda_lib.AudioClip.read(path)
    recorded = owned.encode(clip)
    kinds = {
        "take": (take, take.codes), "codes": (recorded, recorded), "path": (path, recorded), "clip": (clip, recorded),
        "core clip": (core_clip.AudioClip(clip.samples, clip.sample_rate), recorded),
        "samples": ((clip.samples, clip.sample_rate), recorded),
    }  # fmt: skip
    for kind, (sound, codes) in kinds.items():
        assert session_of(owned, sound).sound.codes.is_same(codes), kind
    assert session_of(owned).sound.codes is None
    assert session_of(owned, generates=True).sound.codes is not None


def test_a_take_keeps_its_source_and_its_end(owned):
    take = owned.generate(seconds=0.5, seed=2, source_amount=0.3)
    sound = session_of(owned, take).sound
    assert (sound.source_amount, sound.fades) == (0.3, True)
    np.testing.assert_allclose(sound.clip.samples, take.clip.samples, atol=1e-4)


def test_a_session_is_shared(owned, take):
    shared = session_of(owned, take)
    assert session_of(session=shared) is shared
    assert session_of(owned, session=shared, generates=True).sound.codes.is_same(take.codes)


def test_clips(owned, take, tiny_corpus):
    assert clip_any(take) is take.clip
    np.testing.assert_array_equal(clip_any(take.codes).samples, take.codes.decode().samples)
    assert clip_any(tiny_corpus / "rain.wav").seconds == pytest.approx(1.4, rel=1e-3)
    with pytest.raises(sda_lib.SdaError, match="know no model"):
        clip_any(sda_lib.Codes.of(take.codes).__class__(**{**vars(take.codes), "model": None}))
    with pytest.raises(sda_lib.SdaError):
        clip_any(3)


def test_a_sound_that_the_model_does_not_know_is_there_at_once_and_gets_closer_codes(owned, tiny_corpus):
    clip = sda_lib.AudioClip.read(tiny_corpus / "pluck.wav")
    turned = sda_lib.AudioClip(clip.samples[:, ::-1], clip.sample_rate)
    grid = CodeGrid(owned, turned)
    sound = grid.session.sound
    assert grid.codes.is_same(owned.encode(turned, "quick"))
    sound.closer.work.thread.join(60)
    clock = next(one for one in grid.children if isinstance(one, PageClock))
    assert clock.beating
    clock._handle_custom_msg({"kind": "beat"}, [])
    assert grid.codes.is_same(owned.encode(turned, "thorough"))
    sound.steps.undo()
    assert grid.codes.is_same(owned.encode(turned, "quick"))
