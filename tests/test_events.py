"""Events are restored from their lines of JSON; other text is refused."""

import pytest

from sda_lib.events import Event


def test_an_event_is_restored_from_its_line():
    event = Event("metrics", 3, 9, {"held_out": 1.5}, "closer")
    assert Event.from_json(event.to_json()) == event
    assert "\n" not in event.to_json()


@pytest.mark.parametrize(
    "line", ["", "{}", "[]", '{"kind": 3}', '{"kind": "done", "step": "x"}', '{"kind": "done", "values": {"a": "b"}}']
)
def test_other_text_is_refused(line):
    with pytest.raises((TypeError, ValueError)):
        Event.from_json(line)
