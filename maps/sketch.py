"""A small map as inline SVG: places as dots, those that look wrong numbered. Pure.

Two frames: Great Britain, and, where the sound places fill only a corner of it, that corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from maps.britain import COAST_KM

WIDTH = 440.0
BRITAIN = (-20_000.0, -15_000.0, 675_000.0, 1_235_000.0)
#: Sound places within this share of them count when the close frame is laid.
MIDDLE = 0.98
#: A close frame is drawn where it is less than this share of Great Britain's width.
CLOSE = 0.4
MARGIN = 0.08
LEAST_M = 2_000.0
NORTH_M = 60_000.0
#: Where more of Great Britain than this is needed, all of it is drawn.
WHOLE = 0.75
#: Names are written where there is room: letters of this width, lines of this height (px).
LETTER_PX = 5.6
_MANY_PX = 1e5
LINE_PX = 12.0
NAMES = 24
LONGEST = 26
NUMBERED = 60
NEAR_PX = 15.0
Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """A piece of the National Grid on paper.

    Attributes:
        west, south, east, north: edges, m.
        scale: pixels per metre.
    """

    west: float
    south: float
    east: float
    north: float

    @property
    def scale(self) -> float:
        """Pixels per metre."""
        return WIDTH / (self.east - self.west)

    @property
    def height(self) -> float:
        """Pixels from south to north."""
        return (self.north - self.south) * self.scale

    def at(self, x: Points, y: Points) -> tuple[Points, Points]:
        """Metres on the grid -> pixels, from the north-west corner."""
        return (x - self.west) * self.scale, (self.north - y) * self.scale

    def holds(self, x: Points, y: Points) -> npt.NDArray[np.bool_]:
        """Whether points lie in the frame."""
        return (x >= self.west) & (x <= self.east) & (y >= self.south) & (y <= self.north)


def drawing(
    places: pd.DataFrame, misplaced: pd.DataFrame, areas: gpd.GeoDataFrame | None
) -> list[dict[str, Any]]:
    """The frames to draw, close one first; none without places.

    Args:
        places: x, y (EPSG:27700, m), layer and id of every place.
        misplaced: those that look wrong (`assets.account.MISPLACED_COLUMNS`), in order of their
            numbers.
        areas: outlines (EPSG:27700).
    """
    if places.empty:
        return []
    wrong = set(zip(misplaced["layer"], misplaced["id"], strict=True))
    keys = zip(places["layer"].tolist(), places["id"].tolist(), strict=True)
    sound = places[[key not in wrong for key in keys]]
    britain = britain_frame(places, misplaced)
    close = close_frame(sound)
    frames = [britain] if close is None else [close, britain]
    return [_drawn(frame, sound, misplaced, areas=areas, close=frame is close) for frame in frames]


def britain_frame(places: pd.DataFrame, misplaced: pd.DataFrame) -> Frame:
    """Great Britain, without its north where there is nothing to show."""
    west, south, east, north = BRITAIN
    top = max(places["y"].max(), misplaced["suggested_y"].to_numpy(dtype=float).max(initial=0.0))
    cut = max(top + NORTH_M, south + east - west)
    return Frame(west, south, east, north if cut > WHOLE * north else cut)


def close_frame(sound: pd.DataFrame) -> Frame | None:
    """The corner in which nearly all sound places lie, if it is a corner."""
    if sound.empty:
        return None
    part = (1 - MIDDLE) / 2
    quantiles = (part, 1 - part) if len(sound) > 50 else (0.0, 1.0)
    (west, east), (south, north) = (np.quantile(sound[axis], quantiles) for axis in ("x", "y"))
    side = max(east - west, north - south, LEAST_M) * (1 + 2 * MARGIN)
    if side > CLOSE * (BRITAIN[2] - BRITAIN[0]):
        return None
    x, y = (west + east) / 2, (south + north) / 2
    return Frame(x - side / 2, y - side / 2, x + side / 2, y + side / 2)


def _drawn(
    frame: Frame,
    sound: pd.DataFrame,
    misplaced: pd.DataFrame,
    *,
    areas: gpd.GeoDataFrame | None,
    close: bool,
) -> dict[str, Any]:
    """One frame as the template draws it."""
    marks = _marks(frame, misplaced)
    inside = frame.holds(misplaced["x"].to_numpy(float), misplaced["y"].to_numpy(float))
    return {
        "title": _title(frame, close=close),
        "width": WIDTH,
        "height": round(frame.height, 1),
        "coast": _ring_paths(frame, [shapely.Polygon(1000.0 * np.array(c)) for c in COAST_KM]),
        "areas": "" if areas is None else _ring_paths(frame, areas.geometry.to_numpy()),
        "dots": _dots(frame, sound),
        "dot": 2.6 if len(sound) < 2_000 else 1.8,
        "marks": marks,
        "beyond": int((~inside).sum()),
        "names": _names(frame, sound, marks, areas=areas) if close else [],
        "bar": _scale_bar(frame),
    }


def _title(frame: Frame, *, close: bool) -> str:
    """What a frame shows, in words."""
    if close:
        return "Where most of the places are"
    return "Great Britain" if frame.north >= BRITAIN[3] else "Great Britain without its north"


Box = tuple[float, float, float, float]


def _names(
    frame: Frame,
    sound: pd.DataFrame,
    marks: Sequence[dict[str, Any]],
    *,
    areas: gpd.GeoDataFrame | None,
) -> list[dict[str, Any]]:
    """Names of the areas, or of the places where there are none, as far as there is room."""
    if areas is not None and "name" in areas.columns:
        points = shapely.point_on_surface(areas.geometry.to_numpy())
        x, y, named, drop = shapely.get_x(points), shapely.get_y(points), areas["name"], 4.0
    else:
        x, y, named, drop = sound["x"].to_numpy(), sound["y"].to_numpy(), sound["name"], -5.0
    taken: list[Box] = [(m["lx"] - 9, m["ly"] - 9, m["lx"] + 9, m["ly"] + 9) for m in marks]
    told: list[dict[str, Any]] = []
    names = named.astype(str).tolist()
    px, py = frame.at(x, y)
    size = np.array([len(name) for name in names], dtype=np.float64)
    half = LETTER_PX * size / 2
    box = np.column_stack([px - half, py + drop - LINE_PX, px + half, py + drop])
    free = (size > 0) & (size <= LONGEST) & _on_paper(box, frame)
    for other in taken:
        free &= ~_covers(box, other)
    while free.any() and len(told) < NAMES:
        at = int(free.argmax())
        free &= ~_covers(box, box[at])
        free[at] = False
        told.append({"x": round(float(px[at]), 1), "y": round(float(py[at] + drop), 1),
                     "name": names[at]})  # fmt: skip
    return told


def _on_paper(box: Points, frame: Frame) -> npt.NDArray[np.bool_]:
    """Whether boxes (a row each: west, north, east, south) are on the paper."""
    west, north, east, south = box.T
    inside: npt.NDArray[np.bool_] = (
        (west >= 2) & (north >= 2) & (east <= WIDTH - 2) & (south <= frame.height - 20)
    )
    return inside


def _covers(box: Points, other: Box | Points) -> npt.NDArray[np.bool_]:
    """Whether boxes cover a part of another."""
    west, north, east, south = box.T
    w, n, e, s = other
    covered: npt.NDArray[np.bool_] = (west < e) & (w < east) & (north < s) & (n < south)
    return covered


def _ring_paths(frame: Frame, shapes: Sequence[Any]) -> str:
    """Outlines as an SVG path, as fine as the paper."""
    window = shapely.box(frame.west, frame.south, frame.east, frame.north)
    kept = [shape for shape in shapes if shape is not None and shape.intersects(window)]
    thin = shapely.simplify(np.array(kept, dtype=object), 0.5 / frame.scale)
    rings: list[str] = []
    for part in shapely.get_parts(thin):
        for ring in shapely.get_rings(part):
            x, y = frame.at(*shapely.get_coordinates(ring).T)
            rings.append("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)))
    return "Z".join(rings) + ("Z" if rings else "")


def _dots(frame: Frame, sound: pd.DataFrame) -> str:
    """Places as dots of one path, those that would cover one another once."""
    x, y = sound["x"].to_numpy(dtype=float), sound["y"].to_numpy(dtype=float)
    inside = frame.holds(x, y)
    east, south = (axis.round(0) for axis in frame.at(x[inside], y[inside]))
    # Pixels: both fit into one whole number.
    across, down = np.divmod(np.unique(east * _MANY_PX + south), _MANY_PX)
    return "".join(f"M{a:.0f} {b:.0f}h0" for a, b in zip(across, down, strict=True))


def _marks(frame: Frame, misplaced: pd.DataFrame) -> list[dict[str, Any]]:
    """Crosses with numbers, and where each may belong."""
    marks: list[dict[str, Any]] = []
    taken: list[tuple[float, float]] = []
    first = misplaced.iloc[:NUMBERED]
    columns = (first[name].to_numpy(dtype=float) for name in ("x", "y"))
    for number, (x, y) in enumerate(zip(*columns, strict=True), start=1):
        if not frame.holds(np.array([x]), np.array([y]))[0]:
            continue
        px, py = (float(v[0]) for v in frame.at(np.array([x]), np.array([y])))
        row = first.iloc[number - 1]
        lx, ly = _beside(px, py, taken, frame)
        taken.append((lx, ly))
        marks.append({"number": number, "x": round(px, 1), "y": round(py, 1), "lx": round(lx, 1),
                      "ly": round(ly, 1), "name": row["name"] or row["id"],
                      "to": _towards(frame, row)})  # fmt: skip
    return marks


_SPOTS = tuple(
    (reach * NEAR_PX * np.cos(turn), reach * NEAR_PX * np.sin(turn))
    for reach in (1.0, 1.8, 2.6)
    for turn in np.arange(8) * np.pi / 4 - np.pi / 2
)


def _beside(
    px: float, py: float, taken: Sequence[tuple[float, float]], frame: Frame
) -> tuple[float, float]:
    """A free spot for a number beside its cross; the first spot where none is free."""
    for dx, dy in _SPOTS:
        x, y = px + dx, py + dy
        on_paper = 8 < x < WIDTH - 8 and 8 < y < frame.height - 8
        if on_paper and all(abs(x - a) > NEAR_PX or abs(y - b) > NEAR_PX for a, b in taken):
            return x, y
    return px + NEAR_PX, py


def _towards(frame: Frame, row: pd.Series) -> tuple[float, float] | None:
    """Where the place may belong, on paper."""
    x, y = np.array([row["suggested_x"]]), np.array([row["suggested_y"]])
    if not frame.holds(x, y)[0]:
        return None
    at = frame.at(x, y)
    return round(float(at[0][0]), 1), round(float(at[1][0]), 1)


def _scale_bar(frame: Frame) -> dict[str, Any]:
    """A round length that fits a quarter of the paper."""
    most = WIDTH / 4 / frame.scale
    power = 10.0 ** np.floor(np.log10(most))
    length = max(step * power for step in (1, 2, 5) if step * power <= most)
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    return {"px": round(float(length * frame.scale), 1), "label": label}
