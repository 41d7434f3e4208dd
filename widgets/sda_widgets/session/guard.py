"""The `verb` decorator: user actions on a session, run one at a time with their errors turned into messages."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sda_lib import faults
from sda_lib.errors import SdaError
from sda_lib.files import printable

log = logging.getLogger(__name__)

LOGGED = "the log shows where"
NO_SOUND = "There is no sound yet; generate one or open a file."


class Guarded(Protocol):
    """The parts of a session that verbs need."""

    _lock: AbstractContextManager[Any]
    message: str
    busy: bool

    def set(self, **values: Any) -> None: ...


def verb(method: Callable[..., Any]) -> Callable[..., Any]:
    """Run a method under the session's lock. An SdaError becomes `message`; any other exception is logged and
    becomes `message` too, worded by `faults`."""

    @functools.wraps(method)
    def guarded(self: Guarded, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            self.set(busy=True, message="")
            try:
                return method(self, *args, **kwargs)
            except SdaError as error:
                self.message = printable(str(error))  # the page takes text only; paths may hold any bytes
            except Exception as error:
                log.exception("%s failed", method.__name__)
                self.message = printable(f"That did not work. {faults.sentence(error, LOGGED)}")
            finally:
                self.busy = False

    return guarded
