"""The user's presets and the factory's."""

import pytest

from sda_lib.errors import SdaError
from sda_lib.presets.preset import Preset
from sda_lib.presets.store import FACTORY, PresetStore
from sda_lib.writers.options import GenerateOptions


@pytest.fixture
def store(tmp_path):
    return PresetStore(tmp_path / "presets", tmp_path / "stars.json")


def names(store):
    return [one.name for one in store.entries()]


def dark(name="Dark"):
    return Preset(name, "Dark.", GenerateOptions(sliders={"brightness": -1.0}))


def test_without_own_presets_the_factorys_are_there_and_nothing_is_written(store, tmp_path):
    assert len(names(store)) == len(list(FACTORY.glob("*.json")))
    assert all(one.factory and one.preset for one in store.entries())
    assert not list(tmp_path.iterdir())


def test_saved_found_in_any_case_and_not_replaced_by_chance(store):
    store.save(dark())
    assert store.load(" dARK ") == dark()
    with pytest.raises(SdaError, match="--force"):
        store.save(dark("DARK"))
    store.save(Preset("DARK"), replaces=True)
    assert [one.name for one in store.entries() if not one.factory] == ["DARK"]


def test_an_own_preset_hides_the_factorys_of_its_name_and_gives_it_back(store, tmp_path):
    shipped = store.load("Slow swell")
    store.save(dark("slow swell"))
    assert store.load("Slow Swell") == dark("slow swell")
    assert len(names(store)) == len(list(FACTORY.glob("*.json")))
    store.delete("Slow swell", tmp_path / "trash")
    assert store.load("Slow swell") == shipped


def test_a_star_stays_through_a_new_name_and_goes_with_the_preset(store, tmp_path):
    store.save(dark())
    store.star("Slow swell")
    store.star("dark")
    assert names(store)[:2] == ["Dark", "Slow swell"]
    store.rename("Dark", "Night")
    assert [(one.name, one.starred) for one in store.entries()][:2] == [("Night", True), ("Slow swell", True)]
    assert store.load("Night").options == dark().options
    place = store.delete("Night", tmp_path / "trash")
    assert place.exists()
    store.save(dark("Night"))
    assert not store.entry("Night").starred
    store.star("Slow swell", False)
    assert not any(one.starred for one in store.entries())


def test_a_name_can_change_its_case_alone(store):
    store.save(dark())
    store.rename("dark", "DARK")
    assert store.entry("dark").name == "DARK"


def test_a_name_that_is_taken_or_unknown_or_the_factorys_is_refused(store, tmp_path):
    store.save(dark())
    store.save(dark("Night"))
    with pytest.raises(SdaError, match="You have a preset Night"):
        store.rename("Dark", "night")
    with pytest.raises(SdaError, match="Dark, Night, "):
        store.load("Nothing")
    for act in (lambda: store.rename("Slow swell", "Mine"), lambda: store.delete("Slow swell", tmp_path)):
        with pytest.raises(SdaError, match="ships with SDA"):
            act()
    with pytest.raises(SdaError, match="no preset"):
        store.star("Nothing")


def test_a_broken_file_hides_no_other_and_can_be_deleted(store, tmp_path):
    store.save(dark())
    (store.folder / "Broken.json").write_text("{")
    (store.folder / ".Dark.1.part.json").write_text("{")
    broken = next(one for one in store.entries() if one.preset is None)
    assert (broken.name, "Broken.json is not a preset" in broken.about) == ("Broken", True)
    assert store.load("Dark") == dark()
    with pytest.raises(SdaError, match=r"Broken\.json is not a preset"):
        store.load("Broken")
    store.delete("Broken", tmp_path / "trash")
    assert "Broken" not in names(store)


def test_a_file_is_read_by_its_path(store, tmp_path):
    path = store.save(dark())
    assert store.load(path) == store.load(str(path)) == dark()


@pytest.mark.parametrize("text", ["{", "{}", "[1, {}]", '["nothing"]'])
def test_malformed_stars_are_none(store, text):
    store.stars.write_text(text)
    assert not any(one.starred for one in store.entries())
