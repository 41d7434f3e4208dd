"""What the README says is what happens: its commands exist, and its Python runs."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from sda_lib import cli
from sda_lib.audio.clip import read_clip

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
VARIABLES = dict(re.findall(r"^(\w+) := (.*)$", MAKEFILE, re.MULTILINE))


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands(program):
    lines = [line.strip() for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith(f"{program} ")]


def sda_commands(text):
    joined = text.replace("\\\n", " ").replace("$(SDA)", "sda")
    return [line.strip() for line in joined.splitlines() if line.strip().startswith("sda ")]


def test_make_targets_exist_and_ci_runs_the_readmes_test_command():
    assert commands("make") == [["make", "demo"], ["make", "test"], ["make", "run"]]
    for _, target in commands("make"):
        plan = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert plan.returncode == 0, plan.stderr
        assert plan.stdout.strip()
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_pictures_and_links_exist_and_pictures_of_tutorials_are_small():
    targets = [one for one in re.findall(r"\]\(([^)]+)\)", README) if "://" not in one]
    assert [one for one in targets if not (ROOT / one.partition("#")[0]).exists()] == []
    pictures = [one for one in targets if one.startswith("docs/tutorials/")]
    assert sorted(Path(one).stem for one in pictures) == sorted(
        path.stem for path in (ROOT / "notebooks").glob("[0-9]*")
    )
    assert [one for one in pictures if (ROOT / one).stat().st_size > 80_000] == []


@pytest.mark.parametrize("line", sda_commands(MAKEFILE) + [shlex.join(words) for words in commands("sda")])
def test_every_sda_command_has_the_options_it_is_shown_with(line, tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    for name in ("demo", "other"):
        (tmp_path / f"models/{name}.sda").touch()
    words = [re.sub(r"\$\((\w+)\)", lambda found: VARIABLES[found[1]], word) for word in shlex.split(line)]
    command = get_command(cli.app).commands[words[1]]
    context = command.make_context(words[1], words[2:])  # raises for unknown options and wrong values
    assert context.params


def test_the_readme_shows_every_command_group_of_the_tour():
    shown = {words[1] for words in commands("sda")}
    assert {"scan", "train", "generate", "encode", "edit", "decode", "info"} <= shown


def test_the_python_of_the_tour_runs(tiny_corpus, tmp_path, monkeypatch):
    (source,) = blocks("python")
    assert 'from_folder("data/demo")' in source
    assert "minutes=2" in source
    cheap = source.replace('"data/demo"', repr(str(tiny_corpus))).replace(
        "minutes=2", "train__steps=1, codec__levels=2, codec__codebook_size=16"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    exec(compile(cheap, "README.md", "exec"), {})
    assert read_clip("new.wav").seconds == pytest.approx(2, abs=0.1)
    assert read_clip("edited.wav").peak > 0
    assert (tmp_path / "models/demo.sda").exists()


def test_it_says_that_a_model_contains_the_recordings():
    assert "contains your recordings" in README
    assert "--no-memory" in README
    assert "strip-memory" in README


def test_links_lead_somewhere():
    places = re.findall(r"\]\((?!https?:)([^)#]+)\)", README) + re.findall(r"`((?:docs|data)/[^`/]*\.\w+)`", README)
    missing = [place for place in places if not (ROOT / place).exists()]
    assert not missing
