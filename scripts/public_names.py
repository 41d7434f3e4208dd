"""The public names of sda_lib and sda_widgets, for the pages of the reference and the tests of the docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

OURS = ("sda_lib", "sda_widgets")


@dataclass(frozen=True)
class PublicName:
    """A public name: a function, class, method, property or value."""

    module: str
    name: str
    """With the class of a method before it."""
    value: Any
    """A function, a class, or a value of another type; of a property the property itself."""

    @property
    def doc(self) -> str:
        """The documentation that `help` shows."""
        return inspect.getdoc(self.value) or ""

    @property
    def is_fact(self) -> bool:
        """Whether it is read without a call: a property."""
        return isinstance(self.value, property | cached_property)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters of a function, method or class, as they stand in a docstring."""
        is_exception = inspect.isclass(self.value) and issubclass(self.value, Exception)
        if self.is_fact or is_exception or not callable(self.value):
            return ()
        marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        found = inspect.signature(self.value).parameters.values()
        return tuple(marks.get(one.kind, "") + one.name for one in found if one.name not in ("self", "cls"))


def public_names(package: ModuleType) -> Iterator[PublicName]:
    """Yield the names that a package lists, each class followed by its public methods and properties."""
    for name in sorted(package.__all__):
        value = getattr(package, name)
        yield PublicName(package.__name__, name, value)
        yield from members_of(PublicName(package.__name__, name, value))


def members_of(owner: PublicName) -> Iterator[PublicName]:
    """Yield the public methods and properties of a class; none of another value."""
    for member in members(owner.value) if inspect.isclass(owner.value) else ():
        found = inspect.getattr_static(owner.value, member)
        shown = found if isinstance(found, property | cached_property) else getattr(owner.value, member)
        yield PublicName(owner.module, f"{owner.name}.{member}", shown)


def members(owner: type) -> list[str]:
    """Return the names of the public methods and properties that our own modules give a class."""
    hidden = getattr(owner, "_unlisted", frozenset())
    kinds = (property, cached_property, classmethod, staticmethod)
    return sorted({
        name
        for base in owner.__mro__
        if base.__module__.split(".")[0] in OURS
        for name, value in vars(base).items()
        if not name.startswith("_") and name not in hidden and (inspect.isfunction(value) or isinstance(value, kinds))
    })  # fmt: skip
