"""A session on a model that was really trained, in a data folder of its own."""

import asyncio
import io
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile

from sda_lib.audio.corpus import Corpus
from sda_lib.runs import manage
from sda_lib.training.train import learn
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session


@pytest.fixture
def places(tmp_path, tiny_corpus):
    return Places(tmp_path / "data", tiny_corpus)


@pytest.fixture
def added(monkeypatch, tmp_path):
    """A folder outside the user's that the page shows too, as `sda studio --folder` adds it."""
    folder = tmp_path / "added"
    folder.mkdir()
    monkeypatch.setenv("SDA_FOLDERS", str(folder))
    return folder


@pytest.fixture
def run_apart():
    """A function that runs a coroutine in a thread: the browser's tests leave an event loop in the main thread."""

    def run_apart(work):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, work).result()

    return run_apart


@pytest.fixture
def finished():
    """A function that waits until long work is done."""

    def finished(work):
        work.thread.join(120)
        assert not work.is_running

    return finished


@pytest.fixture(scope="session")
def continuous_path(tiny_corpus, tiny_recipe, tmp_path_factory):
    """A model without codes."""
    path = tmp_path_factory.mktemp("continuous") / "continuous.sda"
    recipe = tiny_recipe.override(train__steps=0, codec__bottleneck="none")
    for _ in learn(Corpus.from_folder(tiny_corpus), recipe, path, "continuous <b>"):
        pass
    return path


@pytest.fixture
def session(places, tiny_model_path):
    """A session with the tiny model open and a first sound of four seconds, longer than the recordings."""
    places.models.mkdir(parents=True)
    session = Session(places)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sda_lib.model.model.SdaModel.durations", (4.0,))
        session.open_model(shutil.copy(tiny_model_path, places.models / "tiny.sda"))
    assert session.message == ""
    return session


@pytest.fixture
def slider_session(slider_model_path, tmp_path):
    """A session whose model has sliders, and two seconds of sound."""
    import sda_lib

    data = tmp_path / "data"
    (data / "models").mkdir(parents=True)
    opened = Session(Places(data, data))
    opened.open_model(shutil.copy(slider_model_path, data / "models/some.sda"))
    opened.sound.create.generate(sda_lib.GenerateOptions(2.0, seed=1))
    assert opened.message == ""
    return opened


@pytest.fixture
def wav():
    """Make the bytes of a WAV file with a tone."""

    def make(hertz=330.0, seconds=0.2):
        file = io.BytesIO()
        soundfile.write(
            file, 0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * 44100)) / 44100), 44100, format="WAV"
        )
        return file.getvalue()

    return make


@pytest.fixture
def launched(monkeypatch):
    """Runs that are created, but whose processes are not started."""
    created = []
    monkeypatch.setattr(manage, "_launch", lambda run, lock: created.append((run, os.dup(lock))))
    yield created
    for _, lock in created:
        os.close(lock)
