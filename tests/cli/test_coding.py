"""Code files: encoded, edited, decoded; sessions and sounds rendered again."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

import sda_lib
from sda_lib.audio.clip import read_clip
from sda_lib.audio.tags import read_tags
from sda_lib.codec.codes import load_codes
from sda_lib.editing.registry import EDITS
from sda_lib.export.write import write_clip
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session

DEMO = Path(__file__).parents[2] / "data/demo"


def test_encode_edit_decode(ok, refused, tiny_corpus, tiny_model_path, tmp_path):
    for name in ("pluck", "rain"):
        assert f"{name}.codes.npz" in ok("encode", tiny_corpus / f"{name}.wav", "-m", tiny_model_path)
    assert "Recognized: pluck from 0.00 s, 1.10 s" in ok("encode", tiny_corpus / "pluck.wav", "-m", tiny_model_path)
    before = load_codes("pluck.codes.npz")
    cut = before.frames // 2
    out = ok("edit", "pluck.codes.npz", "-o", "new.npz", "--op", f"swap:frames={cut}:{cut + 3},with=rain.codes.npz")
    assert "3 of" in out
    after = load_codes("new.npz")
    changed = np.flatnonzero((after.indices != before.indices).any(0))
    assert changed.tolist() == [cut, cut + 1, cut + 2]
    ok("decode", "pluck.codes.npz", "-m", tiny_model_path, "-o", "old.wav")
    ok("decode", "new.npz", "-m", tiny_model_path, "-o", "new.wav", "--source", 0.5)
    old, new = read_clip("old.wav"), read_clip("new.wav")
    assert old.sample_rate == new.sample_rate == 48000
    assert not np.array_equal(old.samples, new.samples)
    assert read_tags("new.wav")["source_amount"] == "0.5"
    assert "no edit 'swop'" in refused("edit", "new.npz", "-o", "x.npz", "--op", "swop:level=0")
    assert "outside" in refused("edit", "new.npz", "-o", "x.npz", "--op", "set:frames=0:9999,code=1")
    assert not (tmp_path / "x.npz").exists()


@pytest.mark.usefixtures("thorough_by_default")
def test_the_effort_of_encoding(ok, refused, tiny_corpus, tiny_model_path, tmp_path):
    clip = read_clip(tiny_corpus / "pluck.wav")
    write_clip(replace(clip, samples=clip.samples[:, ::-1]), Path("back.wav"))
    for effort in ("quick", "thorough", "auto"):
        ok("encode", "back.wav", "-m", tiny_model_path, "-o", f"{effort}.npz", "--effort", effort)
    ok("encode", "back.wav", "-m", tiny_model_path, "-o", "default.npz")
    quick, thorough, auto, default = (load_codes(f"{name}.npz") for name in ("quick", "thorough", "auto", "default"))
    assert not thorough.is_same(quick)
    assert thorough.is_same(auto)
    assert thorough.is_same(default)
    for command in ("encode", "reconstruct"):
        why = refused(command, "back.wav", "-m", tiny_model_path, "-o", "x.wav", "--effort", "slow")
        assert "There is no effort 'slow'; there are auto, quick, thorough." in why
    assert not Path("x.wav").exists()


def test_edits_by_sound_need_the_model(ok, refused, tiny_corpus, tiny_model_path, slider_model_path):
    ok("encode", tiny_corpus / "pluck.wav", "-m", tiny_model_path, "-o", "a.json")
    ok("encode", tiny_corpus / "rain.wav", "-m", tiny_model_path, "-o", "b.codes.npz")
    before = load_codes("a.json")
    assert "give it with --model" in refused("edit", "a.json", "-o", "new.npz", "--op", "clear:frames=2:5")
    out = ok(
        "edit", "a.json", "-m", tiny_model_path, "-o", "new.json", "--op", "blend:with=b.codes.npz,amount=0.4",
        "--op", "transpose:by=loudness,amount=-1,level=0", "--op", "loop:frames=3:6,times=3",
        "--op", "mute:levels=8:12",
    )  # fmt: skip
    assert f"{before.frames} frames before, {before.frames + 6} now" in out
    after = load_codes("new.json")
    assert after.muted == (8, 9, 10, 11)
    ok("decode", "new.json", "-m", tiny_model_path, "-o", "new.wav")
    assert soundfile.info("new.wav").frames == after.samples
    assert "another model" in refused("edit", "a.json", "-m", slider_model_path, "-o", "x.npz", "--op", "clear:level=0")


def test_all_edits_are_listed_with_their_arguments(ok, refused):
    assert ok("edits", "loop").startswith("loop:times=N,frames=A:B\n")
    assert "no edit 'lop'" in refused("edits", "lop")
    out = ok("edits")
    for name in EDITS:
        assert f"{name}:" in out
    assert "swap:with=FILE,start=none,levels=A:B,frames=A:B" in out


def test_a_session_is_rendered_to_the_last_bit(ok, refused, tiny_model_path, tiny_corpus, tmp_path):
    (tmp_path / "data/models").mkdir(parents=True)
    shutil.copy(tiny_model_path, tmp_path / "data/models/tiny.sda")
    session = Session(Places(tmp_path / "data", tiny_corpus))
    session.open_model(tmp_path / "data/models/tiny.sda")
    session.sound.create.generate(sda_lib.GenerateOptions(1.5, seed=3))
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    session.sound.edits.apply("randomize", seed=2, levels=(3, 5), frames=(4, 9))
    path = session.files.save(session.sound)
    exported = session.exports.write(session.sound)
    out = ok("render", path, "-o", "again.wav")
    assert "1.50 s, 2 steps" in out
    assert np.array_equal(soundfile.read("again.wav")[0], soundfile.read(exported)[0])
    ok("render", path, "-m", tiny_model_path, "--quality", "play", "-o", "played.wav")
    played = soundfile.read("played.wav", dtype="float32", always_2d=True)[0].T
    assert np.abs(played - session.sound.clip.samples).max() < 2.0**-22
    assert "no session file" in refused("render", "none.json")
    tags = read_tags("again.wav")
    assert (tags["title"], tags["model"], tags["session"], tags["steps"]) == (
        session.sound.title,
        "tiny",
        path.name,
        "2",
    )
    assert tags["source_amount"] == "1.0"
    assert f"{path.stem}.wav: 1.50 s" in ok("render", path)
    assert f"{path.stem}-2.wav: 1.50 s" in ok("render", path)
    (tmp_path / "elsewhere").mkdir()
    path = shutil.move(path, tmp_path / "elsewhere/mine.json")
    model = shutil.move(tmp_path / "data/models/tiny.sda", tmp_path / "elsewhere/other_name.sda")
    assert "mine.wav: 1.50 s" in ok("render", path), "the model lies beside"
    model.unlink()
    assert "give it with --model" in refused("render", path)


def test_a_session_is_not_rendered_by_another_model(
    ok, refused, tiny_model_path, slider_model_path, tiny_corpus, tmp_path
):
    session = Session(Places(tmp_path / "data", tiny_corpus))
    session.open_model(tiny_model_path)
    path = session.files.save(session.sound)
    assert "open it with tiny" in refused("render", path, "-m", slider_model_path)
    path.write_bytes(path.read_bytes()[:500])
    assert "cut off" in refused("render", path, "-m", tiny_model_path)
    assert list(tmp_path.glob("*.wav")) == []


def test_codes_of_another_model_are_one_sentence(refused, tiny_model_path, tmp_path):
    np.savez(tmp_path / "c.npz", indices=np.zeros((1, 4), int), codebook_size=16, hop=512, sample_rate=48000)
    refused("decode", "c.npz", "-m", tiny_model_path, "-o", "x.wav")


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
    assert "give it with --model" in refused("render", f"out/one.{suffix}", "--models", "nowhere")
    ok("strip-memory", tiny_model_path, "-o", "bare.sda")
    assert "with other contents" in refused("render", f"out/one.{suffix}", "-m", "bare.sda")
    assert "do not say how it was made" in refused("render", DEMO / "elec_beep.flac", *models)
    assert "can't be read as sound" in refused("render", "rain.codes.npz", *models)
