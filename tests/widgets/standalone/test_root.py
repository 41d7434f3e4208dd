"""What all widgets that stand alone have in common: styles, a session, traits that follow it."""

import subprocess
import sys

import pytest

import sda_lib
import sda_widgets
from sda_widgets import CodeGrid, Library, Map, Player
from sda_widgets.listen.preview import Preview, preview_of


def parts_of(widget):
    """A widget and everything in it."""
    return [widget, *(part for child in getattr(widget, "children", ()) for part in parts_of(child))]


def test_names_load_without_torch():
    source = "import sys, sda_widgets as w; print({'torch', 'ipywidgets'} & set(sys.modules), sorted(dir(w)))"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    names = ["CodeGrid", "Health", "Library", "Map", "Palette", "Player", "Sliders", "Training", "Workbench", "studio"]
    assert done.stdout.strip() == f"set() {names}"
    with pytest.raises(AttributeError):
        sda_widgets.Nothing  # noqa: B018


def test_every_root_has_the_styles_and_one_preview_for_all_of_a_session(owned, take):
    grid = CodeGrid(owned, take)
    recordings = Map(session=grid.session)
    for widget in (grid, recordings):
        assert {"sda-app", "sda-alone"} <= set(widget._dom_classes)
        assert "<style>" in widget.children[0].children[0].value
        assert [part for part in parts_of(widget) if isinstance(part, Preview)] == [preview_of(grid.session)]


def test_sessions_of_two_widgets_never_touch_each_other(owned, take):
    one, other = CodeGrid(owned, take), CodeGrid(owned, take)
    one.session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert not one.codes.is_same(other.codes)
    assert other.codes.is_same(take.codes)


def test_an_error_of_an_action_is_shown(owned, take):
    grid = CodeGrid(owned, take)
    assert grid.children[1].layout.display == "none"
    grid.session.sound.edits.apply("set", code=10**6)
    assert grid.message
    assert grid.message.split(";")[0] in grid.children[1].value
    grid.session.sound.edits.apply("set", code=1)
    assert grid.message == ""
    assert grid.children[1].layout.display == "none"


def test_what_others_assign_is_the_sound(owned, take):
    grid = CodeGrid(owned, take)
    edited = take.codes.edit("reverse", frames=(0, 20))
    grid.codes = edited
    assert grid.codes.is_same(edited)
    assert len(grid.session.sound.history.steps) == 2  # an edit
    longer = take.codes.edit("repeat", times=2) if "repeat" in sda_lib.EDITS else take.codes.edit("stretch", by=2.0)
    grid.codes = longer
    assert grid.codes.frames == longer.frames
    grid.session.sound.steps.undo()
    assert grid.codes.is_same(edited)


def test_codes_of_another_model_are_refused(owned, take):
    import dataclasses

    grid = CodeGrid(owned, take)
    with pytest.raises(sda_lib.SdaError, match="another model"):
        grid.codes = dataclasses.replace(take.codes, codebook_size=1000)
    assert grid.codes.is_same(take.codes)


def test_two_grids_can_be_linked(owned, take):
    from traitlets import link

    one, other = CodeGrid(owned, take), CodeGrid(owned, take)
    link((one, "codes"), (other, "codes"))
    one.session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert other.session.sound.codes.is_same(one.session.sound.codes)
    other.session.sound.steps.undo()
    assert one.session.sound.codes.is_same(take.codes)


def test_traits_for_the_browser_are_plain(owned, take):
    player = Player(take)
    assert {"position", "loop", "region", "active"} <= set(player.get_state())
    assert {"selection", "cursor", "message"} <= set(CodeGrid(owned, take).get_state())


WIDGET = "application/vnd.jupyter.widget-view+json"


def test_a_page_without_a_kernel_shows_the_sound_as_it_was(owned, take, checked_html):
    for widget, words in ((CodeGrid(owned, take), "12 levels"), (Player({"<new>": take}), "&lt;new&gt;")):
        data = widget._repr_mimebundle_()
        assert WIDGET in data
        html = checked_html(data["text/html"])
        assert html.count("<audio") == 1
        assert words in html
        assert "Run the notebook to use it." in html


def test_a_map_without_a_kernel_shows_the_recordings(owned, checked_html):
    html = checked_html(Map(owned)._repr_mimebundle_()["text/html"])
    assert "rain" in html
    assert "<audio" not in html


def test_what_has_nothing_to_show_is_a_widget_alone(owned):
    assert set(Library()._repr_mimebundle_()) == {"text/plain", WIDGET}
