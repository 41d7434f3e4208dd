"""The command line from outside: real files in, real files out, one sentence for everything that is wrong."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from sda_lib.audio.clip import read_clip
from sda_lib.codec.losses import si_sdr
from sda_lib.config import PRESETS
from sda_lib.export.write import read_tags
from sda_lib.model.header import peek
from sda_lib.runs import manage


def test_help_and_import_load_nothing_heavy():
    probe = (
        "import sys, sda_lib\n"
        "from sda_lib import cli\n"
        "sys.argv = ['sda', '--help']\n"
        "try: cli.main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'torch', 'torchaudio', 'numpy', 'scipy', 'sklearn', 'matplotlib', 'soundfile'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy))\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout
    for command in (
        "scan",
        "train",
        "generate",
        "encode",
        "edit",
        "decode",
        "reconstruct",
        "info",
        "strip-memory",
        "trace",
        "controls",
        "morph",
        "blend",
        "sheet",
        "studio",
        "doctor",
    ):
        assert command in done.stdout


def test_module_is_the_command(tiny_corpus):
    done = subprocess.run(
        [sys.executable, "-m", "sda_lib", "scan", str(tiny_corpus), "--json"], capture_output=True, text=True
    )
    assert json.loads(done.stdout)["files"] == 3


def test_scan(ok, tmp_path, tiny_corpus):
    soundfile.write(tmp_path / "a.wav", np.sin(np.arange(40000) / 10), 44100)
    (tmp_path / "b.wav").write_text("no sound")
    out = ok("scan", tmp_path)
    assert "1 sound," in out
    assert "left out b.wav: It can't be read as sound" in out
    assert json.loads(ok("scan", tiny_corpus, "--json"))["files"] == 3


def small(*more):
    return ["--set", "codec.width=16", "--set", "train.batch=2", "--set", "codec.levels=3", *more]


@pytest.mark.slow
def test_train_writes_a_model_and_says_both_distances(ok, refused, tiny_corpus, tmp_path):
    out = ok("train", tiny_corpus, "--steps", 2, "--name", "tin", "--seed", 5, *small())
    said = re.search(r"closed-form start ([\d.]+), now ([\d.]+)", out)
    facts = peek(tmp_path / "data/models/tin.sda")
    assert float(said[1]) == pytest.approx(facts["metrics"]["held_out_start"], abs=1e-3)
    assert float(said[2]) == pytest.approx(facts["metrics"]["held_out"], abs=1e-3)
    assert (facts["recipe"]["codec"]["levels"], facts["recipe"]["train"]["seed"]) == (3, 5)
    assert "step 2 of 2" in out
    assert "contains the recordings. To give it away: sda strip-memory data/models/tin.sda" in out
    assert "--force" in refused("train", tiny_corpus, "--steps", 2, "--name", "tin", *small())
    out = ok("train", tiny_corpus, "--steps", 1, "--name", "tin", "--force", "--no-memory", *small())
    assert "contains" not in out
    assert peek(tmp_path / "data/models/tin.sda")["recipe"]["memory"]["enabled"] is False
    assert "does not contain the recordings" in ok("info", "data/models/tin.sda")


def test_presets_and_what_overrides_them(ok, refused, tiny_corpus, tmp_path):
    ok("train", tiny_corpus, "--preset", "best", "--steps", 0, "-o", "a.sda", *small())
    ok("train", tiny_corpus, "--preset", "best", "--minutes", 0, "-o", "b.sda", *small())
    assert peek(tmp_path / "a.sda")["recipe"]["train"]["minutes"] == PRESETS["best"].minutes
    facts = peek(tmp_path / "b.sda")
    assert facts["recipe"]["train"]["minutes"] == facts["metrics"]["steps"] == 0
    assert "quick" in refused("train", tiny_corpus, "--preset", "slow")


def test_the_device_is_said_and_studio_on_a_cpu_is_warned_of(ok, refused, tiny_corpus):
    assert "Training on cpu." in ok("train", tiny_corpus, "--device", "cpu", "--minutes", 0, "-o", "a.sda", *small())
    out = ok("train", tiny_corpus, "--device", "cpu", "--preset", "studio", "--steps", 0, "-o", "b.sda", *small())
    assert "made for a GPU" in out
    assert "auto, cpu, cuda, mps" in refused("train", tiny_corpus, "--device", "gpu", "-o", "c.sda")


@pytest.mark.slow
def test_train_in_a_terminal_has_a_bar_with_the_time_left(tiny_corpus, tmp_path):
    pty = pytest.importorskip("pty")
    command = ["-m", "sda_lib", "train", str(tiny_corpus), "--steps", "3", "-o", str(tmp_path / "t.sda"), *small()]
    screen = []

    def read(file):
        data = os.read(file, 4096)
        screen.append(data)
        return data

    assert os.waitstatus_to_exitcode(pty.spawn([sys.executable, *command], read, lambda _: b"")) == 0
    text = b"".join(screen).decode()
    assert "━" in text
    assert "0:00 left" in text
    assert (tmp_path / "t.sda").exists()


def test_wrong_settings_name_the_near_ones(refused, tiny_corpus):
    assert "codec.levels" in refused("train", tiny_corpus, "--set", "codec.level=5")
    assert "int" in refused("train", tiny_corpus, "--set", "codec.levels=many")
    assert "section.name=value" in refused("train", tiny_corpus, "--set", "codec.levels")
    assert "without slashes" in refused("train", tiny_corpus, "--name", "../x")
    assert "no folder" in refused("train", "nowhere")


def test_generate_writes_tagged_24_bit_files_and_never_over_another(ok, refused, tiny_model_path, tmp_path):
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
    for wrong in ("long", 0, 301):
        assert "auto" in refused("generate", tiny_model_path, "--seconds", wrong)
    assert ".flac" in refused("generate", tiny_model_path, "-n", 1, "--format", "xyz")


def test_generate_goes_on_and_writes_anew(ok, refused, tiny_corpus, tiny_model_path):
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
    assert "stand in the recordings" in said
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
def test_blend_mixes_models_or_makes_one_between_two(ok, refused, tiny_corpus, tiny_model_path, tmp_path):
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


def test_trace(ok, refused, tiny_corpus, tiny_model_path, tmp_path):
    rain = tiny_corpus / "rain.wav"
    said = ok("trace", rain, "-m", tiny_model_path, "--picture", "rain.png")
    assert "rain at 0.00 s" in said
    assert "copies of your recordings" in said
    assert (tmp_path / "rain.png").is_file()
    told = json.loads(ok("trace", rain, "-m", tiny_model_path, "--json"))
    assert told["stretches"][0]["file"] == "rain"
    assert told["originality"]["share"] == 1.0
    ok("strip-memory", tiny_model_path, "-o", "bare.sda")
    assert "without its recordings" in refused("trace", rain, "-m", "bare.sda")


def test_a_continuous_model_reconstructs_and_says_why_it_has_no_codes(ok, refused, tiny_corpus, tmp_path):
    ok("train", tiny_corpus, "--minutes", 0, "-o", "c.sda", *small("--set", "codec.bottleneck=vae"))
    assert "continuous latents of 48 numbers (vae)" in ok("info", "c.sda")
    ok("reconstruct", tiny_corpus / "rain.wav", "-m", "c.sda", "-o", "rain.wav")
    ok("reconstruct", tiny_corpus / "rain.wav", "-m", "c.sda", "-o", "alone.flac", "--source", 0)
    back, alone = read_clip("rain.wav"), read_clip("alone.flac")
    wanted = read_clip(tiny_corpus / "rain.wav").resampled(48000)
    assert back.length == alone.length == wanted.length
    assert si_sdr(wanted, back.with_channels(1)) > 60 > si_sdr(wanted, alone.with_channels(1))
    assert read_tags("alone.flac")["source_amount"] == "0.0"
    ok("sheet", tiny_corpus / "rain.wav", "-m", "c.sda", "-o", "s.png")
    rain = tiny_corpus / "rain.wav"
    for command in (
        ["encode", rain, "-m", "c.sda"],
        ["generate", "c.sda", "--writer", "walk"],
        ["generate", "c.sda", "--control", "loudness=1"],
        ["generate", "c.sda", "--from", rain, "--morph-with", rain],
    ):
        assert "codec.bottleneck=rvq" in refused(*command)


def test_a_continuous_model_writes_goes_on_and_traces(ok, tiny_corpus, tmp_path):
    ok("train", tiny_corpus, "--minutes", 0, "-o", "c.sda", *small("--set", "codec.bottleneck=vae"))
    out = ok("generate", "c.sda", "-n", 2, "--seconds", 0.7, "-o", "out", "--name", "c_{index}", "--report")
    assert out.count("from the recordings (0 a copy") == 2
    one, other = read_clip("out/c_0.wav"), read_clip("out/c_1.wav")
    assert one.length == other.length == 33600
    assert not np.array_equal(one.samples, other.samples)
    assert read_tags("out/c_1.wav")["seed"] == "1"
    assert "stretches" in json.loads(ok("trace", "out/c_0.wav", "-m", "c.sda", "--json"))
    rain = tiny_corpus / "rain.wav"
    assert "rain" in ok("trace", rain, "-m", "c.sda")
    ok("generate", "c.sda", "-n", 1, "--from", rain, "--regenerate", "0.5:0.7", "-o", ".", "--name", "anew")
    before, anew = read_clip(rain).resampled(48000), read_clip("anew.wav").with_channels(1)
    assert anew.length == before.length
    assert si_sdr(before.cut(14000), anew.cut(14000)) > 40 > 10 > si_sdr(before.cut(33000), anew.cut(33000))
    assert "generates with its Gaussian" in ok("strip-memory", "c.sda", "-o", "given.sda")
    ok("generate", "given.sda", "-n", 1, "--seconds", 0.5, "-o", "given")


def test_info(ok, tiny_model_path):
    out = ok("info", tiny_model_path)
    assert "tiny" in out
    assert "3 sounds" in out
    assert "contains the recordings; `sda strip-memory" in out
    assert json.loads(ok("info", tiny_model_path, "--json")) == peek(tiny_model_path)


@pytest.mark.long
@pytest.mark.slow
def test_sliders_are_made_once_and_listed(ok, refused, tiny_model_path, tmp_path, monkeypatch):
    monkeypatch.setattr("sda_lib.sliders.fit.NUDGES", 600)
    model = shutil.copy(tiny_model_path, tmp_path / "m.sda")
    assert "`sda sliders MODEL`" in refused("generate", model, "-n", 1, "--slider", "loudness=1")
    first = ok("sliders", model)
    assert re.search(r"^loudness +[01]\.\d\d +[+-][\d.]+ LUFS", first, re.MULTILINE)
    assert re.search(r"^Axis 1 — mostly .*of what differs", first, re.MULTILINE)
    assert ok("sliders", model) == first
    facts = json.loads(ok("sliders", model, "--json"))
    assert len(facts) == len(first.splitlines()) - 1


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


def test_strip_memory_writes_a_copy_and_replaces_only_when_told(ok, refused, tiny_model_path, tmp_path):
    model = tmp_path / "tiny.sda"
    model.write_bytes(tiny_model_path.read_bytes())
    out = ok("strip-memory", model)
    assert "tiny-shared.sda" in out
    assert "can't generate" in out
    assert "does not contain the recordings" in ok("info", "tiny-shared.sda")
    assert "without its recordings" in refused("generate", "tiny-shared.sda")
    assert "--force" in refused("strip-memory", model)
    ok("strip-memory", model, "--force")
    assert "contains the recordings" in ok("info", model)
    assert "not both" in refused("strip-memory", model, "--in-place", "-o", "x.sda")
    ok("strip-memory", model, "--in-place")
    assert peek(model)["recipe"]["memory"]["enabled"] is False
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny-shared.sda", "tiny.sda"]


def test_sheet(ok, refused, tiny_corpus, tiny_model_path, tmp_path):
    sounds = [tiny_corpus / "pluck.wav", tiny_corpus / "rain.wav"]
    ok("sheet", *sounds, "-m", tiny_model_path, "-g", tiny_corpus / "sweep.wav", "-o", "s.png")
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    ok("sheet", *sounds, "-o", "two.png")
    assert (tmp_path / "two.png").stat().st_size < (tmp_path / "s.png").stat().st_size
    assert ".png" in refused("sheet", *sounds, "-o", "s.txt")


@pytest.mark.parametrize("command", ["info", "generate", "encode", "decode"])
def test_files_that_are_no_model_are_one_sentence(refused, tiny_corpus, tiny_model_path, tmp_path, command):
    (tmp_path / "text.sda").write_text("not a model, whatever its name says\n" * 50)
    (tmp_path / "pickle.sda").write_bytes(b"\x80\x04cposix\nsystem\n(S'touch owned'\ntR.")
    whole = tiny_model_path.read_bytes()
    (tmp_path / "empty.sda").write_bytes(b"")
    (tmp_path / "head.sda").write_bytes(whole[:100])
    (tmp_path / "cut.sda").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "last.sda").write_bytes(whole[:-1])
    np.savez(tmp_path / "c.npz", indices=np.zeros((1, 4), int), codebook_size=16, hop=512, sample_rate=48000)
    files = {"encode": [tiny_corpus / "rain.wav", "-m"], "decode": ["c.npz", "-o", "x.wav", "-m"]}.get(command, [])
    for name in ("text", "pickle", "empty", "head", "cut", "last", "missing"):
        assert f"{name}.sda" in refused(command, *files, f"{name}.sda")
    assert not (tmp_path / "owned").exists()
    assert not (tmp_path / "x.wav").exists()


def test_unreadable_sounds_and_codes_are_one_sentence(refused, tiny_model_path, tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "text.npz").write_text("no codes")
    assert "text.wav" in refused("encode", "text.wav", "-m", tiny_model_path)
    assert "missing.wav" in refused("encode", "missing.wav", "-m", tiny_model_path)
    assert "text.npz" in refused("decode", "text.npz", "-m", tiny_model_path, "-o", "x.wav")
    assert "text.npz" in refused("edit", "text.npz", "--op", "reverse", "-o", "y.npz")


def test_codes_of_another_model_are_one_sentence(refused, tiny_model_path, tmp_path):
    np.savez(tmp_path / "c.npz", indices=np.zeros((1, 4), int), codebook_size=16, hop=512, sample_rate=48000)
    refused("decode", "c.npz", "-m", tiny_model_path, "-o", "x.wav")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_sentence(refused, tiny_corpus, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "ermission" in refused("train", tiny_corpus, "--steps", 1, "-o", "locked/x.sda")
    assert "ermission" in refused("sheet", tiny_corpus / "rain.wav", "-o", "locked/x.png")


def test_a_file_in_place_of_a_folder_is_one_sentence(refused, tiny_corpus, tiny_model_path, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert "file" in refused("generate", tiny_model_path, "-n", 1, "--seconds", 0.5, "-o", "file")
    assert "file" in refused("encode", tiny_corpus / "rain.wav", "-m", tiny_model_path, "-o", "file/x.npz")
    assert "file" in refused("train", tiny_corpus, "--steps", 1, "-o", "file/x.sda")


def test_a_full_disk_is_one_sentence_and_leaves_the_old_file(
    refused, tiny_model_path, tiny_corpus, tmp_path, monkeypatch, full_disk
):
    (tmp_path / "x.codes.npz").write_bytes(b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    assert "No space left" in refused("encode", tiny_corpus / "rain.wav", "-m", tiny_model_path, "-o", "x.codes.npz")
    with full_disk():
        assert "File too large" in refused("generate", tiny_model_path, "-n", 1, "--seconds", 2.0)
    assert (tmp_path / "x.codes.npz").read_bytes() == b"old"
    assert not list(tmp_path.rglob("*.part*"))


def test_something_unforeseen_is_one_sentence_too(refused, sda, tiny_corpus, monkeypatch):
    def broken(_):
        raise ZeroDivisionError("oh\nno")

    monkeypatch.setattr("sda_lib.audio.corpus.Corpus.from_folder", broken)
    assert "ZeroDivisionError" in refused("scan", tiny_corpus)
    monkeypatch.setenv("SDA_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        sda("scan", tiny_corpus)


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_keeps_the_best_so_far(tiny_corpus, tmp_path):
    command = [sys.executable, "-m", "sda_lib", "train", tiny_corpus, "--steps", "10000000", "-o", tmp_path / "c.sda"]
    process = subprocess.Popen(
        [*map(str, command), *small()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    for line in process.stdout:
        if "closed-form" in line:
            break
    process.send_signal(2)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "Stopped" in out
    assert peek(tmp_path / "c.sda")["metrics"]["held_out"] > 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["c.sda", "data"]
    run = manage.find_run(tmp_path / "data/runs", "last")
    assert (run.state, run.model_path) == ("stopped", tmp_path / "c.sda")
    assert f"sda train --resume {run.folder.name}" in out


def test_generating_nothing_playable_is_not_possible(sda, tiny_model_path):
    assert sda("generate", tiny_model_path, "-n", 0)[0] != 0
    assert sda("generate", tiny_model_path, "--novelty", 2)[0] != 0
    assert sda("nonsense")[0] != 0


@pytest.mark.slow
def test_prior_says_how_well_it_tells_codes_and_writes(ok, refused, tiny_model_path, tmp_path):
    model = tmp_path / "tiny.sda"
    model.write_bytes(tiny_model_path.read_bytes())
    for writer in ("prior", "hybrid"):
        assert "`sda prior MODEL`" in refused("generate", model, "--writer", writer)
    out = ok("prior", model, "--steps", 60)
    assert re.search(r"uniform +unigram +3-gram +network", out)
    assert re.search(r"level 0( +\d\.\d{3}){4}", out)
    assert "prior" in ok("info", model)
    ok("generate", model, "--writer", "prior", "-n", 1, "--seconds", 0.7, "-o", "out")
    (path,) = (tmp_path / "out").glob("*.wav")
    assert read_clip(path).length == round(0.7 * 48000)
    assert read_tags(path)["writer"] == "prior"
    ok("generate", model, "--writer", "hybrid", "-n", 1, "--seconds", 0.7, "-o", "steered")
    (path,) = (tmp_path / "steered").glob("*.wav")
    assert read_tags(path)["writer"] == "hybrid"
    ok("strip-memory", model)
    stripped = tmp_path / "tiny-shared.sda"
    assert "--corpus" in refused("prior", stripped)
    if "prior" in peek(stripped):
        for writer in ("walk", "hybrid"):
            assert "--writer prior" in refused("generate", stripped, "--writer", writer)
        ok("generate", stripped, "-n", 1, "--seconds", 0.7, "-o", "more")
        assert "measured in recordings" in refused("generate", stripped, "--writer", "prior", "--control", "pulse=1")
