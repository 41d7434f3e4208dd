"""Write small pictures as PNG files, with at most 256 colors, without an imaging library.

Format: W3C, "Portable Network Graphics Specification", third edition. One color index per pixel compresses a
spectrogram to a third of what its colors would take.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE_COLOR, BIT_DEPTH = 3, 8
COMPRESSION = 6


def png(indices: np.ndarray, palette: np.ndarray) -> bytes:
    """Return a PNG file.

    Args:
        indices: color of every pixel, integers [row, column], row 0 at the top.
        palette: up to 256 colors, uint8 [color, rgb].
    """
    rows, columns = indices.shape
    lines = np.zeros((rows, columns + 1), np.uint8)  # each line begins with the number of its filter, 0: none
    lines[:, 1:] = indices
    header = struct.pack(">IIBBBBB", columns, rows, BIT_DEPTH, PALETTE_COLOR, 0, 0, 0)
    data = zlib.compress(lines.tobytes(), COMPRESSION)
    chunks = (b"IHDR", header), (b"PLTE", palette.astype(np.uint8).tobytes()), (b"IDAT", data), (b"IEND", b"")
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def data_url(kind: str, data: bytes) -> str:
    """Return a file as the address of its own content; `kind` is its media type."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def image(indices: np.ndarray, palette: np.ndarray, words: str) -> str:
    """Return a picture as an HTML element; `words` describe it to those who don't see it (escaped already)."""
    return f'<img alt="{words}" src="{data_url("image/png", png(indices, palette))}">'


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
