"""Modules are loaded and described, or the fault is returned."""

from sda_lib.probe import probe_module


def test_a_module_that_loads_has_its_version():
    found = probe_module("soundfile")
    assert found["module"] == "soundfile"
    assert found["facts"]["version"]
    assert found["facts"]["libsndfile"]


def test_a_missing_module_has_a_fault_and_a_remedy():
    what, remedy = probe_module("absent_package")["fault"]
    assert "not installed" in what
    assert "pip install absent_package" in remedy
