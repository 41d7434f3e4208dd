"""The palette: similar codes are near each other; audio of a code alone, in a sound, and in the recordings."""

import dataclasses
import itertools

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.errors import SdaError
from sda_lib.maps import figures, palette
from sda_lib.maps.palette import code_alone, code_excerpt, code_in_context, level_palette, occurrences
from sda_lib.memory.grains import Memory
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def rain(model, tiny_corpus):
    return model.encode(read_clip(tiny_corpus / "rain.wav"))


def rms(clip):
    return 20 * np.log10(np.sqrt(np.square(clip.samples).mean()) + 1e-9)


def test_every_code_has_its_own_position(model):
    for level in range(model.levels):
        found = level_palette(model, level)
        assert len(found) == len(found.places) == model.codebook_size
        assert len(np.unique(found.places.round(6), axis=0)) == len(found)
        assert np.abs(found.places).max() <= 1
        assert np.array_equal(found.uses, model.usage[level].numpy())
        assert found.sizes.max() == pytest.approx(1)
        assert found.sizes.min() > 0
        assert found.neutral == model.codebooks.neutral[level]


def test_similar_codes_are_near_and_higher_ones_to_the_right(model):
    found = level_palette(model, 0)
    away = np.linalg.norm(found.places[:, None] - found.places[None], axis=-1)
    others = away + np.diag(np.full(len(found), np.inf))
    alike = [away[code, model.codebooks.alike(0, code)[0]] for code in range(len(found))]
    assert np.median(alike) < 0.5 * np.median(others[np.isfinite(others)])
    assert np.corrcoef(found.places[:, 0], np.arange(len(found)))[0, 1] > 0.5
    assert found.places[:, 1] @ (found.loudness - found.loudness.mean()) > 0


@pytest.mark.parametrize("level", [0, 5])
def test_codes_alone_are_audible_and_differ(model, level):
    clips = [code_alone(model, level, code, 0.3) for code in range(0, model.codebook_size, 3)]
    for clip in clips:
        assert clip.seconds == pytest.approx(0.3, abs=0.03)
        assert -50 < rms(clip) < -6
        assert clip.peak <= 0.9 + 1e-6
        assert np.abs(clip.samples[:, 0]).max() == 0  # begins softly
    for one, other in itertools.pairwise(clips):
        difference = dataclasses.replace(one, samples=one.samples - other.samples)
        assert rms(difference) > rms(one) - 25


def test_louder_codes_stay_louder_and_other_levels_are_neutral(model, monkeypatch):
    loud = model.codebooks.loudness[0]
    decoded = []
    decode = SdaModel.decode
    noted = lambda self, codes, *more: decoded.append(codes) or decode(self, codes, *more)  # noqa: E731
    monkeypatch.setattr(SdaModel, "decode", noted)
    quiet, noisy = (code_alone(model, 0, int(code)) for code in (loud.argmin(), loud.argmax()))
    assert rms(noisy) > rms(quiet)
    for codes, code in zip(decoded, (loud.argmin(), loud.argmax()), strict=True):
        assert (codes.indices[0] == code).all()
        assert (codes.indices[1:] == model.codebooks.neutral[1:, None]).all()


def test_a_code_in_context_equals_the_edited_sound(model, rain, monkeypatch):
    monkeypatch.setattr(palette, "AROUND", 0.1)
    code = (int(rain.indices[0, 10]) + 5) % model.codebook_size
    clip = code_in_context(model, rain, 0, (10, 12), code)
    indices = rain.indices.copy()
    indices[0, 10:12] = code
    around = round(0.1 * model.frame_rate)
    wanted = model.decode_window(rain.with_indices(indices), 10 - around, 12 + around)
    inside = slice(1000, -1000)
    assert np.array_equal(clip.samples[:, inside], wanted.samples[:, inside])
    assert "code" in clip.name


def test_a_long_selection_is_cut_and_context_ends_with_the_sound(model, rain, monkeypatch):
    monkeypatch.setattr(palette, "MAX_SECONDS", 0.2)
    monkeypatch.setattr(palette, "AROUND", 0.1)
    clip = code_in_context(model, rain, 1, (0, rain.frames), 3)
    assert clip.seconds == pytest.approx(0.3, abs=0.05)
    last = code_in_context(model, rain, 1, (rain.frames - 1, rain.frames), 3)
    assert 0 < last.seconds < 0.2


def test_occurrences_alternate_between_files(model):
    memory = model.memory
    code = int(model.usage[0].argmax())
    uses = occurrences(model, 0, code)
    assert uses
    for use in uses:
        assert memory.codes[0, use.grain] == code
        assert (use.file, use.second) == memory.source(use.grain)
    first = [use.file for use in uses][: len({use.file for use in uses})]
    assert len(set(first)) == len(first)
    starts = {use.grain for use in uses}
    assert not any(grain - 1 in starts for grain in starts)  # consecutive frames count once


def test_an_excerpt_is_the_recording_there(model, monkeypatch):
    monkeypatch.setattr(palette, "EXCERPT", 0.4)
    code = int(model.memory.codes[2, 8])
    uses = occurrences(model, 2, code)
    clip, use = code_excerpt(model, 2, code)
    assert use == uses[0]
    assert clip.name == use.file
    assert clip.seconds <= 0.4 + 1e-3
    piece = model.memory.pieces[int(model.memory.piece[use.grain])]
    middle = int((int(model.memory.position[use.grain]) + 0.5) * model.hop)
    first = max(0, middle - round(0.2 * model.sample_rate))
    inside = slice(1000, clip.length - 1000)
    assert np.array_equal(clip.samples[0, inside], piece.samples[0, first:][inside].numpy())
    assert code_excerpt(model, 2, code, len(uses))[1] == use  # the number wraps around


def test_missing_recordings_levels_and_codes_are_refused(model, rain):
    bare = model.without_memory()
    with pytest.raises(SdaError, match="without its recordings"):
        occurrences(bare, 0, 0)
    with pytest.raises(SdaError, match="without its recordings"):
        code_excerpt(bare, 0, 0)
    assert code_alone(bare, 0, 1).peak > 0
    one = Memory(model.codec, model.memory.pieces[:1])
    absent = next(code for code in range(model.codebook_size) if code not in one.codes[0])
    with pytest.raises(SdaError, match="None of the recordings"):
        code_excerpt(dataclasses.replace(model, memory=one), 0, absent)
    for level, code in ((-1, 0), (model.levels, 0), (0, -1), (0, model.codebook_size)):
        with pytest.raises(SdaError, match="There is no"):
            code_alone(model, level, code)
    with pytest.raises(SdaError, match="outside"):
        code_in_context(model, rain, 0, (0, rain.frames + 1), 0)


def test_the_figure_has_a_panel_for_every_level(model, tmp_path):
    levels = [level_palette(model, level) for level in range(model.levels)]
    levels[0] = dataclasses.replace(levels[0], uses=np.where(np.arange(len(levels[0])) == 3, 0, levels[0].uses.clip(1)))
    sheet = figures.palette_sheet(levels, "a$b_$x<i>")
    titles = [axes.get_title("left") for axes in sheet.axes]
    assert titles[: model.levels] == [one.name for one in levels]
    assert figures.save_figure(sheet, tmp_path / "p.png").stat().st_size > 20_000
    hollow, dots, _neutral = sheet.axes[0].collections
    assert (len(hollow.get_offsets()), len(dots.get_offsets())) == (1, len(levels[0]) - 1)
    alone = figures.palette_sheet(levels[:1], "one")
    assert {text.get_text() for text in alone.axes[0].texts} == {str(code) for code in range(len(levels[0]))}
    with pytest.raises(SdaError, match="no level"):
        figures.palette_sheet([], "")
