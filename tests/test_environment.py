"""pyproject.toml, the lock, environment.yml, the scripts and the docs name the same packages, ranges and Pythons."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
# Packages whose name on conda-forge differs from the one in pyproject.toml.
CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "playwright": "playwright-python",
    "soundfile": "pysoundfile",
    "soxr": "soxr-python",
    "torch": "pytorch",
}
EXTRAS = ("app", "test", "effects", "media", "cluster", "docs")


def requirements(lines):
    """Names as packaging writes them -> requirement."""
    return {canonicalize_name(one.name): one for one in map(Requirement, lines)}


def direct():
    """Everything that `make setup` must bring: run time, the extras, and what builds the project."""
    extras = PROJECT["project"]["optional-dependencies"]
    lines = [*PROJECT["project"]["dependencies"], *(line for extra in EXTRAS for line in extras[extra])]
    return requirements(lines + PROJECT["dependency-groups"]["build"])


def locked(text):
    """[(requirement, its hashes)] of a requirements file."""
    joined = re.sub(r"#.*", "", text).replace("\\\n", " ")
    parts = [line.split("--hash=") for line in joined.splitlines() if line.strip()]
    return [(Requirement(first), [one.strip() for one in hashes]) for first, *hashes in parts]


def pins():
    """Name -> version, for every line of the lock."""
    return {canonicalize_name(one.name): one.specifier for one, _ in locked(LOCK)}


def version_of(specifier):
    (pin,) = specifier
    assert pin.operator == "=="
    return Version(pin.version)


def test_the_lock_has_every_direct_dependency_within_its_range():
    pinned = pins()
    for name, requirement in direct().items():
        assert name in pinned, f"{name} is missing in requirements.lock: run make lock"
        assert version_of(pinned[name]) in requirement.specifier, f"{name} {pinned[name]} is outside {requirement}"


def test_the_lock_has_what_its_packages_need():
    """Read from those that are installed here in the locked version; others may need something else."""
    pinned = pins()
    checked = 0
    for name, specifier in pinned.items():
        try:
            found = distribution(name)
        except PackageNotFoundError:  # for another system
            continue
        if Version(found.version) != version_of(specifier):
            continue
        checked += 1
        for one in map(Requirement, found.requires or []):
            if one.marker is None or one.marker.evaluate({"extra": ""}):
                assert canonicalize_name(one.name) in pinned, f"{name} needs {one.name}, which the lock lacks"
    assert checked


def test_every_line_of_the_lock_is_one_release_with_hashes():
    lines = locked(LOCK)
    assert len(lines) == len(pins()) > len(direct())
    for requirement, hashes in lines:
        assert requirement.url is None
        assert version_of(requirement.specifier).local is None, f"{requirement} is a build for one kind of machine"
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes)


@pytest.mark.parametrize(
    "foreign", ["://", "/opt", "/tmp", "/home", "/root", "--index", "--extra", "--find", " @ ", "-e "]
)
def test_the_lock_names_no_host_and_no_folder(foreign):
    assert foreign not in LOCK


def test_libraries_for_gpus_are_locked_for_linux_alone():
    gpu = [one for one, _ in locked(LOCK) if re.match(r"nvidia-|cuda-|triton", one.name)]
    assert gpu
    for requirement in gpu:
        assert not requirement.marker.evaluate({"sys_platform": "darwin", "platform_machine": "arm64"}), requirement


def test_conda_gets_the_same_names_and_ranges():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    from_pip = next(item["pip"] for item in listed if isinstance(item, dict))
    conda = requirements([item for item in listed if isinstance(item, str)] + from_pip)
    assert str(conda.pop("python").specifier) == str(Requirement(f"x{PROJECT['project']['requires-python']}").specifier)
    del conda["pip"]
    wanted = {CONDA_NAMES.get(name, name): one.specifier for name, one in direct().items()}
    assert {name: one.specifier for name, one in conda.items()} == wanted


def test_the_build_group_covers_the_build_system():
    group = requirements(PROJECT["dependency-groups"]["build"])
    for name, one in requirements(PROJECT["build-system"]["requires"]).items():
        assert group[name].specifier == one.specifier


def test_every_part_of_a_pair_that_must_match_has_two_bounds():
    ranges = requirements(PROJECT["project"]["dependencies"])
    for name in ("torch", "torchaudio"):
        assert {one.operator for one in ranges[name].specifier} == {">=", "<"}


def test_the_docs_have_the_pair_that_is_locked():
    rows = re.findall(
        r"^\| ([\d.]+) \| ([\d.]+) \| (.+?) \|$", (ROOT / "docs" / "INSTALL.md").read_text(), re.MULTILINE
    )
    results = {(torch, torchaudio): result for torch, torchaudio, result in rows}
    ranges = requirements(PROJECT["project"]["dependencies"])
    assert results[str(version_of(pins()["torch"])), str(version_of(pins()["torchaudio"]))] == "works"
    for (torch, torchaudio), result in results.items():
        if torch in ranges["torch"].specifier and torchaudio in ranges["torchaudio"].specifier:
            assert result == "works", f"the ranges allow torch {torch} with torchaudio {torchaudio}"


def fake_python(folder, version):
    """A program that answers as a Python of that version does."""
    path = folder / "python"
    major, minor = version.split(".")[:2]
    path.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then echo Python {version}; exit; fi\n'
        f'exec {sys.executable} -c "import sys; sys.version_info = ({major}, {minor}, 0); $2"\n'
    )
    path.chmod(0o755)
    return path


def run_setup(venv, **environment):
    return subprocess.run(
        [ROOT / "scripts" / "setup.sh", venv], capture_output=True, text=True, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("version", ["3.10.13", "3.14.0", "2.7.18"])
def test_setup_refuses_other_pythons_in_one_sentence(tmp_path, version):
    done = run_setup(tmp_path / "venv", PYTHON=str(fake_python(tmp_path, version)))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"found Python {version}" in line
    assert "3.11, 3.12 or 3.13" in line
    assert not (tmp_path / "venv").exists()


def test_setup_refuses_an_environment_of_another_python_and_leaves_it(tmp_path):
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    fake_python(tmp_path / "venv" / "bin", "3.14.0")
    done = run_setup(tmp_path / "venv")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"rm -rf {tmp_path / 'venv'}" in line
    assert "Python 3.14.0" in line
    assert (tmp_path / "venv" / "bin" / "python").exists()


def test_setup_refuses_an_environment_without_python(tmp_path):
    (tmp_path / "venv").mkdir()
    done = run_setup(tmp_path / "venv")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "no Python that runs" in line
    assert "delete it" in line


def test_the_scripts_accept_the_pythons_of_the_project():
    allowed = SpecifierSet(PROJECT["project"]["requires-python"])
    fits = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))"
    assert fits in (ROOT / "scripts" / "common.sh").read_text()
    assert [f"3.{minor}" for minor in range(8, 20) if f"3.{minor}" in allowed] == ["3.11", "3.12", "3.13"]


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml", "scripts/setup.sh"])
def test_make_sets_up_again_when_what_it_installs_from_changed(tmp_path, changed):
    (tmp_path / "scripts").mkdir()
    files = ["Makefile", "requirements.lock", "pyproject.toml", "scripts/setup.sh"]
    for name in files:
        shutil.copy(ROOT / name, tmp_path / name)
        os.utime(tmp_path / name, (1000, 1000))
    ready = tmp_path / "venv" / ".ready"
    ready.parent.mkdir()
    ready.touch()
    os.utime(ready, (2000, 2000))

    def plan():
        return subprocess.run(["make", "-n", "setup", "VENV=venv"], cwd=tmp_path, capture_output=True, text=True).stdout

    assert "scripts/setup.sh" not in plan()
    os.utime(tmp_path / changed, (3000, 3000))
    assert "scripts/setup.sh" in plan()
