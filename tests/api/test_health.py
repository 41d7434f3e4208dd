"""Health that shows itself."""

import pytest

from sda_lib.errors import SdaError


def test_health_shows_itself_and_is_saved(model, tmp_path, checked_html):
    assert "health()" in model._repr_html_()
    health = model.health()
    assert repr(health).startswith("Health('tiny', ")
    assert "array" not in repr(health)
    assert health.verdict in checked_html(health._repr_html_())
    assert health.verdict in model._repr_html_()  # the card shows what was measured last
    assert health.save(tmp_path / "health.html").read_text().startswith("<!doctype html>")
    with pytest.raises(SdaError, match="html"):
        health.save(tmp_path / "health.txt")
