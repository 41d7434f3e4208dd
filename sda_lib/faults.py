"""What an exception is about, and one true sentence with the remedy: only errors of files are worded as such."""

from __future__ import annotations

import errno
import re
import sys
import traceback
from pathlib import Path
from types import FrameType

UNKNOWN = "A shared library"
DOCTOR = "sda doctor shows what is missing"
"""What is said of a library of no known package, and where to look further."""
OURS = ("sda_lib", "sda_widgets")
PAGE_PACKAGES = ("voila", "jupyterlab", "ipywidgets", "bqplot", "anywidget", "traitlets", "jupyter_core", "IPython")
DISTRIBUTIONS = {"sklearn": "scikit-learn", "pedalboard": "sda[effects]", **dict.fromkeys(PAGE_PACKAGES, "sda[app]")}
"""What to install for a package whose distribution has another name."""

LOADERS = (ImportError, OSError, RuntimeError, AttributeError)
"""Exceptions that a shared library's failure comes as."""
DISK = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
NETWORK = {
    errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.ENETUNREACH,
    errno.EHOSTUNREACH, errno.ENETDOWN, errno.ETIMEDOUT, errno.EPIPE, errno.ENOTCONN,
}  # fmt: skip
ALWAYS = {"memory": {errno.ENOMEM}, "disk": DISK, "handles": {errno.EMFILE, errno.ENFILE}}
WITHOUT_FILE = {"network": NETWORK, "processes": {errno.EAGAIN, errno.ECHILD, errno.ESRCH}}
"""What numbers of system errors are about, whether a file is named or not."""
ELSEWHERE = ("package", "library", "memory", "network", "handles", "processes")
"""Kinds that have nothing to do with the file in use."""
NETWORK_MODULES = ("socket", "urllib.error", "ssl", "http.client", "zmq.error")
"""Modules whose subclasses of OSError are about a connection, whatever their numbers are."""

MOST_CAUSES = 20
LIBRARY = re.compile(
    r"undefined symbol|symbol not found|cannot open shared object|cannot load library|library not (found|loaded)"
    r"|could not load this library"
    r"|image not found|dlopen|DLL load failed|wrong ELF class|invalid ELF header|incompatible architecture"
    r"|version `\w+_[\d.]+' not found|binary incompatibility|not a valid Win32 application|failed to map segment",
    re.IGNORECASE,
)
"""What loaders of shared libraries say."""
OUT_OF_MEMORY = re.compile(r"out of memory|can.t allocate memory|not enough memory|cannot allocate", re.IGNORECASE)


def kind(error: BaseException) -> str:
    """What an exception is about: `package`, `library`, `memory`, `disk`, `network`, `handles`, `processes`, `file` or
    `other`."""
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
    """Whether it came out of the loading of a shared library, in whatever words or language."""
    return isinstance(error, OSError) and any(_top(f.f_globals.get("__name__")) == "ctypes" for f in _frames(error))


def _not_loaded(error: BaseException) -> bool:
    named = isinstance(error, ImportError) and _top(error.name) not in ("", *OURS)
    return named or loading(error) is not None


def pass_on(error: BaseException) -> None:
    """Raise an exception again that was caught while a file was read or written but has another cause."""
    if kind(error) in ELSEWHERE:
        raise error


def sentence(error: BaseException, where: str = "SDA_DEBUG=1 shows where") -> str:
    """One sentence for an exception that is no SdaError: what is wrong, and what to do; `where` ends the one for a
    defect of the program."""
    root = _root(error)
    what, remedy = explained(root)
    more = {"package": f" ({DOCTOR})", "library": f" ({DOCTOR})", "other": f", {where}"}.get(kind(root), "")
    return f"{what}; {remedy}{more}."


def explained(error: BaseException) -> tuple[str, str]:
    """What is wrong, and what to do, as two halves of a sentence."""
    root = _root(error)
    what, remedy = _SENTENCES[kind(root)](root)
    return " ".join(what.split()), remedy


def _root(error: BaseException) -> BaseException:
    """The package or library among the causes of an error that could not be loaded, else the error itself."""
    causes = [error]
    while causes[-1].__cause__ is not None and len(causes) < MOST_CAUSES:
        causes.append(causes[-1].__cause__)
    return next((cause for cause in causes if kind(cause) in ("package", "library")), error)


def reason(error: BaseException) -> str:
    """What the system says of an error, without its number and the file's name."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(str(said).split()).rstrip(".") or type(error).__name__


def loading(error: BaseException) -> str | None:
    """The package that could not be loaded, if the exception came out of the body of a package that is not SDA's."""
    names = [_top(name) for name in map(_module_in_the_making, _frames(error)) if name]
    return names[-1] if names and names[-1] not in OURS else None


def install(package: str) -> str:
    """The command that installs an importable package."""
    wanted = DISTRIBUTIONS.get(package, package)
    return f"pip install '{wanted}'" if "[" in wanted else f"pip install {wanted}"


def _frames(error: BaseException) -> list[FrameType]:
    return [frame for frame, _ in traceback.walk_tb(error.__traceback__)]


def _module_in_the_making(frame: FrameType) -> str | None:
    """The module whose body a frame runs, unless it is the program itself."""
    name = frame.f_globals.get("__name__", "")
    return name if frame.f_code.co_name == "<module>" and name not in ("", "__main__") else None


def _top(name: str | None) -> str:
    return (name or "").partition(".")[0]


def _culprit(error: BaseException) -> str:
    """The package to name for a library that can't be loaded; "A shared library" where none is known."""
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
