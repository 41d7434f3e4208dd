"""The health check that stands alone."""

from sda_widgets import Health


def test_it_measures_at_once_and_offers_no_training_form(owned):
    health = Health(owned)
    assert health.running
    health.session.health.thread.join()
    assert health.report is not None
    assert health.severity in ("green", "yellow", "red")
    view = health.children[2]
    assert view.fixes.items
    assert not any(item["trains"] for item in view.fixes.items)
    assert not Health(owned, starts=False).running
