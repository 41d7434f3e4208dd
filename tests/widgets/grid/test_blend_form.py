"""The form for blends of the first sound with others."""

import sda_lib
from sda_widgets.grid.blend_form import BlendForm, nearness


def shown(*widgets):
    return [one.layout.display is None for one in widgets]


def test_a_share_makes_a_blend_that_is_kept(session):
    form = BlendForm(session)
    assert shown(form.alone, form.acts, *form.shares.values()) == [True, False, False, False, False]
    session.add_sound()
    assert shown(form.alone, form.acts, *form.shares.values()) == [False, True, True, False, False]
    assert form.keep.disabled
    form.shares["B"].value = 30
    assert session.compare.shares == {"B": 0.3}
    assert not form.keep.disabled
    assert nearness(session.compare.distance) in form.distance.value
    form.keep.click()
    assert form.shares["B"].value == 0


def test_a_blend_of_four_makes_room_for_the_slider_that_moved(session):
    form = BlendForm(session)
    for number in range(3):
        session.add_sound()
        session.sounds[-1].create.generate(sda_lib.GenerateOptions(1.0, seed=number + 3))
    before = session.sound.codes
    for name, percent in (("B", 40), ("C", 30), ("D", 60)):
        form.shares[name].value = percent
    assert [one.value for one in form.shares.values()] == [22, 17, 60]
    assert session.compare.shares == {"B": 0.22, "C": 0.17, "D": 0.6}
    played = session.compare.blended.samples
    form.keep.click()
    assert session.message == ""
    assert (session.sound.clip.samples == played).all()
    assert [one.value for one in form.shares.values()] == [0, 0, 0]
    for _ in range(3):
        session.sound.steps.undo()
    assert session.sound.codes is before
