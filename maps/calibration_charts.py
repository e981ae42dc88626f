"""Pictures of a calibration as numbers for inline SVG. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.network import RoadNetwork

Floats = npt.NDArray[np.float64]
SIDE = 340.0
EDGE = 42.0
TICKS_MIN = (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
MOST_DOTS = 4000
ROW_WIDTH = 180.0
#: Ratios at the ends of the scale of `dots`.
LEAST, MOST = 1 / 1.5, 1.5
TOP_KPH = 130.0
MAP_WIDTH = 640.0
#: Cells across the map; and road classes drawn under them.
ACROSS = 28
#: Runs in a cell that fill it, and that draw it at two thirds; fewer are drawn small.
MANY, SOME = 10, 3
BACKDROP = ("motorway", "trunk", "primary", "secondary")
#: Observed / predicted: upper edge of each colour, and what it says.
SHADES = (
    (0.85, "much", "−"),
    (0.95, "less", ""),
    (1.05, "even", ""),
    (1.15, "more", ""),
    (np.inf, "long", "+"),
)


def scatter(
    observed: pd.Series, predicted: pd.Series, words: str, scale: pd.DataFrame
) -> dict[str, Any]:
    """Observed over predicted minutes on logarithmic axes, as one path of dots.

    Args:
        observed: seconds.
        predicted: seconds.
        words: what predicted them.
        scale: seconds that the axes hold nearly all of, so that pictures side by side agree.

    Where there are very many runs, an even sample of them is drawn.
    """
    seen, said = observed.to_numpy(float) / 60.0, predicted.to_numpy(float) / 60.0
    every = scale.to_numpy(float).ravel() / 60.0
    low, high = np.quantile(every, (0.001, 0.999)) * (0.8, 1.25)
    span = np.log(high / low)

    def place(minutes: Floats) -> Floats:
        along = np.log(np.clip(minutes, low, high) / low) / span
        return np.asarray(EDGE + along * (SIDE - EDGE - 8.0))

    step = max(1, -(-len(seen) // MOST_DOTS))
    x, y = place(said[::step]), SIDE - place(seen[::step])
    ticks = [t for t in TICKS_MIN if low < t < high]
    at = place(np.array(ticks, dtype=float))
    fifth = np.log(1.2) / span * (SIDE - EDGE - 8.0)
    return {
        "words": words,
        "side": SIDE,
        "edge": EDGE,
        "path": "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(x, y, strict=True)),
        "ticks": [(f"{t:g}", round(float(a), 1)) for t, a in zip(ticks, at, strict=True)],
        "fifth": round(float(fifth), 1),
        "drawn": len(x),
        "runs": len(seen),
    }


def dots(before: float, after: float, low: float, high: float) -> dict[str, float]:
    """Positions of two medians and a span on a scale of ratios, pixels from the left."""
    edges = np.log(np.array([LEAST, MOST]))

    def place(ratio: float) -> float:
        share = (np.log(np.clip(ratio, LEAST, MOST)) - edges[0]) / (edges[1] - edges[0])
        return round(float(share * ROW_WIDTH), 1)

    return {"width": ROW_WIDTH, "one": place(1.0), "before": place(before), "after": place(after),
            "low": place(low), "high": place(high)}  # fmt: skip


def whisker(before: float, after: float, low: float, high: float) -> dict[str, float]:
    """The same on a scale of speeds from nothing to 130 km/h."""

    def place(kph: float) -> float:
        return round(float(np.clip(kph, 0.0, TOP_KPH) / TOP_KPH * ROW_WIDTH), 1)

    return {"width": ROW_WIDTH, "before": place(before), "after": place(after), "low": place(low),
            "high": place(high)}  # fmt: skip


def residual_map(used: pd.DataFrame, network: RoadNetwork) -> dict[str, Any]:
    """Squares of destinations coloured by the median of observed over predicted."""
    x, y = used["to_x"].to_numpy(float), used["to_y"].to_numpy(float)
    side_m = _round_up(max(np.ptp(x), np.ptp(y), 1000.0) / ACROSS)
    columns, lines = np.floor(x / side_m).astype(int), np.floor(y / side_m).astype(int)
    ratio = used["seconds"].to_numpy(float) / used["left_out_s"].to_numpy(float)
    cells = pd.DataFrame({"column": columns, "row": lines, "ratio": ratio})
    found = cells.groupby(["column", "row"])["ratio"].agg(["median", "size"]).reset_index()
    west, north = (columns.min() - 1) * side_m, (lines.max() + 2) * side_m
    east, south = (columns.max() + 2) * side_m, (lines.min() - 1) * side_m
    scale = MAP_WIDTH / (east - west)
    rows: Any = found[["column", "row", "median", "size"]].to_numpy().tolist()
    squares = [
        {
            "x": round(((column + 0.5) * side_m - west) * scale, 1),
            "y": round((north - (row + 0.5) * side_m) * scale, 1),
            "side": round(side_m * scale * _room(size), 1),
            "shade": _shade(median)[0],
            "sign": _shade(median)[1],
            "said": f"{size:.0f} run{'s' if size > 1 else ''}: {100 * (median - 1):+.0f}%",
        }
        for column, row, median, size in rows
    ]
    return {
        "width": MAP_WIDTH,
        "height": round((north - south) * scale, 1),
        "cell_km": side_m / 1000.0,
        "squares": squares,
        "roads": _roads(network, (west, south, east, north), scale),
        "origins": _origins(used, (west, north), scale),
        "bar": _bar(scale),
    }


def _round_up(metres: float) -> float:
    """The next of 250, 500, 1000, 2000, 5000, 10,000 m."""
    return next((s for s in (250.0, 500.0, 1000.0, 2000.0, 5000.0) if s >= metres), 10_000.0)


def _room(runs: float) -> float:
    """Side of a square by how many runs it rests on, as a share of its cell."""
    return 1.0 if runs >= MANY else 0.7 if runs >= SOME else 0.4


def _shade(ratio: float) -> tuple[str, str]:
    return next((name, sign) for edge, name, sign in SHADES if ratio <= edge)


def _roads(network: RoadNetwork, frame: tuple[float, float, float, float], scale: float) -> str:
    """Main roads within the frame as one path."""
    lines = network.lines(BACKDROP)
    shapes: Any = shapely.clip_by_rect(shapely.simplify(lines.geometry.to_numpy(), 1.5 / scale),
                                       *frame)  # fmt: skip
    parts = shapely.get_parts(shapes)
    parts = parts[shapely.get_type_id(parts) == 1]
    path = []
    for line in parts:
        xy = shapely.get_coordinates(line)
        spots = [f"{(a - frame[0]) * scale:.0f} {(frame[3] - b) * scale:.0f}" for a, b in xy]
        path.append("M" + "L".join(spots))
    return "".join(path)


def _origins(used: pd.DataFrame, corner: tuple[float, float], scale: float) -> list[Any]:
    """Where runs begin, if that is a few places (stations) rather than anywhere."""
    spots: Any = used.groupby(["from_x", "from_y"])["origin"].first()
    if len(spots) > 60:
        return []
    west, north = corner
    return [
        {"x": round((x - west) * scale, 1), "y": round((north - y) * scale, 1), "name": name}
        for (x, y), name in spots.items()
    ]


def _bar(scale: float) -> dict[str, Any]:
    """A scale bar of about a fifth of the map."""
    km = next(k for k in (50, 20, 10, 5, 2, 1, 0.5) if k * 1000 * scale <= MAP_WIDTH / 3 or k < 1)
    return {"px": round(km * 1000 * scale, 1), "text": f"{km:g} km"}
