"""Kernel watch: says on the page that its kernel has ended or can't be reached, and how to come back."""

from sda_widgets.common.browser_widget import BrowserWidget


class KernelWatch(BrowserWidget):
    """A message over the page, which the browser shows by itself; Python has no part in it."""
