"""Options of procedural sounds: what is refused, and how."""

import pytest

from sda_lib.errors import SdaError
from sda_lib.fields import options_of
from sda_lib.synthesis.options import SynthesisOptions


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"families": ("bell", "bel")}, "There is no family 'bel'; there are additive, "),
        ({"sample_rate": 4000}, "sample_rate must be from 8000 to 192000 Hz, not 4000"),
        ({"shortest": 0.0}, "shortest must be from 0.02 to 60 s, not 0"),
        ({"longest": 61.0}, "longest must be from 0.02 to 60 s, not 61"),
        ({"shortest": 5.0}, r"shortest must be at most longest \(4 s\), not 5"),
        ({"seed": -1}, "seed must be from 0 to"),
        ({"longest": float("nan")}, "longest must be"),
    ],
)
def test_wrong_options_are_refused_in_a_sentence(given, said):
    with pytest.raises(SdaError, match=said):
        SynthesisOptions(**given)


def test_defaults_are_allowed_and_documented():
    SynthesisOptions()
    assert all(one.help in SynthesisOptions.__doc__ for one in options_of(SynthesisOptions).values())
