"""Tests mirror the code: each module has a test file of its name in the folder of its room, or is in COVERED."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGES = {"sda_lib": (TESTS.parent / "sda_lib", ""), "sda_widgets": (TESTS.parent / "widgets/sda_widgets", "widgets")}
# Modules without a test file of their own, and the test file that exercises them.
COVERED = {}


def modules():
    """Yield the dotted name of each module and the path of its test file below `tests`."""
    for package, (folder, below) in PACKAGES.items():
        for path in sorted(folder.rglob("[!_]*.py")):
            module = path.relative_to(folder)
            dotted = ".".join((package, *module.with_suffix("").parts))
            yield dotted, Path(below, module.parent, f"test_{module.name}").as_posix()


MIRRORS = dict(modules())


@pytest.mark.parametrize("module", MIRRORS)
def test_every_module_has_a_test_file(module):
    assert (TESTS / COVERED.get(module, MIRRORS[module])).is_file()


def test_exceptions_are_needed_and_current():
    assert set(COVERED) <= set(MIRRORS)
    assert not [module for module in COVERED if (TESTS / MIRRORS[module]).exists()]
