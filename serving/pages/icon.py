"""The sign of exitwatch as a picture, drawn here: a door that stands open, and somebody who may stay or go."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_GREEN = (11, 93, 59)
_WHITE = (255, 255, 255)
#: Points a side that make one point of the picture, so that slanted edges are smooth.
_FINE = 2
#: Share of the picture that stays free around the sign; more where a phone cuts the picture to its own shape.
_MARGIN, _MARGIN_MASKABLE = 0.14, 0.24


def icon(size: int, *, maskable: bool = False) -> bytes:
    r"""A PNG of so many points a side.

    Parameters
    ----------
    maskable
        Whether a phone may cut it round: then the colour fills it, and the sign keeps to the middle.

    Examples
    --------
    >>> icon(16)[:4], len(icon(16)) < 500
    (b'\x89PNG', True)
    """
    fine = size * _FINE
    y, x = (np.mgrid[0:fine, 0:fine] + 0.5) / fine
    ground = np.ones((fine, fine), dtype=bool) if maskable else _rounded(x, y, 0.0, 1.0, 0.2)
    margin = _MARGIN_MASKABLE if maskable else _MARGIN
    u, v = (x - margin) / (1 - 2 * margin), (y - margin) / (1 - 2 * margin)
    colour = _smooth(np.where(_sign(u, v)[..., None], _WHITE, _GREEN).astype(float), size)
    opaque = _smooth(np.where(ground, 255.0, 0.0)[..., None], size)
    return _png(np.concatenate([colour, opaque], axis=2).round().astype(np.uint8))


def _sign(u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.bool_]:
    """A door frame, its leaf swung open, and a person on the sill."""
    outer = (u > 0.04) & (u < 0.64) & (v > 0.04) & (v < 0.96)
    inner = (u > 0.14) & (u < 0.54) & (v > 0.14)
    swung = (u > 0.68) & (u < 0.96) & (v > 0.04 + (u - 0.68) * 0.55) & (v < 0.96 - (u - 0.68) * 0.10)
    knob = np.hypot(u - 0.755, v - 0.55) < 0.04
    head = np.hypot(u - 0.34, v - 0.42) < 0.085
    body = (np.hypot((u - 0.34) / 0.145, (v - 0.80) / 0.26) < 1) & (v < 0.96)
    sign: NDArray[np.bool_] = (outer & ~inner) | (swung & ~knob) | head | body
    return sign


def _rounded(
    x: NDArray[np.float64], y: NDArray[np.float64], low: float, high: float, radius: float
) -> NDArray[np.bool_]:
    across = np.maximum(np.maximum(low + radius - x, x - high + radius), 0)
    down = np.maximum(np.maximum(low + radius - y, y - high + radius), 0)
    inside: NDArray[np.bool_] = np.hypot(across, down) <= radius
    return inside


def _smooth(fine: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = fine.reshape(size, _FINE, size, _FINE, -1).mean(axis=(1, 3))
    return mean


def _png(points: NDArray[np.uint8]) -> bytes:
    """Points with red, green, blue and opacity as a PNG file."""
    height, width, _ = points.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), points.reshape(height, -1)], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
