"""Export settings as keywords."""

import inspect

import pytest

import sda_lib
from sda_lib.api.finishes import NAMES, finish_of
from sda_lib.errors import SdaError
from sda_lib.export.finish import Place, Space


def test_keywords_go_where_they_belong():
    finish = finish_of(lufs=-16, fade_out=0.1, reverb=0.3, trim=60, tags={"artist": "me"})
    assert (finish.delivery.lufs, finish.delivery.fade_out, finish.effects.reverb) == (-16, 0.1, 0.3)
    assert (finish.trim, finish.tags, finish.space) == (60, {"artist": "me"}, Space())


@pytest.mark.parametrize("place", [(-90, 0), (-90.0,), Place(-90)])
def test_a_place_implies_binaural(place):
    assert finish_of(place=place).space == finish_of(space="binaural", place=place).space
    assert finish_of(place=place).space.place.azimuth == -90
    assert finish_of(space="ambisonics", place=place).space.mode == "ambisonics"


def test_a_pan_implies_stereo():
    assert finish_of(pan=-1).space == Space("stereo", pan=-1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"loud": 1}, "no setting 'loud'"), ({"place": (1, 2, 3, 4)}, "azimuth"), ({"place": "left"}, "azimuth"),
        ({"space": "mono", "place": (0, 0)}, "binaural and ambisonics"), ({"space": "mono", "pan": 1}, "stereo"),
        ({"finish": sda_lib.Finish(), "lufs": -16}, "not both"), ({"lufs": 3}, "lufs must be"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(settings, said):
    with pytest.raises(SdaError, match=said):
        finish_of(**settings)


def test_a_finish_is_used_as_it_is():
    finish = sda_lib.Finish(trim=30)
    assert finish_of(finish, space=None, place=None) is finish


def test_save_takes_every_setting():
    assert set(NAMES) <= set(inspect.signature(sda_lib.AudioClip.save).parameters)
