"""The bar with two sounds."""

from sda_widgets.grid.ab_panel import ABPanel, nearness
from sda_widgets.grid.code_grid import CodeGrid


def test_bar_shows_the_second_sound(session):
    window = ABPanel(session, lambda sound: CodeGrid(session, sound))
    assert window._tools.layout.display == "none"
    window.toggle.value = True
    assert isinstance(window.children[1], CodeGrid)
    assert window.keep.disabled
    window.blend.value = 30
    assert session.compare.share == 0.3
    assert not window.keep.disabled
    assert nearness(session.compare.distance) in window.distance.value
    window.keep.click()
    assert window.blend.value == 0
    window.receiver.value = "B"
    assert session.receiving is session.sounds[1]
    window.toggle.value = False
    assert len(session.sounds) == 1
    assert len(window.children) == 1
