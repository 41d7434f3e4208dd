"""The card of presets."""

from dataclasses import replace

import pytest

from sda_lib.export.finish import Effects, Finish
from sda_lib.presets.preset import Preset
from sda_lib.presets.preset_file import read_preset
from sda_lib.presets.store import FACTORY, PresetStore
from sda_lib.writers.options import GenerateOptions
from sda_widgets.export.delivery_form import DeliveryForm
from sda_widgets.generate import GenerateForm
from sda_widgets.preset_card import PresetCard


@pytest.fixture
def card(session):
    form = GenerateForm(session)
    return PresetCard(session, form, DeliveryForm())


def test_a_preset_is_chosen_and_used(session, card):
    PresetStore.of(session.places).save(
        Preset("Short", "Short and driven.", GenerateOptions(seconds=0.7, novelty=0.8), Finish(Effects(drive=6.0)))
    )
    session.presets.refresh()
    assert ("Short", "Short") in card.chooser.options
    assert card.use.disabled
    card.chooser.value = "Short"
    assert "Short and driven." in card.facts.value
    assert "<dt>Drive</dt><dd>6 dB</dd>" in card.facts.value
    assert "which applies them" in card.facts.value
    assert card.missing.value == ""
    before = session.sound.clip
    card.use.click()
    assert session.message == ""
    assert session.sound.clip is not before
    assert session.sound.clip.seconds == pytest.approx(0.7, abs=0.001)
    assert (card.form.seconds.value, card.form.auto.value, card.form.novelty.value) == (0.7, False, 0.8)
    assert card.delivery.effects["drive"].value == 6


@pytest.mark.parametrize("path", sorted(FACTORY.glob("*.json")), ids=lambda path: path.stem)
def test_forms_give_the_settings_that_they_were_filled_with_exactly(session, card, path):
    preset = read_preset(path)
    options = replace(preset.options, sliders={}, curves={})
    card.form.fill(options)
    card.delivery.fill(preset.finish)
    assert card.form.options == options
    assert card.delivery.finish == preset.finish
    card.form.novelty.value = 0.77
    card.form.seed.value = 8
    assert card.form.options == replace(options, novelty=0.77, seed=8)
    card.delivery.trim.value = 33.0
    assert card.delivery.finish == replace(preset.finish, trim=33.0)
    card.form.fill(GenerateOptions())
    card.delivery.fill(Finish())
    assert (card.form.options, card.delivery.finish) == (GenerateOptions(seed=8), Finish())


def test_what_the_model_cannot_do_is_said_before_it_is_used(session, card):
    card.chooser.value = "Opening up"
    assert "This model leaves out:" in card.missing.value
    assert "curve of brightness: the model has no sliders yet" in card.missing.value


def test_settings_are_saved_starred_and_deleted(session, card):
    card.form.novelty.value = 0.9
    card.name.value = "<b>Mine"
    card.save.click()
    assert session.message == ""
    assert (card.chooser.value, card.name.value) == ("<b>Mine", "")
    assert "Saved as &lt;b&gt;Mine." in card.said.value
    assert session.presets.chosen.preset.options.novelty == 0.9
    card.star.click()
    assert card.star.description == "Unstar"
    assert card.chooser.options[1][0] == "★ <b>Mine"
    card.delete.click()
    assert card.chooser.value == ""
    assert card.star.layout.display == "none"
    card.chooser.value = "Crushed"
    assert card.delete.layout.display == "none"
    card.name.value = ""
    card.save.click()
    assert session.message == "A preset needs a name; type one for it."


def test_an_unreadable_file_is_listed_with_its_problem(session, card):
    session.places.presets.mkdir(parents=True)
    (session.places.presets / "Odd.json").write_text("{")
    session.presets.refresh()
    card.chooser.value = "Odd"
    assert "Odd.json is not a preset" in card.facts.value
    assert card.use.disabled
    card.delete.click()
    assert "Odd" not in dict(card.chooser.options).values()


def test_presets_are_renamed_blended_drawn_and_shared(session, card, places):
    card.chooser.value = "Slow swell"
    assert card.rename.layout.display == "none"
    card.other.value, card.name.value, card.share.value = "Slow giant", "Between", 1.0
    card.blend.click()
    assert session.presets.chosen.name == "Between"
    assert session.presets.chosen.preset.options.varispeed == -12
    card.name.value = "Amid"
    card.rename.click()
    assert session.presets.chosen.name == "Amid"
    card.locks.value, card.name.value = "varispeed, effects", "Drawn"
    card.draw.click()
    assert session.presets.chosen.preset.options.varispeed == -12
    card.locks.value, card.name.value = "nonsense", "Other"
    card.draw.click()
    assert "no setting 'nonsense'" in session.message
    card.export.click()
    assert card.download.name == "Drawn.json"
    (places.folder / "shared.json").write_bytes(card.download.content.replace(b"Drawn", b"Shared"))
    card.path.value = str(places.folder / "shared.json")
    card.add.click()
    assert session.presets.chosen.name == "Shared"
    card.path.value = "/etc/passwd"
    card.add.click()
    assert session.message
