"""Checks of controls: those that do not act are hidden."""

import pytest

from sda_lib.model.model import SdaModel
from sda_lib.writers.control_check import ControlCheck, check_controls


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.mark.long
@pytest.mark.slow
def test_controls_without_effect_are_hidden(model, monkeypatch):
    from sda_lib.writers import control_check as module

    monkeypatch.setattr(module, "measure_controls", lambda _model, _codes: dict.fromkeys(module.CONTROLS, 1.0))
    deaf = check_controls(model)
    assert all(one.rho == 0 and one.why_hidden for one in deaf.values())


@pytest.mark.long
@pytest.mark.slow
def test_loudness_and_brightness_are_followed(model):
    found = check_controls(model)
    assert found["loudness"].rho > 0.5
    assert found["brightness"].rho > 0.5
    assert isinstance(found["pulse"], ControlCheck)
