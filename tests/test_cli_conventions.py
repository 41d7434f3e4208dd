"""What holds for every command: one folder for data, models by name, JSON, quiet, exit codes, completion, defaults."""

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import typing
from pathlib import Path

import pytest
import soundfile
from typer.main import get_command

from sda_lib import cli
from sda_lib.cli.arguments import model_path
from sda_lib.export.write import read_tags
from sda_lib.model.header import peek

LISTS_OR_MEASURES = {
    "scan", "info", "sliders", "palette", "health", "controls", "trace", "edits", "effects", "loop", "instrument",
    "runs", "clean", "defaults", "doctor",
}  # fmt: skip
WRITES = {
    "train", "prior", "generate", "morph", "blend", "encode", "edit", "decode", "render", "reconstruct", "export",
    "stems", "strip-memory", "sheet", "notebook",
}  # fmt: skip
NEITHER = {"studio", "work"}
GUIDE = (Path(__file__).parents[1] / "docs/CLI.md").read_text()


@functools.cache
def commands():
    return get_command(cli.app).commands


def options(name):
    return {option for one in commands()[name].params for option in one.opts}


@pytest.fixture
def demo(tmp_path, tiny_model_path):
    """A model called demo among the user's."""
    (tmp_path / "data/models").mkdir(parents=True)
    return Path(shutil.copy(tiny_model_path, tmp_path / "data/models/demo.sda"))


@pytest.fixture
def misused(sda):
    """Run a command line that can't be understood; returns its one sentence."""

    def run(*arguments):
        code, out, err = sda(*arguments)
        assert (code, out) == (2, "")
        assert re.fullmatch(r"sda: [^\n]+`sda [^\n]*--help`\.\n", err), err
        return err

    return run


# --- one folder


@pytest.mark.parametrize("variable", ["SDA_HOME", "SDA_DATA"])
def test_every_command_works_in_the_folder_that_is_named(ok, tiny_corpus, tmp_path, monkeypatch, variable):
    monkeypatch.delenv("SDA_HOME")
    monkeypatch.setenv(variable, str(tmp_path / "else where"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    small = ["--set", "codec.width=16", "--set", "codec.levels=3", "--minutes", 0]
    assert str(tmp_path / "else where/models/tin.sda") in ok("train", tiny_corpus, "--name", "tin", *small)
    assert len(json.loads(ok("runs", "--json"))) == 1
    (made,) = ok("generate", "tin", "-n", 1, "--seconds", 0.5).split("\n")[:1]
    assert made == str(tmp_path / "else where/exports/tin_0.wav")
    ok("clean", "runs")
    assert json.loads(ok("runs", "--json")) == []
    assert list(Path.cwd().iterdir()) == []


def test_without_a_name_it_is_the_system_s_folder(ok, tmp_path, monkeypatch):
    monkeypatch.delenv("SDA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "jane"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "jane/share"))
    folder = Path(json.loads(ok("clean", "--json"))["folder"])
    assert folder.is_absolute() or (tmp_path / folder).is_relative_to(tmp_path / "jane")
    assert folder.name == "sda"
    assert not (tmp_path / "jane").exists()


def test_runs_of_another_folder_are_asked_for_with_data(ok, tmp_path, tiny_corpus, monkeypatch):
    ok("train", tiny_corpus, "--minutes", 0, "--set", "codec.width=16", "--set", "codec.levels=3")
    monkeypatch.setenv("SDA_HOME", str(tmp_path / "other"))
    assert json.loads(ok("runs", "--json")) == []
    (run,) = json.loads(ok("runs", "--data", "data", "--json"))
    assert "until: sda clean trash" in ok("runs", "--data", "data", "delete", run["run"])
    assert (tmp_path / "data/trash" / run["run"] / "job.json").exists()
    (tmp_path / "far").mkdir()
    shutil.move(tmp_path / "data/trash" / run["run"], tmp_path / "far/away")
    ok("runs", "--data", "data", "delete", "far/away")  # a run outside lands in the same trash
    assert (tmp_path / "data/trash/away/job.json").exists()
    assert not (tmp_path / "other").exists()


# --- models by name


def test_a_model_is_a_path_or_a_name(ok, demo, tiny_model_path):
    for given in ("demo", "demo.sda", demo, "data/models/demo.sda", "tiny"):  # tiny is the name in its header
        assert json.loads(ok("info", given, "--json")) == peek(demo)
    shutil.copy(tiny_model_path, "here")
    Path("demo").mkdir()  # a folder is no model, so it hides none
    assert json.loads(ok("info", "here", "--json")) == json.loads(ok("info", "demo", "--json"))


def test_a_name_that_fits_none_or_several_lists_what_there_is(refused, ok, demo, tiny_model_path):
    assert "there are demo." in refused("generate", "dmo")
    assert "nowhere/demo.sda" in refused("info", "nowhere/demo.sda")
    shutil.copy(demo, demo.with_name("twin.sda"))
    said = refused("info", "tiny")
    assert "demo.sda, twin.sda" in said
    demo.with_name("twin.sda").write_text("no model")
    assert json.loads(ok("info", "tiny", "--json"))["name"] == "tiny"
    shutil.rmtree(demo.parent)
    assert "make one with `sda train`" in refused("info", "demo")


def test_every_argument_for_a_model_takes_a_name():
    found = {}
    for command in cli.COMMANDS:
        for name, hint in typing.get_type_hints(command, include_extras=True).items():
            if any(getattr(one, "parser", None) is model_path for one in getattr(hint, "__metadata__", ())):
                found.setdefault(command.__name__, name)
    assert found.pop("blend") == "models"
    assert found.pop("train") == "source"  # --from
    assert set(found.values()) == {"model"}
    assert {name.replace("_", "-") for name in found} == {
        "prior", "generate", "trace", "controls", "morph", "encode", "edit", "decode", "render", "reconstruct", "sheet",
        "loop", "stems", "info", "sliders", "palette", "health", "strip-memory",
    }  # fmt: skip
    named = {one.name for one in commands().values() if {"model", "models"} & {param.name for param in one.params}}
    assert named == {name.replace("_", "-") for name in found} | {"blend"}


# --- JSON


def test_every_command_is_known_here_and_those_that_list_or_measure_have_json():
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


# --- quiet


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
    assert "columns" in ok("encode", made.strip(), "-m", "q", "-o", "x.npz")  # the next command is not quiet


# --- exit codes


def test_what_cannot_be_understood_is_one_sentence_and_code_2(misused, demo):
    assert "No such command 'nonsense'" in misused("nonsense")
    assert "`sda runs --help`" in misused("runs", "nonsense")
    assert "--jsn" in misused("info", "demo", "--jsn")
    assert "MODEL" in misused("generate")
    assert "--op" in misused("edit", "x.npz", "-o", "y.npz")
    assert "--novelty" in misused("generate", "demo", "--novelty", 2)
    assert "--count" in misused("generate", "demo", "-n", "many")
    assert "extra" in misused("effects", "extra")


@pytest.mark.parametrize("place", ["sda_lib.model.header.peek", "sda_lib.model.library.models"])
def test_ctrl_c_ends_a_command_with_130_and_no_traceback(sda, monkeypatch, place):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    code, out, err = sda("info", "./x.sda" if place.endswith("peek") else "x")
    assert (code, out) == (130, "")
    assert "Traceback" not in err


def test_a_process_that_is_interrupted_ends_with_130(tmp_path):
    wait = (
        "import signal, sys, sda_lib.model.header as m\n"
        "from sda_lib import cli\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "m.peek = lambda path: (print('waiting', flush=True), signal.pause())\n"
        "sys.argv = ['sda', 'info', 'x.sda']\n"
        "cli.main()\n"
    )
    (tmp_path / "x.sda").touch()
    process = subprocess.Popen(
        [sys.executable, "-c", wait], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate() == ("", "sda: Stopped.\n")
    assert process.returncode == 130


def test_the_guide_lists_the_codes_that_there_are():
    from sda_lib.cli import invocation

    codes = {invocation.OK, invocation.ERROR, invocation.USAGE, invocation.INTERRUPTED}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", GUIDE, re.MULTILINE)} == codes


# --- completion


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


# --- the user's defaults


def test_defaults_are_set_shown_and_taken_out(ok, refused, tmp_path):
    assert json.loads(ok("defaults", "--json")) == {"author": "", "licence": "", "format": "", "folder": ""}
    assert not (tmp_path / "data").exists()
    ok("defaults", "author", 'Jane "J" Doe')
    ok("defaults", "folder", "mine")
    assert ok("defaults", "author") == 'Jane "J" Doe\n'
    assert json.loads(ok("defaults", "--json"))["folder"] == str(tmp_path / "mine")
    ok("defaults", "folder", "")
    assert ok("-q", "defaults", "folder") == "\n"
    assert "there are author, licence, format, folder" in refused("defaults", "tempo", "3")
    assert "one of wav" in refused("defaults", "format", "xyz")


def test_defaults_sign_exports_and_options_win(ok, refused, demo, tiny_corpus, tmp_path):
    for key, value in (("author", "Žofie"), ("licence", "CC0"), ("format", "flac"), ("folder", "mine")):
        ok("defaults", key, value)
    assert ok("-q", "generate", "demo", "-n", 1, "--seconds", 0.5) == f"{tmp_path / 'mine/tiny_0.flac'}\n"
    tags = read_tags("mine/tiny_0.flac")
    assert (tags["artist"], tags["copyright"]) == ("Žofie", "CC0")
    wish = ("generate", "demo", "-n", 1, "--seconds", 0.5, "--format", "wav", "-o", "here", "--tag", "artist=Bob")
    assert ok("-q", *wish) == "here/tiny_0.wav\n"
    tags = read_tags("here/tiny_0.wav")
    assert (tags["artist"], tags["copyright"]) == ("Bob", "CC0")
    rain = tiny_corpus / "rain.wav"
    assert ok("-q", "morph", "demo", rain, rain) == f"{tmp_path / 'mine/rain_rain_0.5.flac'}\n"
    ok("export", "here/tiny_0.wav", "-o", "bobs.flac")  # what a file says of itself is not replaced by a default
    assert read_tags("bobs.flac")["artist"] == "Bob"
    ok("export", rain, "-o", "signed.flac")
    assert read_tags("signed.flac")["artist"] == "Žofie"
    ok("export", "here/tiny_0.wav", "-o", "janes.flac", "--tag", "artist=Žofie")
    assert read_tags("janes.flac")["artist"] == "Žofie"
    ok("loop", rain, "-o", "l.wav")
    assert read_tags("l.wav")["copyright"] == "CC0"
    (tmp_path / "data/defaults.toml").write_text("author = Jane\n")
    assert "line 1" in refused("generate", "demo", "-n", 1)


# --- space


def test_clean_shows_and_deletes_what_is_named(ok, misused, refused, tmp_path, demo):
    for name, size in (("cache/a", 2000), ("trash/b", 300), ("exports/c.wav", 7)):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(bytes(size))
    found = json.loads(ok("clean", "--json"))
    assert {kind: found[kind]["bytes"] for kind in ("cache", "runs", "trash", "parts")} == {
        "cache": 2000, "runs": 0, "trash": 300, "parts": 0,
    }  # fmt: skip
    assert found["deleted"] is False
    assert re.search(r"cache +2\.0 kB +1 file", ok("clean"))
    assert (tmp_path / "data/cache/a").exists()
    assert json.loads(ok("clean", "trash", "--json"))["trash"] == {"items": 1, "files": 1, "bytes": 300}
    assert not (tmp_path / "data/trash/b").exists()
    assert (tmp_path / "data/cache/a").exists()
    ok("clean", "cache", "--older", 1)
    assert (tmp_path / "data/cache/a").exists()
    ok("clean", "--yes")
    assert not (tmp_path / "data/cache/a").exists()
    assert (tmp_path / "data/exports/c.wav").exists()
    assert demo.exists()
    assert "there are cache, runs, trash, parts" in refused("clean", "models")
    misused("clean", "--older", "-1")
