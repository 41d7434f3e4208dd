"""Pictures as PNG: of a code grid, with one pixel per cell colored by the code, and of any pixels."""

import base64
import struct
import zlib

import numpy as np

from sda_lib.codec.codes import Codes
from sda_lib.colors import code_colors

# Brightness factor of muted levels.
DIM = 0.3


def grid_pixels(codes: Codes) -> np.ndarray:
    """Return one pixel per cell, uint8 [level, frame, rgb]; muted levels are dimmed."""
    pixels = code_colors(codes.codebook_size)[codes.indices]
    for level in codes.muted:
        pixels[level] = (pixels[level] * DIM).astype(np.uint8)
    return pixels


def png(pixels: np.ndarray) -> bytes:
    """Encode uint8 pixels [row, column, rgb] as PNG bytes."""
    rows, columns, _ = pixels.shape
    lines = np.zeros((rows, 1 + 3 * columns), np.uint8)  # each line starts with the filter byte 0
    lines[:, 1:] = pixels.reshape(rows, -1)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), 1)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def png_url(pixels: np.ndarray) -> str:
    """Encode uint8 pixels [row, column, rgb] as the data URL of a PNG."""
    return f"data:image/png;base64,{base64.b64encode(png(pixels)).decode()}"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
