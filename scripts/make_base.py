"""Make the bases that SDA ships, from procedural sounds alone.

    OMP_NUM_THREADS=1 python scripts/make_base.py -o sda_lib/base [--minutes M] [--steps N] [--seed S] [NAME ...]

NAME is one of sda_lib.base.base.BASES; none: all. Each takes some minutes of one core. What a killed run has done is
kept beside the output as NAME.checkpoint, and the same command resumes there. The same command on the same machine
writes the same bytes. The card beside the files says what they are made of, with their hashes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file

from sda_lib.base.base import BASES, CARD, base_bytes, file_name, read_card
from sda_lib.config import Recipe, TrainConfig
from sda_lib.files import write_atomically
from sda_lib.model.tensors import write_tensors
from sda_lib.synthesis.families import FAMILIES
from sda_lib.training.base_fit import BaseFit, BasePlan

CHECKPOINT_SECONDS, SAID_SECONDS = 30.0, 10.0
# Gradient steps of each base, as shipped.
STEPS = {"long-mono": 2000, "short-mono": 1200, "long-stereo": 800, "short-stereo": 800}
ABOUT = (
    "Codec weights fitted to procedural sounds, which sda_lib/synthesis makes by formulas and random numbers. "
    "No recording was used. Made by scripts/make_base.py; licensed as SDA itself."
)


def plan_of(name: str, minutes: float, steps: int, seed: int) -> BasePlan:
    """The plan of a base."""
    audio, codec = BASES[name]
    train = TrainConfig(steps=steps, seed=seed, threads=1, minutes=1.0)
    return BasePlan(Recipe(audio=audio, codec=codec, train=train), minutes)


def make(plan: BasePlan, checkpoint: Path, label: str = "") -> bytes:
    """Return the file of the base of a plan, resuming from a checkpoint if there is one."""
    began = time.process_time()

    def say(text: str) -> None:
        print(f"{label} {text} ({time.process_time() - began:.0f} CPU-s)", file=sys.stderr, flush=True)

    sounds = plan.sounds()
    say(f"{len(sounds)} sounds, {sum(sound.seconds for sound in sounds) / 60:.1f} min")
    fit = BaseFit(plan, sounds)
    if checkpoint.exists():
        fit.state.restore(load_file(checkpoint))
        say(f"resumed at step {fit.state.step}")
    else:
        fit.fit_closed_form()
        say("closed form")
    written = said = time.monotonic()
    for report in fit.steps():
        now = time.monotonic()
        if now - said > SAID_SECONDS:
            said = now
            say(f"step {report.step} of {plan.recipe.train.steps}, loss {report.loss:.3f}")
        if now - written > CHECKPOINT_SECONDS:
            written = now
            write_atomically(checkpoint, lambda part: write_tensors(fit.state.tensors(), part, {}))
    data = base_bytes(fit.tensors())
    checkpoint.unlink(missing_ok=True)
    say(f"done, {len(data) / 1e6:.2f} MB")
    return data


def entry(data: bytes, plan: BasePlan) -> dict[str, object]:
    """What the card says about a base."""
    train = plan.recipe.train
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "megabytes": round(len(data) / 1e6, 2),
        "minutes": plan.minutes,
        "seconds": list(plan.seconds),
        "families": len(plan.families or FAMILIES),
        "steps": train.steps,
        "seed": train.seed,
    }


def write_card(folder: Path, entries: dict[str, dict[str, object]]) -> None:
    """Write or update the card of a folder."""
    known = read_card(folder)["bases"] if (folder / CARD).exists() else {}
    card = {"about": ABOUT, "bases": {**known, **entries}}
    write_atomically(folder / CARD, (json.dumps(card, indent=2) + "\n").encode())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BASES)}; none: all")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the files")
    parser.add_argument("--minutes", type=float, default=BasePlan.minutes, help="minutes of procedural sounds")
    parser.add_argument("--steps", type=int, help="gradient steps; default: those of the shipped bases")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.names or BASES:
        steps = STEPS[name] if options.steps is None else options.steps
        plan = plan_of(name, options.minutes, steps, options.seed)
        data = make(plan, options.output / f"{name}.checkpoint", name)
        write_atomically(options.output / file_name(name), data)
        write_card(options.output, {name: entry(data, plan)})


if __name__ == "__main__":
    main()
