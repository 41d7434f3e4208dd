"""Names of the page's widgets: none replaces what ipywidgets itself calls, which would leave the page blank."""

import importlib
import pkgutil

from ipywidgets import Widget

import sda_widgets

# Names that classes are meant to replace.
MEANT = {"close", "_repr_mimebundle_"}


def classes():
    for module in pkgutil.walk_packages(sda_widgets.__path__, "sda_widgets."):
        if module.name.rpartition(".")[2] != "voila_server":  # it runs the server
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, Widget) and value.__module__ == module.name:
                    yield value


def own_methods(kind):
    return {name for name, value in vars(kind).items() if callable(value) and not name.startswith("__")}


def test_no_method_replaces_one_of_ipywidgets():
    found = list(classes())
    assert len(found) > 30
    replaced = {
        (kind.__name__, name)
        for kind in found
        for name in own_methods(kind) - MEANT
        for base in kind.__mro__
        if base.__module__.startswith(("ipywidgets.", "traitlets.", "anywidget.")) and callable(vars(base).get(name))
    }
    assert not replaced
