"""Imports of a page, ahead of it: what a spare kernel does while it waits."""


def preload() -> None:
    """Import every module that opening a page needs. Opens no file and changes nothing of the process besides."""
    import sda_lib
    from sda_widgets import app, failure, serve  # noqa: F401

    for name in sda_lib.__all__:
        getattr(sda_lib, name)
