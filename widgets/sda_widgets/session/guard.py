"""The `verb` decorator: user actions, run one at a time, with their errors turned into messages."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sda_lib import fault_log
from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_widgets.session.asking import asking_control
from sda_widgets.session.context import Context


class Guarded(Protocol):
    """Something with actions."""

    @property
    def context(self) -> Context: ...


Actor = TypeVar("Actor", bound=Guarded)
Options = ParamSpec("Options")
Result = TypeVar("Result")


def verb(
    method: Callable[Concatenate[Actor, Options], Result],
) -> Callable[Concatenate[Actor, Options], Result | None]:
    """Run a method under its context's lock; an error becomes the context's `message`, and None is returned.

    Inside another action the method is a part of that one, which reports its errors.
    """

    @functools.wraps(method)
    def guarded(self: Actor, *args: Options.args, **kwargs: Options.kwargs) -> Result | None:
        context = self.context
        with context.lock:
            if context.busy:
                return method(self, *args, **kwargs)
            context.set(busy=True, message="", notice="", control=asking_control())
            try:
                with errors_as_sentences(lambda sentence: context.set(message=sentence), "That did not work."):
                    return method(self, *args, **kwargs)
            finally:
                context.busy = False
        return None

    return guarded


@contextlib.contextmanager
def errors_as_sentences(report: Callable[[str], object], failed: str) -> Iterator[None]:
    """Report every error as a sentence; any but an SdaError is logged too, and its sentence begins with `failed`."""
    try:
        yield
    except SdaError as error:
        report(printable(str(error)))  # the page takes text only; paths may hold any bytes
    except Exception as error:
        report(printable(f"{failed} {fault_log.sentence(error, 'the page')}"))
