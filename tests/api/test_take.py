"""`sda_lib.Take`: its sources, its file, its representation."""

import numpy as np

import sda_lib
from sda_lib.writers.auto_duration import first_recording


def test_trace_names_the_recordings(model):
    spans = model.generate(seconds=0.5).trace()
    begun = model.memory.recordings[first_recording(model, sda_lib.GenerateOptions(0.5))]
    assert (spans[0].begin, spans[0].file) == (0, begun[0].name)


def test_a_saved_take_is_rendered_to_the_same_samples(model, tiny_model_path, tmp_path, ok):
    take = model.generate(seconds=0.5, seed=5)
    path = take.save(tmp_path / "take.wav")
    ok("render", path, "-m", tiny_model_path, "-o", tmp_path / "again.wav")
    again, saved = sda_lib.read_clip(tmp_path / "again.wav"), sda_lib.read_clip(path)
    assert np.array_equal(again.samples, saved.samples)
    assert np.abs(saved.samples - take.clip.samples).max() < 2e-4


def test_it_is_shown_in_one_line(model):
    shown = repr(model.generate(seconds=0.5))
    assert shown.startswith("Take(0.50 s, seed 0, from ")
    assert "\n" not in shown
    assert "array" not in shown


def test_takes_show_themselves(model, checked_html):
    takes = model.generate(2, seconds=0.3)
    assert repr(takes) == "Takes(2 takes, seeds 0, 1)"
    assert checked_html(takes._repr_html_()).count("<audio") == 2
    assert "<audio" in checked_html(takes[0]._repr_html_())
