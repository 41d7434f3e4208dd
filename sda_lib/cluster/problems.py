"""What can go wrong with a cluster, each as one sentence with its remedy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import CancelledError

from distributed.scheduler import KilledWorker

from sda_lib import faults
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

GO_ON = "run the command again to continue"


@contextlib.contextmanager
def explained(where: str) -> Iterator[None]:
    """Raise SdaError in place of what Dask raises; `where` names the cluster. Other errors of tasks pass."""
    try:
        yield
    except SdaError:
        raise
    except KilledWorker as error:
        raise SdaError(
            f"The workers of {where} were killed {error.allowed_failures + 1} times over one task (out of memory?); "
            f"use fewer workers, and {GO_ON}."
        ) from error
    except CancelledError as error:
        raise SdaError(f"The connection to {where} was lost; check that it runs, and {GO_ON}.") from error
    except ImportError as error:
        raise SdaError(
            f"A worker or the scheduler of {where} can't load {printable(error.name or 'SDA')}; install the same "
            "versions of SDA and Dask there."
        ) from error
    except RuntimeError as error:
        if "deserialization" not in str(error):
            raise
        raise SdaError(
            f"The scheduler of {where} can't read the work; install the same versions of SDA and Dask there."
        ) from error
    except OSError as error:
        faults.pass_on(error)
        raise SdaError(f"The connection to {where} failed ({error}); check that it runs, and {GO_ON}.") from error
