"""Display of a training: how far it is, its curve, and how the model sounds so far."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sda_lib.display.health import legend_of
from sda_lib.display.markup import duration, head, heading, note, table, text
from sda_lib.display.pictures import curve_picture, thumbnail
from sda_lib.display.players import AMONG, at_one_gain, player
from sda_lib.events import Event
from sda_lib.training.auditions import Audition

# States in which a training has ended.
ENDED = ("finished", "stopped", "failed", "died")


@dataclass(frozen=True)
class Progress:
    """Where a training is, from its events so far.

    `step` of `of` steps are done (`of` is 0 while none are planned); `seconds_left` is an estimate, None where there is
    none; `curve` holds (step, held-out distance) points; `message` says what is being done, or how it ended.
    """

    title: str
    state: str = "running"
    step: int = 0
    of: int = 0
    seconds_left: float | None = None
    curve: tuple[tuple[float, float], ...] = ()
    message: str = ""

    def after(self, event: Event) -> Progress:
        """Return the progress after an event."""
        changes: dict[str, object] = {}
        if event.kind == "progress":
            left = event.values.get("seconds_left")
            changes = {"state": "running", "message": event.message, "seconds_left": left}  # it was queued, or resumed
            if event.of:
                changes |= {"step": event.step, "of": event.of}
        elif event.kind == "metrics" and "held_out" in event.values:
            before = tuple(point for point in self.curve if point[0] < event.step)
            changes = {"curve": (*before, (float(event.step), event.values["held_out"]))}
        elif event.kind in ("done", "failed"):
            state = "finished" if event.kind == "done" else "failed"
            changes = {"state": state, "message": event.message, "seconds_left": None}
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    def ended(self, state: str, message: str) -> Progress:
        """Return the progress of a training that ended in this way."""
        return dataclasses.replace(self, state=state, message=message, seconds_left=None)

    @property
    def share(self) -> float:
        """How much of the steps is done, 0..1."""
        return 1.0 if self.state == "finished" else self.step / self.of if self.of else 0.0

    @property
    def summary(self) -> str:
        """The progress in one line of text."""
        steps = f"step {self.step} of {self.of}" if self.of else ""
        left = "" if self.seconds_left is None else f"about {duration(max(0.0, self.seconds_left))} left"
        distance = f"held-out distance {self.curve[-1][1]:.3f}" if self.curve else ""
        return ", ".join(filter(None, (self.state, steps, left, distance)))


def progress_of(title: str, events: Iterable[Event], state: str = "running") -> Progress:
    """Return the progress of a training from all its events; `state` is that of its run, where it is known."""
    found = Progress(title)
    for event in events:
        found = found.after(event)
    return found if state in ("running", "finished", "failed") else dataclasses.replace(found, state=state)


def progress_view(progress: Progress, auditions: Sequence[Audition] = ()) -> str:
    """Return the card of a training: bar, curve of the held-out distance, and auditions of the last saved model."""
    bar = f'<div class="sda-bar"><div style="width:{100 * progress.share:.1f}%"></div></div>'
    parts = [head(progress.title, progress.summary), bar, note(progress.message), _curve(progress)]
    if auditions:
        parts += [heading("How the model sounds"), auditions_table(auditions)]
    return "".join(parts)


def auditions_table(auditions: Sequence[Audition]) -> str:
    """Return held-out sounds beside the model's version of them, each pair at one gain."""
    return table(("", "", "by its codes alone", "recorded"), map(_audition_row, auditions))


def _audition_row(one: Audition) -> tuple[str, ...]:
    pair = [one.sound] if one.original is None else [one.sound, one.original]
    clips, remark = at_one_gain(*pair)
    names = (f"{one.name}, by the model", f"{one.name}, recorded")
    players = [player(clip, AMONG, name) for clip, name in zip(clips, names, strict=False)]
    return text(one.name), thumbnail(one.sound), players[0] + note(remark), "".join(players[1:])


def _curve(progress: Progress) -> str:
    if len(progress.curve) < 2:
        return ""
    return curve_picture([progress.curve], "held-out distance over steps") + legend_of(
        "held-out mel distance over steps"
    )
