"""Commands on the session: listening, new sounds, sliders, comparison, export, training, and sides of the page."""

from __future__ import annotations

from sda_widgets.commands.command import Command, of_page
from sda_widgets.commands.conditions import resumable, running, several, sliders, sound
from sda_widgets.session.session import Session

PAGE, LISTEN, MAKE, SLIDERS = "Page", "Listen", "New sound", "Sliders"
COMPARE, EXPORT, MIX, TRAIN, HEALTH = "Comparison", "Export", "Layers", "Training", "Health"


def _go(side: str) -> Command:
    def no_sides(session: Session) -> str:
        return "" if session.tab else "This page has one side only."

    return Command(
        f"go.{side}", PAGE, f"Go to {side.capitalize()}", lambda session: session.set(tab=side), no_sides, "show open"
    )


def _reset(session: Session) -> None:
    session.sound.sliders.reset()


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


def _layered(session: Session) -> str:
    return "" if session.layers.places else "There are no layers; add an exported sound first."


def _add_layer(session: Session) -> None:
    session.layers.add_sound(session.receiving)


def _stop(session: Session) -> None:
    session.training.stop()


def _resume(session: Session) -> None:
    session.training.resume()


SESSION_COMMANDS = (
    of_page("show_keys", PAGE, "Show all keys", "help shortcuts keyboard"),
    _go("play"),
    _go("train"),
    of_page("play", LISTEN, "Play or stop", "listen pause"),
    of_page("loop", LISTEN, "Loop the region, or the whole sound", "repeat"),
    of_page("next_take", LISTEN, "Switch to the next take", "original edited compare"),
    Command("comparison.equal_loudness", LISTEN, "Equal loudness on or off", _match, sound, "lufs level match"),
    of_page("generate", MAKE, "Generate a new sound", "make create", "play"),
    of_page("next_seed", MAKE, "Generate with the next seed", "make create random", "play"),
    of_page("continue", MAKE, "Continue the sound", "append longer", "play"),
    of_page("regenerate", MAKE, "Regenerate the selection", "infill fill", "play"),
    of_page("copying", MAKE, "How much is copied?", "measure recording waveform", "play"),
    of_page("try_controls", MAKE, "Try out the controls of character", "effect", "play"),
    of_page("recordings", MAKE, "Choose recordings for new sounds", "category", "play"),
    of_page("open_sound", MAKE, "Open a sound file", "load import file upload", "play"),
    of_page("random_sliders", SLIDERS, "Set the sliders at random", "dice", "play"),
    Command("reset_sliders", SLIDERS, "Reset the sliders to 0", _reset, sliders, "zero", "play"),
    Command("quantize", SLIDERS, "Quantize on or off", _quantize, sliders, "grid smooth", "play"),
    of_page("make_sliders", SLIDERS, "Make the sliders of this model", "fit", "play"),
    Command("comparison.compare_side_by_side", COMPARE, "Add a sound side by side", lambda one: one.add_sound(), sound,
            "b second compare", "play"),
    Command("remove_sound", COMPARE, "Remove the last sound", _remove, several, "side by side", "play"),
    Command("comparison.swap", COMPARE, "Swap sounds A and B", _swap, several, "exchange", "play"),
    Command("comparison.copy_cells_across", COMPARE, "Copy the selection of A to B", _across, several, place="play"),
    Command("comparison.blend_up_to_four", COMPARE, "Keep the blend as sound A", _keep_blend, _blended, "mix", "play"),
    Command("comparison.blind_votes", COMPARE, "Begin blind votes", _votes, several, "test", "play"),
    Command("comparison.abx", COMPARE, "Begin an ABX test of A and B", _abx, several, "blind", "play"),
    Command("comparison.results_of_blind_tests", COMPARE, "Finish the blind test", _finish, _in_test, "votes result",
            "play"),
    of_page("export", EXPORT, "Export the sound", "write save file wav flac", "play"),
    of_page("export_batch", EXPORT, "Export a batch of sounds like this one", "many", "play"),
    of_page("stop_batch", EXPORT, "Stop the batch", "cancel", "play"),
    Command("save_session", EXPORT, "Save the session", _save, sound, "keep history", "play"),
    of_page("open_session", EXPORT, "Open a saved session", "load", "play"),
    Command("add_layer", MIX, "Add this sound as a layer", _add_layer, sound, "mix", "play"),
    Command("play_mix", MIX, "Play the mix of the layers", _play_mix, _layered, "listen", "play"),
    of_page("export_mix", MIX, "Export the mix of the layers", "write", "play"),
    of_page("train_demo", TRAIN, "Train on the example sounds", "demo start", "train"),
    of_page("train", TRAIN, "Train a model on the chosen folder", "start learn", "train"),
    of_page("grow", TRAIN, "Add sounds to a model", "grow", "train"),
    of_page("choose_folder", TRAIN, "Choose a folder of sounds", "scan open", "train"),
    Command("stop_training", TRAIN, "Stop the training", _stop, running, "cancel run halt", "train"),
    Command("resume_training", TRAIN, "Resume the training", _resume, resumable, "continue run", "train"),
    of_page("check_health", HEALTH, "Check the health of the model", "measure diagnose", "train"),
)  # fmt: skip
