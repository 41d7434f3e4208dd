"""Opening: the session of a widget that stands alone, on the objects that a notebook holds."""

from __future__ import annotations

import dataclasses
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from sda_lib.api.clip import AnySound, clip_of
from sda_lib.api.model import SdaModel
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError
from sda_lib.model import model as core
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.take import Take
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session

# What is taken for a model: one, its file, or its name in the library.
AnyModel: TypeAlias = core.SdaModel | str | PathLike[str]
# What is taken for a sound of a model: also a take or codes of it.
AnyCodes: TypeAlias = Codes | Take | AnySound


def session_of(
    model: AnyModel | None = None,
    sound: AnyCodes | None = None,
    session: Session | None = None,
    generates: bool = False,
) -> Session:
    """Return the given session, or a new one with a model and a sound.

    Args:
        model: the model to open (default: that of the session, or none).
        sound: the first sound. Default: a generated one with `generates`, else none.
        session: a session to share. A model or sound that is given too is opened in it.

    Raises SdaError for what can't be opened or is of another model.
    """
    opened = session or Session(Places.from_environment())
    if model is not None:
        _open(opened, model)
    if sound is not None:
        _put(opened, sound)
    elif generates and opened.sound.settings is None:
        opened.sound.create.generate(GenerateOptions())
    return _checked(opened)


def _open(session: Session, model: AnyModel) -> None:
    path = None if isinstance(model, core.SdaModel) else Path(model)
    opened = model if isinstance(model, core.SdaModel) else SdaModel.load(model)
    if opened is not session.model:
        session.sound.steps.clear()
        session.set(model=opened, model_path=path if path is not None and path.is_file() else None)


def _put(session: Session, sound: AnyCodes) -> None:
    """Make a sound the session's first."""
    create, model = session.sound.create, session.need_model()
    if isinstance(sound, str | PathLike):
        create.load_file(Path(sound))
    elif isinstance(sound, Take) and sound.codes is not None:
        session.sound.source_amount = sound.options.source_amount
        create.take_codes(f"seed {sound.options.seed}", _fitting(model, sound.codes), fades=True)
    elif isinstance(sound, Codes):
        create.take_codes("codes", _fitting(model, sound))
    else:
        clip = clip_any(sound)
        create.load_clip(dataclasses.replace(clip, name=clip.name or "sound"))


def clip_any(sound: AnyCodes) -> AudioClip:
    """Return the samples of a clip, a file, (samples, sample_rate), a take, or codes that know their model.

    Raises SdaError for anything else.
    """
    if isinstance(sound, Take):
        return sound.clip
    if isinstance(sound, Codes):
        model = getattr(sound, "model", None)
        if model is None:
            raise SdaError("These codes know no model; give model.decode(codes).")
        return model.decode(sound)
    return clip_of(sound)


def _fitting(model: core.SdaModel, codes: Codes) -> Codes:
    model.check(codes)
    return codes


def _checked(session: Session) -> Session:
    if session.message:
        raise SdaError(session.message)
    return session
