"""The form for new sounds."""

import pytest

from sda_lib import GenerateOptions
from sda_lib.work_steps import WorkStep
from sda_lib.writers.auto_duration import as_drawn
from sda_lib.writers.control_check import ControlCheck
from sda_lib.writers.loudness_contour import SHAPES
from sda_lib.writers.options import AUTO
from sda_widgets.files.model_chooser import ModelChooser
from sda_widgets.generate import GenerateForm
from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.session import model_checks


def test_options_reach_the_session(session):
    window = GenerateForm(session)
    window.seconds.value, window.seed.value = 1.5, 7
    window.generate_button.click()
    assert session.sound.clip.seconds == pytest.approx(1.5, abs=0.001)
    assert "seed 7" in session.sound.title
    one = session.sound.clip.samples.tobytes()
    window.next_button.click()
    assert "seed 8" in session.sound.title
    assert session.sound.clip.samples.tobytes() != one


def test_options_of_the_form(session):
    window = GenerateForm(session)
    assert window.options == GenerateOptions()
    window.temperature.value, window.jump_focus.value, window.top_p.value = 1.2, 1.0, 0.5
    window.controls["density"].value = 0.9
    window.contour.value = SHAPES["swell"]
    options = window.options
    assert (options.temperature, options.top_k, options.top_p) == (1.2, 1, 0.5)
    assert options.controls == {"density": 0.9}
    assert options.contour == SHAPES["swell"]


def test_controls_without_effect_are_hidden(session, monkeypatch):
    window = GenerateForm(session)
    window.controls["pitch"].value = window.controls["pulse"].value = 0.5
    monkeypatch.setattr(
        type(session.model.ranges), "why_hidden", lambda _ranges, name: "No <tone>." * (name == "pitch")
    )
    session.hidden_controls.check()
    assert session.message == ""
    assert window.controls["pitch"].layout.display == "none"
    assert window.controls["pulse"].layout.display is None
    assert "No &lt;tone&gt;." in window.why_hidden.value
    assert window.options.controls == {"pulse": 0.5}
    session.open_model(session.model_path)
    assert window.controls["pitch"].layout.display is None
    assert window.why_hidden.value == ""


def test_try_out_controls(session, monkeypatch, finished):
    window = GenerateForm(session)
    found = {"pulse": ControlCheck(0.9), "density": ControlCheck(0.1, "It hardly follows.")}

    def steps(_model, writer):
        yield WorkStep(0.5, "trying pulse 0")
        return found if writer == "walk" else {}

    monkeypatch.setattr(model_checks, "checks_in_steps", steps)
    window.trial_button.click()
    finished(session.hidden_controls)
    assert session.message == ""
    assert session.hidden_controls.reasons == {"density": "It hardly follows."}


def test_continue_and_regenerate(session):
    window = GenerateForm(session)
    window.seconds.value = 1.0
    window.generate_button.click()
    window.continue_button.click()
    assert session.message == ""
    assert session.sound.clip.seconds == pytest.approx(2.0, abs=0.1)
    before = session.sound.codes
    session.sound.selection = ((0, before.levels), (10, 14))
    window.regenerate_button.click()
    changed = (session.sound.codes.indices != before.indices).any(0).nonzero()[0]
    assert set(changed.tolist()) <= {10, 11, 12, 13}
    assert changed.size > 0
    session.sound.steps.undo()
    assert session.sound.codes is before


def test_unsupported_options_are_disabled(session, continuous_path):
    window, grid, card = GenerateForm(session), CodeGrid(session, session.sound), ModelChooser(session)
    assert window.why.value == ""
    session.open_model(continuous_path)
    assert "continuous &lt;b&gt; has a continuous bottleneck" in grid.status.value
    assert "none (continuous)" in card.facts.value
    assert not any(control.disabled for control in (window.regenerate_button, window.novelty, window.contour))
    session.open_model(session.model.without_memory().save(session.places.models / "bare.sda"))
    assert "continuous &lt;b&gt; has a continuous bottleneck and no recordings" in window.why.value
    off = (
        window.regenerate_button,
        window.novelty,
        window.jump_focus,
        window.top_p,
        window.contour,
        *window.controls.values(),
    )
    assert all(control.disabled for control in off)
    ways = (
        window.generate_button,
        window.next_button,
        window.continue_button,
        window.seconds,
        window.seed,
        window.temperature,
    )
    assert not any(control.disabled for control in ways)
    assert "sda-empty" in grid._dom_classes
    grid._receive({"kind": "key", "key": "+", "shift": False, "ctrl": False})
    assert window.source.disabled


def test_source_slider_follows_the_session(session):
    window = GenerateForm(session)
    window.source.value = 0.25
    assert session.sound.source_amount == 0.25
    session.set_source(0.75)
    assert window.source.value == 0.75


def test_automatic_length(session):
    window = GenerateForm(session)
    lengths = set()
    for _ in range(6):
        window.next_button.click()
        lengths.add(round(session.sound.seconds, 3))
        kept = session.sound.history.steps[0].action
        assert kept.seconds == pytest.approx(session.sound.seconds, abs=1e-3)  # the drawn number
        assert as_drawn(session.model, kept).seconds == AUTO  # a batch like it draws others
    assert lengths <= {0.9, 1.1, 1.4}
    assert len(lengths) > 1
    before = session.sound.seconds
    window.continue_button.click()
    assert session.message == ""
    assert session.sound.seconds - before > 0.8
    window.seconds.value = 2.0
    assert not window.auto.value
    window.generate_button.click()
    assert session.sound.seconds == pytest.approx(2.0, abs=1e-3)
    window.auto.value = True
    window.generate_button.click()
    assert round(session.sound.seconds, 3) in lengths | {0.9, 1.1, 1.4}


def test_varispeed_reaches_a_new_sound_and_leaves_a_continuation_alone(session):
    window = GenerateForm(session)
    window.seconds.value, window.varispeed.value, window.varispeed_spread.value = 1.0, 3.0, 1.0
    window.generate_button.click()
    rate = session.sound.codes.rate
    assert 2 ** (2 / 12) <= rate <= 2 ** (4 / 12)
    assert session.sound.clip.seconds == pytest.approx(1.0, abs=0.001)
    window.continue_button.click()
    assert session.message == ""
    assert session.sound.codes.rate == rate
    assert session.sound.clip.seconds == pytest.approx(2.0, abs=0.1)


def test_how_much_is_copied_is_shown_until_the_sound_changes(session, finished):
    window = GenerateForm(session)
    window.seconds.value = 1.0
    window.generate_button.click()
    window.copying_button.click()
    finished(session.sound.copying.work)
    assert "200-ms windows are a recording&#x27;s own waveform" in window.copied.value
    session.sound.edits.apply("varispeed", semitones=2.0)
    assert window.copied.value == ""


def test_a_seed_that_gives_the_same_sound_says_so(session):
    form = GenerateForm(session)
    form.auto.value, form.seconds.value = False, 0.5
    form.generate_button.click()
    assert session.notice == ""
    form.generate_button.click()
    assert session.notice == "Seed 0 gives this sound again; Next seed gives another one."
    form.next_button.click()
    assert session.notice == ""
