"""Conventions of all commands: JSON, quiet, completion, documentation."""

import functools
import importlib.util
import json
import os
import re
import subprocess
import sys
import typing
from pathlib import Path

import soundfile
from typer.main import get_command

from sda_lib import cli
from sda_lib.cli.arguments import model_path
from sda_lib.model.header import peek

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/CLI.md").read_text()


NEITHER = {"studio", "work"}


WRITES = {
    "train", "sweep", "prior", "generate", "morph", "mix", "blend", "encode", "edit", "decode", "render", "reconstruct",
    "export", "stems", "strip-memory", "sheet", "synth", "starter", "notebook", "html",
}  # fmt: skip


LISTS_OR_MEASURES = {
    "scan", "info", "sliders", "palette", "health", "controls", "trace", "edits", "effects", "compare", "votes", "loop",
    "instrument", "presets", "runs", "history", "models", "clean", "defaults", "doctor",
}  # fmt: skip


@functools.cache
def commands():
    return get_command(cli.app).commands


def options(name):
    return {option for one in commands()[name].params for option in one.opts}


def test_every_argument_for_a_model_takes_a_name():
    found = {}
    for command in cli.COMMANDS:
        for name, hint in typing.get_type_hints(command, include_extras=True).items():
            if any(getattr(one, "parser", None) is model_path for one in getattr(hint, "__metadata__", ())):
                found.setdefault(command.__name__, name)
    assert found.pop("blend") == "models"
    assert found.pop("train") == "base"  # --from
    assert found.pop("health") == "models"
    assert set(found.values()) == {"model"}
    assert {name.replace("_", "-") for name in found} == {
        "prior", "generate", "trace", "controls", "morph", "encode", "edit", "decode", "render", "reconstruct", "sheet",
        "loop", "stems", "info", "sliders", "palette", "strip-memory",
    }  # fmt: skip
    named = {one.name for one in commands().values() if {"model", "models"} & {param.name for param in one.params}}
    assert named == {name.replace("_", "-") for name in found} | {"blend", "health"}


def test_every_command_is_listed_and_lists_and_measurements_have_json():
    assert set(commands()) == LISTS_OR_MEASURES | WRITES | NEITHER
    assert {name for name in commands() if "--json" in options(name)} == LISTS_OR_MEASURES
    said = re.search(r"lists or measures has it: ([^.]*)\.", GUIDE)[1]
    assert set(re.findall(r"`([\w-]+)`", said)) == LISTS_OR_MEASURES


def test_new_json_is_one_document_with_the_same_facts_as_the_text(ok, refused, demo, tiny_corpus, tmp_path):
    edits = json.loads(ok("edits", "--json"))
    assert len(edits) == len(re.findall(r"^\w+:", ok("edits"), re.MULTILINE))
    assert edits["stretch"]["arguments"].keys() == {"by", "smooth"}
    (level,) = json.loads(ok("palette", "demo", "--level", 1, "--json"))
    assert len(level["places"]) == len(level["uses"]) == peek(demo)["recipe"]["codec"]["codebook_size"]
    assert "--out" in refused("palette", "demo")
    found = json.loads(ok("loop", tiny_corpus / "rain.wav", "-o", "l.wav", "--json"))
    assert found["loop"]["last"] < soundfile.info("l.wav").frames
    assert found["seam"].keys() == {"jump", "flux"}
    kit = json.loads(ok("instrument", tiny_corpus / "pluck.wav", "-o", "kit", "--kind", "sfz", "--json"))
    assert kit["paths"] == ["kit/kit.sfz"]
    assert kit["zones"][0]["file"] == "samples/pluck.wav"


def test_quiet_prints_paths_alone(ok, tiny_corpus, tmp_path):
    small = ["--set", "codec.width=16", "--set", "train.batch=2", "--set", "codec.levels=3"]
    assert ok("-q", "train", tiny_corpus, "--steps", 1, "--name", "q", *small) == "data/models/q.sda\n"
    made = ok("--quiet", "generate", "q", "-n", 1, "--seconds", 0.5)
    assert made == "data/exports/q_0.wav\n" == ok("-q", "generate", "q", "-n", 1, "--seconds", 0.5)
    assert ok("-q", "encode", made.strip(), "-m", "q", "-o", "x.npz") == "x.npz\n"
    assert ok("-q", "edit", "x.npz", "--op", "reverse", "-o", "y.npz") == "y.npz\n"
    assert ok("-q", "decode", "y.npz", "-m", "q", "-o", "y.wav") == "y.wav\n"
    assert ok("-q", "export", "y.wav", "-o", "y.flac") == "y.flac\n"
    assert ok("-q", "render", "y.wav", "-o", "z.wav") == "z.wav\n"
    assert ok("-q", "strip-memory", "q") == "data/models/q-shared.sda\n"
    assert ok("-q", "runs", "delete", "q") == ""
    assert "frames" in ok("encode", made.strip(), "-m", "q", "-o", "x.npz")  # the next command is not quiet


def test_the_guide_is_fresh():
    spec = importlib.util.spec_from_file_location("cli_docs", ROOT / "scripts/cli_docs.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.page() == GUIDE, "run `make docs`"


def test_the_guide_lists_the_exit_codes():
    from sda_lib.cli import invocation

    codes = {invocation.OK, invocation.ERROR, invocation.USAGE, invocation.INTERRUPTED}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", GUIDE, re.MULTILINE)} == codes


def complete(tmp_path, words, **more):
    place = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_SDA_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-m", "sda_lib"], env={**os.environ, **place, **more}, capture_output=True, text=True,
        cwd=tmp_path, check=True,
    )  # fmt: skip
    return done.stdout.split()


def test_commands_options_and_names_of_models_are_completed(tmp_path, demo):
    assert complete(tmp_path, "sda gen") == ["generate"]
    assert "--novelty" in complete(tmp_path, "sda generate --nov")
    assert complete(tmp_path, "sda generate d") == ["demo"]
    assert complete(tmp_path, "sda encode x.wav -m de") == ["demo"]


def test_completion_is_installed_for_a_shell(tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-m", "sda_lib", "--install-completion", "bash"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (script,) = tmp_path.rglob("sda.sh")
    assert "_SDA_COMPLETE=complete_bash" in script.read_text()
    assert str(script) in (tmp_path / ".bashrc").read_text()
