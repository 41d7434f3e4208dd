"""Map of the open model's recordings, computed in the background when the sound of a newly opened model is out."""

from collections.abc import Callable
from functools import partial

from traitlets import Instance, Unicode

from sda_lib.errors import SdaError
from sda_lib.maps.corpus_map import CorpusMap, corpus_map
from sda_lib.memory.grains import Memory
from sda_lib.model.model import SdaModel
from sda_widgets.session.context import Context, needed
from sda_widgets.session.idle import IdlePart, Pause


class MapWork(IdlePart):
    """Fills `shown`, unless `reason` says why there is no map."""

    shown = Instance(CorpusMap, allow_none=True, help="the map; None until it is computed")
    reason = Unicode(help="why there is none, as a sentence, or an empty string")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._memory: Memory | None = None  # the recordings that the map shows
        context.observe(lambda change: self._begin(change.new), "model")
        self._begin(context.model)

    def _begin(self, model: SdaModel | None) -> None:
        memory = None if model is None else model.memory
        if memory is not None and memory is self._memory:
            return  # only sliders were added; the recordings are the same
        self._memory = memory
        self.idle.cancel()
        if model is None or memory is None:
            self.set(shown=None, reason=_why_none(model), is_computing=False)
        else:
            self.set(shown=None, reason="", is_computing=True)
            self.idle.begin([partial(self._task, model)])

    def _task(self, model: SdaModel, pause: Pause) -> Callable[[], None]:
        try:
            found, reason = corpus_map(model, pause), ""
        except SdaError as error:
            found, reason = None, str(error)
        return lambda: self.set(shown=found, reason=reason)


def _why_none(model: SdaModel | None) -> str:
    """Return why a model without recordings has no map."""
    try:
        corpus_map(needed(model, "Open a model first."))
    except SdaError as error:
        return str(error)
    return ""
