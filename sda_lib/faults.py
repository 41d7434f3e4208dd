"""Classify exceptions and describe each in one sentence with its remedy."""

from __future__ import annotations

import errno
import re
import sys
import traceback
from pathlib import Path
from types import FrameType

# Name for a library of no known package, and the hint that follows such errors.
UNKNOWN = "A shared library"
DOCTOR = "sda doctor shows what is missing"
OURS = ("sda_lib", "sda_widgets")
PAGE_PACKAGES = ("voila", "jupyterlab", "ipywidgets", "bqplot", "anywidget", "traitlets", "jupyter_core", "IPython")
# What to install for a package whose distribution has another name.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "pedalboard": "sda[effects]", **dict.fromkeys(PAGE_PACKAGES, "sda[app]")}

# Exception types raised when a shared library fails to load.
LOADERS = (ImportError, OSError, RuntimeError, AttributeError)
DISK = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
NETWORK = {
    errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.ENETUNREACH,
    errno.EHOSTUNREACH, errno.ENETDOWN, errno.ETIMEDOUT, errno.EPIPE, errno.ENOTCONN,
}  # fmt: skip
# Kinds of system errors by errno; those in WITHOUT_FILE apply only where the exception names no file.
ALWAYS = {"memory": {errno.ENOMEM}, "disk": DISK, "handles": {errno.EMFILE, errno.ENFILE}}
WITHOUT_FILE = {"network": NETWORK, "processes": {errno.EAGAIN, errno.ECHILD, errno.ESRCH}}
# Kinds of errors that are not caused by the file in use.
ELSEWHERE = ("package", "library", "memory", "network", "handles", "processes")
# Modules whose subclasses of OSError concern a connection, whatever their errno.
NETWORK_MODULES = ("socket", "urllib.error", "ssl", "http.client", "zmq.error")

MOST_CAUSES = 20
# Error messages of shared-library loaders.
LIBRARY = re.compile(
    r"undefined symbol|symbol not found|cannot open shared object|cannot load library|library not (found|loaded)"
    r"|could not load this library"
    r"|image not found|dlopen|DLL load failed|wrong ELF class|invalid ELF header|incompatible architecture"
    r"|version `\w+_[\d.]+' not found|binary incompatibility|not a valid Win32 application|failed to map segment",
    re.IGNORECASE,
)
OUT_OF_MEMORY = re.compile(r"out of memory|can.t allocate memory|not enough memory|cannot allocate", re.IGNORECASE)


def kind(error: BaseException) -> str:
    """Return the kind of an exception.

    One of `package`, `library`, `memory`, `disk`, `network`, `handles`, `processes`, `file` and `other`.
    """
    if isinstance(error, ModuleNotFoundError) and _top(error.name) not in OURS:
        return "package"
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and OUT_OF_MEMORY.search(str(error))):
        return "memory"
    if isinstance(error, LOADERS) and (LIBRARY.search(reason(error)) or _of_ctypes(error)):
        return "library"
    about = _kind_of_system_error(error) if isinstance(error, OSError) else "other"
    absent = isinstance(error, FileNotFoundError)  # a package's own file, if one was being loaded
    return "library" if (about == "other" or absent) and _not_loaded(error) else about


def _kind_of_system_error(error: OSError) -> str:
    if isinstance(error, ConnectionError) or type(error).__module__ in NETWORK_MODULES:
        return "network"
    numbers = ALWAYS if error.filename is not None else {**ALWAYS, **WITHOUT_FILE}
    named = next((name for name, numbers in numbers.items() if error.errno in numbers), None)
    return named or ("file" if error.filename is not None else "other")


def _of_ctypes(error: BaseException) -> bool:
    """Return whether the exception was raised while ctypes loaded a shared library, whatever its message."""
    return isinstance(error, OSError) and any(_top(f.f_globals.get("__name__")) == "ctypes" for f in _frames(error))


def _not_loaded(error: BaseException) -> bool:
    named = isinstance(error, ImportError) and _top(error.name) not in ("", *OURS)
    return named or loading(error) is not None


def pass_on(error: BaseException) -> None:
    """Raise an exception again that was caught while a file was read or written but has another cause."""
    if kind(error) in ELSEWHERE:
        raise error


def sentence(error: BaseException, where: str = "SDA_DEBUG=1 shows where") -> str:
    """Return one sentence for an exception that is not an SdaError: what is wrong and what to do.

    `where` is appended for a defect of the program.
    """
    root = _root(error)
    what, remedy = explained(root)
    more = {"package": f" ({DOCTOR})", "library": f" ({DOCTOR})", "other": f", {where}"}.get(kind(root), "")
    return f"{what}; {remedy}{more}."


def explained(error: BaseException) -> tuple[str, str]:
    """Return what is wrong and what to do, as two halves of a sentence."""
    root = _root(error)
    what, remedy = _SENTENCES[kind(root)](root)
    return " ".join(what.split()), remedy


def _root(error: BaseException) -> BaseException:
    """Return the cause of an error that is a package or library that could not be loaded, else the error itself."""
    causes = [error]
    while causes[-1].__cause__ is not None and len(causes) < MOST_CAUSES:
        causes.append(causes[-1].__cause__)
    return next((cause for cause in causes if kind(cause) in ("package", "library")), error)


def reason(error: BaseException) -> str:
    """Return the system's message for an error, without its number and the file's name."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(str(said).split()).rstrip(".") or type(error).__name__


def loading(error: BaseException) -> str | None:
    """Return the package that could not be loaded, else None.

    That is the case if the exception was raised while a package other than SDA was being imported.
    """
    names = [_top(name) for name in map(_module_in_the_making, _frames(error)) if name]
    return names[-1] if names and names[-1] not in OURS else None


def install(package: str) -> str:
    """Return the command that installs an importable package."""
    wanted = DISTRIBUTIONS.get(package, package)
    return f"pip install '{wanted}'" if "[" in wanted else f"pip install {wanted}"


def _frames(error: BaseException) -> list[FrameType]:
    return [frame for frame, _ in traceback.walk_tb(error.__traceback__)]


def _module_in_the_making(frame: FrameType) -> str | None:
    """Return the module whose body a frame runs, unless it is `__main__`."""
    name = frame.f_globals.get("__name__", "")
    return name if frame.f_code.co_name == "<module>" and name not in ("", "__main__") else None


def _top(name: str | None) -> str:
    return (name or "").partition(".")[0]


def _culprit(error: BaseException) -> str:
    """Return the package to name for a library that can't be loaded; UNKNOWN where none is known."""
    named = loading(error) or _top(getattr(error, "name", None))
    if named:
        return named
    parts = [Path(frame.f_code.co_filename).parts for frame in _frames(error)]
    homes = [path[path.index("site-packages") + 1] for path in parts if "site-packages" in path]
    return homes[-1].removesuffix(".py") if homes else UNKNOWN


def _package(error: BaseException) -> tuple[str, str]:
    name = _top(error.name) or "A package"
    if name in sys.stdlib_module_names:
        return f"Python lacks its own module {name}", "install a complete Python and set SDA up again"
    return f"The package {name} is not installed", f"install it with: {install(name)}"


def _library(error: BaseException) -> tuple[str, str]:
    name = _culprit(error)
    remedy = "install SDA again" if name == UNKNOWN else f"install it again with: {install(name)} --force-reinstall"
    return f"{name} can't be loaded ({reason(error)})", remedy


def _memory(_: BaseException) -> tuple[str, str]:
    return "There is not enough memory", "close other programs, or take shorter or fewer sounds"


def _disk(error: BaseException) -> tuple[str, str]:
    return f"{_named(error)} can't be written ({reason(error)})", "free some space or choose another folder"


def _network(error: BaseException) -> tuple[str, str]:
    return f"A connection failed ({reason(error)})", "check the address and the port, and try again"


def _handles(error: BaseException) -> tuple[str, str]:
    return f"Too many files are open at once ({reason(error)})", "raise the limit with: ulimit -n 4096"


def _processes(error: BaseException) -> tuple[str, str]:
    return f"A process can't be started or has ended ({reason(error)})", "close other programs and try again"


def _file(error: BaseException) -> tuple[str, str]:
    remedy = "check its permissions, or choose another folder"
    if isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        remedy = "check the path"
    return f"{_named(error)}: {reason(error)}", remedy


def _other(error: BaseException) -> tuple[str, str]:
    said = f"{type(error).__name__}: {reason(error)}"
    return f"Something unforeseen happened ({said})", "sda doctor checks the installation"


def _named(error: BaseException) -> str:
    name = getattr(error, "filename", None)
    return "The file" if name is None else str(name)


_SENTENCES = {
    "package": _package,
    "library": _library,
    "memory": _memory,
    "disk": _disk,
    "network": _network,
    "handles": _handles,
    "processes": _processes,
    "file": _file,
    "other": _other,
}
