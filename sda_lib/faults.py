"""Classify exceptions and describe each in one sentence with its remedy."""

from __future__ import annotations

import errno
import re
import sys
import traceback
from pathlib import Path
from types import FrameType

# Name for a library of no known package.
UNKNOWN = "A shared library"
OURS = ("sda_lib", "sda_widgets")
PAGE_PACKAGES = ("voila", "jupyterlab", "ipywidgets", "bqplot", "anywidget", "traitlets", "jupyter_core", "IPython")
# What to install for a package whose distribution has another name.
DISTRIBUTIONS = {
    "sklearn": "scikit-learn", "pedalboard": "sda[effects]", "av": "sda[media]", "distributed": "sda[cluster]",
    "dask": "sda[cluster]",
    **dict.fromkeys(PAGE_PACKAGES, "sda[app]"),
}  # fmt: skip

# Exception types raised when a shared library fails to load.
LOADERS = (ImportError, OSError, RuntimeError, AttributeError)
NETWORK = (
    "EADDRINUSE", "EADDRNOTAVAIL", "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "ENETUNREACH", "EHOSTUNREACH",
    "ENETDOWN", "ETIMEDOUT", "EPIPE", "ENOTCONN",
)  # fmt: skip


def _numbers(kind: str, *names: str) -> dict[int, str]:
    """Return the kind by errno, for those of `names` that this system has."""
    return {getattr(errno, name): kind for name in names if hasattr(errno, name)}


# Kinds of system errors by errno; those in WITHOUT_FILE apply only if the exception names no file.
ALWAYS = {**_numbers("memory", "ENOMEM"), **_numbers("handles", "EMFILE", "ENFILE")}
ALWAYS |= _numbers("disk", "ENOSPC", "EFBIG", "EDQUOT")
WITHOUT_FILE = {**_numbers("network", *NETWORK), **_numbers("processes", "EAGAIN", "ECHILD", "ESRCH")}
# Kinds of errors that are not caused by the file in use.
ELSEWHERE = ("package", "library", "memory", "network", "handles", "processes")
# Modules whose subclasses of OSError concern a connection, whatever their errno.
NETWORK_MODULES = ("socket", "urllib.error", "ssl", "http.client", "zmq.error")

# What to do about a file that can't be written, by errno.
WRITE_REMEDIES = {
    **_numbers("free some space or choose another folder", "ENOSPC", "EFBIG", "EDQUOT"),
    **_numbers("check its permissions, or choose another folder", "EACCES", "EPERM", "EROFS"),
    **_numbers("choose another name", "EISDIR", "ENOTDIR", "EEXIST", "ENOTEMPTY"),
    **_numbers("choose another folder", "ENOENT"),
    **_numbers("choose a shorter name", "ENAMETOOLONG"),
}

MAX_CAUSES = 20
# What is wrong and what to do, by kind of error. Names in braces are filled in by `explained`.
MESSAGES = {
    "package": ("The package {package} is not installed", "install it with: {install}"),
    "library": ("{library} can't be loaded ({reason})", "{reinstall}"),
    "memory": ("There is not enough memory", "close other programs, or take shorter or fewer sounds"),
    "disk": ("{file} can't be written ({reason})", "free some space or choose another folder"),
    "network": ("A connection failed ({reason})", "check the address and the port, and try again"),
    "handles": ("Too many files are open at once ({reason})", "raise the limit with: ulimit -n 4096"),
    "processes": ("A process can't be started or has ended ({reason})", "close other programs and try again"),
    "file": ("{file}: {reason}", "{file_remedy}"),
    "other": ("An unexpected error occurred ({type}: {reason})", "sda doctor checks the installation"),
}
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
    """Return the kind of an exception, one of MESSAGES."""
    if isinstance(error, ModuleNotFoundError) and _top(error.name) not in OURS:
        return "package"
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and OUT_OF_MEMORY.search(str(error))):
        return "memory"
    if isinstance(error, LOADERS) and (LIBRARY.search(reason(error)) or _of_ctypes(error)):
        return "library"
    found = _kind_of_system_error(error) if isinstance(error, OSError) else "other"
    absent = isinstance(error, FileNotFoundError)  # a package's own file, if one was being loaded
    return "library" if (found == "other" or absent) and _not_loaded(error) else found


def _kind_of_system_error(error: OSError) -> str:
    if isinstance(error, ConnectionError) or type(error).__module__ in NETWORK_MODULES:
        return "network"
    number = error.errno or 0
    return ALWAYS.get(number) or ("file" if error.filename is not None else WITHOUT_FILE.get(number, "other"))


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
    doctor = " (sda doctor shows what is missing)"
    more = {"package": doctor, "library": doctor, "other": f", {where}"}.get(kind(root), "")
    return f"{what}; {remedy}{more}."


def explained(error: BaseException) -> tuple[str, str]:
    """Return what is wrong and what to do, as two halves of a sentence."""
    root = _root(error)
    package, library = _top(getattr(root, "name", None)) or "A package", _culprit(root)
    if kind(root) == "package" and package in sys.stdlib_module_names:
        return f"Python lacks its own module {package}", "install a complete Python and set SDA up again"
    wrong_path = isinstance(root, FileNotFoundError | NotADirectoryError | IsADirectoryError)
    name = getattr(root, "filename", None)
    words = {
        "package": package,
        "install": install(package),
        "library": library,
        "reinstall": "install SDA again" if library == UNKNOWN else reinstall(library),
        "file": "The file" if name is None else str(name),
        "file_remedy": "check the path" if wrong_path else "check its permissions, or choose another folder",
        "type": type(root).__name__,
        "reason": reason(root),
    }
    what, remedy = MESSAGES[kind(root)]
    return " ".join(what.format(**words).split()), remedy.format(**words)


def write_remedy(error: OSError) -> str:
    """Return what to do about a file that can't be written, as half of a sentence."""
    return WRITE_REMEDIES.get(error.errno or 0, "check its disk, or choose another folder")


def _root(error: BaseException) -> BaseException:
    """Return the cause of an error that is a package or library that could not be loaded, else the error itself."""
    causes = [error]
    while causes[-1].__cause__ is not None and len(causes) < MAX_CAUSES:
        causes.append(causes[-1].__cause__)
    return next((cause for cause in causes if kind(cause) in ("package", "library")), error)


def reason(error: BaseException) -> str:
    """Return the system's message for an error, without its number and the file's name."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(str(text).split()).rstrip(".") or type(error).__name__


def loading(error: BaseException) -> str | None:
    """Return the package other than SDA's that was being imported when the exception was raised, else None."""
    bodies = [frame for frame in _frames(error) if frame.f_code.co_name == "<module>"]
    names = [name for frame in bodies if (name := _top(frame.f_globals.get("__name__"))) not in ("", "__main__")]
    return names[-1] if names and names[-1] not in OURS else None


def install(package: str) -> str:
    """Return the command that installs an importable package."""
    wanted = DISTRIBUTIONS.get(package, package)
    return f"pip install '{wanted}'" if "[" in wanted else f"pip install {wanted}"


def reinstall(package: str) -> str:
    """Return the advice to install a broken package again."""
    return f"install it again with: {install(package)} --force-reinstall"


def _frames(error: BaseException) -> list[FrameType]:
    return [frame for frame, _ in traceback.walk_tb(error.__traceback__)]


def _top(name: object) -> str:
    """Return the package of a module's name, or an empty string for anything else."""
    return name.partition(".")[0] if isinstance(name, str) else ""


def _culprit(error: BaseException) -> str:
    """Return the package to name for a library that can't be loaded; UNKNOWN if none is known."""
    named = loading(error) or _top(getattr(error, "name", None))
    if named:
        return named
    parts = [Path(frame.f_code.co_filename).parts for frame in _frames(error)]
    homes = [path[path.index("site-packages") + 1] for path in parts if "site-packages" in path]
    return homes[-1].removesuffix(".py") if homes else UNKNOWN
