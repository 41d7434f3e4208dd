"""Finishing: effects, placement, trim, loop and delivery, and a finish as JSON data."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from wavinfo import WavInfoReader

from sda_lib.audio.clip import read_clip
from sda_lib.audio.tags import read_tags
from sda_lib.errors import SdaError
from sda_lib.export import finishing
from sda_lib.export.finish import Delivery, Effects, Finish, Place, Space
from sda_lib.export.finishing import apply_finish
from sda_lib.export.write import Stream

DEMO = Path(__file__).parents[2] / "data/demo"
EVERYTHING = Finish(
    Effects(tilt=3, reverb=0.3, room=0.4),
    Space("binaural", place=Place(path=((0.0, -90.0, 0.0, 1.0), (1.0, 90.0, 10.0, 2.0)))),
    Delivery(16, 96000, lufs=-20.0),
    50.0,
    "whole",
    {"artist": "ü"},
)


@pytest.fixture(scope="module")
def choir():
    return read_clip(DEMO / "ambi_choir.flac")


@pytest.mark.parametrize("finish", [Finish(), EVERYTHING, Finish(space=Space("stereo", width=1.5, pan=-0.3))])
def test_a_finish_is_restored_from_its_plain_form(finish):
    assert Finish.from_plain(json.loads(json.dumps(finish.to_plain()))) == finish
    assert Finish().to_plain() == {}
    assert "place" not in Finish(space=Space("stereo")).to_plain()["space"]


def test_a_default_finish_changes_nothing(choir):
    assert Finish().is_plain
    assert apply_finish(choir, Finish()) is choir


def test_a_stream_is_finished_like_a_clip(choir, tmp_path):
    half = choir.length // 2
    parts = [choir.cut(half), type(choir)(choir.samples[:, half:], choir.sample_rate)]
    for name, finish in (("plain", Finish()), ("all", EVERYTHING)):
        one = finishing.write_finished(choir, tmp_path / f"{name}.wav", finish, {"title": "x"})
        stream = Stream(lambda: parts, choir.length, choir.sample_rate, choir.channels)
        other = finishing.write_finished_stream(stream, tmp_path / f"{name}_2.wav", finish, {"title": "x"})
        assert one.read_bytes() == other.read_bytes()
    info = soundfile.info(tmp_path / "all.wav")
    assert (info.channels, info.samplerate, info.subtype) == (2, 96000, "PCM_16")


@pytest.mark.parametrize("rate", [None, 44100])
@pytest.mark.parametrize("loop", ["points", "whole"])
def test_a_loop_is_at_the_delivered_rate_and_has_no_jump(tmp_path, rate, loop):
    drone = read_clip(DEMO / "ambi_drone.flac")
    path = finishing.write_finished(drone, tmp_path / "x.wav", Finish(delivery=Delivery(sample_rate=rate), loop=loop))
    [points] = WavInfoReader(str(path)).smpl.sample_loops
    samples, found = soundfile.read(path, always_2d=True)
    assert found == (rate or drone.sample_rate)
    assert 0 <= points.start < points.end < len(samples)
    if loop == "whole":
        assert (points.start, points.end) == (0, len(samples) - 1)
    around = np.concatenate([samples[points.end - 50 : points.end + 1], samples[points.start : points.start + 50]])
    steps, usual = np.abs(np.diff(around, axis=0)).max(), np.abs(np.diff(samples, axis=0)).max()
    assert steps <= usual


def test_an_unknown_loop_is_refused():
    with pytest.raises(SdaError, match="points, whole"):
        Finish(loop="twice")


def test_only_silence_at_the_ends_is_trimmed(choir):
    silence = np.zeros((choir.channels, 10_000), np.float32)
    padded = type(choir)(np.concatenate([silence, choir.samples, silence], 1), choir.sample_rate)
    short = apply_finish(padded, Finish(trim=60))
    moment = round(0.005 * choir.sample_rate)
    assert short.length <= choir.length + 2 * moment
    loud = np.abs(choir.samples).max(0) > choir.peak / 1000
    kept = choir.samples[:, loud.argmax() : choir.length - loud[::-1].argmax()]
    place = short.length - kept.shape[1] - moment
    assert np.array_equal(short.samples[:, place : place + kept.shape[1]], kept)
    quiet = type(choir)(silence, choir.sample_rate)
    assert apply_finish(quiet, Finish(trim=60)).length == quiet.length
    with pytest.raises(SdaError, match="trim must be from 0"):
        Finish(trim=-3)


def test_tags_of_a_wide_sound_hold_its_mono_compatibility(choir, tmp_path):
    for width, most in ((0.0, 0.0), (2.0, 6.1)):
        path = finishing.write_finished(choir, tmp_path / "x.wav", Finish(space=Space("stereo", width=width)))
        tags = read_tags(path)
        assert 0 <= float(tags["mono_loss"].removesuffix(" dB")) <= most
        assert (float(tags["correlation"]) == 1) == (width == 0)
    assert "mono_loss" not in read_tags(finishing.write_finished(choir, tmp_path / "y.wav"))
