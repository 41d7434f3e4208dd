"""`sda doctor`: green if SDA can work, and one sentence for everything that is missing."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sda_lib import doctor
from sda_lib.doctor import Check
from sda_lib.home import Home, HomePart

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SYMBOL = "undefined symbol: torch_exception_get_what_without_backtrace"
# Packages that fail to load in different ways.
STUBS = {
    "removed": "raise ModuleNotFoundError(f'No module named {__name__!r}', name=__name__)",
    "broken": f"raise OSError('/x/lib/_torchaudio.abi3.so: {SYMBOL}')",
    "crashing": "import os; os.abort()",
    "leaving": "raise SystemExit(3)",
    "hanging": "import time; time.sleep(60)",
}


@pytest.fixture
def stub(tmp_path, monkeypatch):
    """Put a package that fails in some way before the real one of its name."""

    def put(name, how):
        (tmp_path / "stubs" / name).mkdir(parents=True)
        (tmp_path / "stubs" / name / "__init__.py").write_text(STUBS[how])
        monkeypatch.syspath_prepend(tmp_path / "stubs")
        return tmp_path / "stubs"

    return put


@pytest.fixture
def examined(sda, answers, tmp_path, monkeypatch):
    """Run `sda doctor --json` with some packages probed again; returns (exit code, checks by name)."""
    monkeypatch.setenv("SDA_HOME", str(tmp_path / "home"))
    probe = doctor.probe

    def run(*again):
        monkeypatch.setattr(doctor, "probe", lambda _: {**answers, **probe(again)} if again else answers)
        code, out, err = sda("doctor", "--json")
        assert err == ""
        return code, {check["name"]: Check(**check) for check in json.loads(out)}

    return run


def reds(checks):
    return [check for check in checks.values() if check.state == "red"]


def is_sentence(check):
    """Return whether a check is one line that says what is wrong and what to do."""
    return re.fullmatch(r"[^\n;]+: [^\n]+; [^\n]+\.", check.line) is not None


# --- acceptance ------------------------------------------------------------------------------------------------------


def test_this_installation_is_green(examined):
    code, checks = examined()
    assert (code, reds(checks)) == (0, [])
    for name in ("Python", "torch", "soundfile", "soxr", "other packages", "widget modules", "data folder"):
        assert checks[name].state == "green", checks[name].line
    assert re.search(r"libsndfile 1\.\d+", checks["soundfile"].detail)
    assert checks["GPU"].state in ("green", "neutral")


def test_torch_removed_is_one_red_line(examined, stub):
    stub("torch", "removed")
    code, checks = examined("torch", "torchaudio")
    assert code == 1
    assert reds(checks) == [checks["torch"]]
    assert checks["torch"].line == "torch: The package torch is not installed; install it with: pip install torch."
    assert (checks["GPU"].state, checks["torchaudio"].state) == ("neutral", "neutral")


def test_torchaudio_broken_is_yellow(examined, stub):
    stub("torchaudio", "broken")
    code, checks = examined("torchaudio")
    assert (code, checks["torchaudio"].state) == (0, "yellow")
    assert SYMBOL in checks["torchaudio"].detail
    assert is_sentence(checks["torchaudio"])


def test_sda_trains_and_generates_with_torchaudio_broken(stub, tiny_corpus, tmp_path):
    """In one process, since torch takes seconds to load."""
    commands = [
        ["train", str(tiny_corpus), "--minutes", "0", "-o", "m.sda", "--set", "codec.width=16"],
        ["generate", "m.sda", "-n", "1", "--seconds", "0.5", "--out", "made"],
    ]
    script = (
        f"import sys\nsys.path[:] = {[str(stub('torchaudio', 'broken')), *sys.path]!r}\nfrom sda_lib.cli import main\n"
        f"for words in {commands!r}:\n"
        "    sys.argv = ['sda', *words]\n"
        "    try: main()\n"
        "    except SystemExit as end: assert not end.code, end.code\n"
        "try: import torchaudio\nexcept OSError: print('NO TORCHAUDIO')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "NO TORCHAUDIO" in done.stdout
    (made,) = (tmp_path / "made").glob("*.wav")
    samples, _ = soundfile.read(made)
    assert np.sqrt(np.square(samples).mean()) > 1e-3


def test_template_removed_is_one_red_line(examined, tmp_path, monkeypatch):
    """In a separate Python, with copies of the packages that lack the template, whose Jupyter folders are empty."""
    venv.EnvBuilder(symlinks=True).create(tmp_path / "venv")
    bare = tmp_path / "bare"
    shutil.copytree(ROOT / "widgets/sda_widgets", bare / "sda_widgets", ignore=shutil.ignore_patterns("share"))
    shutil.copytree(ROOT / "sda_lib", bare / "sda_lib", ignore=shutil.ignore_patterns("hrtf"))
    (tmp_path / "jupyter").mkdir()
    for folder in map(Path, doctor.probe(["jupyter_core.paths"])["jupyter_core.paths"]["facts"]["folders"].split(":")):
        if (folder / "labextensions").is_dir() and not (tmp_path / "jupyter/labextensions").exists():
            (tmp_path / "jupyter/labextensions").symlink_to(folder / "labextensions")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setattr(sys, "path", [str(bare), *sys.path])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv/bin/python"))
    code, checks = examined(*doctor.PAGE_MODULES)
    assert code == 1
    assert reds(checks) == [checks["page template"]]
    assert is_sentence(checks["page template"])


# --- single checks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10, 9), "red"), ((3, 11, 0), "green"), ((3, 13, 2), "green"), ((3, 14, 0), "red")]
)
def test_pythons(version, state):
    check = doctor.python(version)
    assert check.state == state
    assert is_sentence(check) == (state == "red")


def test_every_required_package_is_examined():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[^\w-]", one)[0] for one in declared["dependencies"]}
    examined = {
        "scikit-learn" if name == "sklearn" else name for name in (*doctor.SHOWN, *doctor.OTHERS, *doctor.OPTIONAL)
    }
    assert names <= examined
    page = {re.split(r"[^\w-]", one)[0] for one in declared["optional-dependencies"]["app"]}
    assert set(doctor.PAGE) <= page


def test_every_part_of_the_home_is_examined():
    home = Home(Path("/h"))
    folders = {
        name for name, value in vars(Home).items() if isinstance(value, HomePart) and not getattr(home, name).suffix
    }
    assert set(doctor.HOME_PARTS) == folders


@pytest.mark.parametrize(("how", "part"), [("crashing", "SIGABRT"), ("leaving", "exit code 3"), ("broken", SYMBOL)])
def test_a_package_that_ends_the_process_leaves_the_others(how, part, stub):
    stub("soxr", how)
    found = doctor.probe(["threadpoolctl", "soxr", "platformdirs"])
    assert part in found["soxr"]["fault"][0]
    assert found["threadpoolctl"]["facts"]["version"]
    assert "facts" in found["platformdirs"]


def test_a_package_that_hangs_is_skipped(stub):
    stub("soxr", "hanging")
    assert "more than 0.5 s" in doctor.probe(["soxr"], seconds=0.5)["soxr"]["fault"][0]


def test_output_of_packages_is_ignored(tmp_path, monkeypatch):
    (tmp_path / "loud.py").write_text("print('{\"module\": \"loud\"}'); __version__ = '3'")
    monkeypatch.syspath_prepend(tmp_path)
    assert doctor.probe(["loud"]) == {"loud": {"facts": {"version": "3"}}}


def test_other_packages_share_a_line_unless_one_is_broken(examined, stub):
    stub("h5py", "removed")
    code, checks = examined("h5py")
    assert (code, reds(checks)) == (1, [checks["h5py"]])
    assert "other packages" not in checks


def test_without_the_page_the_rest_is_fine(answers):
    absent = {"fault": ["not installed", "install it"]}
    found = doctor.page({**answers, **dict.fromkeys((*doctor.PAGE, *doctor.PAGE_MODULES), absent)})
    assert [check.state for check in found] == ["neutral"]
    assert "pip install 'sda[app]'" in found[0].remedy


def test_effects_can_be_missing(examined, stub):
    stub("pedalboard", "removed")
    code, checks = examined("pedalboard")
    assert (code, checks["pedalboard"].state) == (0, "neutral")
    assert "sda[effects]" in checks["pedalboard"].remedy


def test_the_template_is_searched_where_voila_searches(tmp_path):
    place = tmp_path / "a" / doctor.TEMPLATE
    assert doctor.template([tmp_path / "a"]).state == "red"
    assert doctor.template([tmp_path / "b"], str(tmp_path / "a")).state == "red"
    place.parent.mkdir(parents=True)
    place.write_text("")
    assert doctor.template([tmp_path / "b", tmp_path / "a"]) == Check("page template", "green", str(place.parent))
    assert doctor.template([tmp_path / "b"], str(tmp_path / "a")).state == "yellow"


def test_widget_modules(tmp_path):
    loads, folder = {"facts": {"version": ""}}, tmp_path / "labextensions"
    for name in ("@jupyter-widgets/jupyterlab-manager", "bqplot"):
        (folder / name).mkdir(parents=True)
        (folder / name / "package.json").write_text("{}")
    found = doctor.widget_modules(loads, [tmp_path])
    assert found.state == "red"
    assert found.line == (
        "widget modules: Jupyter does not find the browser part of anywidget; "
        "install it again with: pip install --force-reinstall anywidget."
    )
    (folder / "anywidget").mkdir()
    (folder / "anywidget/package.json").write_text("{}")
    assert doctor.widget_modules(loads, [tmp_path / "none", tmp_path]).state == "green"
    broken = doctor.widget_modules({"fault": ["player.js: No such file", "check the path"]}, [tmp_path])
    assert broken.remedy == doctor.AGAIN


def test_folders_are_tested_and_left_unchanged(tmp_path):
    home = tmp_path / "deep/home"
    assert doctor.writable(home, doctor.HOME_PARTS) == Check("data folder", "green", str(home))
    assert list(tmp_path.iterdir()) == []
    home.mkdir(parents=True)
    (home / "runs").write_text("a file")
    found = doctor.writable(home, doctor.HOME_PARTS)
    assert found.state == "red"
    assert "runs can't be written" in found.detail
    assert "models" not in found.detail
    assert sorted(path.name for path in home.iterdir()) == ["runs"]


@pytest.mark.parametrize(("free", "state"), [(5e9, "green"), (1e9, "yellow"), (1e7, "red")])
def test_disk_and_memory(free, state, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(9e9, 1, free))
    assert doctor.disk(tmp_path / "absent").state == state
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("M", (), {"available": free / 2, "total": 9e9}))
    assert doctor.memory().state == state


def test_memory_without_psutil(monkeypatch):
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert doctor.memory().state == "neutral"


def test_cores_and_gpu():
    assert (doctor.cores(1).state, doctor.cores(2).state) == ("yellow", "green")
    assert doctor.gpu({"facts": {"gpu": "X 1"}}) == Check("GPU", "green", "X 1")
    assert doctor.gpu({"facts": {"gpu": ""}}).state == "neutral"


def test_words_instead_of_colors_outside_a_terminal(sda, answers, tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "probe", lambda _: answers)
    code, out, err = sda("doctor")
    assert (code, err) == (0, "")
    assert "ok     torch: " in out
    assert "\033" not in out


def test_nothing_heavy_is_loaded_by_the_doctor_itself():
    heavy = {"torch", "numpy", "psutil", "platformdirs", "soundfile"}
    script = f"import sys\nfrom sda_lib import doctor, probe, faults\nprint(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
