"""Exit codes and errors of the command line."""

import signal
import subprocess
import sys

import pytest
from typer.main import get_command

from sda_lib import cli
from sda_lib.cli import invocation


def test_a_renamed_flag_works_with_a_warning(capsys):
    assert invocation.current_flags(["-q", "sliders", "x", "--anew"]) == ["-q", "sliders", "x", "--refit"]
    assert capsys.readouterr().err == "sda: --anew is now --refit; the old name works until version 0.3.\n"
    assert invocation.current_flags(["info", "--anew"]) == ["info", "--anew"]
    for command, flags in invocation.RENAMED.items():
        known = {flag for one in get_command(cli.app).commands[command].params for flag in one.opts}
        assert set(flags.values()) <= known
        assert not known & set(flags)


def test_invalid_command_lines_are_one_sentence_and_code_2(misused, demo):
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
