"""The progress of searches for closer codes, as the foot of the page shows it."""

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_widgets.app import Page
from sda_widgets.closer_progress import CloserProgress
from sda_widgets.session.closer_codes import CANCELED


def hum(hertz):
    """A tone that the model doesn't know, of three seconds."""
    time = np.arange(3 * 48000) / 48000
    return AudioClip(0.3 * np.sin(2 * np.pi * hertz * time * (1 + time)), 48000, f"{hertz} Hz")


def shown(view):
    return view.layout.display is None


def test_it_is_shown_while_a_search_is_under_way(session):
    view = CloserProgress(session)
    assert not shown(view)
    session.sound.create.load_clip(hum(200))
    assert shown(view)
    assert "Finding closer codes …" in view.children[0].words.value
    view.children[0].cancel.click()
    assert not shown(view)
    assert session.notice == CANCELED
    session.close()


def test_each_sound_has_its_own(session):
    view = CloserProgress(session)
    session.add_sound()
    other = session.sounds[1]
    other.create.load_clip(hum(300))
    assert [shown(one) for one in view.children] == [False, True]
    assert shown(view)
    session.remove_sound(other)
    assert len(view.children) == 1
    assert not shown(view)
    session.close()


def test_the_foot_of_the_page_has_it_and_its_heartbeat_brings_the_step(session, finished):
    page = Page(session)
    session.sound.create.load_clip(hum(250))
    clock = next(one for one in page.children if type(one).__name__ == "PageClock")
    assert clock.beating
    view = next(one for one in page.dock.children[1].children if isinstance(one, CloserProgress))
    assert shown(view)
    finished(session.sound.closer.work)
    clock._handle_custom_msg({"kind": "beat"}, [])
    assert len(session.sound.history.steps) == 2
    assert not shown(view)
    assert not clock.beating
    page.close()
