"""Displays that change while a cell runs."""

import subprocess
import sys
import types

from sda_lib.display.notebook import new_slot


def test_outside_of_a_notebook_nothing_is_shown():
    assert new_slot("<p>", "p") is None


def test_a_slot_is_replaced_by_its_name(monkeypatch):
    published = []
    publisher = types.SimpleNamespace(
        publish=lambda data, _, transient, update: published.append((data, transient, update))
    )
    shell = types.SimpleNamespace(kernel=object(), display_pub=publisher)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    first, other = new_slot("<p>1</p>", "1"), new_slot("<p>2</p>", "2")
    first.show("<p>3</p>", "3")
    assert [update for *_, update in published] == [False, False, True]
    assert published[0][1] == published[2][1] == {"display_id": first.name}
    assert first.name != other.name
    assert published[2][0] == {"text/html": "<p>3</p>", "text/plain": "3"}


def test_a_console_of_ipython_is_no_notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: object()))
    assert new_slot("", "") is None


def test_ipython_is_not_loaded():
    code = "import sys, sda_lib.display.notebook as n; n.new_slot('', ''); assert 'IPython' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
