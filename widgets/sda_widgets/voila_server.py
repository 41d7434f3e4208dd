"""Run Voila for `sda studio`, and end it when that ends in whatever way.

`sda studio` holds the other end of the standard input; the system closes it even when the process is killed. The
kernels end with their server; trainings are processes of their own and continue.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

# Environment variable that is set where the standard input is held by the process to end with.
SWITCH = "SDA_ENDS_WITH_INPUT"
# Seconds after which a server that does not end by itself is ended.
PATIENCE = 5.0


def end_with_input() -> None:
    """Read the standard input to its end, then end this process: in order, or else after PATIENCE seconds."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    threading.Timer(PATIENCE, os._exit, (1,)).start()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Serve as the command `voila` does with the same arguments, by `page_server`."""
    if os.environ.pop(SWITCH, ""):
        threading.Thread(target=end_with_input, daemon=True).start()
    from sda_widgets.page_server import PageServer  # imported late: takes a second

    PageServer.launch_instance()


if __name__ == "__main__":
    main()
