"""Process part: a part of a session that has one process at a time, which works on the open model's file."""

from __future__ import annotations

import subprocess

from traitlets import Float, Instance, Unicode

from sda_widgets.session.context import Part
from sda_widgets.session.guard import verb

# Longest time that a canceled process may take to end, in seconds.
ENDING = 5.0


class ProcessPart(Part):
    """A process that leaves the model's file as it is until its end; `poll` takes over what it made of it."""

    process = Instance(subprocess.Popen, allow_none=True, help="the process, while it runs")
    share = Float(0.0, help="how much of the work is done, 0..1")
    words = Unicode(help="what it does now, and how long the rest takes")
    # Sentences after `cancel`, and for a process that fails without a message of its own.
    canceled = failed = ""

    @verb
    def cancel(self) -> None:
        """End the process; the model stays as it is."""
        process = self.process
        if process is not None:
            self.set(process=None, share=0.0, words="")
            process.terminate()
            process.wait(ENDING)
            self.close_pipes(process)
            self.context.notice = self.canceled

    def poll(self) -> None:
        """Take over what the process made once it has ended. Called by the page's heartbeat."""
        process = self.process
        if process is None:
            return
        if process.poll() is None:
            self.tell()
            return
        self.set(process=None, share=0.0, words="")
        errors = "" if process.stderr is None else last_line(process.stderr.read())
        if process.returncode:
            self.fail(errors or self.failed)
        else:
            self.take_over(process)
        self.close_pipes(process)

    def tell(self) -> None:
        """Say what the process does now, and how long the rest takes."""
        raise NotImplementedError

    def take_over(self, process: subprocess.Popen[bytes]) -> None:
        """Take over what a process made that has ended well."""
        raise NotImplementedError

    def close_pipes(self, process: subprocess.Popen[bytes]) -> None:
        """Close the pipes of a process that has ended."""
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def last_line(text: bytes) -> str:
    """Return the last line of what a process wrote; empty where it wrote nothing."""
    return (text.decode(errors="replace").strip().splitlines() or [""])[-1]
