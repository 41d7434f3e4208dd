"""A widget finds its browser module and style by the name of its file."""

from pathlib import Path

from sda_widgets.common.browser_widget import STATIC
from sda_widgets.export import pan_pad
from sda_widgets.export.pan_pad import PanPad


def test_the_module_is_the_built_one_of_its_name():
    assert PanPad()._esm == (STATIC / "pan_pad.js").read_text()
    assert PanPad()._css == Path(pan_pad.__file__).with_suffix(".css").read_text()


def test_messages_of_the_page_reach_the_act():
    pad, received = PanPad(), []
    pad.on_message(received.append)
    pad._handle_custom_msg({"kind": "moved"}, [])
    assert received == [{"kind": "moved"}]
