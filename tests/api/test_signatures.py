"""Methods that list the options they take."""

import inspect
import pydoc

import sda_lib
from sda_lib.fields import options_of


def test_generate_lists_every_option_with_its_range():
    names = set(inspect.signature(sda_lib.SdaModel.generate).parameters)
    assert set(options_of(sda_lib.GenerateOptions)) | {"n", "given"} <= names
    text = pydoc.plain(pydoc.render_doc(sda_lib.SdaModel.generate))
    assert "novelty: Distance from the recordings: 0 follows them, 1 leaves them often (0 to 1)." in text
    assert "{options}" not in text


def test_save_lists_delivery_space_and_effects():
    for owner in (sda_lib.AudioClip, sda_lib.Take):
        names = inspect.signature(owner.save).parameters
        assert {"lufs", "space", "place", "reverb", "fade_out", "trim"} <= set(names)
        assert names["lufs"].default is None
        assert "lufs: Normalize to this loudness" in owner.save.__doc__
