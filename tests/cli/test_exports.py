"""`sda reconstruct`, `sda export`, `sda effects` and `sda sheet`."""

from pathlib import Path

import soundfile

from sda_lib.audio.clip import read_clip
from sda_lib.audio.tags import read_tags
from sda_lib.codec.losses import si_sdr

DEMO = Path(__file__).parents[2] / "data/demo"


def test_a_continuous_model_reconstructs_and_says_why_it_has_no_codes(ok, refused, tiny_corpus, tmp_path, small):
    ok("train", tiny_corpus, "--minutes", 0, "-o", "c.sda", *small("--set", "codec.bottleneck=vae"))
    assert "continuous latents of 64 dimensions (vae)" in ok("info", "c.sda")
    ok("reconstruct", tiny_corpus / "rain.wav", "-m", "c.sda", "-o", "rain.wav")
    ok("reconstruct", tiny_corpus / "rain.wav", "-m", "c.sda", "-o", "alone.flac", "--source", 0)
    back, alone = read_clip("rain.wav"), read_clip("alone.flac")
    wanted = read_clip(tiny_corpus / "rain.wav").resampled(48000)
    assert back.length == alone.length == wanted.length
    assert si_sdr(wanted, back.with_channels(1)) > 60 > si_sdr(wanted, alone.with_channels(1))
    assert read_tags("alone.flac")["source_amount"] == "0.0"
    ok("sheet", tiny_corpus / "rain.wav", "-m", "c.sda", "-o", "s.png")
    rain = tiny_corpus / "rain.wav"
    assert "no effort 'slow'" in refused("reconstruct", rain, "-m", "c.sda", "-o", "x.wav", "--effort", "slow")
    for command in (
        ["encode", rain, "-m", "c.sda"],
        ["generate", "c.sda", "--from", rain, "--levels", "2-"],
        ["generate", "c.sda", "--from", rain, "--morph-with", rain],
    ):
        assert "codec.bottleneck=rvq" in refused(*command)
    ok("generate", "c.sda", "--writer", "walk", "--control", "loudness=1", "--seconds", 0.5)
    assert "walk, gaussian" in refused("generate", "c.sda", "--writer", "prior")


def test_sheet(ok, refused, tiny_corpus, tiny_model_path, tmp_path):
    sounds = [tiny_corpus / "pluck.wav", tiny_corpus / "rain.wav"]
    ok("sheet", *sounds, "-m", tiny_model_path, "-g", tiny_corpus / "sweep.wav", "-o", "s.png")
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    ok("sheet", *sounds, "-o", "two.png")
    assert (tmp_path / "two.png").stat().st_size < (tmp_path / "s.png").stat().st_size
    assert ".png" in refused("sheet", *sounds, "-o", "s.txt")


def test_any_file_is_finished(ok, refused):
    said = ok("export", DEMO / "elec_chime.flac", "-o", "x.mp3", "--kbps", 192, "--lufs", -16, "--space", "mono")
    assert said.startswith("x.mp3: ")
    assert soundfile.info("x.mp3").channels == 1
    assert "--force" in refused("export", DEMO / "elec_chime.flac", "-o", "x.mp3")
    ok("export", DEMO / "elec_chime.flac", "-o", "x.mp3", "--force")
    ok("export", DEMO / "elec_chime.flac", "-o", "b.wav", "--space", "ambisonics", "--place", "-45,10,2")
    assert soundfile.info("b.wav").channels == 4


def test_effects_are_listed(ok):
    said = ok("effects")
    assert "reverb" in said
    assert '"low": -12' in ok("effects", "--json")
