"""`jupyter sda`."""

import sys

import pytest

from sda_widgets import jupyter_command


def test_it_is_the_studio(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["jupyter-sda", "--token", "secret"])
    with pytest.raises(SystemExit):
        jupyter_command.main()
    assert "--token-file" in capsys.readouterr().err  # what `sda studio` says
