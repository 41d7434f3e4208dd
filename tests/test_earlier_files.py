"""Files of version 0.1: they open, hold the same codes, and are rendered by today's decoder, which a note says.

tests/data/earlier was made by that version, with decoder 1: a model with sliders (three steps of training), a session
(two edits and a slider), codes, a run's folder, a tagged WAV, and what the session and the codes gave as WAV.

Recordings at Source 1 stay the same forever. What the decoder makes of other codes may change with its version, and is
only compared with a second run.
"""

import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile

import sda_lib
from sda_lib.codec.stft import left_right
from sda_lib.decoder_version import DECODER_VERSION
from sda_lib.model.model import SdaModel
from sda_lib.runs.run import Run
from sda_lib.sessions.provenance_tags import read_provenance

EARLIER = Path(__file__).parent / "data" / "earlier"
NOTE = f"Made by decoder 1; this version decodes with {DECODER_VERSION}, so it can sound slightly different."
pytestmark = pytest.mark.slow


@pytest.fixture
def library(tmp_path):
    """A folder of models, as `sda` finds them by name."""
    (tmp_path / "data/models").mkdir(parents=True)
    shutil.copy(EARLIER / "before.sda", tmp_path / "data/models")
    return tmp_path / "data/models"


@pytest.fixture(scope="module")
def before():
    return SdaModel.load(EARLIER / "before.sda")


def difference(one, other):
    """Largest difference of two files of 16 bits or more, in steps of 16 bits: processors round differently."""
    samples = [soundfile.read(path, dtype="float64")[0] for path in (one, other)]
    return np.abs(samples[0] - samples[1]).max() * 2**15


def check_rendered(ok, file, was):
    """Render a file: a note says that an earlier decoder made it, the codes are as they `was`, and a second run of
    what came out gives the same bytes without a note."""
    assert NOTE in ok("render", file, "-o", "new.wav")
    found, expected = read_provenance("new.wav"), read_provenance(was)
    assert found.sound.is_same(expected.sound)
    assert (found.decoder, expected.decoder) == (DECODER_VERSION, 1)
    assert NOTE not in ok("render", "new.wav", "-o", "again.wav")
    assert Path("new.wav").read_bytes() == Path("again.wav").read_bytes()
    info, old = soundfile.info("new.wav"), soundfile.info(was)
    assert (info.frames, info.samplerate, info.channels) == (old.frames, old.samplerate, old.channels)


def test_a_model_opens_with_all_its_parts(before):
    assert (before.name, before.levels, len(before.memory.pieces)) == ("before", 6, 3)
    assert "warmth" in [card.name for card in before.sliders.shown]
    assert before.decoder == 1


def test_info_says_which_decoder_made_a_model(ok, library):
    assert "format 4, decoder 1, " in (text := ok("info", "before"))
    assert NOTE in text


def test_recordings_at_source_1_are_exact(before):
    for piece in before.memory.pieces:
        codes = sda_lib.Codes(piece.codes.numpy(), before.codebook_size, before.hop, before.sample_rate)
        assert np.array_equal(before.decode(codes).samples, left_right(piece.samples).numpy())


def test_codes_of_a_recording_are_decoded_as_they_were(ok, library):
    assert NOTE in ok("decode", EARLIER / "pluck.codes.npz", "-m", "before", "-o", "pluck.wav")
    assert difference("pluck.wav", EARLIER / "pluck_decoded.wav") <= 1


def test_a_session_has_the_codes_that_it_had(ok, library):
    check_rendered(ok, EARLIER / "session.json", EARLIER / "session.wav")


def test_a_tagged_file_has_the_codes_that_it_had(ok, library):
    check_rendered(ok, EARLIER / "tagged.wav", EARLIER / "tagged.wav")


def test_codes_of_before_are_loaded_with_a_warning(before):
    with pytest.warns(
        UserWarning, match=f"pluck.codes.npz was made by decoder 1; this version decodes with {DECODER_VERSION}"
    ):
        codes = sda_lib.load_codes(EARLIER / "pluck.codes.npz")
    with pytest.warns(UserWarning, match="decoder 1"):
        assert sda_lib.Codes.load(EARLIER / "pluck.codes.npz", before).is_same(codes)


def test_codes_saved_again_state_the_decoder_of_today(ok, tmp_path):
    assert NOTE in ok("edit", EARLIER / "pluck.codes.npz", "--op", "reverse", "-o", "new.codes.json")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sda_lib.load_codes("new.codes.json").frames


def test_a_run_is_listed_with_its_curve(ok, library):
    shutil.copytree(EARLIER / "run", library.parent / "runs/20261129-064909-before")
    assert "finished" in ok("runs")
    run = Run(library.parent / "runs/20261129-064909-before")
    assert [event.kind for event in run.events()[0]].count("done") == 1
    assert run.recipe.train.steps == 3
