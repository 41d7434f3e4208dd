"""Display of a model."""

from sda_lib.display.models import held_out_in_words, learned_from, learning_of_model, model_view, samples_of


def test_the_card_tells_what_a_model_is(plain, tiny_model_path, checked_html):
    html = checked_html(model_view(plain, tiny_model_path))
    assert all(
        one in html for one in ("<b>tiny</b>", "3 sounds", "held-out distance", "tiny.sda", "none yet", "health()")
    )
    assert html.count("<audio") == 3


def test_a_model_without_recordings_and_facts(plain, checked_html):
    bare = plain.without_memory().with_header(corpus=None, metrics={}, name="<m>")
    html = checked_html(model_view(bare))
    assert "it can be shared" in html
    assert "&lt;m&gt;" in html
    assert samples_of(bare) == ()
    assert learned_from(bare) == held_out_in_words(bare) == ""


def test_samples_are_the_beginnings_of_recordings(plain):
    assert {clip.name for clip in samples_of(plain)} == {"pluck", "rain", "sweep"}
    assert all(clip.seconds <= 2 for clip in samples_of(plain))


def test_the_learning_of_a_model_is_its_curve(plain, checked_html):
    curve = [[0, 2.0, 1.0], [10, 1.5, 0.9]]
    assert checked_html(learning_of_model(plain.with_header(curve=curve))).count("<polyline") == 1
    assert learning_of_model(plain.with_header(curve=curve[:1])) == ""
