"""Events and textures: sounds of many kinds, whose answer is known, and the demo's recordings."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sda_lib.analysis.kinds import is_event, sounding_parts

RATE, BLOCK = 44100, 128
DEMO = Path(__file__).parents[2] / "data" / "demo"


def seconds(count):
    return np.arange(round(count * RATE)) / RATE


def noise(count, level=0.1, seed=0):
    return level * np.random.default_rng(seed).standard_normal(round(count * RATE))


def tone(count, hertz=220.0, decay=0.0, attack=0.005):
    time = seconds(count)
    partials = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6))
    return 0.2 * partials * np.exp(-decay * time) * np.minimum(1, time / attack)


def hit(count=0.4, seed=0):
    return noise(count, 0.5, seed) * np.exp(-seconds(count) * 20)


def silent(count):
    return np.zeros(round(count * RATE))


def row(*sounds):
    return np.concatenate(sounds)


def parts_of(samples):
    blocks = len(samples) // BLOCK
    power = (samples[: blocks * BLOCK].reshape(blocks, BLOCK) ** 2).mean(1)
    return sounding_parts(10 * np.log10(np.maximum(power, 1e-10)), RATE / BLOCK)


def swell(count):
    time = seconds(count)
    return noise(count) * np.minimum(1, np.minimum(time, count - time) / 1.5)


EVENTS = {
    "drum": hit(),
    "click on a noise floor": row(noise(0.03, 0.3) * np.exp(-seconds(0.03) * 150), silent(0.3)) + noise(0.33, 0.002),
    "long note that dies away": tone(9.0, 110, decay=0.7),
    "longer note that dies away": tone(18.0, 65, decay=0.35) + noise(18.0, 1e-5),
    "note cut while it sounds": tone(1.2, 330, decay=0.2, attack=0.02),
    "organ note cut while it sounds": tone(1.0, 330, attack=0.015),
    "beat of a loop": row(hit(0.25), hit(0.25, 1)[: round(0.2 * RATE)]),
    "beat that is cut within a hit": row(hit(0.3)[round(0.02 * RATE) :], hit(0.3, 1)[: round(0.05 * RATE)]),
    "blip": tone(0.12, 900, attack=1e-4),
    "word": row(*[noise(0.15, level, 3) * np.hanning(round(0.15 * RATE)) for level in (0.1, 0.3, 0.05, 0.2)]),
    "padded drum": row(silent(1.5), hit(), silent(2.0)),
    "padded drum on a noise floor": row(silent(1.5), hit(), silent(2.0)) + noise(3.9, 1e-4),
    "calls far apart": row(silent(6), hit(0.5), silent(4), hit(0.5, 2), silent(7)) + noise(18.0, 0.0005),
    "sentences": row(*[row(swell(2.5) * (0.3 + 0.7 * (np.sin(25 * seconds(2.5)) > 0)), silent(0.5))] * 3),
}
TEXTURES = {
    "a second of rain": noise(1.4) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * seconds(1.4))),
    "rain": noise(20.0),
    "rain that fades out": noise(12.0) * np.minimum(1, (12.0 - seconds(12.0)) / 2),
    "pad": tone(7.0, 110, attack=2.0) * np.minimum(1, (7.0 - seconds(7.0)) / 2),
    "hum that is cut": tone(5.0, 60),
    "dense loop": row(*[hit(0.12, seed) for seed in range(40)]),
    "wind with gusts": noise(15.0) * (1.2 + np.sin(seconds(15.0))) / 2,
}


@pytest.mark.parametrize("name", EVENTS)
def test_events(name):
    parts = parts_of(EVENTS[name])
    assert is_event(parts)


@pytest.mark.parametrize("name", TEXTURES)
def test_textures(name):
    parts = parts_of(TEXTURES[name])
    assert parts
    assert not is_event(parts)


def test_silence_has_no_parts():
    assert parts_of(silent(2.0)) == []
    assert not is_event([])


def spans(samples):
    return [(part.first * BLOCK / RATE, part.end * BLOCK / RATE) for part in parts_of(samples)]


def test_long_quiet_around_an_event_does_not_count():
    for name in ("padded drum", "padded drum on a noise floor"):
        ((first, end),) = spans(EVENTS[name])
        assert 1.4 < first <= 1.5
        assert 1.6 < end < 2.0


def test_a_click_ends_where_the_noise_floor_begins():
    assert spans(EVENTS["click on a noise floor"]) == [pytest.approx((0.0, 0.04), abs=0.02)]


def test_a_decay_counts_to_its_end():
    """Down to the background, and in full where there is none."""
    assert spans(tone(9.0, 110, decay=0.7)) == [pytest.approx((0.0, 9.0), abs=0.01)]
    ((first, end),) = spans(tone(18.0, 65, decay=0.35) + noise(18.0, 1e-4))
    assert (first, end > 15) == (0.0, True)


def test_calls_are_found_inside_silence():
    found = spans(EVENTS["calls far apart"])
    assert len(found) == 2
    assert [begin for begin, _ in found] == pytest.approx([6.0, 10.5], abs=0.05)
    assert all(end - begin < 0.6 for begin, end in found)


def test_what_ends_in_quiet_is_known():
    fades = {name: parts_of(sound)[-1].fades for name, sound in {**EVENTS, **TEXTURES}.items()}
    assert fades["drum"]
    assert fades["padded drum"]
    assert fades["rain that fades out"]
    assert not fades["note cut while it sounds"]
    assert not fades["rain"]


@pytest.mark.parametrize(
    ("file", "event"),
    [
        ("tabla_ghe4", True), ("perc_bell", True), ("elec_beep", True), ("elec_hollow_kick", True),
        ("guit_e_fifths", True), ("ambi_glass_rub", True), ("vinyl_scratch", True), ("ambi_drone", False),
    ],
)  # fmt: skip
def test_recordings_of_the_demo(file, event):
    samples, rate = soundfile.read(DEMO / f"{file}.flac", always_2d=True)
    power = (samples[: len(samples) // 96 * 96] ** 2).mean(1).reshape(-1, 96).mean(1)
    assert is_event(sounding_parts(10 * np.log10(np.maximum(power, 1e-10)), rate / 96)) == event
