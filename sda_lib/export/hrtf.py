"""HrtfSet: measured head-related impulse responses of a SOFA file, interpolated for any direction.

Each response is stored as its minimum-phase part and its delay (Kistler & Wightman 1992), so that timbre and arrival
time are interpolated separately, without the comb filter of mixing two arrivals. Delays are those at which a response
correlates best with its own minimum-phase part (Nam, Abel & Smith 2008), and the difference between the ears is that at
which their responses correlate best with each other. Directions between the measured ones are interpolated on the
triangulation of their convex hull, by barycentric coordinates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soxr
from scipy.spatial import ConvexHull, QhullError

from sda_lib import faults
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

if TYPE_CHECKING:
    import h5py

BUNDLED = Path(__file__).parent / "heads" / "MIT_KEMAR_normal_pinna.sofa"
# Resolution of delays, as a fraction of a sample.
SUBSAMPLES = 16
# Largest difference in seconds between the interaural delay and that of both arrivals; a larger one is a wrong peak.
MOST_DIFFERENCE = 1.5e-4
# Least distance of the head's center from the convex hull of the directions.
LEAST_INSIDE = 0.05
# Standard deviation in degrees of the smoothing of delays over directions.
SMOOTHING_DEGREES = 5.0
# Smallest and largest number of directions in a set; the densest measured sets have 12,000.
FEWEST, MOST = 8, 16_384
PARTS = ("Data.IR", "Data.Delay", "Data.SamplingRate", "SourcePosition")
# Most numbers of all PARTS together (ten times those of the bundled set), and most bytes for each byte of the file;
# measured responses hardly shrink when they are packed.
MOST_NUMBERS, MOST_UNPACKED = 8_000_000, 16
# Most bytes of a part, and of one of its chunks, which are unpacked as a whole.
LARGEST = 8 * MOST_NUMBERS
# Numbers of spectra computed at once.
AT_ONCE = 1 << 20
# Most taps of a response.
LONGEST = 65_536
# Floor of magnitudes relative to a response's strongest one, below which their logarithm would be noise.
FLOOR = 1e-4


@dataclass(frozen=True, eq=False)
class HrtfSet:
    """A set of head-related impulse responses.

    Args:
        directions: unit vectors (front, left, up) [n, 3].
        responses: minimum-phase responses [n, ear, tap].
        delays: delays of the responses in seconds [n, ear].
        sample_rate: in Hz.
    """

    directions: np.ndarray
    responses: np.ndarray
    delays: np.ndarray
    sample_rate: int

    @classmethod
    def read(cls, path: str | Path | None = None) -> HrtfSet:
        """Read a SOFA file (AES69, convention SimpleFreeFieldHRIR); by default the bundled KEMAR set.

        Raises SdaError for a missing or unsuitable file.
        """
        path = BUNDLED if path is None else Path(path)
        if not path.is_file():
            raise SdaError(f"There is no file {printable(path)}; choose a SOFA file of head-related impulse responses.")
        return _read(path.resolve(), path.stat().st_mtime_ns)

    def at(self, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return responses [k, ear, tap] and delays in seconds [k, ear] for unit vectors [k, 3]."""
        corners, weights = self._corners(directions)
        responses = np.einsum("kc,kcet->ket", weights, self.responses[corners])
        return responses, np.einsum("kc,kce->ke", weights, self.delays[corners])

    def resampled(self, sample_rate: int) -> HrtfSet:
        """Return the same set at another rate in Hz."""
        if sample_rate == self.sample_rate:
            return self
        flat = self.responses.reshape(-1, self.responses.shape[-1]).T
        taps = soxr.resample(flat, self.sample_rate, sample_rate, quality="HQ").T * (self.sample_rate / sample_rate)
        shaped = taps.reshape(*self.responses.shape[:2], -1)
        return HrtfSet(self.directions, shaped, self.delays, sample_rate)

    def _corners(self, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the three measured directions around each direction [k, 3], with their weights.

        Both are [k, 3]: indices into `directions`, and weights of sum 1.
        """
        triangles, inverses = self._triangles
        weights = np.einsum("tij,kj->kti", inverses, np.atleast_2d(directions))
        inside = weights.min(2)
        best = inside.argmax(1)
        chosen = np.take_along_axis(weights, best[:, None, None], 1)[:, 0].clip(0)
        return triangles[best], chosen / chosen.sum(1, keepdims=True)

    @cached_property
    def _triangles(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners of every triangle [t, 3], and matrices from a vector to the weights of its corners [t, 3, 3]."""
        triangles = ConvexHull(self.directions, qhull_options="QJ").simplices
        corners = self.directions[triangles].transpose(0, 2, 1)
        solid = np.abs(np.linalg.det(corners)) > 1e-9
        return triangles[solid], np.linalg.inv(corners[solid])


def unit_vectors(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Return unit vectors [..., 3] (front, left, up) of angles in degrees.

    Azimuth is counter-clockwise (90 is left), elevation up.
    """
    around, up = np.radians(azimuth), np.radians(elevation)
    return np.stack([np.cos(around) * np.cos(up), np.sin(around) * np.cos(up), np.sin(up)], -1)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> HrtfSet:
    import h5py  # imported late: most sounds need no head

    try:
        with h5py.File(path, "r") as file:
            taps, delays, places, rate = _checked(path, file)
    except SdaError:
        raise
    except Exception as error:  # h5py raises errors of many kinds for damaged files
        faults.pass_on(error)
        raise SdaError(f"{printable(path.name)} is no SOFA file of head-related responses; choose another.") from error
    directions = unit_vectors(places[:, 0], places[:, 1])
    _, unique = np.unique(directions.round(4), axis=0, return_index=True)
    unique.sort()
    responses, late = _minimum_phase_and_delay(taps[unique], delays[unique], rate)
    found = HrtfSet(directions[unique], responses, _smoothed(late, directions[unique]), rate)
    if not _surround(found.directions):
        raise SdaError(f"The directions of {printable(path.name)} don't surround the head; choose a set that does.")
    return found


def _surround(directions: np.ndarray) -> bool:
    """Return whether the head's center lies well inside the hull of the directions [n, 3], as interpolation needs."""
    try:
        return bool(ConvexHull(directions).equations[:, 3].max() < -LEAST_INSIDE)
    except QhullError:
        return False


def _checked(path: Path, file: h5py.File) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Return responses [n, 2, tap], delays in samples [n, 2], positions [n, (azimuth, elevation, distance)] and rate.

    Raises SdaError for a SOFA file without such a set, and what h5py or numpy raise for any other file.
    """
    convention = _text(file.attrs["SOFAConventions"])[:80]
    parts = {name: _own_part(file, name) for name in PARTS if file.get(name, getlink=True) is not None}
    shape = parts["Data.IR"].shape
    if len(shape) != 3 or shape[1] != 2 or not (FEWEST <= shape[0] <= MOST and 16 <= shape[2] <= LONGEST):
        found = f"{printable(path.name)} ({printable(convention)}) holds responses of shape {shape}"
        raise SdaError(f"{found}, not several for two ears.")
    if _text(file["SourcePosition"].attrs.get("Type", b"spherical")) != "spherical":
        raise SdaError(
            f"{printable(path.name)} gives positions that are not spherical; convert them to degrees and meters."
        )
    most = min(LARGEST, path.stat().st_size * MOST_UNPACKED)
    if sum(part.size * 8 for part in parts.values()) > most or max(map(_chunk_bytes, parts.values())) > LARGEST:
        raise SdaError(f"{printable(path.name)} declares more numbers than its size can hold; choose another one.")
    numbers = {name: np.asarray(part[()], np.float64) for name, part in parts.items()}
    taps, places, rate = numbers["Data.IR"], numbers["SourcePosition"], float(numbers["Data.SamplingRate"].flat[0])
    delays = np.zeros((shape[0], 2)) + numbers.get("Data.Delay", 0.0)
    finite = all(np.isfinite(part).all() for part in (taps, places, delays))
    if not finite or places.shape != (shape[0], 3) or not 8000 <= rate <= 384_000 or not np.abs(taps).max() > 0:
        raise SdaError(
            f"The numbers in {printable(path.name)} are no head-related impulse responses; choose another file."
        )
    return taps, delays, places, round(rate)


def _own_part(file: h5py.File, name: str) -> h5py.Dataset:
    """Return a table of numbers that the file itself holds, not a link or a view of other files. Raises ValueError."""
    import h5py

    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{name} is a link")
    part = file[name]
    if part.external or part.is_virtual or part.dtype.kind not in "iuf" or part.dtype.itemsize > 8:
        raise ValueError(f"{name} is no table of numbers")
    return part


def _chunk_bytes(part: h5py.Dataset) -> int:
    """Return the size of a chunk in bytes, which may be larger than the part."""
    return math.prod(part.chunks or ()) * part.dtype.itemsize


def _text(attribute: object) -> str:
    return attribute.decode() if isinstance(attribute, bytes) else str(attribute)


def _minimum_phase_and_delay(taps: np.ndarray, delays: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Split responses [n, ear, tap] into minimum-phase responses and delays in seconds, the least of which is 0.

    `delays` [n, ear] are additional delays in samples.
    """
    parts = range(0, len(taps), max(1, AT_ONCE // (SUBSAMPLES * 4 * taps.shape[-1])))
    found = [_split(taps[first : first + parts.step], delays[first : first + parts.step], rate) for first in parts]
    minimal, lag = (np.concatenate(rows) for rows in zip(*found, strict=True))
    return minimal, (lag - lag.min()) / rate


def _split(taps: np.ndarray, delays: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the minimum-phase responses of some directions and their delays in samples, both [n, ear, …]."""
    size = 4 * taps.shape[-1]
    spectra = np.fft.rfft(taps, size)
    minimal = _minimum_phase(spectra, size)
    arrival = _lag(spectra, minimal, size) + delays
    between = _lag(spectra[:, 1], spectra[:, 0], size) - _lag(minimal[:, 1], minimal[:, 0], size)
    between += delays[:, 1] - delays[:, 0]
    plain = arrival[:, 1] - arrival[:, 0]
    between = np.where(np.abs(between - plain) < MOST_DIFFERENCE * rate, between, plain)
    lag = arrival.mean(1, keepdims=True) + 0.5 * between[:, None] * np.array([-1, 1])
    return np.fft.irfft(minimal, size)[..., : taps.shape[-1]], lag


def _smoothed(delays: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Smooth delays [n, ear] over neighboring directions.

    Sound reaches the far ear on two paths around the head, and which one correlates best changes between directions.
    """
    parts = np.array_split(directions, -(-(len(directions) ** 2) // AT_ONCE))
    return np.concatenate([_weighted(part, directions, delays) for part in parts])


def _weighted(some: np.ndarray, directions: np.ndarray, delays: np.ndarray) -> np.ndarray:
    near = np.exp((some @ directions.T - 1) / np.radians(SMOOTHING_DEGREES) ** 2)
    return (near @ delays) / near.sum(1, keepdims=True)


def _lag(spectra: np.ndarray, reference: np.ndarray, size: int) -> np.ndarray:
    """Return the lag in samples at which signals correlate best with a reference, from their spectra [..., bin]."""
    fine = np.fft.irfft(spectra * reference.conj(), SUBSAMPLES * size)
    best = fine.argmax(-1)
    return np.where(best > SUBSAMPLES * size // 2, best - SUBSAMPLES * size, best) / SUBSAMPLES


def _minimum_phase(spectra: np.ndarray, size: int) -> np.ndarray:
    """Return minimum-phase spectra of the same magnitudes, by the folded cepstrum (Oppenheim)."""
    magnitude = np.abs(spectra)
    magnitude = np.maximum(magnitude, FLOOR * magnitude.max(-1, keepdims=True) + 1e-12)
    cepstrum = np.fft.irfft(np.log(magnitude), size)
    fold = np.zeros(size)
    fold[0] = fold[size // 2] = 1
    fold[1 : size // 2] = 2
    return np.exp(np.fft.rfft(cepstrum * fold))
