"""Output of commands: nothing that steers a terminal comes through, whatever files, tags and errors are called."""

import ast
import json
from pathlib import Path

import mutagen.flac
import pytest
import soundfile

from sda_lib.audio.clip import read_clip
from sda_lib.cli import terminal

CLI = Path(terminal.__file__).parent
HOSTILE = ("a\x1b[31mred", "b\x9b2Jclear", "c\x07\u202erev\x08\x7f", "d\nsda: all is well", "e\x1b]0;title\x1b\\")


@pytest.fixture
def hostile(tiny_corpus, tmp_path):
    """A folder of sounds, and of a file that is none, whose names and tags steer terminals."""
    folder = tmp_path / "fold\x1b[2Jer"
    folder.mkdir()
    sounds = sorted(tiny_corpus.glob("*.wav"))
    for number, name in enumerate(HOSTILE):
        samples, rate = soundfile.read(sounds[number % 3], frames=12000 + 2000 * number)
        soundfile.write(folder / f"{name}.flac", samples, rate)
        tagged = mutagen.flac.FLAC(folder / f"{name}.flac")
        tagged["title"] = tagged["artist"] = "t\x1b[5mblink\x9b"
        tagged.save()
    (folder / "x\x1b[1mbad.wav").write_bytes(b"no sound")
    return folder


def harmless(text):
    return not [char for char in text if not char.isprintable() and char not in "\n\t"]


def test_no_output_of_commands_steers_the_terminal(sda, hostile, tmp_path):
    sounds = sorted(hostile.glob("*.flac"))
    model, name = tmp_path / "m\x1b[31m.sda", "tiny\x1b[2J\x9b"
    train = ("--steps", 0, "--set", "codec.width=16", "--set", "train.threads=1", "--out", model, "--name", name)
    commands = [
        ("scan", hostile),
        ("scan", hostile, "--json"),
        ("scan", hostile, "--fix", tmp_path / "cl\x1bean"),
        ("train", hostile, *train),
        ("info", model),
        ("info", model, "--json"),
        ("encode", sounds[0], "--model", model),
        ("reconstruct", sounds[1], "--model", model, "--out", tmp_path / "r\x1b.wav"),
        ("export", sounds[2], "--out", tmp_path / "e\x9b.wav"),
        ("generate", model, "--seconds", 0.5, "--name", "n\x1b_{seed}", "--out", tmp_path / "o\x1b"),
        ("instrument", *sounds[:2], "--out", tmp_path / "kit\x1b[31m"),
        ("trace", sounds[0], "--model", model),
        ("runs", "list"),
        ("info", tmp_path / "missing\x1b[31m.sda"),
        ("encode", hostile / "x\x1b[1mbad.wav", "--model", model),
        ("export", sounds[2], "--out", tmp_path / "e.\x1b[31m"),
        ("edit", sounds[0], "--op", "\x1b[31m:a=1", "--out", tmp_path / "a.codes.npz"),
        ("generate", model, "--vary", "\x1b[31m=1"),
        ("tra\x1b[31min",),
        ("train", hostile, "--pre\x1b[31mset", "x"),
    ]
    codes = {}
    for number, command in enumerate(commands):
        code, out, err = sda(*command)
        codes[number] = code
        assert harmless(out), command
        assert harmless(err), command
    assert list(codes.values())[:12] == [0] * 12
    assert all(code for code in list(codes.values())[13:])


def test_json_stays_json(sda, hostile):
    _, out, _ = sda("scan", hostile, "--json")
    assert len(json.loads(out)["measured"]) == len(HOSTILE)


def test_json_keeps_its_texts(capsys):
    texts = ["a\x9bb", "ü → \x1b", "\u202e"]
    terminal.print_json(texts)
    out = capsys.readouterr().out
    assert harmless(out)
    assert json.loads(out) == texts


def test_escapes_are_shown_and_lines_kept():
    assert terminal.shown("a\x1b[31m\x9b\n\tü → 1") == "a\\x1b[31m\\x9b\n\tü → 1"


def test_names_of_exports_are_portable(sda, tiny_corpus, tiny_model_path, tmp_path):
    """Whatever is given as a name: no file is written that Windows, exFAT or zip refuse."""
    for name in ('a:b?c*"<>|', "aux", "dots...", "x" * 300, "com1"):
        code, _, err = sda(
            "generate", tiny_model_path, "--seconds", 0.3, "--count", 1, "--name", name, "--out", tmp_path / "out"
        )
        assert code == 0, err
    code, _, err = sda("instrument", *tiny_corpus.glob("*.wav"), "--out", tmp_path / "kit", "--name", "nul")
    assert code == 0, err
    written = [path.name for path in (*(tmp_path / "out").iterdir(), *(tmp_path / "kit").rglob("*"))]
    assert not [name for name in written if set(name) & set('<>:"|?*') or len(name.encode()) > 255]
    assert not [name for name in written if Path(name).stem.rstrip(". ").lower() in ("aux", "com1", "nul")]
    assert len(list((tmp_path / "out").glob("*.wav"))) == 5
    assert all(read_clip(path).length for path in (tmp_path / "out").glob("*.wav"))


@pytest.mark.parametrize("path", sorted(CLI.glob("*.py")), ids=lambda path: path.stem)
def test_commands_print_by_the_function_that_escapes(path):
    """A module that prints takes `print` from here, and none writes to the streams itself."""
    tree = ast.parse(path.read_text())
    calls = [one.func for one in ast.walk(tree) if isinstance(one, ast.Call)]
    prints = any(isinstance(one, ast.Name) and one.id == "print" for one in calls)
    taken = [one for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and one.module == "sda_lib.cli.terminal"]
    if path.stem != "terminal":
        assert not prints or any(name.name == "print" for one in taken for name in one.names)
        assert "builtins" not in path.read_text()
    assert not [one for one in calls if isinstance(one, ast.Attribute) and ast.unparse(one) in STREAMS]


STREAMS = {"sys.stdout.write", "sys.stderr.write", "typer.echo", "typer.secho", "rich.print"}
