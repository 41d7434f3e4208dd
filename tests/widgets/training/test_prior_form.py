"""The form for a prior."""

from sda_widgets.session.session import Session
from sda_widgets.training.prior_form import PriorForm


def test_it_says_which_prior_the_model_has(session, places):
    assert "no prior" in PriorForm(session).state.value or "has a" in PriorForm(session).state.value
    empty = PriorForm(Session(places))
    assert "Open a model first" in empty.state.value
    assert empty.train.disabled
