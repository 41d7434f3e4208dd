"""`sda generate`: new, continued and regenerated sounds, alone and in batches."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sda_lib.audio.clip import read_clip
from sda_lib.audio.tags import read_tags
from sda_lib.codec.losses import si_sdr


def test_generate_writes_tagged_24_bit_files_and_overwrites_none(ok, refused, tiny_model_path, tmp_path):
    wish = ("generate", tiny_model_path, "-n", 2, "--seconds", 0.8, "--seed", 7)
    assert ok(*wish).split() == ["data/exports/tiny_7.wav", "data/exports/tiny_8.wav"]
    for seed in (7, 8):
        path = tmp_path / f"data/exports/tiny_{seed}.wav"
        info = soundfile.info(path)
        assert (info.samplerate, info.subtype) == (48000, "PCM_24")
        assert info.duration == pytest.approx(0.8, abs=0.05)
        assert 1e-3 < read_clip(path).peak <= 10 ** (-0.1 / 20)
        tags = read_tags(path)
        assert (tags["model"], tags["seed"], tags["seconds"]) == ("tiny", str(seed), "0.8")
    first = (tmp_path / "data/exports/tiny_7.wav").read_bytes()
    assert first != (tmp_path / "data/exports/tiny_8.wav").read_bytes()
    assert ok(*wish).splitlines() == [f"data/exports/tiny_{seed}.wav (was there)" for seed in (7, 8)]
    assert (tmp_path / "data/exports/tiny_7.wav").read_bytes() == first
    assert ok(*wish, "--novelty", 0.9).split() == ["data/exports/tiny_7-2.wav", "data/exports/tiny_8-2.wav"]
    assert (tmp_path / "data/exports/tiny_7.wav").read_bytes() == first
    assert ok(*wish, "--force", "--format", "flac", "--name", "{index}{model}").split() == [
        "data/exports/0tiny.flac",
        "data/exports/1tiny.flac",
    ]
    assert "{seed}" in refused("generate", tiny_model_path, "--name", "{sead}")
    for wrong in ("long", 0, 21_601):
        assert "auto" in refused("generate", tiny_model_path, "--seconds", wrong)
    assert ".flac" in refused("generate", tiny_model_path, "-n", 1, "--format", "xyz")


def test_generate_continues_and_regenerates(ok, refused, tiny_corpus, tiny_model_path):
    base = ("generate", tiny_model_path, "-n", 1, "--from", tiny_corpus / "rain.wav")
    ok(*base, "--seconds", 0.5, "--name", "on")
    assert soundfile.info("data/exports/on.wav").duration == pytest.approx(1.4 + 0.5, abs=0.05)
    ok(*base, "--regenerate", "0.5:0.9", "--levels", "2-", "--name", "part", "--top-k", 8, "--top-p", 0.9)
    assert soundfile.info("data/exports/part.wav").duration == pytest.approx(1.4, abs=0.01)
    tags = read_tags("data/exports/part.wav")
    assert (tags["regenerate"], tags["levels"], tags["top_k"]) == ("(0.5, 0.9)", "(2, None)", "8")
    assert "1.2:2.0" in refused(*base, "--regenerate", "later")
    assert "2-" in refused(*base, "--levels", "all")
    assert "--from" in refused("generate", tiny_model_path, "--regenerate", "0.1:0.2")


def test_generate_alternates_between_two_sounds(ok, refused, tiny_corpus, tiny_model_path):
    base = ("generate", tiny_model_path, "-n", 1, "--seconds", 1.2)
    pair = ("--from", tiny_corpus / "rain.wav", "--morph-with", tiny_corpus / "pluck.wav")
    ok(*base, *pair, "--name", "both")
    assert soundfile.info("data/exports/both.wav").duration == pytest.approx(1.2, abs=0.001)
    assert soundfile.read("data/exports/both.wav")[0].std() > 0.01
    assert "Two whole sounds" in refused(*base, *pair[2:])
    assert "Two whole sounds" in refused(*base, *pair, "--regenerate", "0.1:0.3")


def test_generate_with_controls_and_a_report(ok, refused, tiny_model_path):
    wish = ("generate", tiny_model_path, "-n", 1, "--seconds", 0.5)
    said = ok(*wish, "--control", "loudness=0.9", "--level-temperature", "3=0.5", "--report")
    assert "occur in the recordings" in said
    assert read_tags("data/exports/tiny_0.wav")["level_temperatures"] == "(0.0, 0.0, 0.0, 0.5)"
    assert "there are density" in refused(*wish, "--control", "warmth=1")
    assert "name=number" in refused(*wish, "--control", "density")
    assert "LEVEL=TEMPERATURE" in refused(*wish, "--level-temperature", "low=1")


def test_generate_with_a_contour(ok, refused, tiny_model_path, tmp_path):
    wish = ("generate", tiny_model_path, "-n", 1, "--seconds", 2, "--out", tmp_path, "--contour")
    ok(*wish, "0:0,1:1")
    samples = read_clip(next(tmp_path.glob("*.wav"))).samples
    first, last = np.split(np.square(samples).mean(0)[: samples.shape[1] // 2 * 2], 2)
    assert last.mean() > 4 * first.mean()
    assert "one of swell" in refused(*wish, "louder")
    assert "put its points in order" in refused(*wish, "1:0,0:1")


def test_a_continuous_model_generates_continues_and_traces(ok, tiny_corpus, tmp_path, small):
    ok("train", tiny_corpus, "--minutes", 0, "-o", "c.sda", *small("--set", "codec.bottleneck=vae"))
    out = ok("generate", "c.sda", "-n", 2, "--seconds", 0.7, "-o", "out", "--name", "c_{index}", "--report")
    assert out.count("Distance from the recordings: ") == 2
    one, other = read_clip("out/c_0.wav"), read_clip("out/c_1.wav")
    assert one.length == other.length == 33600
    assert not np.array_equal(one.samples, other.samples)
    assert read_tags("out/c_1.wav")["seed"] == "1"
    assert "stretches" in json.loads(ok("trace", "out/c_0.wav", "-m", "c.sda", "--json"))
    rain = tiny_corpus / "rain.wav"
    assert "rain" in ok("trace", rain, "-m", "c.sda")
    ok("generate", "c.sda", "-n", 1, "--from", rain, "--regenerate", "0.5:0.7", "-o", ".", "--name", "redone")
    before, redone = read_clip(rain).resampled(48000), read_clip("redone.wav").with_channels(1)
    assert redone.length == before.length
    assert si_sdr(before.cut(14000), redone.cut(14000)) > 40 > 10 > si_sdr(before.cut(33000), redone.cut(33000))
    assert "generates with its Gaussian" in ok("strip-memory", "c.sda", "-o", "given.sda")
    ok("generate", "given.sda", "-n", 1, "--seconds", 0.5, "-o", "given")


def test_sliders_act(ok, refused, slider_model_path, tmp_path):
    paths = [
        ok("generate", slider_model_path, "-n", 1, "--seconds", 1, "--slider", f"loudness={step}", "--out", tmp_path,
           "--name", f"at{step}").strip()
        for step in (-2, 2)
    ]  # fmt: skip
    quiet, loud = (np.square(read_clip(path).samples).mean() for path in paths)
    assert loud > 4 * quiet
    assert "loudness" in read_tags(paths[0])["sliders"]
    assert "from -4 to 4" in refused("generate", slider_model_path, "-n", 1, "--slider", "loudness=9")
    assert "no slider 'sweetness'" in refused("generate", slider_model_path, "-n", 1, "--slider", "sweetness=1")


def test_generate_refuses_invalid_values(sda, tiny_model_path):
    assert sda("generate", tiny_model_path, "-n", 0)[0] != 0
    assert sda("generate", tiny_model_path, "--novelty", 2)[0] != 0
    assert sda("nonsense")[0] != 0


@pytest.mark.slow
def test_a_batch_has_a_list_and_a_picture(ok, slider_model_path):
    ok(
        "generate", slider_model_path, "-n", 8, "--seconds", 0.6, "-o", "out", "--workers", 1,
        "--vary", "seed,warmth=-1:1,reverb=0:0.3", "--name", "{index:02d}_{warmth:+.2f}",
    )  # fmt: skip
    with Path("out/manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    assert all(Path("out", row["file"]).exists() for row in rows)
    warmth = [float(row["sliders.warmth"]) for row in rows]
    assert min(warmth) < -0.5
    assert max(warmth) > 0.5
    assert rows[3]["file"] == f"03_{warmth[3]:+.2f}.wav"
    picture = Path("out/contact_sheet.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 5000


def test_sounds_of_chosen_recordings(ok, refused, grouped_model_path):
    (path,) = ok(
        "generate", grouped_model_path, "-n", 1, "--seconds", 1, "--recordings", "low", "--format", "flac"
    ).split()
    assert read_tags(path)["recordings"] == "low"
    traced = json.loads(ok("trace", path, "-m", grouped_model_path, "--json"))
    assert all(one["file"].startswith("low") for one in traced["stretches"])
    ok("generate", grouped_model_path, "-n", 1, "--recordings", "l*", "--recordings", "loud", "--strictness", 0.5)
    assert "the categories are high, loud, low, low/soft, noises" in refused(
        "generate", grouped_model_path, "--recordings", "lows"
    )


@pytest.fixture
def short_limits(monkeypatch):
    """Sounds from a second on are long ones, of short blocks."""
    from sda_lib.writers import long_sound, options

    for module in (options, long_sound):
        monkeypatch.setattr(module, "MAX_SECONDS", 1.0)
    monkeypatch.setattr(long_sound, "BLOCK_SECONDS", 0.8)
    monkeypatch.setattr(long_sound, "CONTEXT_SECONDS", 0.4)
    monkeypatch.setattr(long_sound, "JOINT_SECONDS", 0.2)


def test_a_part_of_a_long_sound_has_the_samples_of_the_whole(ok, refused, tiny_model_path, short_limits):
    wish = ("generate", tiny_model_path, "-n", 1, "--seconds", 3, "--novelty", 1, "--depth", 32, "-o", ".")
    ok(*wish, "--name", "whole")
    ok(*wish, "--name", "part", "--part", "1.5:2.25")
    ok(*wish, "--name", "end", "--part", "2.9:3")
    whole, part, end = (soundfile.read(f"{name}.wav", dtype="float32")[0] for name in ("whole", "part", "end"))
    assert (len(whole), len(part), len(end)) == (3 * 48000, 36000, 4800)
    assert np.array_equal(part, whole[72000 : 72000 + 36000])
    assert np.array_equal(end, whole[-4800:])
    assert 0.05 < np.abs(whole).max() <= 10 ** (-0.1 / 20)
    for name in ("whole", "part"):  # the tags hold no codes, but what they follow from
        ok("render", f"{name}.wav", "-m", tiny_model_path, "-o", "again.wav")
        assert Path("again.wav").read_bytes() == Path(f"{name}.wav").read_bytes()
    assert len(read_tags("whole.wav")["sda"]) < 2000
    assert ok(*wish, "--name", "part", "--part", "1.5:2.25").endswith("(was there)\n")
    ok(*wish, "--name", "loud", "--lufs", -30)
    assert "whole" in refused(*wish, "--name", "loud", "--lufs", -30, "--part", "1:2")
    assert "no part" in refused(*wish, "--part", "2:4")
    assert "FROM:TO" in refused(*wish, "--part", "2")
    assert "contour" in refused(*wish, "--contour", "swell")


def test_a_part_of_a_short_sound_is_made_too(ok, tiny_model_path):
    for level in ((), ("--lufs", -30)):
        wish = ("generate", tiny_model_path, "-n", 1, "--seconds", 1.5, "--depth", 32, "-o", ".", "--force", *level)
        ok(*wish, "--name", "whole")
        ok(*wish, "--name", "part", "--part", "0.3:0.8")
        whole, part = (soundfile.read(f"{name}.wav", dtype="float32")[0] for name in ("whole", "part"))
        assert np.array_equal(part, whole[14400 : 14400 + 24000])
        ok("render", "part.wav", "-m", tiny_model_path, "-o", "again.wav")
        assert Path("again.wav").read_bytes() == Path("part.wav").read_bytes()


def test_a_long_continuation_is_refused(refused, tiny_model_path, tiny_corpus, short_limits):
    said = refused("generate", tiny_model_path, "-n", 1, "--seconds", 3, "--from", tiny_corpus / "rain.wav")
    assert "without a sound to go on from" in said
