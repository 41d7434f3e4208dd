"""Provenance tags: how a sound was made, stored in the tags of its file, so that the file can be made again.

WAV, FLAC and MP3 are reproduced bit for bit, OGG and Opus except for the random serial number of the stream, as long
as the decoder is of the same version. The tag holds the sound as codes (a few bytes per frame) or, for a continuous
model, as latents: these give the same sound whatever generated, edited or moved it. It also holds the options that were
requested.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sda_lib import safe_json
from sda_lib.audio.tags import LARGEST, PROVENANCE_TAG, Tags, read_tags
from sda_lib.codec.codes import Codes
from sda_lib.codec.frames import CodeStream
from sda_lib.decoder_version import DECODER_VERSION, KEY, decoder_of
from sda_lib.errors import FieldError, SdaError, explained_as
from sda_lib.export.finish import Finish
from sda_lib.export.finishing import write_finished_stream
from sda_lib.file_names import printable
from sda_lib.model.library import find_model
from sda_lib.model.model import SdaModel
from sda_lib.sessions.packed_sounds import is_too_large, sound_from_plain, sound_to_plain
from sda_lib.typed_fields import Fields
from sda_lib.writers.generate import decoded_stream, part_of
from sda_lib.writers.long_sound import VERSION, long_codes
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.take import Sound

FORMAT = 1
# Key of the field `request` in tags since version 0.1.
REQUEST = "asked"


@dataclass(frozen=True, eq=False)
class Provenance:
    """A sound and how it was decoded and finished.

    Args:
        sound: codes or latents of the sound; None where only the key matters.
        source_amount: how much the recordings contributed, 0..1.
        quality: quality of decoding, "play" or "export".
        fades: whether the end fades out, as that of a sound that was cut off.
        finish: effects, placement and delivery.
        request: the options that the sound was generated with, as plain data (`request_facts`).
        model: name of the model and fingerprints of its parts (`model_identity`).
        decoder: version of the decoder.
        part: first and end in samples of the part that the file has; None: all.
        composed: for a long sound, the version of the way in which its codes follow from the request; the tag does not
            hold them. 0 for any other sound.
    """

    sound: Sound | CodeStream | None
    source_amount: float = 1.0
    quality: str = "export"
    fades: bool = False
    finish: Finish = field(default_factory=Finish)
    request: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, str] = field(default_factory=dict)
    decoder: int = DECODER_VERSION
    part: tuple[int, int] | None = None
    composed: int = 0

    @classmethod
    def of(
        cls,
        sound: Sound | CodeStream | None,
        options: GenerateOptions,
        finish: Finish,
        fades: bool,
        *given: Sound | None,
    ) -> Provenance:
        """Return the provenance of a sound generated with options.

        Args:
            sound: codes or latents of the sound.
            options: the options of the request.
            finish: how it is delivered.
            fades: whether the end fades out.
            *given: the sounds that it was made from.

        Example:
            >>> made = sda_lib.Provenance.of(take.codes, take.options, sda_lib.Finish(), False)
            >>> made.source_amount
            1.0
        """
        part = None if sound is None or options.part is None else part_of(sound, options.part)
        composed = VERSION if isinstance(sound, CodeStream) else 0
        decoding = sound, options.source_amount, options.quality, fades, finish
        return cls(*decoding, request_facts(options, *given), part=part, composed=composed)

    @property
    def seconds(self) -> float:
        """Duration of the decoded sound, or of its part, in seconds; 0 without a sound."""
        if self.sound is None:
            return 0.0
        first, end = self.part or (0, self.sound.samples)
        return (end - first) / self.sound.sample_rate

    @property
    def options(self) -> GenerateOptions | None:
        """The options that the sound was generated with, if it was. Raises SdaError for ones of a newer SDA."""
        names = {field.name for field in dataclasses.fields(GenerateOptions)}
        known = {name: safe_json.as_tuples(one) for name, one in self.request.items() if name in names}
        with explained_as("The options of this sound are damaged; generate a new one.", safe_json.MALFORMED):
            return GenerateOptions(**known) if known else None

    @property
    def key(self) -> str:
        """A key that is equal for files made by the same request to the same model with the same decoder."""
        return json.dumps([self.model, self.request, self.finish.to_plain(), self.decoder], sort_keys=True)


def request_facts(options: GenerateOptions, given: Sound | None = None, other: Sound | None = None) -> dict[str, Any]:
    """Return a request as plain data: options that differ from the defaults, and hashes of the given sounds."""
    default, facts = GenerateOptions(), {}
    for one in dataclasses.fields(options):
        value = getattr(options, one.name)
        if value != getattr(default, one.name) or one.name in ("seconds", "seed"):
            facts[one.name] = dict(value) if isinstance(value, Mapping) else value
    sounds = {name: _hash(sound) for name, sound in (("given", given), ("other", other)) if sound is not None}
    return safe_json.parse(json.dumps({**facts, **sounds}))  # as it is read back: lists, no tuples


def model_identity(model: SdaModel) -> dict[str, str]:
    """Return the name and fingerprints that identify a model."""
    return {"name": model.name, **model.fingerprints}


def write_with_provenance(
    model: SdaModel, provenance: Provenance, path: str | Path, tags: Tags | None = None, number: str = ""
) -> Path:
    """Decode and finish a sound and write it atomically, with its provenance in the tags.

    `number` as for `write_atomically`. The provenance is left out where the format can't hold that much text. Raises
    SdaError for sounds of another model, and when the file can't be written.
    """
    sound = sound_of(model, provenance)
    decoded = partial(decoded_stream, model, sound, provenance.source_amount, provenance.quality, provenance.fades)
    if isinstance(sound, CodeStream):
        if provenance.part and provenance.finish.delivery.lufs is not None:
            raise SdaError("The loudness of a long sound is that of the whole; leave out the LUFS of a part.")
        # A sound that is also made in parts can't be lowered as a whole
        stream = decoded(provenance.part, 10 ** (provenance.finish.delivery.ceiling_db / 20))
    else:
        stream = decoded(provenance.part)
        if provenance.part:
            stream = dataclasses.replace(stream, whole=decoded())
    made = dataclasses.replace(provenance, model=model_identity(model), decoder=DECODER_VERSION)
    text = "" if is_too_large(sound) else provenance_text(made)
    facts = {"title": Path(path).stem, "model": model.name, "recipe": model.recipe.fingerprint, **(tags or {})}
    if 0 < len(text) < LARGEST:
        facts[PROVENANCE_TAG] = text
    return write_finished_stream(stream, path, provenance.finish, facts, number)


def sound_of(model: SdaModel, provenance: Provenance) -> Sound | CodeStream:
    """Return the sound; a long one that the tag does not hold is composed again.

    Raises SdaError for a sound of another model, and for one that another version of SDA composed.
    """
    sound = provenance.sound
    if sound is None and provenance.composed and provenance.options is not None:
        if provenance.composed != VERSION:
            raise SdaError("This long sound was composed by another version of SDA; make it again with that one.")
        return long_codes(model, provenance.options)
    if isinstance(sound, Codes | CodeStream):
        model.check(sound)
        return sound
    kind = None if sound is None else (*sound.values.shape[1:], sound.hop, sound.sample_rate)
    if sound is None or kind != (model.recipe.codec.latent_dim, model.hop, model.sample_rate):
        raise SdaError(
            f"This sound comes from another model than {model.name or 'this one'}; find the one that made it."
        )
    return sound


def sound_mismatch(model: SdaModel, provenance: Provenance) -> str:
    """Return why the model would make another sound, as a sentence; empty if it makes the same one."""
    needed = ["codec", "memory"] if provenance.source_amount > 0 else ["codec"]
    found = model.fingerprints
    if all(found.get(part) == provenance.model.get(part) for part in needed):
        return ""
    name = provenance.model.get("name") or "another model"
    return (
        f"This sound was made by {name} with other contents than {model.name or 'this model'} has now; "
        "find the model file that made it."
    )


def find_sound_model(provenance: Provenance, folders: Sequence[Path]) -> tuple[SdaModel, Path] | None:
    """Return the model in the folders that made a sound, and its path; None if there is none."""
    name = str(provenance.model.get("name"))
    return find_model(name, lambda model: not sound_mismatch(model, provenance), folders)


# --- as text ---------------------------------------------------------------------------------------------------------


def provenance_text(provenance: Provenance) -> str:
    """Return the provenance as ASCII JSON."""
    sound = provenance.sound
    plain = {
        "format": FORMAT,
        KEY: provenance.decoder,
        "model": dict(provenance.model),
        REQUEST: provenance.request,
        "finish": provenance.finish.to_plain(),
        **{name: getattr(provenance, name) for name in ("source_amount", "quality", "fades")},
    }
    if provenance.part is not None:
        plain["part"] = list(provenance.part)
    if provenance.composed:
        plain["composed"] = provenance.composed
    elif sound is not None and not isinstance(sound, CodeStream):
        plain |= sound_to_plain(sound)
    return json.dumps(plain, separators=(",", ":"))


def read_provenance(path: str | Path) -> Provenance:
    """Read the provenance of a sound file. Raises SdaError for files without one or with a damaged one."""
    text, name = read_tags(path).get(PROVENANCE_TAG), printable(Path(path).name)
    if not text:
        raise SdaError(
            f"The tags of {name} do not say how it was made; choose a file that `sda` made with a model and whose tags "
            "no other program has removed."
        )
    damaged = f"The provenance in {name} is damaged; choose another copy of the file."
    try:
        with explained_as(damaged, (*safe_json.MALFORMED, zlib.error)):
            return parse_provenance(text)
    except SdaError as error:
        raise error if name in str(error) else SdaError(f"{name}: {error}") from error


def provenance_key(path: Path) -> str | None:
    """Return the key of a file's provenance; None for a file without one, or if it can't be read."""
    try:
        return read_provenance(path).key
    except SdaError:
        return None


def novelty_of(path: Path) -> float | None:
    """Return the novelty with which a file's sound was generated; None for any other file."""
    try:
        request = read_provenance(path).request
    except SdaError:
        return None
    novelty = request.get("novelty", GenerateOptions().novelty) if request else None
    return float(novelty) if isinstance(novelty, int | float) else None


def parse_provenance(text: str) -> Provenance:
    """Return a provenance from its text. Raises SdaError for a newer format, MALFORMED or zlib.error for other text."""
    plain = safe_json.parse(text)
    facts = Fields(plain)
    if facts.whole("format") > FORMAT:
        raise SdaError("This sound was made by a newer SDA; update SDA to make it again.")
    if facts.text("quality") not in ("play", "export"):
        raise FieldError("quality must be play or export")
    part, composed = plain.get("part"), facts.whole("composed") if "composed" in plain else 0
    return Provenance(
        sound=None if composed else sound_from_plain(plain),
        part=None if part is None else (int(part[0]), int(part[1])),
        composed=composed,
        source_amount=facts.number("source_amount", 0, 1),
        quality=facts.text("quality"),
        fades=facts.switch("fades"),
        finish=Finish.from_plain(plain["finish"]),
        request=dict(plain[REQUEST]),
        model=facts.inner("model").texts(),
        decoder=decoder_of(plain),
    )


def _hash(sound: Sound) -> str:
    values = sound.indices if isinstance(sound, Codes) else sound.values.numpy()
    placement = json.dumps(sound.placement).encode() if sound.placement else b""
    return hashlib.blake2b(np.ascontiguousarray(values).tobytes() + placement, digest_size=8).hexdigest()
