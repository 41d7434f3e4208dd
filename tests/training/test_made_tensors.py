"""Tensors that are made while a model trains say their device: one on the CPU fails on a GPU, where no test runs."""

import ast
from pathlib import Path

import pytest

import sda_lib

ROOT = Path(sda_lib.__file__).parent
# Rooms and modules whose code works on the codec's device, in a training or at its checks.
ROOMS = ("codec", "training", "distances.py")
MAKERS = {
    "arange", "as_tensor", "blackman_window", "empty", "eye", "fftfreq", "from_numpy", "full", "hamming_window",
    "hann_window", "linspace", "logspace", "normal", "ones", "rand", "randint", "randn", "randperm", "rfftfreq",
    "tensor", "tril_indices", "zeros",
}  # fmt: skip
# Calls around one of them that move the result, or own it: a module moves its buffers and parameters.
MOVERS = {"to", "register_buffer", "Parameter"}
# Functions whose tensors belong on the CPU, and why.
ON_CPU = {
    "codec/clustering.py: random_rows": "row numbers, drawn by a generator of the CPU; tensors of any device take them",
    "codec/clustering.py: Reservoir.__init__": "keys of a sample, which stay on the CPU",
    "codec/clustering.py: Reservoir.add": "keys of a sample, which stay on the CPU",
    "codec/codebooks.py: Codebooks.neutral_of": "codebooks as numpy arrays, for edits",
    "codec/codebooks.py: Codebooks.nearest": "codebooks as numpy arrays, for edits",
    "codec/codec.py: Codec.__init__": "becomes a buffer",
    "codec/linear_fit.py: principal_components": "drawn by a generator of the CPU and moved by the next line",
    "codec/linear_fit.py: Moments.__init__": "sums in double precision, which MPS lacks",
    "codec/linear_fit.py: RidgeSums.__init__": "sums in double precision, which MPS lacks",
    "codec/linear_fit.py: row_recordings": "moved as a whole",
    "codec/linear_fit.py: row_halves": "moved as a whole",
    "codec/losses.py: _loss_bands": "moved as a whole, once",
    "codec/losses.py: mel_distance": "a metric of clips",
    "codec/losses.py: _log_mel_difference": "a metric of clips",
    "codec/losses.py: si_sdr": "a metric of clips",
    "codec/noise.py: ": "a number",
    "codec/noise.py: noise_table": "moved as a whole, once a device",
    "codec/phase.py: _angle_table": "moved by its caller",
    "codec/phase.py: true_positions": "only for masks on the CPU",
    "codec/stft.py: _undo_overlap": "moved by its caller",
    "codec/stft.py: mel_filters": "becomes a buffer",
    "codec/transients.py: onset_templates": "moved by its caller",
    "codec/vae.py: Variational._noise": "drawn by a generator of the CPU and moved by the next line",
    "training/base_start.py: correct_ridge": "sums in double precision, which MPS lacks",
    "training/merge_models.py: matched_codes": "codebooks of models, which are loaded on the CPU",
    "training/optimize.py: _draw_depths": "drawn by a generator of the CPU and moved by its caller",
    "training/prior_data.py: loudness_of_codes": "a prior is trained on the CPU",
    "training/prior_training.py: _prior": "a prior is trained on the CPU",
    "training/prior_training.py: PriorTrainer._new_network": "a prior is trained on the CPU",
    "training/prior_training.py: PriorTrainer._batch": "a prior is trained on the CPU",
    "training/prior_training.py: PriorTrainer._held_out_inputs": "a prior is trained on the CPU",
    "training/process_group.py: _check_size": "a message, exchanged on the CPU",
    "training/segments.py: CorpusSound.signal": "moved with the whole batch",
    "training/segments.py: Segments._weights": "for a draw by a generator of the CPU",
    "training/segments.py: Segments._place": "numbers, drawn by a generator of the CPU",
    "training/shared_memory.py: SharedMemory.wait": "a message, exchanged on the CPU",
    "training/shared_memory.py: _all_agree": "a message, exchanged on the CPU",
    "training/shared_memory.py: _shared_text": "a message, exchanged on the CPU",
    "training/state.py: TrainerState.tensors": "of a checkpoint",
    "training/streamed_fit.py: _marks": "moved by its caller",
    "training/world.py: World.send": "a message, exchanged on the CPU",
    "training/world.py: World.receive": "a message, exchanged on the CPU",
}


def name_of(call):
    """Return the last part of a called name: zeros of torch.zeros(…)."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def makes_tensor(call):
    """Return whether a call is one of torch.MAKERS, or torch.fft's."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return (
        isinstance(owner, ast.Name | ast.Attribute)
        and ast.unparse(owner) in ("torch", "torch.fft")
        and (name_of(call) in MAKERS)
    )


def without_device(source):
    """Return `function: call` for each tensor that is made without a device and not moved in the same expression."""
    found = []

    def visit(node, place, moved):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            place, moved = (*place, node.name), False
        if isinstance(node, ast.Call):
            if makes_tensor(node) and not moved and not any(one.arg == "device" for one in node.keywords):
                found.append((".".join(one for one in place if one != "with device"), ast.unparse(node)))
            moved = moved or name_of(node) in MOVERS
        elif isinstance(node, ast.With) and any("torch.device(" in ast.unparse(one) for one in node.items):
            place, moved = (*place, "with device"), True
        elif isinstance(node, ast.stmt):
            moved = moved and place[-1:] == ("with device",)
        for child in ast.iter_child_nodes(node):
            visit(child, place, moved)

    visit(ast.parse(source), (), False)
    return found


def modules():
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py")) if (ROOT / room).is_dir() else [ROOT / room]


def test_tensors_are_made_on_the_device_of_the_training():
    found = {
        f"{path.relative_to(ROOT)}: {place}" for path in modules() for place, _ in without_device(path.read_text())
    }
    assert found - ON_CPU.keys() == set()
    assert ON_CPU.keys() - found == set()  # what has changed needs no exception


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("def f(x): return x + torch.zeros(3)", 1),
        ("def f(x): return x + torch.fft.rfftfreq(8)", 1),
        ("def f(x): return x + torch.zeros(3, device=x.device)", 0),
        ("def f(x): return x + (2 * torch.zeros(3)).to(x.device)", 0),
        ("def f(x):\n    y = torch.ones(2)\n    return x.to(y)", 1),
        ("class A:\n    def __init__(self): self.register_buffer('a', torch.zeros(3))", 0),
        ("def f():\n    with torch.device('cpu'):\n        return torch.zeros(3)", 0),
        ("def f(x): return x.new_zeros(3) + np.zeros(3)", 0),
    ],
)
def test_what_counts_as_made_without_a_device(source, count):
    assert len(without_device(source)) == count
