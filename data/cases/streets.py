"""Streets and main roads of a generated county: a leaning grid for each town, roads between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from geometry import Points, chaikin, roughen, stream
from osm import Sheet

if TYPE_CHECKING:
    from county import Town

BLOCK_M = 170.0
NEVER_LONGER_KM = 60.0


@dataclass(frozen=True)
class Main:
    """A road between two towns: its class, and its line from corner to corner."""

    highway: str
    first: tuple[str, int]
    last: tuple[str, int]
    line: Points


@dataclass(frozen=True)
class Streets:
    """All roads of a county.

    Attributes:
        corners: town → street corners, row by row, float64[n·n, 2] in metres.
        mains: roads between towns; ``first`` and ``last`` are (town, corner).
    """

    corners: dict[str, Points]
    mains: tuple[Main, ...]


@lru_cache(maxsize=8)
def lay_streets(towns: Sequence[Town], seed: int) -> Streets:
    """Streets and roads of the towns; the same for the same towns and seed."""
    corners = {town.name: _grid(town, seed) for town in towns}
    return Streets(corners, tuple(_mains(tuple(towns), corners, seed)))


def _grid(town: Town, seed: int) -> Points:
    """Corners of a square of streets, larger in a larger town, leaning and a little uneven."""
    rng = stream(seed, f"streets of {town.name}")
    side = int(np.clip(round(np.sqrt(town.people / 160)), 3, 13)) | 1  # odd: a cross in the middle
    step = (np.arange(side) - side // 2) * BLOCK_M
    east, north = np.meshgrid(step, step)
    lean = rng.uniform(-0.5, 0.5)
    turn = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    flat = np.column_stack([east.ravel(), north.ravel()]) + rng.uniform(-22, 22, (side * side, 2))
    made: Points = flat @ turn.T + 1000.0 * np.array([town.east_km, town.north_km])
    return made


def _arms(corners: Points) -> list[int]:
    """Corners at the four ends of a town's cross of high streets."""
    side = int(round(np.sqrt(len(corners))))
    half = side // 2
    return [half, half * side, half * side + side - 1, (side - 1) * side + half]


def _pairs(towns: tuple[Town, ...]) -> list[tuple[int, int]]:
    """Towns with no third one in the circle between them: such roads never cross."""
    at = np.array([(t.east_km, t.north_km) for t in towns])
    found = []
    for i in range(len(at)):
        for j in range(i + 1, len(at)):
            middle, radius = (at[i] + at[j]) / 2, np.hypot(*(at[i] - at[j])) / 2
            others = np.delete(np.hypot(*(at - middle).T), [i, j])
            if 2 * radius <= NEVER_LONGER_KM and (not len(others) or others.min() > radius):
                found.append((i, j))
    return found


def _mains(towns: tuple[Town, ...], corners: dict[str, Points], seed: int) -> list[Main]:
    made = []
    for i, j in _pairs(towns):
        a, b = towns[i], towns[j]
        ends = [(p, q) for p in _arms(corners[a.name]) for q in _arms(corners[b.name])]
        p, q = min(ends, key=lambda e: np.hypot(*(corners[a.name][e[0]] - corners[b.name][e[1]])))
        straight = np.vstack([corners[a.name][p], corners[b.name][q]])
        rng = stream(seed, f"road {a.name} to {b.name}")
        line = chaikin(roughen(straight, rng, 0.07, 900.0), 1)
        small = min(a.people, b.people)
        highway = "primary" if small >= 9000 else "secondary" if small >= 2500 else "tertiary"
        made.append(Main(highway, (a.name, p), (b.name, q), line))
    return made


def draw(streets: Streets, towns: Sequence[Town]) -> Sheet:
    """The map: streets, high streets, main roads and place names."""
    sheet = Sheet()
    at: dict[tuple[str, int], int] = {}
    for town in towns:
        corners = streets.corners[town.name]
        for k, xy in enumerate(corners):
            at[town.name, k] = sheet.add(xy)
        _draw_grid(sheet, town, [at[town.name, k] for k in range(len(corners))])
    for road in streets.mains:
        inner = [sheet.add(xy) for xy in road.line[1:-1]]
        tags = {"highway": road.highway, "maxspeed": "60 mph"}
        sheet.ways.append((tags, [at[road.first], *inner, at[road.last]]))
    for town in towns:
        kind = "town" if town.people >= 5000 else "village"
        middle = 1000.0 * np.array([town.east_km, town.north_km]) + 9.0
        sheet.add(middle, {"place": kind, "name": town.name, "population": str(town.people)})
    return sheet


def _draw_grid(sheet: Sheet, town: Town, nodes: list[int]) -> None:
    side = int(round(np.sqrt(len(nodes))))
    rows = [nodes[k * side : (k + 1) * side] for k in range(side)]
    columns = [nodes[k::side] for k in range(side)]
    for lines, word in ((rows, "Street"), (columns, "Road")):
        for k, line in enumerate(lines):
            high = k == side // 2
            tags = {"highway": "secondary" if high else "residential", "maxspeed": "30 mph"}
            name = f"High {word}" if high else f"{_ordinal(k)} {word}"
            sheet.ways.append(({**tags, "name": name}, list(line)))


def _ordinal(k: int) -> str:
    words = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth")
    return words[k] if k < len(words) else f"{k + 1}th"
