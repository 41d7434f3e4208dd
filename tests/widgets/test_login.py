"""The login of the served page."""

from voila.app import Voila

from sda_widgets import login


def test_cookie_differs_from_jupyter():
    app = Voila(port=8899)
    assert login.IdentityProvider(parent=app).cookie_name == "sda-8899"
