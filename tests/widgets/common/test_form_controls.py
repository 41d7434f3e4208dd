"""Parts are drawn at once and whenever a watched trait changes."""

from traitlets import HasTraits, Int

from sda_widgets.common.form_controls import watch


class Source(HasTraits):
    one, other, unwatched = Int(), Int(), Int()


def test_it_acts_at_once_and_at_every_change_of_its_traits():
    first, second, calls = Source(), Source(), []
    watch(lambda: calls.append(1), (first, "one other"), (second, "one"))
    assert len(calls) == 1
    first.one = first.other = second.one = 1
    assert len(calls) == 4
    first.unwatched = second.other = 1
    assert len(calls) == 4
