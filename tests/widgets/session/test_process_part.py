"""Processes of a session: a failure becomes the message, a result is taken over, and a canceled one changes nothing."""

import subprocess
import sys

import pytest

from sda_widgets.session.context import Context
from sda_widgets.session.process_part import ProcessPart, last_line


class Made(ProcessPart):
    canceled, failed = "Nothing was made.", "It could not be made; try again."

    def tell(self):
        self.words = "Working …"

    def take_over(self, process):
        self.words = last_line(process.stdout.read())


def running(part, code):
    part.process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return part.process


@pytest.fixture
def part(places):
    return Made(Context(places))


@pytest.mark.parametrize(
    ("code", "message"),
    [("raise SystemExit('The disk is full.')", "The disk is full."), ("raise SystemExit(3)", Made.failed)],
)
def test_a_failure_becomes_the_message(part, code, message):
    process = running(part, code)
    process.wait(60)
    part.poll()
    assert part.process is None
    assert part.context.message == message
    assert process.stdout.closed
    assert process.stderr.closed


def test_what_was_made_is_taken_over(part):
    process = running(part, "print('one'); print('two')")
    process.wait(60)
    part.poll()
    assert (part.process, part.words, part.context.message) == (None, "two", "")
    assert process.stdout.closed
    assert process.stderr.closed


def test_a_canceled_one(part):
    process = running(part, "import time; time.sleep(60)")
    part.poll()
    assert part.words == "Working …"
    part.cancel()
    assert process.poll() is not None
    assert (part.process, part.words, part.context.notice) == (None, "", "Nothing was made.")
    assert process.stdout.closed
    assert process.stderr.closed
