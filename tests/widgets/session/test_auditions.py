"""Auditions of a model in training."""

import numpy as np

from sda_lib.events import Event
from sda_lib.runs.run import Run
from sda_widgets.training.audition_view import AuditionView


def test_auditions_after_a_save(session, places):
    class RunningRun(Run):
        model_path, corpus_folder, name, state, message = session.model_path, places.demo, "x", "running", ""

        def events(self, since=0):
            return ((Event("saved", 3, 9),) if since == 0 else ()), 1

    view = AuditionView(session)
    assert view.layout.display == "none"
    session.training.watch(RunningRun(places.runs))
    session.auditions.thread.join(60)
    session.tick()
    assert "step 3 of 9" in view.head.value
    first = view.tiles.rows[0]
    assert [cell["label"] for cell in first["cells"]] == ["A original", "B model"]
    assert view.tiles.rows[-1]["title"] == "a new sound"
    view.tiles.receive({"kind": "play", "value": first["cells"][0]["key"]})
    original = session.preview
    view.tiles.receive({"kind": "play", "value": first["cells"][1]["key"]})
    assert np.abs(session.preview.samples - original.samples).max() > 0.001
