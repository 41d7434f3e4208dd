"""Shared ground of the tests: a tiny folder of real sound files and one model that was really trained on it."""

import contextlib
import fcntl
import os
import re
import resource
import signal
import sys
from collections import Counter
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "agg")
# Processes that fill numba's cache at once can leave code in it that crashes whoever loads it: one for each process.
os.environ["NUMBA_CACHE_DIR"] = os.path.join(
    os.path.dirname(__file__), "..", ".pytest_cache", "numba", os.environ.get("PYTEST_XDIST_WORKER", "main")
)
os.environ.setdefault("SDA_NICENESS", "0")  # the tests wait for their trainings

import mutagen
import numpy as np
import pytest
import soundfile

RATE = 44100
PRIOR_WIDTH = 16
BROWSER = Path(__file__).parent / "browser"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts background jobs with Ctrl-C ignored, and children inherit that: tests of Ctrl-C need it back.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Mark what is slow by its folder or its fixtures; put slow files first, so that none is left at the end."""
    for item in items:
        if BROWSER in item.path.parents:
            item.add_marker(pytest.mark.browser)
        if "slider_model_path" in item.fixturenames:  # sliders are tried out for it, which takes seconds
            item.add_marker(pytest.mark.slow)
    slow = [Counter(), Counter()]
    for item in items:
        for count, mark in zip(slow, ("browser", "slow"), strict=True):
            count[item.path] += item.get_closest_marker(mark) is not None
    items.sort(key=lambda item: [-count[item.path] for count in slow])  # stable: a file's tests keep their order


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A function of a name and `make(folder)`: the folder that `make` fills once for all workers of a test run."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def shared(name, make):
        folder, done = root / "shared" / name, root / "shared" / f"{name}.done"
        folder.mkdir(parents=True, exist_ok=True)
        with (root / "shared" / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                make(folder)
                done.touch()
        return folder

    return shared


def _pluck(seconds: float = 1.1) -> np.ndarray:
    """A decaying harmonic tone."""
    time = np.arange(int(seconds * RATE)) / RATE
    partials = sum(np.sin(2 * np.pi * 220 * k * time) / k * np.exp(-time * (2 + k)) for k in range(1, 9))
    return 0.3 * partials


def _rain(seconds: float = 1.4) -> np.ndarray:
    """Noise with a moving level."""
    time = np.arange(int(seconds * RATE)) / RATE
    return np.random.default_rng(0).normal(0, 0.1, len(time)) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))


def _sweep(seconds: float = 0.9) -> np.ndarray:
    """A rising sine."""
    time = np.arange(int(seconds * RATE)) / RATE
    return 0.4 * np.sin(2 * np.pi * (200 * time + 1500 * time**2))


@pytest.fixture
def full_disk():
    """A context in which no file can grow beyond 50 kB."""

    @contextlib.contextmanager
    def limit():
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit


@pytest.fixture(scope="session")
def tiny_corpus(shared):
    """A folder with three short sounds of distinct character; don't write into it."""

    def make(folder):
        (folder / "tiny").mkdir(exist_ok=True)
        for name, samples in (("pluck", _pluck()), ("rain", _rain()), ("sweep", _sweep())):
            soundfile.write(folder / f"tiny/{name}.wav", samples, RATE, subtype="PCM_16")

    return shared("sounds", make) / "tiny"


@pytest.fixture(scope="session")
def tiny_recipe(tiny_corpus):
    """Three steps on small batches: a real run in seconds."""
    from sda_lib.audio.corpus import Corpus
    from sda_lib.config import Recipe

    recipe = Recipe.for_corpus(Corpus.from_folder(tiny_corpus))
    return recipe.override(train__steps=3, train__batch=2, train__segment=8192, train__shift=0, codec__width=32)


@pytest.fixture(scope="session")
def tiny_model_path(shared, tiny_corpus, tiny_recipe):
    """An `.sda` that `learn` made of the tiny corpus; don't write over it."""
    return shared("tiny_model", lambda folder: _learn(tiny_corpus, tiny_recipe, folder / "tiny.sda")) / "tiny.sda"


@pytest.fixture(scope="session")
def slider_model_path(shared, pytestconfig):
    """A closed-form `.sda` of some demo sounds, with sliders that were made with fewer trials than usual; don't write
    over it."""
    return shared("sliders", lambda folder: _learn_sliders(folder, pytestconfig.rootpath / "data/demo")) / "some.sda"


@pytest.fixture(scope="session")
def grouped_corpus(shared):
    """A folder with sounds in the folders `low`, `low/soft` and `high`; one of `high` has the tag "loud"."""

    def make(folder):
        time = np.arange(int(0.5 * RATE)) / RATE
        fade = np.exp(-6 * time)
        for place, name, hertz in (("low", "a", 110), ("low", "b", 130), ("low", "c", 150), ("low/soft", "d", 170)):
            (folder / "grouped" / place).mkdir(parents=True, exist_ok=True)
            sound = 0.3 * fade * sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 5))
            soundfile.write(folder / f"grouped/{place}/{name}.wav", sound, RATE, subtype="PCM_16")
        (folder / "grouped/high").mkdir(exist_ok=True)
        for number in range(4):
            noise = np.diff(np.random.default_rng(number).normal(0, 0.1, len(time) + 1)) * fade
            path = folder / f"grouped/high/n{number}.flac"
            soundfile.write(path, noise, RATE, subtype="PCM_16")
        file = mutagen.File(path)
        file["genre"] = "Loud; Noises"
        file.save()

    return shared("groups", make) / "grouped"


@pytest.fixture(scope="session")
def grouped_model_path(shared, grouped_corpus):
    """A closed-form `.sda` of the grouped corpus, trained on all of it; don't write over it."""
    from sda_lib.audio.corpus import Corpus
    from sda_lib.config import Recipe

    def make(folder):
        recipe = Recipe.for_corpus(Corpus.from_folder(grouped_corpus), minutes=0)
        _learn(grouped_corpus, recipe.override(train__shift=0, codec__levels=3), folder / "grouped.sda")

    return shared("grouped_model", make) / "grouped.sda"


def _learn(sounds, recipe, path):
    """Train a model of a folder of sounds, named as its file."""
    from sda_lib.audio.corpus import Corpus
    from sda_lib.training.train import learn

    for _ in learn(Corpus.from_folder(sounds), recipe, path, path.stem):
        pass


def _learn_sliders(folder, demo):
    import shutil

    from sda_lib.audio.corpus import Corpus
    from sda_lib.config import Recipe
    from sda_lib.model.model import SdaModel
    from sda_lib.sliders import fit
    from sda_lib.sliders.nudges import Nudging

    sounds, path = folder / "some", folder / "some.sda"
    sounds.mkdir(exist_ok=True)
    for pattern in ("tabla_ghe[1-4]*", "elec_b[el]*", "ambi_glass*", "perc_*"):
        for file in demo.glob(pattern):
            shutil.copy(file, sounds)
    _learn(sounds, Recipe.for_corpus(Corpus.from_folder(sounds), minutes=0), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "STRAIGHT", Nudging(600, (0.5,)))
        patch.setattr(fit, "BENT", Nudging(600, (1.0, 2.0)))
        patch.setattr(fit, "TRIED", 4)
        patch.setattr(fit, "TRIED_SECONDS", 1.0)
        model = SdaModel.load(path)
        model.with_sliders(fit.fit_sliders(model)).save(path)


@pytest.fixture(scope="session")
def answers():
    """What `sda doctor` finds when it loads every package, once."""
    from sda_lib import doctor

    return doctor.probe((*doctor.SHOWN, *doctor.OPTIONAL, *doctor.OTHERS, *doctor.PAGE, *doctor.PAGE_MODULES))


@pytest.fixture(scope="session", autouse=True)
def _no_real_home(tmp_path_factory):
    """Nothing that outlives a test writes into the real user's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDA_HOME", str(tmp_path_factory.getbasetemp() / "home"))
        yield


# The limit as it is for users.
THOROUGH_SECONDS = 60.0


@pytest.fixture(scope="session", autouse=True)
def _quick_encoding():
    """Unknown sounds get the nearest codes unless a test asks for closer ones, which take up to a sound's duration."""
    from sda_lib.model import encoding

    assert encoding.THOROUGH_SECONDS == THOROUGH_SECONDS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "THOROUGH_SECONDS", 0.0)
        yield


@pytest.fixture
def thorough_by_default(monkeypatch):
    """Unknown sounds of up to a minute get closer codes, as for users."""
    from sda_lib.model import encoding

    monkeypatch.setattr(encoding, "THOROUGH_SECONDS", THOROUGH_SECONDS)


@pytest.fixture(autouse=True)
def _own_home(monkeypatch, tmp_path):
    """Every test has a user's folder of its own, which is not there yet."""
    monkeypatch.setenv("SDA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def network_prior():
    """What makes networks that were not trained but are not silent either, for a model."""
    return _network_prior


@pytest.fixture(scope="session")
def ngram_prior():
    """What makes an n-gram of a model's own codes."""
    return _ngram_prior


def _network_prior(model, levels=2):
    """Networks that were not trained but are not silent either, with a loudness that rises with the code."""
    import torch

    from sda_lib.prior.network import LevelNetwork, Prior, PriorConfig

    torch.manual_seed(0)
    books = model.codec.bottleneck.codebooks
    networks = []
    for level in range(levels):
        network = LevelNetwork(books.shape[2], books.shape[1], PRIOR_WIDTH)
        network.fit_scale(torch.randn(50, books.shape[2]), books[level])
        for part in (network.point.weight, network.straight.weight, network.stay.weight, network.bias, network.shrink):
            torch.nn.init.normal_(part, std=0.3)
        networks.append(network.eval().requires_grad_(False))
    return Prior(PriorConfig(levels, PRIOR_WIDTH, 30), tuple(networks), torch.linspace(-60, 0, books.shape[1]))


def _ngram_prior(model):
    import torch

    from sda_lib.prior.network import Prior, PriorConfig

    known = model.memory.codes[:2].cpu()
    lengths = torch.tensor(model.memory.lengths)
    config = PriorConfig(2, 0, 30, known.shape[1], len(lengths))
    return Prior(config, (), torch.zeros(model.codebook_size), (), known, lengths)


@pytest.fixture(scope="module")
def plain(tiny_model_path):
    """The tiny model, without a prior."""
    from sda_lib.model.model import SdaModel

    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module", params=["network_prior", "ngram_prior"])
def model(request, plain):
    """The tiny model with either prior."""
    return plain.with_prior(request.getfixturevalue(request.param)(plain))


@pytest.fixture(scope="module")
def rain(plain, tiny_corpus):
    """A recording of the tiny model as codes."""
    from sda_lib.audio.clip import read_clip

    return plain.encode(read_clip(tiny_corpus / "rain.wav"))


@pytest.fixture
def sda(monkeypatch, capsys, tmp_path):
    """Run a command in an empty folder; returns (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        from sda_lib import cli

        monkeypatch.setattr(sys, "argv", ["sda", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


@pytest.fixture
def interruptible():
    """Children react to Ctrl-C, also if the tests were started in the background, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def ok(sda):
    """Run a command that must succeed; returns its stdout."""

    def run(*arguments):
        code, out, err = sda(*arguments)
        assert (code, err) == (0, "")
        return out

    return run


@pytest.fixture
def refused(sda):
    """Run a command that must fail with one sentence; returns the sentence."""

    def run(*arguments):
        code, _, err = sda(*arguments)
        assert code == 1
        assert re.fullmatch(r"sda: [^\n]+\.\n", err), err
        return err

    return run


@pytest.fixture
def checked_html():
    """Check that HTML is well-formed and self-contained: no scripts, no addresses of other places. Returns it."""
    from html.parser import HTMLParser

    class Parser(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attributes):
            assert tag not in ("script", "iframe", "link")
            assert all(not name.startswith("on") for name, _ in attributes)
            assert all(value.startswith("data:") for name, value in attributes if name in ("src", "href"))
            if tag not in ("img", "meta", "br"):
                self.open.append(tag)

        def handle_startendtag(self, tag, attributes):
            pass

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    def check(html):
        parser = Parser()
        parser.feed(html)
        assert not parser.open
        assert not re.search(r"https?:|url\(|@import", html)
        return html

    return check
