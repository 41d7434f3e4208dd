"""Two real processes against one, and trainings whose processes are killed."""

import os
import signal
import subprocess
import sys
import time

import pytest
from safetensors.torch import load_file

from sda_lib.audio.corpus import Corpus
from sda_lib.config import CHECKPOINT
from sda_lib.errors import SdaError
from sda_lib.runs.run import Run, list_runs
from sda_lib.training.follower import setup_from, training_facts
from sda_lib.training.train import learn
from sda_lib.training.world import ALONE

# Largest difference of weights, relative to their norm. Rounding grows from step to step.
CLOSE = 1e-4
PATIENCE = 300.0


@pytest.fixture(scope="module")
def recipe(tiny_recipe):
    return tiny_recipe.override(train__steps=20, train__batch=4, train__checks=2, train__threads=1, train__base="none")


def trained(corpus, recipe, folder, processes):
    """Train, and return the tensors of the last checkpoint and the events."""
    folder.mkdir()
    events = list(learn(corpus, recipe, folder / "x.sda", "x", checkpoint=folder, processes=processes))
    return load_file(folder / CHECKPOINT), events


@pytest.fixture(scope="module")
def two(tiny_corpus, recipe, tmp_path_factory):
    """The last checkpoint of two processes, and the events."""
    return trained(Corpus.from_folder(tiny_corpus), recipe, tmp_path_factory.mktemp("shared") / "two", 2)


def difference(one, other):
    """Return the distance of the codecs of two checkpoints, relative to the norm of the first."""
    names = [name for name in one if name.startswith(("codec.", "discriminator.")) and one[name].is_floating_point()]
    away = sum(float((one[name] - other[name]).double().square().sum()) for name in names)
    return (away / sum(float(one[name].double().square().sum()) for name in names)) ** 0.5


@pytest.mark.long
@pytest.mark.parametrize(
    "settings",
    [
        # codes are tracked, and revived at step 25
        pytest.param({"train__codebook_decay": 0.9, "train__steps": 32}, id="tracked"),
        pytest.param({"train__adversarial": 1.0, "train__adversarial_from": 0.3, "train__steps": 10}, id="adversarial"),
        pytest.param({"codec__bottleneck": "vae", "train__kl_weight": 0.01, "train__free_bits": 0.5}, id="vae"),
    ],
)
def test_two_processes_train_any_model_of_one(tiny_corpus, recipe, tmp_path, settings):
    corpus, recipe = Corpus.from_folder(tiny_corpus), recipe.override(**settings)
    one, _ = trained(corpus, recipe, tmp_path / "one", 1)
    check_equal(one, *trained(corpus, recipe, tmp_path / "two", 2))


@pytest.mark.slow
def test_two_processes_train_the_model_of_one(tiny_corpus, recipe, tmp_path, two):
    one, _ = trained(Corpus.from_folder(tiny_corpus), recipe, tmp_path / "one", 1)
    check_equal(one, *two)


def check_equal(one, two, events):
    """Check that the checkpoints of one process and of two are equal but for rounding."""
    assert one.keys() == two.keys()
    assert difference(one, two) < CLOSE
    assert any("2 processes share every batch" in event.message for event in events)
    assert one["random.batches"].equal(two["random.batches"])  # so a run can go on with another number of processes


@pytest.mark.slow
def test_two_processes_train_the_model_of_one_with_two_parts_to_the_last_bit(tiny_corpus, recipe, tmp_path, two):
    parts, _ = trained(Corpus.from_folder(tiny_corpus), recipe.override(train__accumulation=2), tmp_path / "parts", 1)
    assert [name for name in parts if not parts[name].equal(two[0][name])] == []


@pytest.mark.slow
def test_two_processes_repeat_a_run_bit_for_bit_even_if_it_is_resumed(tiny_corpus, recipe, tmp_path, two):
    corpus, (whole, _) = Corpus.from_folder(tiny_corpus), two
    folder = tmp_path / "resumed"
    folder.mkdir()
    first = learn(corpus, recipe, folder / "x.sda", "x", checkpoint=folder, processes=2)
    for event in first:
        if event.kind == "metrics" and event.step:  # the check in the middle
            break
    first.close()
    list(learn(corpus, recipe, folder / "x.sda", "x", checkpoint=folder, processes=2))
    resumed = load_file(folder / CHECKPOINT)
    assert [name for name in whole if not whole[name].equal(resumed[name])] == []


def test_a_follower_reads_the_same_sounds(tiny_corpus, recipe):
    corpus = Corpus.from_folder(tiny_corpus)
    chosen = recipe.override(files__include="pluck,rain")
    setup = setup_from(training_facts(corpus, chosen, "cpu"), ALONE)
    assert [sound.name for sound in setup.sounds] == ["pluck", "rain"]
    assert setup.recipe == chosen


def sda(*words, processes=2, **options):
    """Start the command line with small batches of a long training, and checkpoints after every report."""
    command = [sys.executable, "-m", "sda_lib", "train", *words, "--processes", str(processes)]
    environment = {**os.environ, "SDA_CHECKPOINT_SECONDS": "0", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def wait_for(condition):
    until = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def followers_of(leader):
    """Return the processes that a training has started."""
    return [int(one) for one in open(f"/proc/{leader.pid}/task/{leader.pid}/children").read().split()]


def gone(pid):
    try:
        return "Z" in open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return True


def steps_of(run):
    return max((event.step for event in run.events()[0]), default=0)


@pytest.mark.slow
@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="finds the processes of a process in /proc")
def test_a_killed_process_ends_the_run_and_any_number_resumes_it(tiny_corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path / "home"))
    small = ["train.batch=4", "train.segment=8192", "codec.width=16", "train.shift=0", "train.base=none"]
    settings = [word for one in small for word in ("--set", one)]
    leader = sda(str(tiny_corpus), "--name", "tiny", "--steps", "3000", *settings)
    run = wait_for(lambda: next(iter(list_runs(tmp_path / "home/runs")), None))
    wait_for(lambda: steps_of(run) > 3 and (run.folder / CHECKPOINT).exists())
    (follower,) = followers_of(leader)
    os.kill(follower, signal.SIGKILL)
    said = leader.communicate(timeout=PATIENCE)[0].decode()
    assert (leader.returncode, said.count("A process of the training has ended") > 0) == (1, True), said
    assert run.state == "failed"
    assert run.resumable
    assert run.model_path.exists()

    reached = steps_of(run)
    leader = sda("--resume", "last")
    wait_for(lambda: steps_of(run) > reached + 3)
    (follower,) = followers_of(leader)
    leader.kill()
    leader.communicate(timeout=PATIENCE)
    wait_for(lambda: gone(follower))
    assert Run(run.folder).state == "died"

    leader = sda("--resume", "last", processes=1)
    reached = steps_of(run)
    wait_for(lambda: steps_of(run) > reached + 3)
    assert not followers_of(leader)
    leader.send_signal(signal.SIGINT)
    said = leader.communicate(timeout=PATIENCE)[0].decode()
    assert "Stopped; the best so far is kept" in said, said


@pytest.mark.slow
def test_torchrun_trains_one_model(tiny_corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    words = ["train", str(tiny_corpus), "--steps", "3", "--set", "train.batch=2", "--set", "train.base=none"]
    done = subprocess.run([*torchrun, "sda_lib", *words], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("is ready at") == 1
    assert [run.state for run in list_runs(tmp_path / "runs")] == ["finished"]


def test_sounds_that_differ_are_refused(tiny_corpus, recipe):
    from sda_lib.training import follower

    setup = setup_from(training_facts(Corpus.from_folder(tiny_corpus), recipe, "cpu"), ALONE)
    facts = {"recipe": recipe.to_json(), "sounds": "other", "threads": 1}
    with pytest.raises(SdaError, match="not those of the leading process"):
        follower._take_steps(setup, facts, {})
