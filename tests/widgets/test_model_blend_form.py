"""The form for a blend of models."""

from sda_lib.export.finish import Finish
from sda_widgets.model_blend_form import ModelBlendForm


def test_another_model_is_chosen_blended_and_written(session, finished):
    session.library.refresh()
    form = ModelBlendForm(session, lambda: (Finish(), ".flac"))
    assert [label for label, _ in form.other.options] == ["Choose a model"]
    assert form.make.disabled
    other = session.library.duplicate(session.model_path)
    form.other.value = str(other)
    form.seed.value = 4
    form.make.click()
    finished(session.model_blend)
    assert session.message == ""
    assert not form.write.disabled
    form.write.click()
    assert session.exports.path.suffix == ".flac"
