"""Drawing tools shared by the generator: seeded streams, land and sea, wandering lines."""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np
import shapely
from gazetteer import (
    BORDER_HAVEN,
    BORDER_LAND,
    COAST,
    EAST_COAST,
    FAR_EAST_COAST,
    HAVEN_SHORE,
    OUTER_SHORE,
    ROAD_MARGIN_KM,
    WEST_COAST,
)
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.spatial import cKDTree

Points = NDArray[np.float64]

# Written out so that every machine uses the same seven-parameter shift, with or without grids.
_TO_DEGREES = (
    "+proj=pipeline "
    "+step +inv +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 "
    "+ellps=airy "
    "+step +proj=push +v_3 +step +proj=cart +ellps=airy "
    "+step +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 "
    "+s=-20.489 +convention=position_vector "
    "+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 "
    "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


def stream(seed: int, topic: str) -> np.random.Generator:
    """A generator of its own for each topic, so that one part can change without the others."""
    return np.random.default_rng([seed, zlib.crc32(topic.encode())])


@cache
def _transformer() -> Transformer:
    return Transformer.from_pipeline(_TO_DEGREES)


def to_degrees(points: Points) -> Points:
    """National Grid metres to WGS84 longitude and latitude."""
    lon, lat = _transformer().transform(points[:, 0], points[:, 1])
    return np.column_stack([lon, lat])


def roughen(line: Points, rng: np.random.Generator, amplitude: float, step_m: float) -> Points:
    """Break a line into ever shorter pieces, each pushed aside by chance: a natural line."""
    points = np.asarray(line, dtype=float)
    while True:
        gaps = np.diff(points, axis=0)
        length = np.hypot(gaps[:, 0], gaps[:, 1])
        split = np.flatnonzero(length > step_m)
        if not len(split):
            return points
        middle = (points[split] + points[split + 1]) / 2
        side = np.column_stack([-gaps[split, 1], gaps[split, 0]])
        push = rng.uniform(-amplitude, amplitude, len(split))
        points = np.insert(points, split + 1, middle + side * push[:, None], axis=0)


def chaikin(line: Points, rounds: int = 1) -> Points:
    """Cut the corners of a line, keeping its two ends where they are."""
    points = np.asarray(line, dtype=float)
    for _ in range(rounds):
        if len(points) < 3:
            break
        early = 0.75 * points[:-1] + 0.25 * points[1:]
        late = 0.25 * points[:-1] + 0.75 * points[1:]
        cut = np.empty((2 * len(early), 2))
        cut[0::2], cut[1::2] = early, late
        points = np.vstack([points[:1], cut[1:-1], points[-1:]])
    return points


def _metres(*parts: list[tuple[float, float]]) -> Points:
    return np.array([point for part in parts for point in part], dtype=float) * 1000


def _polygon(parts: list[Points]) -> shapely.Polygon:
    ring = np.vstack([part[:-1] for part in parts])
    return shapely.make_valid(shapely.set_precision(shapely.Polygon(ring), 0.1))


def _largest(shape: shapely.Geometry) -> shapely.Polygon:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return max(parts, key=lambda part: part.area)


def county_and_land(seed: int) -> tuple[shapely.Polygon, shapely.Polygon]:
    """The county, and the land within reach of its border on which roads may lie."""
    rng = stream(seed, "outline")
    coast = chaikin(roughen(_metres(COAST), rng, 0.07, 700), 1)
    haven = chaikin(roughen(_metres(COAST[-1:], HAVEN_SHORE), rng, 0.10, 500), 1)
    edge = roughen(_metres(HAVEN_SHORE[-1:], BORDER_HAVEN, EAST_COAST[:1]), rng, 0.12, 500)
    east = chaikin(roughen(_metres(EAST_COAST), rng, 0.04, 500), 1)
    border = roughen(_metres(EAST_COAST[-1:], BORDER_LAND, COAST[:1]), rng, 0.13, 450)
    county = _largest(_polygon([coast, haven, edge, east, border]))
    outer = _metres(HAVEN_SHORE[-1:], OUTER_SHORE, EAST_COAST[:1])
    far_east = _metres(EAST_COAST[-1:], FAR_EAST_COAST, [(430.0, 140.0), (318.0, 140.0)])
    west = _metres([(318.0, 140.0)], WEST_COAST, COAST[:1])
    shore = _largest(_polygon([coast, haven, outer, east, far_east, west]))
    reach = shore.intersection(county.buffer(ROAD_MARGIN_KM * 1000)).union(county)
    return county, _largest(reach)


def inside(shape: shapely.Geometry, points: Points) -> NDArray[np.bool_]:
    """Which points lie in a shape."""
    shapely.prepare(shape)
    return np.asarray(shapely.contains_xy(shape, points[:, 0], points[:, 1]))


def thin(points: Points, gap_m: float | NDArray[np.float64]) -> NDArray[np.bool_]:
    """Keep points in order, leaving out each that lies too near one already kept."""
    gaps = np.broadcast_to(np.asarray(gap_m, dtype=float), len(points))
    pairs = cKDTree(points).query_pairs(float(gaps.max()), output_type="ndarray")
    pairs = np.sort(pairs, axis=1)
    apart = points[pairs[:, 0]] - points[pairs[:, 1]]
    pairs = pairs[np.hypot(apart[:, 0], apart[:, 1]) < gaps[pairs[:, 1]]]
    keep = [True] * len(points)
    for first, second in pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))].tolist():
        if keep[first]:
            keep[second] = False
    return np.array(keep)


def clusters(points: Points, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Split points into compact groups of like size (Lloyd's method from a spread start)."""
    count = min(count, len(points))
    centres = points[[int(rng.integers(len(points)))]]
    for _ in range(count - 1):
        distance, _ = cKDTree(centres).query(points)
        centres = np.vstack([centres, points[int(np.argmax(distance))]])
    label = np.zeros(len(points), dtype=np.int64)
    for _ in range(12):
        _, label = cKDTree(centres).query(points)
        for group in range(count):
            if (label == group).any():
                centres[group] = points[label == group].mean(axis=0)
    return np.asarray(label, dtype=np.int64)
