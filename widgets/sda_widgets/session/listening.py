"""Listening: how the player plays the sounds of a session, at equal loudness or blind."""

from __future__ import annotations

from collections.abc import Mapping

from traitlets import Any, Bool, Unicode

from sda_lib.audio.clip import AudioClip
from sda_lib.comparison.blind import AbxTrials, BlindTest, BlindVotes, result_in_words
from sda_lib.comparison.disguise import disguised
from sda_lib.comparison.vote_log import keep_result
from sda_lib.errors import SdaError
from sda_widgets.session.context import Context, Part, needed
from sda_widgets.session.guard import verb
from sda_widgets.session.sound import Sound

ENDED = "A sound has changed, so the blind test has ended."


class Listening(Part):
    """Loudness match of the takes, and a blind test of the sounds while there is one.

    A blind test ends as soon as a sound changes. Its results are kept in the user's folder.
    """

    is_matched = Bool(False, help="whether takes are heard equally loud")
    test = Any(None, help="the BlindTest under way, or None; nothing of it but labels may be shown")
    result = Unicode(help="what the last test found, in words")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sounds: tuple[Sound, ...] = ()
        self._disguised: dict[str, AudioClip] = {}

    @property
    def takes(self) -> Mapping[str, AudioClip]:
        """The sounds of the present round by label, which only listening tells apart."""
        test: BlindTest = needed(self.test, "There is no blind test; begin one.")
        return {label: self._disguised[name] for label, name in zip(test.labels, test.order, strict=True)}

    @verb
    def begin_votes(self, sounds: tuple[Sound, ...]) -> None:
        """Begin a blind test of two sounds or more: vote for the best in every round."""
        self._begin(BlindVotes(tuple(sound.name for sound in sounds)), sounds)

    @verb
    def begin_abx(self, first: Sound, second: Sound) -> None:
        """Begin a blind test of two sounds: say in every trial which of them is X."""
        if first is second:
            raise SdaError("X needs two different sounds; choose another one.")
        self._begin(AbxTrials((first.name, second.name)), (first, second))

    @verb
    def answer(self, label: str) -> None:
        """Answer the present round, which begins the next one."""
        self.test = needed(self.test, "There is no blind test; begin one.").answer(label)

    @verb
    def finish(self) -> None:
        """End the test and show its result. Raises SdaError when the result can't be kept."""
        if self.test is not None:
            self._end(self.test)

    def _end(self, test: BlindTest) -> None:
        titles = [sound.title for sound in self._sounds]
        for sound in self._sounds:
            sound.unobserve(self._on_change, "clip")
        self._sounds, self._disguised = (), {}
        self.set(test=None, result=result_in_words(test))
        keep_result(self.context.places.votes, test, titles)

    def _begin(self, test: BlindTest, sounds: tuple[Sound, ...]) -> None:
        self.finish()
        clips = [needed(sound.clip) for sound in sounds]
        self._disguised = dict(zip((sound.name for sound in sounds), disguised(clips), strict=True))
        self._sounds = sounds
        for sound in sounds:
            sound.observe(self._on_change, "clip")
        self.set(test=test, result="")

    def _on_change(self, _change: object) -> None:
        if self.test is None:
            return
        self.context.notice = ENDED
        try:
            self._end(self.test)
        except SdaError as error:  # the act that changed the sound goes on
            self.context.report_later(str(error))
