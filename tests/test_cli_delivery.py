"""Delivery on the command line: every command that makes sound finishes it alike, and files are made again from their
own tags."""

import csv
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile

from sda_lib.export.write import read_tags

DEMO = Path(__file__).parents[1] / "data/demo"


@pytest.mark.slow
def test_sounds_go_where_and_how_they_are_asked_to(ok, tiny_model_path):
    ok(
        "generate", tiny_model_path, "-n", 1, "--seconds", 1, "-o", "out", "--seed", 3, "--name", "ü 名 🙂 {seed:03d}",
        "--format", "flac", "--rate", 96000, "--depth", 16, "--place", "90", "--effect", "tilt=3", "--lufs", -30,
    )  # fmt: skip
    path = Path("out/ü 名 🙂 003.flac")
    samples, rate = soundfile.read(path)
    info = soundfile.info(path)
    assert (info.channels, rate, info.subtype) == (2, 96000, "PCM_16")
    left, right = np.square(samples).sum(0)
    assert left > 2 * right
    assert pyloudnorm.Meter(rate).integrated_loudness(samples) == pytest.approx(-30, abs=0.5)
    assert read_tags(path)["title"] == "ü 名 🙂 003"


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_a_sound_is_made_again_from_its_tags(ok, refused, tiny_model_path, tiny_corpus, suffix):
    models = ("--models", tiny_model_path.parent)
    wish = ("generate", tiny_model_path, "-n", 1, "--seconds", 0.8, "-o", "out", "--format", suffix)
    ok(*wish, "--path", "-90 0 90", "--effect", "tilt=3", "--effect", "echo=0.1", "--loop", "whole", "--name", "one")
    ok(*wish, "--from", tiny_corpus / "rain.wav", "--regenerate", "0.5:0.9", "--name", "two")
    drawn = ("generate", tiny_model_path, "-n", 1, "-o", "out", "--format", suffix)
    ok(*drawn, "--name", "four")
    ok(*drawn, "--from", tiny_corpus / "rain.wav", "--seconds", "auto", "--name", "five")
    assert float(read_tags(f"out/four.{suffix}")["seconds"]) in (0.9, 1.1, 1.4)
    assert ok(*drawn, "--name", "four").endswith("(was there)\n")
    ok("encode", tiny_corpus / "rain.wav", "-m", tiny_model_path, "-o", "rain.codes.npz")
    ok("decode", "rain.codes.npz", "-m", tiny_model_path, "-o", f"out/three.{suffix}", "--source", 0.3, "--depth", 16)
    pair = (tiny_corpus / "rain.wav", tiny_corpus / "pluck.wav")
    ok("morph", tiny_model_path, *pair, "-o", "out", "--format", suffix)
    for name in ("one", "two", "three", "four", "five", "rain_pluck_0.5"):
        ok("render", f"out/{name}.{suffix}", *models, "-o", f"again.{suffix}")
        assert Path(f"again.{suffix}").read_bytes() == Path(f"out/{name}.{suffix}").read_bytes()
    assert "say where it is with --model" in refused("render", f"out/one.{suffix}", "--models", "nowhere")
    ok("strip-memory", tiny_model_path, "-o", "bare.sda")
    assert "with other contents" in refused("render", f"out/one.{suffix}", "-m", "bare.sda")
    assert "do not say how it was made" in refused("render", DEMO / "elec_beep.flac", *models)
    assert "can't be read as sound" in refused("render", "rain.codes.npz", *models)


def test_any_file_is_finished(ok, refused):
    said = ok("export", DEMO / "elec_chime.flac", "-o", "x.mp3", "--kbps", 192, "--lufs", -16, "--space", "mono")
    assert said.startswith("x.mp3: ")
    assert soundfile.info("x.mp3").channels == 1
    assert "--force" in refused("export", DEMO / "elec_chime.flac", "-o", "x.mp3")
    ok("export", DEMO / "elec_chime.flac", "-o", "x.mp3", "--force")
    ok("export", DEMO / "elec_chime.flac", "-o", "b.wav", "--space", "ambisonics", "--place", "-45,10,2")
    assert soundfile.info("b.wav").channels == 4


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


def test_effects_are_listed(ok):
    said = ok("effects")
    assert "reverb" in said
    assert '"low": -12' in ok("effects", "--json")


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (("--effect", "chorus=1"), "no effect 'chorus'"),
        (("--effect", "reverb"), "name=number"),
        (("--place", "left"), "should read AZIMUTH"),
        (("--place", "0,0,0,0"), "should read AZIMUTH"),
        (("--place", "0,200"), "elevation from -90 to 90"),
        (("--path", "90"), "two places or more"),
        (("--space", "dome"), "no space 'dome'"),
        (("--space", "mono", "--place", "90"), "binaural or ambisonics"),
        (("--space", "mono", "--pan", 1), "for --space stereo"),
        (("--pan", 3), "pan from -1"),
        (("--sofa", "none.sofa"), "none.sofa"),
        (("--lufs", 3), "lufs goes from"),
        (("--depth", 12), "12 bits"),
        (("--format", "mp3", "--rate", 96000), "96000 Hz"),
        (("--format", "opus", "--space", "stereo", "--rate", 44100), "44100 Hz"),
        (("--loop", "twice"), "points and whole"),
        (("--vary", "sweetness"), "can't be varied"),
        (("--vary", "azimuth"), "binaural or ambisonics"),
        (("--name", "{warmth}"), "{seed:04d}"),
        (("--name", "../x"), "without slashes"),
    ],
)
def test_what_can_not_be_delivered_is_one_sentence(refused, tiny_model_path, wish, says):
    assert says in refused("generate", tiny_model_path, "-n", 1, "--seconds", 0.5, "-o", "out", *wish)
    assert not list(Path().glob("out/*"))
