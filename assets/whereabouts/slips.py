"""The slip of the pen that would explain a place: two digits swapped, say, or one lost. Pure.

Only ever a suggestion: what a figure ought to have been is for whoever owns it to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from assets.places import on_land, to_grid

Floats = npt.NDArray[np.float64]
#: Distances (m) of points from where they ought to be, NaN where they do not fit.
Fits = Callable[[Floats, Floats], Floats]
#: Rows of one layer for which a slip is looked for (each takes about a millisecond).
SLIPS_SOUGHT = 200


class Slip(NamedTuple):
    """A figure that would fit instead of the one given.

    Attributes:
        says: the figure and what happened to it, in words.
        x, y: the place it would give (EPSG:27700).
    """

    says: str
    x: float
    y: float


NO_SLIP = Slip("", math.nan, math.nan)
#: What can happen to a figure, the likeliest first.
_HOWS = (
    "two digits the wrong way round",
    "the minus sign lost or added",
    "the last digit lost",
    "one of two equal digits lost",
    "a digit too many",
    "a digit lost",
    "one digit mistyped",
)
_SWAPPED, _SIGN, _CUT, _SINGLE, _EXTRA, _LOST, _TYPED = range(len(_HOWS))
_DIGITS = "0123456789"


def _metre_variants(figure: str) -> Iterator[tuple[int, str]]:
    """What a whole number of metres may have been before one slip."""
    for at in range(len(figure) - 1):
        yield _SWAPPED, figure[:at] + figure[at + 1] + figure[at] + figure[at + 2 :]
    yield _CUT, figure + "0"
    for at in range(len(figure) + 1):
        for digit in _DIGITS:
            beside = digit in figure[max(at - 1, 0) : at + 1]
            yield (_SINGLE if beside else _LOST), figure[:at] + digit + figure[at:]
    for at in range(len(figure)):
        yield _EXTRA, figure[:at] + figure[at + 1 :]
        for digit in _DIGITS:
            yield _TYPED, figure[:at] + digit + figure[at + 1 :]


def _degree_variants(figure: str) -> Iterator[tuple[int, str]]:
    """What a number of degrees may have been before one slip that moves it a mile or more."""
    yield _SIGN, figure[1:] if figure.startswith("-") else "-" + figure
    places = [at for at, letter in enumerate(figure[:6]) if letter.isdigit()]
    for first, second in zip(places, places[1:], strict=False):
        letters = list(figure)
        letters[first], letters[second] = letters[second], letters[first]
        yield _SWAPPED, "".join(letters)
    for at in places[:4]:
        for digit in _DIGITS:
            yield _TYPED, figure[:at] + digit + figure[at + 1 :]


def _figure(value: float) -> str:
    """A coordinate as it was probably written: whole metres, or degrees with decimals."""
    return f"{value:.0f}" if abs(value) >= 1000.0 else f"{value:.6f}".rstrip("0").rstrip(".")


def slip(given: Sequence[tuple[str, float]], fits: Fits) -> Slip | None:
    """The likeliest single slip that would explain a place.

    Args:
        given: the two coordinates, each with its column: easting and northing (m), or lon and
            lat (degrees).
        fits: distances (m) of points from where they ought to be, NaN where they do not fit.

    Returns:
        The figure that fits, the likeliest kind first and of one kind the nearest; ``None`` if
        no single slip explains it.
    """
    (first, a), (second, b) = given
    if not (math.isfinite(a) and math.isfinite(b)):
        return None
    metres = first == "easting"
    tried = [(-1, f"{first} and {second} exchanged", b, a)]
    for column, value, other in ((first, a, b), (second, b, a)):
        figure = _figure(value)
        if metres and not figure.isdigit():
            continue
        variants = _metre_variants(figure) if metres else _degree_variants(figure)
        for how, text in dict.fromkeys(variants):
            if text.strip("-") and text != figure:
                pair = (float(text), other) if column == first else (other, float(text))
                tried.append((how, f"{column} {text} ({_HOWS[how]})", *pair))
    x, y = (np.array([row[at] for row in tried], dtype=np.float64) for at in (2, 3))
    if not metres:
        x, y = to_grid(x, y)
    away_m = fits(x, y)
    fit = np.flatnonzero(np.isfinite(away_m))
    fit = fit[on_land(x[fit], y[fit])]
    fitting = [(tried[at][0], float(away_m[at]), tried[at][1], at) for at in fit]
    if not fitting:
        return None
    how, _, says, at = min(fitting)
    rivals = {(round(float(x[i])), round(float(y[i]))) for kind, _, _, i in fitting if kind == how}
    return Slip(says + ("" if len(rivals) == 1 else ", or another"), float(x[at]), float(y[at]))


def near(x: Floats, y: Floats, *, reach_m: float) -> Fits:
    """Points that fit because one of some known places lies within ``reach_m``."""
    tree = shapely.STRtree(np.asarray(shapely.points(x, y), dtype=object))

    def fits(at_x: Floats, at_y: Floats) -> Floats:
        away_m = np.full(at_x.shape, np.nan)
        finite = np.flatnonzero(np.isfinite(at_x) & np.isfinite(at_y))
        (at, _), apart_m = tree.query_nearest(
            shapely.points(at_x[finite], at_y[finite]), return_distance=True, all_matches=False
        )
        away_m[finite[at]] = apart_m
        return np.where(away_m <= reach_m, away_m, np.nan)

    return fits


def coordinates_given(
    easting: float, northing: float, *, degrees: tuple[float, float], point: tuple[float, float]
) -> tuple[tuple[str, float], tuple[str, float]]:
    """The pair a row was placed by: its metres, else its degrees, else the drawn point."""
    if not (math.isfinite(easting) and math.isfinite(northing)) and all(
        map(math.isfinite, degrees)
    ):
        return ("lon", degrees[0]), ("lat", degrees[1])
    return ("easting", point[0]), ("northing", point[1])
