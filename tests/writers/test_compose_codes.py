"""Composing codes: continuations, regenerated parts, contours and controls."""

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def rain(model, tiny_corpus):
    return model.encode(read_clip(tiny_corpus / "rain.wav"))


def test_vary(model, rain):
    take = generate(model, GenerateOptions(levels=(1, None)), given=rain)
    assert np.array_equal(take.codes.indices[0], rain.indices[0])
    assert not np.array_equal(take.codes.indices, rain.indices)
    assert take.clip.length == rain.samples


def test_invalid_regenerations_are_refused(model, rain):
    with pytest.raises(SdaError, match="--from"):
        generate(model, GenerateOptions(regenerate=(0.1, 0.2)))
    with pytest.raises(SdaError, match="is not within"):
        generate(model, GenerateOptions(regenerate=(5.0, 6.0)), given=rain)
    with pytest.raises(SdaError, match=r"levels .* lie outside"):
        generate(model, GenerateOptions(levels=(40, None)), given=rain)


def test_contours_shape_the_new_part(model, rain):
    contour = ((0.0, 1.0), (1.0, 0.0))
    with pytest.raises(SdaError, match="to regenerate a part"):
        GenerateOptions(regenerate=(0.1, 0.4), contour=contour)
    with pytest.raises(SdaError, match="contour"):
        compose_codes(model, GenerateOptions(contour=contour), rain, rain)
    halves = []
    for seed in range(4):
        whole = compose_codes(model, GenerateOptions(seconds=2.0, seed=seed, contour=contour), rain)
        new = rain.with_indices(whole.indices[:, rain.samples // model.hop :])
        halves.append([half.mean() for half in np.array_split(np.square(model.decode(new).samples).mean(0), 2)])
    first, last = np.mean(halves, axis=0)
    assert first > 4 * last


def test_controls_choose_the_nearest_candidate(model):
    from sda_lib.writers.compose_codes import measure_controls

    def miss(candidates):
        options = {"controls": {"brightness": 0.9}, "candidates": candidates}
        codes = compose_codes(model, GenerateOptions(seconds=1.0, seed=3, **options))
        return model.ranges.error(measure_controls(model, codes), options["controls"])

    assert miss(6) <= miss(1)
