"""Makers of the zoo's other files: models, codes, sessions, tags, SOFA sets and runs that unpack to much, or mislead.

Each is small; a reader that believes it takes gigabytes, minutes, or writes where it should not.
"""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
import struct
import zipfile
import zlib
from base64 import b85encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from zoo_files import DATA, patched, saved, tone

EARLIER, ODD = DATA / "earlier", DATA / "odd"
MODEL = EARLIER / "before.sda"
DEEP = "[" * 20_000 + "]" * 20_000
MANY = 20_000_000


@dataclass(frozen=True)
class Bomb:
    """A file that is no sound: its kind, what it does, and how it is made in a folder, with the command to try."""

    kind: str
    about: str
    make: Callable[[Path], tuple[Path, list[str]]]
    may_pass: bool = False


# --- models ----------------------------------------------------------------------------------------------------------


def opened(path: Path) -> list[str]:
    """Return the command that loads a model."""
    sound = saved(path.parent / "sound.wav", tone(), 22050)
    return ["encode", str(sound), "-m", str(path), "-o", str(path.parent / "x.codes.npz")]


def model_of_silence(hop: int, frames: int, pieces: int) -> Callable[[Path], tuple[Path, list[str]]]:
    """Return a maker of a valid model whose memory is silence, packed as FLAC."""

    def make(folder: Path) -> tuple[Path, list[str]]:
        import soundfile
        import torch
        from safetensors.torch import save_file

        from sda_lib.codec.codec import Codec
        from sda_lib.config import Recipe

        changes = {"hop": hop, "step": min(hop, 512), "latent_dim": 1, "levels": 1, "codebook_size": 2, "width": 8,
                   "bands": 8, "encoder_blocks": 0, "decoder_blocks": 0}  # fmt: skip
        recipe = Recipe().override(**{f"codec__{name}": value for name, value in changes.items()})
        tensors = {f"codec.{name}": value for name, value in Codec(recipe.audio, recipe.codec).state_dict().items()}
        tensors["codec.usage"] = torch.ones(1, 2, dtype=torch.long)
        tensors["memory.latents"] = torch.zeros(frames * pieces, 1, dtype=torch.float16)
        tensors["memory.codes"] = torch.zeros(1, frames * pieces, dtype=torch.int16)
        packed = io.BytesIO()
        with soundfile.SoundFile(packed, "w", 48000, 1, "PCM_16", format="FLAC") as file:
            for first in range(0, frames * hop, 1 << 20):
                file.write(np.zeros(min(1 << 20, frames * hop - first), np.int16))
        data = torch.from_numpy(np.frombuffer(packed.getvalue(), np.uint8).copy())
        facts = [{"name": f"{number}", "offset": 0.0, "frames": frames, "gain": 1.0} for number in range(pieces)]
        tensors |= {f"memory.audio.{number}": data.clone() for number in range(pieces)}
        header = {"format": 4, "name": "x", "created": "x", "recipe": dataclasses.asdict(recipe), "memory": facts,
                  "corpus": {"minutes": 1.0, "files": 1}, "metrics": {}}  # fmt: skip
        save_file({name: one.contiguous() for name, one in tensors.items()}, folder / "silence.sda",
                  {"sda": json.dumps(header)})  # fmt: skip
        return folder / "silence.sda", opened(folder / "silence.sda")

    return make


def stripped(make: Callable[[Path], tuple[Path, list[str]]]) -> Callable[[Path], tuple[Path, list[str]]]:
    """Return a maker whose command loads the model and writes it without its recordings."""

    def made(folder: Path) -> tuple[Path, list[str]]:
        path, _ = make(folder)
        return path, ["strip-memory", str(path), "-o", str(folder / "stripped.sda")]

    return made


def changed_model(name: str, change: Callable[[dict, dict], None]) -> Callable[[Path], tuple[Path, list[str]]]:
    """Return a maker of a model whose header and tensors `change` alters."""

    def make(folder: Path) -> tuple[Path, list[str]]:
        from safetensors.torch import load_file, save_file

        from sda_lib.model.header import read_header

        header, tensors = read_header(MODEL)[0], load_file(MODEL)
        change(header, tensors)
        save_file(tensors, folder / f"{name}.sda", {"sda": json.dumps(header)})
        return folder / f"{name}.sda", opened(folder / f"{name}.sda")

    return make


def header_of(name: str, text: str) -> Callable[[Path], tuple[Path, list[str]]]:
    """Return a maker of a model with this JSON text as its header."""

    def make(folder: Path) -> tuple[Path, list[str]]:
        data = text.encode()
        (folder / f"{name}.sda").write_bytes(struct.pack("<Q", len(data)) + data)
        return folder / f"{name}.sda", opened(folder / f"{name}.sda")

    return make


def copied(name: str, command: Callable[[Path], list[str]]) -> Callable[[Path], tuple[Path, list[str]]]:
    """Return a maker of a copy of a file of tests/data/odd."""
    return lambda folder: (path := Path(shutil.copy(ODD / name, folder / name)), command(path))


def own(text: str) -> str:
    """Return a header whose SDA part is this JSON text."""
    return json.dumps({"__metadata__": {"sda": text}})


def spoil(header: dict, tensors: dict) -> None:
    tensors["codec.mean"][3] = float("nan")


def grow_weights(header: dict, tensors: dict) -> None:
    tensors["codec.bottleneck.codebooks"] += 1e30


def add_unused(header: dict, tensors: dict) -> None:
    import torch

    tensors["memory.unused"] = torch.zeros(1000)


HUGE = {
    "__metadata__": {"sda": json.dumps({"format": 4})},
    "x": {"dtype": "F32", "shape": [2**40, 2**20], "data_offsets": [0, 2**62]},
}
MODELS = [
    ("14 minutes of silence in 0.2 MB", model_of_silence(65_536, 600, 1), False),
    ("much silence within the bounds", model_of_silence(65_536, 250, 1), True),
    ("262,000 frames", stripped(model_of_silence(64, 262_000, 1)), True),
    ("30,000 pieces", model_of_silence(64, 1, 30_000), False),
    ("a weight that is no number", changed_model("nan", spoil), False),
    ("weights of 1e30", changed_model("large", grow_weights), False),
    ("a tensor that nothing needs", changed_model("unused", add_unused), False),
    ("a shape of 2^60 numbers", header_of("shape", json.dumps(HUGE)), False),
    ("deep header", copied("deep_header.sda", opened), False),
    ("deep manifest", copied("deep_manifest.sda", opened), False),
    ("infinite number", header_of("infinite", own('{"format":4,"corpus":{"minutes":1e400},"metrics":{}}')), False),
    ("number of 4,000 digits", header_of("digits", own('{"format":4,"x":1%s}' % ("0" * 4000))), False),
    ("8 million lists", header_of("lists", "[" + "[]," * 8_000_000 + "[]]"), False),
    ("a text without an end", header_of("endless", '{"x":"' + '\\"' * 10_000_000), False),
    ("header of 2 GB", header_of("cut", "{"), False),
]  # fmt: skip

# --- codes, sessions and tags ----------------------------------------------------------------------------------------


def decoded(path: Path) -> list[str]:
    """Return the command that decodes a code file."""
    return ["decode", str(path), "-m", str(MODEL), "-o", str(path.parent / "x.wav")]


def npy(shape: tuple[int, ...], data: bytes = b"") -> bytes:
    """Return an .npy file of int64 that declares a shape."""
    head = f"{{'descr':'<i8','fortran_order':False,'shape':{shape}}}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data


def archive(name: str, method: int = zipfile.ZIP_DEFLATED, lies: int = 0, more: int = 0, **entries: bytes | int):
    """Return a maker of an .npz: entries by name (numbers: that many zero bytes); `lies`: the size that it declares."""

    def make(folder: Path) -> tuple[Path, list[str]]:
        from sda_lib.codec.codes import load_codes

        codes = load_codes(EARLIER / "pluck.codes.npz")
        names = ("codebook_size", "hop", "sample_rate")
        facts = {key: npy((), struct.pack("<q", getattr(codes, key))) for key in names}
        path = folder / f"{name}.codes.npz"
        with zipfile.ZipFile(path, "w", method) as file:
            for key, data in {**facts, **entries, **{f"x{number}": b"" for number in range(more)}}.items():
                file.writestr(f"{key}.npy", bytes(data) if isinstance(data, int) else data)
        if lies:
            data = path.read_bytes()
            place = data.rindex(b"indices.npy") - 46
            path.write_bytes(patched(data, {place + 24: struct.pack("<I", lies)}))
        return path, decoded(path)

    return make


def written(name: str, text: str, command: Callable[[Path], list[str]]) -> Callable[[Path], tuple[Path, list[str]]]:
    """Return a maker of a file with this text."""

    def make(folder: Path) -> tuple[Path, list[str]]:
        (folder / name).write_text(text)
        return folder / name, command(folder / name)

    return make


def rendered(path: Path) -> list[str]:
    """Return the command that makes a sound again from a session or tags."""
    return ["render", str(path), "-m", str(MODEL), "-o", str(path.parent / "y.wav")]


def tag(name: str, numbers: int, **changes: object) -> Callable[[Path], tuple[Path, list[str]]]:
    """Return a maker of a sound whose provenance unpacks to this many codes."""

    def make(folder: Path) -> tuple[Path, list[str]]:
        from sda_lib.audio.tags import PROVENANCE_TAG, read_tags, write_tags

        plain = json.loads(read_tags(EARLIER / "tagged.wav")[PROVENANCE_TAG])
        packer = zlib.compressobj(9)
        packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(numbers >> 19)) + packer.flush()
        plain["codes"] |= {"shape": [6, numbers // 6], "indices": b85encode(packed).decode(), **changes}
        path = saved(folder / f"{name}.wav", tone(), 22050)
        write_tags(path, {PROVENANCE_TAG: json.dumps(plain)})
        return path, rendered(path)

    return make


INDICES = npy((6, 4), bytes(6 * 4 * 8))
CODES = [
    ("18 GB declared", copied("memoryerror_18GB_header.codes.npz", decoded), False),
    ("a header that is no header", copied("tokenerror.codes.npz", decoded), False),
    ("damaged zlib", copied("zlib_error.codes.npz", decoded), False),
    ("an unused entry of 100 MB", archive("unused", indices=INDICES, unused=100_000_000), True),
    ("an entry of 100 MB as the hop", archive("hop", indices=INDICES, length=100_000_000), False),
    ("100 MB as 1 kB", archive("lies", lies=1000, indices=npy((6, 2_500_000), bytes(120_000_000))), False),
    ("bzip2", archive("bzip2", zipfile.ZIP_BZIP2, indices=npy((6, 2_500_000), bytes(120_000_000))), False),
    ("30,000 entries", archive("entries", more=30_000, indices=INDICES), False),
    ("a million columns", archive("columns", indices=npy((1, 10**12), bytes(64))), False),
    ("deep", written("deep.json", DEEP, decoded), False),
    ("5 million lists", written("lists.json", '{"indices":[' + "[]," * 5_000_000 + "[]]}", decoded), False),
    ("infinite", written("infinite.json", '{"indices":[[1]],"hop":1e999,"sample_rate":1}', decoded), False),
]  # fmt: skip
TEXTS = [
    ("deep session", written("deep.json", f'{{"format": 1, "steps": {DEEP}}}', rendered), False),
    ("7 million steps", written("steps.json", '{"steps": [' + "{}," * 7_000_000 + "{}]}", rendered), False),
    ("texts without an end", written("endless.json", '["' + '\\"' * 5_000_000, rendered), False),
    ("8 million codes in a tag", tag("codes", 1 << 23), False),
    ("hop of 2^62", tag("hop", 1 << 19, hop=2**62), False),
]  # fmt: skip

# --- SOFA ------------------------------------------------------------------------------------------------------------


def sofa(name: str, change: Callable[[h5py.File], None]) -> Callable[[Path], tuple[Path, list[str]]]:
    """Return a maker of a SOFA set that `change` alters."""

    def make(folder: Path) -> tuple[Path, list[str]]:
        from sda_lib.export.hrtf import BUNDLED

        path = Path(shutil.copy(BUNDLED, folder / f"{name}.sofa"))
        with h5py.File(path, "r+") as file:
            change(file)
        return path, placed(path)

    return make


def placed(path: Path) -> list[str]:
    """Return the command that places a sound with a SOFA set."""
    sound = saved(path.parent / "sound.wav", tone(), 22050)
    out = str(path.parent / "x.wav")
    return ["export", str(sound), "-o", out, "--place", "30", "--sofa", str(path)]


def zeros(shape: tuple[int, ...], chunks: tuple[int, ...], name: str = "Data.IR") -> Callable[[h5py.File], None]:
    """Return a change that replaces a part by packed zeros."""

    def change(file: h5py.File) -> None:
        del file[name]
        one = file.create_dataset(name, shape, "f8", chunks=chunks, maxshape=(None,) * len(shape), compression="gzip")
        one[tuple(0 for _ in shape)] = 1.0

    return change


def outside(file: h5py.File) -> None:
    del file["Data.IR"]
    file.create_dataset("Data.IR", (8, 2, 64), "f8", external=[("/dev/zero", 0, 8 * 2 * 64 * 8)])


def texts(file: h5py.File) -> None:
    del file["Data.IR"]
    file.create_dataset("Data.IR", (8, 2, 64), h5py.string_dtype())


def linked(file: h5py.File) -> None:
    del file["Data.IR"]
    file["Data.IR"] = h5py.ExternalLink("/dev/stdin", "/Data.IR")


SOFAS = [
    ("a link to itself", copied("softlink_loop.sofa", placed), False),
    ("100,000 directions", sofa("directions", zeros((100_000, 2, 64), (1000, 2, 64))), False),
    ("16,000 directions in a few kB", sofa("packed", zeros((16_000, 2, 600), (1000, 2, 600))), False),
    ("65,536 taps", sofa("taps", zeros((710, 2, 65_536), (1, 2, 65_536))), False),
    ("a chunk of 2 GB", sofa("chunk", zeros((8, 2, 64), (8, 2, 16_000_000))), False),
    ("positions of 1 GB", sofa("places", zeros((40_000_000, 3), (100_000, 3), "SourcePosition")), False),
    ("numbers in another file", sofa("outside", outside), False),
    ("another file", sofa("linked", linked), False),
    ("texts for numbers", sofa("texts", texts), False),
]  # fmt: skip

# --- runs ------------------------------------------------------------------------------------------------------------


def run(name: str, out: str, events: str = "") -> Callable[[Path], tuple[Path, list[str]]]:
    """Return a maker of a run's folder that names this file as its model."""

    def make(folder: Path) -> tuple[Path, list[str]]:
        path = folder / "data" / "runs" / name
        path.mkdir(parents=True)
        (folder / "corpus").mkdir()
        saved(folder / "corpus" / "a.wav", tone(), 22050)
        job = {"name": "x", "corpus": str(folder / "corpus"), "out": out.format(folder), "created": 1.0}
        (path / "job.json").write_text(json.dumps(job))
        (path / "recipe.json").write_text("{}")
        (path / "events.jsonl").write_text(events)
        (path / "state").write_text("stopped")
        return path, ["runs", "--data", str(folder / "data"), "resume", name]

    return make


RUNS = [
    ("a model outside", run("outside", "{}/precious.sda"), False),
    ("a model that is a text", run("text", "{}/data/notes.txt"), False),
    ("a way out", run("way", "{}/data/models/../../precious.sda"), False),
]  # fmt: skip

BOMBS = [
    Bomb(kind, about, make, may_pass)
    for kind, some in {"model": MODELS, "codes": CODES, "session or tags": TEXTS, "SOFA": SOFAS, "run": RUNS}.items()
    for about, make, may_pass in some
]
