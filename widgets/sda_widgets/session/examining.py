"""Health verbs of a session: diagnose the open model in a background thread."""

from __future__ import annotations

import logging
import threading
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Bool, HasTraits, observe

from sda_lib import faults
from sda_lib.errors import SdaError
from sda_widgets.session.guard import LOGGED, verb

log = logging.getLogger(__name__)


class HealthVerbs(HasTraits):
    """Session mixin for health checks; the model belongs to the session."""

    health = AnyTrait(None, allow_none=True, help="Health of the open model, once it was looked at")
    examining = Bool(False, help="whether it is being looked at")
    examiner: threading.Thread | None = None

    @verb
    def check_health(self) -> None:
        """Diagnose the open model in a thread and set `health`, unless another model has been opened meanwhile."""
        model = self._need_model()
        if not self.examining:
            self.set(examining=True, health=None)
            self.examiner = threading.Thread(target=self._examine, args=(model, self.model_path), daemon=True)
            self.examiner.start()

    def _examine(self, model: Any, path: Any) -> None:
        from sda_lib.health.diagnose import diagnose
        from sda_lib.runs.run import learned_from

        found, said = None, ""
        try:
            found = diagnose(model).with_paths(learned_from(path, self.places.runs), path)
        except SdaError as error:
            said = str(error)
        except Exception as error:
            log.exception("check_health failed")
            said = f"The model's health could not be measured. {faults.sentence(error, LOGGED)}"
        with self._lock:
            if said:
                self.message = said
            same = self.model is not None and self.model.codec is model.codec
            self.set(examining=False, health=found if same else None)

    @observe("model")
    def _another_model(self, change: Any) -> None:
        """Clear the health of another model; a model that only got new sliders counts as the same."""
        old, new = change.old, change.new
        if old is None or new is None or old.codec is not new.codec:
            self.health = None
