"""The error type that is shown to users."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class SdaError(Exception):
    """An error that the user can fix. The message is one sentence that says what is wrong and what to do."""


@contextlib.contextmanager
def explained_as(sentence: str, kinds: type[Exception] | tuple[type[Exception], ...] = ValueError) -> Iterator[None]:
    """Raise SdaError with a sentence in place of exceptions of these kinds."""
    try:
        yield
    except kinds as error:
        raise SdaError(sentence) from error
