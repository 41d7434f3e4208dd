"""The error type that is shown to users."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class SdaError(Exception):
    """An error that the user can fix. The message is one sentence that says what is wrong and what to do.

    Example:
        >>> sda_lib.read_clip("missing.wav")
        Traceback (most recent call last):
        sda_lib.errors.SdaError: ...
    """


class FieldError(ValueError):
    """A field of a file has the wrong type or value; the text names the field and what it must be."""


@contextlib.contextmanager
def explained_as(sentence: str, kinds: type[Exception] | tuple[type[Exception], ...] = ValueError) -> Iterator[None]:
    """Raise SdaError with a sentence in place of exceptions of these kinds, and which field is wrong where known."""
    try:
        yield
    except kinds as error:
        raise SdaError(with_field(sentence, error)) from error


def with_field(sentence: str, error: Exception) -> str:
    """Return a sentence that says which field of a file is wrong, before its remedy, if the error is a FieldError."""
    if not isinstance(error, FieldError):
        return sentence
    fact, mark, remedy = sentence.partition(";")
    return f"{fact} ({error}){mark}{remedy}"
