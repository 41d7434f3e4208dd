"""A real folder of real files in; a corpus out."""

import json

import numpy as np
import pytest
import soundfile

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.errors import SdaError

RATE = 44100


def tone(hertz=440.0, seconds=0.5, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def test_reads_below_the_folder_sorted_by_name(tmp_path):
    (tmp_path / "b").mkdir()
    soundfile.write(tmp_path / "c.wav", tone(300), RATE)
    soundfile.write(tmp_path / "b" / "x.flac", tone(500), 48000)
    soundfile.write(tmp_path / "A.OGG", tone(700), RATE, format="OGG")
    corpus = Corpus.from_folder(tmp_path)
    assert [item.path.relative_to(tmp_path).as_posix() for item in corpus.items] == ["A.OGG", "b/x.flac", "c.wav"]
    assert [item.sample_rate for item in corpus.items] == [RATE, 48000, RATE]
    assert corpus.skipped == ()
    assert len(corpus) == 3
    assert corpus.seconds == pytest.approx(sum(item.seconds for item in corpus.items))
    assert corpus.minutes == pytest.approx(corpus.seconds / 60)


def test_missing_folder_file_and_empty_folder_are_one_sentence(tmp_path):
    with pytest.raises(SdaError, match="no folder"):
        Corpus.from_folder(tmp_path / "nowhere")
    with pytest.raises(SdaError, match="no usable sound"):
        Corpus.from_folder(tmp_path)
    path = tmp_path / "one.wav"
    path.write_text("no sound")
    with pytest.raises(SdaError, match="is a file"):
        Corpus.from_folder(path)
    with pytest.raises(SdaError, match=r"one\.wav"):
        Corpus.from_folder(tmp_path)


def test_stereo_share_counts_real_stereo_only(tmp_path):
    same = tone()
    soundfile.write(tmp_path / "mono.wav", tone(200), RATE)
    soundfile.write(tmp_path / "dual.wav", np.stack([same, same], 1), RATE)
    soundfile.write(tmp_path / "near.wav", np.stack([same, same * 0.999], 1) * 0.9, RATE)
    soundfile.write(tmp_path / "wide.wav", np.stack([tone(300), tone(450)], 1), RATE)
    soundfile.write(tmp_path / "flip.wav", np.stack([same, -same], 1), RATE)
    corpus = Corpus.from_folder(tmp_path)
    assert {item.path.stem for item in corpus.items if item.wide} == {"wide", "flip"}
    assert corpus.stereo_share == pytest.approx(2 / 5)


def test_report_is_plain_json_and_feeds_a_recipe(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(), RATE)
    soundfile.write(tmp_path / "b.wav", np.stack([tone(300), tone(450)], 1), 22050)
    (tmp_path / "c.wav").write_text("no sound")
    corpus = Corpus.from_folder(tmp_path)
    report = corpus.report()
    assert json.loads(json.dumps(report)) == report
    assert report["files"] == 2
    assert str(tmp_path) not in json.dumps(report)
    assert report["rates"] == {"22050": 1, "44100": 1}
    assert report["channels"] == {"1": 1, "2": 1}
    assert report["stereo_share"] == 0.5
    assert report["skipped"][0]["file"] == "c.wav"
    assert Recipe.for_corpus(corpus).audio.channels == 2


def test_clips_have_the_wanted_rate_channels_and_names(tmp_path):
    (tmp_path / "kit").mkdir()
    soundfile.write(tmp_path / "kit" / "kick.wav", tone(440, 1.0), RATE)
    soundfile.write(tmp_path / "hat.wav", tone(2000), RATE)
    soundfile.write(tmp_path / "hat.flac", tone(1000), RATE)
    clips = Corpus.from_folder(tmp_path).clips(48000, 2)
    assert [clip.name for clip in clips] == ["hat.flac", "hat.wav", "kit/kick"]
    assert {(clip.sample_rate, clip.channels) for clip in clips} == {(48000, 2)}
    kick = clips[2]
    assert kick.length == 48000
    spectrum = np.abs(np.fft.rfft(kick.samples[0] * np.hanning(48000)))
    assert spectrum.argmax() == 440


def test_many_channels_are_read(tmp_path):
    soundfile.write(tmp_path / "quad.wav", np.stack([tone(100 * k) for k in range(1, 5)], 1), RATE)
    corpus = Corpus.from_folder(tmp_path)
    assert corpus.items[0].channels == 4
    assert corpus.clips(RATE, 1)[0].channels == 1


def test_categories_are_folders_and_tags(grouped_corpus):
    found = {one.name: one.files for one in Corpus.from_folder(grouped_corpus).categories}
    assert found == {"high": 4, "low": 4, "low/soft": 1, "loud": 1, "noises": 1}


def test_select_includes_excludes_and_weights(grouped_corpus):
    corpus = Corpus.from_folder(grouped_corpus)
    some = corpus.select(include=["low", "loud"], exclude="*/soft/*", weights={"low": 2, "low/a": 1.5})
    weights = {one.name: item.weight for one, item in zip(some.recordings, some.items, strict=True)}
    assert weights == {"high/n3": 1.0, "low/a": 3.0, "low/b": 2.0, "low/c": 2.0}
    assert (some.left_out, some.report()["left_out"], corpus.left_out) == (4, 4, 0)
    assert some.selected(some.selection) is some
    assert some.report()["categories"]["low"][0] == 3
    assert some.report()["tags"] == {"high/n3": ["loud", "noises"]}


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"include": ["hi"]}, "No recording is in 'hi'; the categories are high, loud, low"),
        ({"exclude": ["lo"]}, "No recording is in 'lo'"),
        ({"weights": {"lo": 2}}, "No recording is in 'lo'"),
        ({"weights": {"low": 0}}, "must be from 0.1 to 10"),
        ({"exclude": ["low", "high"]}, "Every sound of grouped is left out"),
        ({"include": ["x" * 999]}, "at most 64 names"),
        ({"exclude": ["low"] * 65}, "at most 64 names"),
    ],
)
def test_selections_that_can_not_be(grouped_corpus, how, said):
    with pytest.raises(SdaError, match=said):
        Corpus.from_folder(grouped_corpus).select(**how)
