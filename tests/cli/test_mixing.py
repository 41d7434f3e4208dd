"""`sda morph`, `sda mix` and `sda blend`."""

import shutil

import numpy as np
import pytest
import soundfile

from sda_lib.audio.clip import read_clip
from sda_lib.audio.tags import read_tags
from sda_lib.codec.losses import si_sdr
from sda_lib.model.header import peek


def test_morph_makes_sounds_between_two_sounds(ok, refused, tiny_corpus, tiny_model_path, tmp_path):
    pair = ("morph", tiny_model_path, tiny_corpus / "rain.wav", tiny_corpus / "sweep.wav")
    assert ok(*pair, "--share", 0.25).split() == ["data/exports/rain_sweep_0.25.wav"]
    tags = read_tags("data/exports/rain_sweep_0.25.wav")
    assert (tags["model"], tags["from"], tags["to"], tags["share"]) == ("tiny", "rain.wav", "sweep.wav", "0.25")
    made = [read_clip(path) for path in ok(*pair, "-n", 3, "--out", tmp_path, "--format", "flac").split()]
    assert [clip.name for clip in made] == ["rain_sweep_0", "rain_sweep_0.5", "rain_sweep_1"]
    assert [clip.seconds for clip in made] == pytest.approx([1.4, 1.15, 0.9], abs=0.05)
    assert si_sdr(read_clip(tiny_corpus / "rain.wav").resampled(48000), made[0]) > 30
    assert "not both" in refused(*pair, "-n", 3, "--share", 0.2)
    assert "from 0" in refused(*pair, "--share", 1.5)
    assert "missing.wav" in refused(*pair[:3], "missing.wav")


@pytest.mark.slow
def test_blend_mixes_models_or_makes_one_between_two(ok, refused, tiny_corpus, tiny_model_path, tmp_path, small):
    other_rate = small("--set", "audio.sample_rate=32000")
    ok("train", tiny_corpus, "--minutes", 0, "--name", "small", "-o", "small.sda", *other_rate)
    pair = ("blend", tiny_model_path, "small.sda", "--seconds", 0.8, "--shares")
    made = ok(*pair, "3,1", "-n", 2, "--seed", 5).split()
    assert made == ["data/exports/tiny+small_5.wav", "data/exports/tiny+small_6.wav"]
    info, tags = soundfile.info(made[0]), read_tags(made[0])
    assert (info.samplerate, info.frames) == (48000, round(0.8 * 48000))
    assert (tags["models"], tags["shares"], tags["seed"]) == ("tiny, small", "0.75, 0.25", "5")
    assert not np.array_equal(*(read_clip(path).samples for path in made))
    assert "one number for each" in refused(*pair, "much,little")
    assert "2 shares, not 3" in refused(*pair, "1,1,1")
    assert "from 0 up" in refused(*pair, "1,-1")
    assert "from 0 up" in refused(*pair, "nan,1")
    assert "2 to 4 models" in refused("blend", tiny_model_path)
    assert "leave out --save" in refused(*pair, "1,1", "--save", "new.sda")
    assert "without --weights" in refused(*pair, "1,1", "--weights", "--save", "new.sda")
    assert "--save NEW.sda" in refused(*pair, "1,1", "--weights")
    assert "two models, not 3" in refused("blend", *3 * [tiny_model_path], "--weights", "--save", "new.sda")
    for steps in (1, 4):
        ok("train", tiny_corpus, "--steps", steps, "--name", steps, "-o", f"{steps}.sda", *small())
    between = ("blend", "1.sda", "4.sda", "--weights", "--save", "new.sda")
    assert "50% of 1.sda and 50% of 4.sda" in ok(*between)
    assert peek(tmp_path / "new.sda")["between"] == {"models": ["1", "4"], "share": 0.5}
    ok("info", "new.sda")
    ok("generate", "new.sda", "-n", 1, "--seconds", 0.5)
    assert "--force" in refused(*between)
    ok(*between, "--force", "--shares", "1,3")
    assert peek(tmp_path / "new.sda")["between"]["share"] == 0.75


def test_mix_and_make_the_mix_again(ok, refused, demo, tiny_corpus, tmp_path):
    ok("generate", "demo", "-n", 1, "--seconds", 0.5, "--out", ".", "--name", "one")
    out = ok(
        "mix", "one.wav", f"{tiny_corpus / 'rain.wav'}@0.25,gain=-6,pan=-0.5", "one.wav@2,mute", "--out", "both.wav"
    )
    assert "both.wav: 2 of 3 layers" in out
    assert soundfile.info("both.wav").channels == 2
    assert "put that file beside" in refused("render", "both.wav", "--out", "again.wav")
    shutil.copy(tiny_corpus / "rain.wav", tmp_path)
    ok("render", "both.wav", "--out", "again.wav")
    assert np.array_equal(soundfile.read("again.wav")[0], soundfile.read("both.wav")[0])


def test_layers_that_can_not_be_read(refused, demo, tiny_corpus):
    rain = tiny_corpus / "rain.wav"
    for wrong in ("@x", "@0,gain", "@0,loud=3", "@0,mute=1", ",gain=x"):
        assert "should read FILE[@SECONDS]" in refused("mix", f"{rain}{wrong}", "--out", "a.wav")
    assert "pan must be from -1 to 1" in refused("mix", f"{rain}@0,pan=3", "--out", "a.wav")
    assert "Every layer is muted" in refused("mix", f"{rain},mute", "--out", "a.wav")
    assert "no file" in refused("mix", "nothing.wav@1", "--out", "a.wav")
