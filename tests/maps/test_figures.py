"""Spectrograms show known sounds at their frequencies; figures are saved as image files."""

import re
from itertools import pairwise

import matplotlib.image
import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.maps import figures

RATE = 48000


def tone(hertz, level=0.5, seconds=1.0, rate=RATE):
    return AudioClip(level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate), rate, f"{hertz} Hz")


@pytest.mark.parametrize("hertz", [110, 1000, 8000])
@pytest.mark.parametrize("rate", [22050, 48000])
def test_a_tone_is_at_its_frequency_and_level(hertz, rate):
    picture = figures.spectrogram(tone(hertz, rate=rate))
    middle = picture[:, picture.shape[1] // 2]
    edges = np.geomspace(figures.LOWEST_HZ, figures.HIGHEST_HZ, figures.BANDS + 1)
    assert edges[middle.argmax()] == pytest.approx(hertz, rel=0.12)
    assert middle.max() == pytest.approx(-6, abs=1.6)


def test_silence_and_a_sound_shorter_than_the_window():
    assert figures.spectrogram(AudioClip(np.zeros(4800), RATE)).max() <= -100
    assert np.isfinite(figures.spectrogram(tone(440, seconds=0.005))).all()


def test_the_sheet_has_one_scale_and_literal_names(tmp_path):
    rows = [
        ("original", [("a$b_$x<i>", tone(440)), ("two", tone(2000, 0.05))]),
        ("generated", [("new", tone(300, seconds=2))]),
        ("nothing", []),
    ]
    figure = figures.contact_sheet(rows)
    scales = {image.get_clim() for axes in figure.axes for image in axes.images}
    assert len(scales) == 1
    titles = [axes.get_title() for axes in figure.axes]
    assert "a$b_$x<i>" in titles
    path = figures.save_figure(figure, tmp_path / "deep" / "sheet.png")
    image = matplotlib.image.imread(path)
    assert image.shape[0] > 300
    assert image[..., :3].std() > 0.02
    assert [file.name for file in path.parent.iterdir()] == ["sheet.png"]


@pytest.mark.parametrize("seconds", [0.02, 0.17, 1.6, 75.0])
def test_labels_of_seconds_stand_apart(seconds):
    figure = figures.contact_sheet([("new", [(str(number), tone(300, seconds=seconds)) for number in range(4)])])
    figure.draw_without_rendering()
    labels = [one for one in figure.axes[0].get_xticklabels() if one.get_text()]
    boxes = [one.get_window_extent() for one in labels if one.get_window_extent().x1 > figure.axes[0].bbox.x0]
    assert all(left.x1 + 6 < right.x0 for left, right in pairwise(boxes))


def test_a_peak_above_full_scale_is_in_the_caption():
    clip = tone(300)
    loud = AudioClip(clip.samples * np.float32(3.5 / clip.peak), clip.sample_rate)
    figure = figures.contact_sheet([("model alone", [("soft", clip), ("loud", loud)])])
    soft, captioned, *_ = [axes.get_title() for axes in figure.axes]
    assert soft == "soft"
    assert re.fullmatch(r"loud \(peak \+(10.9|11.0) dB\)", captioned)
    assert figure.axes[-1].get_ylabel() == "dB of full scale"


def test_no_sounds_and_unknown_formats_are_refused(tmp_path):
    with pytest.raises(SdaError, match="no sound"):
        figures.contact_sheet([("original", [])])
    with pytest.raises(SdaError, match=r"\.png"):
        figures.save_figure(figures.contact_sheet([("a", [("b", tone(100))])]), tmp_path / "x.wav")
