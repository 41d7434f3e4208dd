"""A widget finds its browser module and style by the name of its file."""

import pytest

from sda_widgets.common.static import STATIC
from sda_widgets.export.pan_pad import PanPad
from sda_widgets.listen.preview import Preview


@pytest.mark.parametrize("widget", [PanPad, Preview])
def test_the_module_is_the_built_one_of_its_name(widget):
    name = widget.__module__.rpartition(".")[2]
    assert widget()._esm == (STATIC / f"{name}.js").read_text()


def test_messages_of_the_page_reach_the_act():
    pad, received = PanPad(), []
    pad.on_message(received.append)
    pad._handle_custom_msg({"kind": "moved"}, [])
    assert received == [{"kind": "moved"}]
