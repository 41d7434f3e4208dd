"""Tiles are sent one page at a time, the page of the chosen model first."""

from pathlib import Path

from sda_lib.library.listing import LibraryModel
from sda_lib.model.library import LibraryEntry
from sda_widgets.files.model_tiles import ON_A_PAGE, ModelTiles


def test_the_page_of_the_chosen_model_is_shown():
    models = [LibraryModel(LibraryEntry(Path(f"{number}.sda"), f"m{number}")) for number in range(2 * ON_A_PAGE + 1)]
    chosen, opened = [], []
    tiles = ModelTiles(chosen.append, opened.append)
    tiles.show(models, f"{ON_A_PAGE}.sda")
    assert (tiles.number, tiles.pages, tiles.tiles[0]["name"]) == (1, 3, f"m{ON_A_PAGE}")
    tiles.receive({"kind": "turn", "value": 2})
    assert [tile["name"] for tile in tiles.tiles] == [f"m{2 * ON_A_PAGE}"]
    tiles.receive({"kind": "choose", "value": "0.sda"})  # not on this page
    tiles.receive({"kind": "open", "value": f"{2 * ON_A_PAGE}.sda"})
    assert (chosen, opened) == ([], [f"{2 * ON_A_PAGE}.sda"])
    tiles.show([], "")
    assert (tiles.tiles, tiles.pages) == ([], 1)
