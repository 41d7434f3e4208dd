"""Commands on what is kept: models, the history of sounds, and presets."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sda_widgets.commands.command import DOCK, Command, of_page
from sda_widgets.commands.conditions import model
from sda_widgets.session.session import LEARN, LIBRARY, MIX, PLAY, Session

MODELS, HISTORY, PRESETS = "Models", "History", "Presets"

# Name, words, and further words that find it, of each act; widgets of the page carry them out.
ACTS = {
    MODELS: (
        ("list", "Show the library of models", "all"),
        ("search_and_filter", "Search the models", "find filter name tag"),
        ("sort", "Sort the models", "order newest"),
        ("open", "Open the model chosen in the library", "load"),
        ("star", "Star the model, or take its star away", "favourite"),
        ("tag", "Tag the model", "label"),
        ("note", "Write a note on the model", "comment"),
        ("rename", "Rename the model", "name"),
        ("duplicate", "Duplicate the model", "copy"),
        ("delete", "Delete the model", "remove trash"),
        ("list_deleted_ones", "Show deleted models", "trash"),
        ("restore", "Restore a deleted model", "trash undelete"),
        ("import", "Import a model file", "add"),
        ("export", "Export the model", "write share file"),
        ("without_the_recordings", "Export the model with its recordings, or without", "strip memory share privacy"),
        ("compare_two", "Compare the model with the open one", "difference"),
        ("one_sound_of_two", "Blend a sound of two models", "mix"),
        ("one_model_of_two", "Blend the weights of two models into a new model", "merge interpolate"),
        ("train_a_prior", "Train a prior for the model", "network"),
    ),
    HISTORY: (
        ("list", "Show the history of sounds", "made"),
        ("search_and_filter", "Search the history", "find filter"),
        ("sort", "Sort the history", "order newest"),
        ("play", "Play the chosen sound of the history", "listen"),
        ("restore", "Restore the chosen sound of the history", "open"),
        ("more_like_one", "More like the chosen sound", "similar vary"),
        ("add_to_training_sounds", "Add the chosen sounds to the sounds to train on", "collect grow"),
        ("export", "Export the chosen sounds of the history", "write"),
        ("star", "Star the chosen sound", "favourite"),
        ("name", "Name the chosen sound", "rename title"),
        ("note", "Write a note on the chosen sound", "comment"),
        ("delete", "Delete the chosen sounds of the history", "remove trash"),
        ("limit_the_space", "Limit the space of the history", "size disk"),
    ),
    PRESETS: (
        ("list", "Choose a preset", "settings all"),
        ("generate_with_it", "Use the chosen preset", "generate apply"),
        ("save", "Save the settings as a preset", "keep new"),
        ("rename", "Rename the preset", "name"),
        ("delete", "Delete the preset", "remove trash"),
        ("star", "Star the preset, or take its star away", "favourite"),
        ("import", "Import a preset file", "add json"),
        ("export", "Export the preset", "share json"),
        ("blend_two", "Blend two presets", "morph mix"),
        ("draw_at_random_with_locks", "Draw a random preset", "dice"),
    ),
}
PLACES = {MODELS: LIBRARY, HISTORY: DOCK, PRESETS: PLAY}
ELSEWHERE = {"models.one_sound_of_two": MIX, "models.one_model_of_two": MIX, "models.train_a_prior": LEARN}
# Acts that guests don't have, as they write among the owner's files.
OF_OWNERS = ("presets.import",)


def _kept(group: str, act: str, words: str, also: str) -> Command:
    name = f"{group.lower()}.{act}"
    return of_page(name, group, words, also, ELSEWHERE.get(name, PLACES[group]), owns=name in OF_OWNERS)


SHELF_COMMANDS = tuple(_kept(group, *act) for group, acts in ACTS.items() for act in acts)


def named_commands(session: Session) -> tuple[Command, ...]:
    """Return a command for each model that can be opened, and for each preset that can be used."""
    models = [one for one in session.library.models if not getattr(one, "problem", "")]
    presets = [one for one in session.presets.entries if one.preset is not None]
    return (
        *(
            Command(f"open:{one.path}", MODELS, f"Open the model {one.name}", partial(_open, one.path), place=PLAY)
            for one in models
        ),
        *(
            Command(f"use:{one.name}", PRESETS, f"Use the preset {one.name}", partial(_use, one.name), model, one.about,
                    PLAY)
            for one in presets
        ),
    )  # fmt: skip


def _open(path: Path, session: Session) -> None:
    session.open_model(path)


def _use(name: str, session: Session) -> None:
    session.presets.choose(name)
    session.page_acts.run("presets.generate_with_it")
