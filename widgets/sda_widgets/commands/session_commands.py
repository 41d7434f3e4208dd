"""Commands on the session: listening, new sounds, sliders, comparison, export, training, and sides of the page."""

from __future__ import annotations

from sda_widgets.commands.command import Command, of_page
from sda_widgets.commands.conditions import (
    batching,
    codes,
    has_none,
    idle,
    layered,
    measured,
    model,
    resumable,
    running,
    several,
    sliders,
    sound,
)
from sda_widgets.session.page_acts import ABSENT
from sda_widgets.session.session import CODES, EXPORT, LEARN, LIBRARY, MIX, PLACE_NAMES, PLAY, Session

PAGE, LISTEN, MAKE, SLIDERS = "Page", "Listen", "New sound", "Sliders"
COMPARE, FILES, LAYERS, TRAIN, HEALTH = "Comparison", "Export", "Layers", "Training", "Health"


def _go(place: str) -> Command:
    def why_not(session: Session) -> str:
        return "" if place in session.offered else ABSENT

    return Command(
        f"go.{place}", PAGE, f"Go to {place.capitalize()}", lambda session: session.go_to(place), why_not, "show open"
    )


def _reset(session: Session) -> None:
    session.sound.sliders.reset()


def _make_starter(session: Session) -> None:
    session.starter.start()


def _quantize(session: Session) -> None:
    session.set_quantized(not session.quantized)


def _match(session: Session) -> None:
    session.listening.is_matched = not session.listening.is_matched


def _finish(session: Session) -> None:
    session.listening.finish()


def _in_test(session: Session) -> str:
    return "" if session.listening.test is not None else "No blind test is under way."


def _remove(session: Session) -> None:
    session.remove_sound(session.sounds[-1])


def _votes(session: Session) -> None:
    session.listening.begin_votes(session.sounds)


def _abx(session: Session) -> None:
    session.listening.begin_abx(*session.sounds[:2])


def _swap(session: Session) -> None:
    session.compare.swap(*session.sounds[:2])


def _across(session: Session) -> None:
    session.compare.copy_cells(*session.sounds[:2])


def _blended(session: Session) -> str:
    none = "There is no blend; move the slider of another sound first."
    return several(session) or ("" if session.compare.blended is not None else none)


def _keep_blend(session: Session) -> None:
    session.compare.keep_blend()


def _save(session: Session) -> None:
    session.files.save(session.sound)


def _play_mix(session: Session) -> None:
    session.layers.preview()


def _measure(session: Session) -> None:
    session.measures.measure(session.sounds)


def _report(session: Session) -> None:
    session.measures.write()


def _add_layer(session: Session) -> None:
    session.layers.add_sound(session.receiving)


def _stop(session: Session) -> None:
    session.training.stop()


def _resume(session: Session) -> None:
    session.training.resume()


SESSION_COMMANDS = (
    of_page("show_keys", PAGE, "Show all keys", "help shortcuts keyboard"),
    of_page("first_steps", PAGE, "Show the first steps", "help begin tour guide newcomer"),
    *(_go(place) for place in PLACE_NAMES),
    of_page("open_dock", PAGE, "Open the history at the foot of the page", "dock steps"),
    of_page("play", LISTEN, "Play or stop", "listen pause"),
    of_page("loop", LISTEN, "Loop the region, or the whole sound", "repeat"),
    of_page("next_take", LISTEN, "Switch to the next take", "original edited compare"),
    Command("comparison.equal_loudness", LISTEN, "Equal loudness on or off", _match, sound, "lufs level match"),
    of_page("generate", MAKE, "Generate a new sound", "make create", PLAY, model),
    of_page("next_seed", MAKE, "Generate with the next seed", "make create random", PLAY, model),
    of_page("continue", MAKE, "Continue the sound", "append longer", PLAY, sound),
    of_page("regenerate", MAKE, "Regenerate the selection", "infill fill", PLAY, codes),
    of_page("copying", MAKE, "How much is copied?", "measure recording waveform", PLAY, sound),
    of_page("sources", MAKE, "Show which recordings the sound is made of", "provenance trace origin", PLAY, sound),
    of_page("try_controls", MAKE, "Try out the controls of character", "effect", PLAY, model),
    Command("starter", MAKE, "Play procedural sounds", _make_starter, has_none, "starter begin", PLAY),
    Command("reload_models", PAGE, "Search the models folder again", lambda one: one.library.refresh(), also="reload"),
    of_page("recordings", MAKE, "Choose recordings for new sounds", "category", PLAY, model),
    of_page("open_sound", MAKE, "Open a sound file", "load import file upload", LIBRARY, model),
    of_page("random_sliders", SLIDERS, "Set the sliders at random", "dice", PLAY, sliders),
    Command("reset_sliders", SLIDERS, "Reset the sliders to 0", _reset, sliders, "zero", PLAY),
    Command("quantize", SLIDERS, "Quantize on or off", _quantize, sliders, "grid smooth", PLAY),
    of_page("make_sliders", SLIDERS, "Make the sliders of this model", "fit", PLAY, model),
    Command("comparison.compare_side_by_side", COMPARE, "Add a sound side by side", lambda one: one.add_sound(), sound,
            "b second compare", CODES),
    Command("add_new_sound", COMPARE, "Add a new sound side by side", lambda one: one.add_new_sound(), sound,
            "generate seed b", CODES),
    Command("add_recording", COMPARE, "Add a recording side by side", lambda one: one.add_recording(), sound,
            "map b", PLAY),
    Command("remove_sound", COMPARE, "Remove the last sound", _remove, several, "side by side", CODES),
    Command("comparison.swap", COMPARE, "Swap sounds A and B", _swap, several, "exchange", CODES),
    Command("comparison.copy_cells_across", COMPARE, "Copy the selection of A to B", _across, several, place=CODES),
    Command("comparison.blend_up_to_four", COMPARE, "Keep the blend as sound A", _keep_blend, _blended, "mix", MIX),
    Command("comparison.blind_votes", COMPARE, "Begin blind votes", _votes, several, "test", MIX),
    Command("comparison.abx", COMPARE, "Begin an ABX test of A and B", _abx, several, "blind", MIX),
    Command("comparison.results_of_blind_tests", COMPARE, "Finish the blind test", _finish, _in_test, "votes result",
            MIX),
    Command("comparison.measures_and_distances", COMPARE, "Measure the sounds", _measure, sound, "loudness pitch", MIX),
    Command("comparison.report", COMPARE, "Write a report of the measured sounds", _report, measured, "html",
            MIX),
    of_page("export", FILES, "Export the sound", "write save file wav flac", EXPORT, sound),
    of_page("export_batch", FILES, "Export a batch of sounds like this one", "many", EXPORT, model, owns=True),
    of_page("stop_batch", FILES, "Stop the batch", "cancel", EXPORT, batching, owns=True),
    Command("save_session", FILES, "Save the session", _save, sound, "keep history", LIBRARY),
    of_page("open_session", FILES, "Open a saved session", "load", LIBRARY),
    Command("add_layer", LAYERS, "Add this sound as a layer", _add_layer, sound, "mix", MIX),
    Command("play_mix", LAYERS, "Play the mix of the layers", _play_mix, layered, "listen", MIX),
    of_page("files.stems", FILES, "Split the sound into stems", "levels", MIX, codes),
    of_page("files.instrument", FILES, "Make an instrument of exported sounds", "sampler sfz", EXPORT),
    of_page("export_mix", LAYERS, "Export the mix of the layers", "write", MIX, layered),
    of_page("train_demo", TRAIN, "Train on the example sounds", "demo start", LEARN, idle),
    of_page("train", TRAIN, "Train a model on the chosen folder", "start learn", LEARN, idle),
    of_page("grow", TRAIN, "Add sounds to a model", "grow", LEARN),
    of_page("choose_folder", TRAIN, "Choose a folder of sounds", "scan open", LEARN),
    Command("stop_training", TRAIN, "Stop the training", _stop, running, "cancel run halt", LEARN),
    Command("resume_training", TRAIN, "Resume the training", _resume, resumable, "continue run", LEARN),
    of_page("check_health", HEALTH, "Check the health of the model", "measure diagnose", LEARN, model),
)  # fmt: skip
