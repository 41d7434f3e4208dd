"""Where a sound comes from."""

import pytest

import sda_lib
from sda_lib.errors import SdaError


def test_a_saved_take_tells_how_it_was_made(model, tmp_path, checked_html):
    take = model.generate(seconds=0.5, seed=7, novelty=0.9)
    path = take.save(tmp_path / "new.flac", lufs=-20, space="binaural", place=(-90, 0))
    made = sda_lib.provenance(path)
    assert (made.request["seed"], made.request["novelty"], made.finish.delivery.lufs) == (7, 0.9, -20)
    assert repr(made).startswith("Provenance(0.50 s, model 'tiny', ")
    assert "lufs -20" in checked_html(made._repr_html_())


def test_a_file_from_elsewhere_tells_nothing(tiny_corpus):
    with pytest.raises(SdaError, match="do not say"):
        sda_lib.provenance(tiny_corpus / "rain.wav")


def test_a_trace_and_the_originality_show_themselves(model, checked_html):
    take = model.generate(seconds=0.5)
    assert repr(take.trace()).startswith("Trace(")
    assert "own waveform" in repr(take.originality())
    checked_html(take.trace()._repr_html_())
    checked_html(take.originality()._repr_html_())
