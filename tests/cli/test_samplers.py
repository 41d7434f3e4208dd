"""`sda loop`, `sda stems` and `sda instrument`."""

import re
from pathlib import Path

import numpy as np
import soundfile
from wavinfo import WavInfoReader

from sda_lib.codec.codes import load_codes
from sda_lib.model.model import SdaModel

DEMO = Path(__file__).parents[2] / "data/demo"


def test_loop_reports_its_place_and_seam(ok, refused):
    said = ok("loop", DEMO / "ambi_drone.flac", "-o", "drone.wav")
    first, last = map(int, re.search(r"loop (\d+) to (\d+)", said).groups())
    [read] = WavInfoReader("drone.wav").smpl.sample_loops
    assert (read.start, read.end) == (first, last)
    jump, before = map(float, re.findall(r"jump ([\d.]+)", said))
    assert jump < 3 < before
    assert "A loop needs" in refused("loop", DEMO / "elec_beep.flac", "-o", "x.wav")
    assert "can't hold loop points" in refused("loop", DEMO / "ambi_drone.flac", "-o", "x.flac")
    assert not Path("x.wav").exists()


def test_the_whole_sound_loops_with_and_without_a_model(ok, refused, tiny_corpus, tiny_model_path):
    ok("loop", tiny_corpus / "pluck.wav", "-o", "whole.flac", "--whole", "--fade", 0.1)
    length = soundfile.info(tiny_corpus / "pluck.wav").frames
    assert soundfile.info("whole.flac").frames == length - 4410
    said = ok("loop", tiny_corpus / "rain.wav", "-o", "model.wav", "-m", tiny_model_path)
    info = soundfile.info("model.wav")
    [read] = WavInfoReader("model.wav").smpl.sample_loops
    assert (info.samplerate, read.start, read.end) == (48000, 0, info.frames - 1)
    assert said.count("jump") == 2
    assert "at most 0.55 s long" in refused("loop", tiny_corpus / "pluck.wav", "-o", "x.wav", "--whole", "--fade", 9)


def test_stems_of_a_sound_or_of_codes_add_up(ok, refused, tiny_corpus, tiny_model_path):
    ok("encode", tiny_corpus / "pluck.wav", "-m", tiny_model_path, "-o", "pluck.codes.npz")
    said = ok("stems", "pluck.codes.npz", "-m", tiny_model_path, "-o", "parts", "--source", 0.5)
    names = ["pluck_levels_0-1.wav", "pluck_levels_2-5.wav", "pluck_levels_6-11.wav"]
    assert all(f"parts/{name}" in said for name in names)
    files = [soundfile.read(f"parts/{name}", always_2d=True)[0] for name in names]
    model = SdaModel.load(tiny_model_path)
    whole = model.decode(load_codes("pluck.codes.npz"), 0.5, "export").samples.T
    gain = np.vdot(sum(files), whole) / np.vdot(whole, whole)
    assert gain <= 1 + 1e-6
    assert np.abs(sum(files) - gain * whole).max() < 1e-5
    assert soundfile.info(f"parts/{names[0]}").subtype == "FLOAT"
    again = ok("stems", tiny_corpus / "pluck.wav", "-m", tiny_model_path, "-o", "parts", "--levels", "0-1,2-")
    assert "pluck_levels_0-1-2.wav" in again  # nothing is replaced unasked
    assert "must hold all levels" in refused(
        "stems", "pluck.codes.npz", "-m", tiny_model_path, "-o", "x", "--levels", "0-3"
    )


def test_instrument_of_a_folder(ok, refused):
    sounds = [DEMO / f"{name}.flac" for name in ("tabla_ghe6", "ambi_glass_rub", "perc_snap")]
    said = ok("instrument", *sounds, "-o", "My Kit", "--loop")
    assert "samples/tabla_ghe6.wav: keys" in said
    assert "root 42 -18 cents" in said
    assert said.splitlines()[-2:] == ["My Kit/My Kit.sfz", "My Kit/My Kit.dspreset"]
    assert "loop_mode=loop_continuous" in Path("My Kit/My Kit.sfz").read_text()
    assert "exists; replace it with --force" in refused("instrument", *sounds, "-o", "My Kit")
    ok(
        "instrument",
        *sounds,
        "-o",
        "My Kit",
        "--map",
        "chromatic",
        "--kind",
        "sfz",
        "--name",
        "in a row",
        "--start",
        60,
    )
    assert re.findall(r"lokey=(\d+)", Path("My Kit/in a row.sfz").read_text()) == ["60", "61", "62"]
    assert "there are pitch, chromatic" in refused("instrument", *sounds, "-o", "x", "--map", "size")
