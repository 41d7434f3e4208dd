"""Choose the device that training runs on."""

from __future__ import annotations

import torch

from sda_lib.errors import SdaError

DEVICES = ("auto", "cpu", "cuda", "mps")


def choose_device(name: str) -> str:
    """Return an available device: "auto" is the CUDA GPU if there is one, else the CPU.

    Apple's GPU is used only when named: nothing was measured on one. Raises SdaError when the device is unknown or not
    available.
    """
    if name not in DEVICES:
        raise SdaError(f"There is no device {name!r}; choose one of {', '.join(DEVICES)}.")
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return "cuda" if available["cuda"] else "cpu"
    if not available[name]:
        raise SdaError(f"This computer has no {name} device that PyTorch can use; leave --device out, or use cpu.")
    return name
