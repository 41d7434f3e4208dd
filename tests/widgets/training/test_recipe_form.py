"""The recipe as a form."""

from sda_lib.config import Recipe
from sda_widgets.session.session import Session
from sda_widgets.training.recipe_form import RecipeForm
from sda_widgets.training.training_view import TrainingView

HOSTILE = "<img src=x onerror=alert(1)>"


def test_the_recipe_form_shows_the_errors_of_the_recipe(places, monkeypatch):
    form = RecipeForm(lambda: None)
    sections = {"audio": 3, "codec": 16, "memory": 3, "train": 20}
    assert {name: sum(key.startswith(f"{name}.") for key in form.fields) for name in sections} == sections
    form.suggest(Recipe())
    assert form.fields["codec.levels"].placeholder == "12"
    session = Session(places)
    window = TrainingView(session)
    session.scan.start(places.demo)
    assert "12 levels" in window.expected.value
    window.recipe.fields["codec.levels"].value = "5"
    assert "5 levels" in window.expected.value
    window.recipe.fields["codec.kernel"].value = "4"
    assert "codec.kernel must be odd, not 4." in window.expected.value
    window.recipe.fields["codec.kernel"].value = f"{HOSTILE}"
    assert "<img" not in window.expected.value
    window.train.click()
    assert "codec.kernel" in session.message
    assert session.training.run is None
