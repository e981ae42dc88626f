"""A map of what came, went and moved between two registers, as inline SVG. Pure.

The frame holds the middle of the places; those far outside it are drawn at its edge and counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maps.britain import COAST_KM

WIDTH = 1000.0
HEIGHT_RANGE = (0.45, 1.3)
MARGIN_PX = 26.0
EDGE_PX = 12.0
LEAST_M = 2_000.0
#: A frame of at least this width is given the coast, which is a sketch good to some 3 km.
COAST_FROM_M = 80_000.0
#: The frame leaves out this share of the places at each edge, where they would widen it much.
EDGE_SHARE = 0.005
#: ... and goes this much of their span beyond the rest.
STRETCH = 0.2
#: Marks with a name under the pointer; the rest are drawn without.
NAMED = 2_000
LABELS = 14
LABEL_CHARACTERS = 30
MOVE_PX = 7.0
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """A piece of the National Grid on paper: edges in m, height and scale in pixels."""

    west: float
    north: float
    scale: float
    height: float

    def at(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Metres on the grid -> pixels from the north-west corner, kept within the frame."""
        across = np.clip((x - self.west) * self.scale, EDGE_PX, WIDTH - EDGE_PX)
        down = np.clip((self.north - y) * self.scale, EDGE_PX, self.height - EDGE_PX)
        return across, down

    def outside(self, x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
        """Which points lie beyond the frame."""
        across, down = (x - self.west) * self.scale, (self.north - y) * self.scale
        beyond: npt.NDArray[np.bool_] = (
            (across < 0) | (across > WIDTH) | (down < 0) | (down > self.height)
        )
        return beyond


def drawing(points: pd.DataFrame) -> dict[str, Any] | None:
    """What the page's template draws, or ``None`` where no row has a place.

    Args:
        points: `assets.comparing.compare.Comparison.points`.
    """
    x = points[["old_x", "new_x"]].to_numpy(dtype=np.float64).ravel()
    y = points[["old_y", "new_y"]].to_numpy(dtype=np.float64).ravel()
    finite = np.isfinite(x) & np.isfinite(y)
    if not finite.any():
        return None
    frame = framed(x[finite], y[finite])
    marks = {what: _marks(points, what, frame) for what in ("removed", "added", "moved")}
    beyond = int(frame.outside(x[finite], y[finite]).sum())
    return {
        "width": int(WIDTH),
        "height": round(frame.height),
        "coast": _coast(frame),
        "kept": _dots(points, frame),
        "marks": marks,
        "labels": _labels(marks),
        "scale": scale_bar(frame.scale),
        "beyond": beyond,
    }


def framed(x: Floats, y: Floats) -> Frame:
    """The frame round some points (metres)."""
    west, east = _span(x)
    south, north = _span(y)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    width = max(east - west, LEAST_M)
    height = max(north - south, LEAST_M * HEIGHT_RANGE[0])
    inner = WIDTH - 2 * MARGIN_PX
    scale = min(inner / width, (HEIGHT_RANGE[1] * WIDTH - 2 * MARGIN_PX) / height)
    tall = max(height * scale + 2 * MARGIN_PX, HEIGHT_RANGE[0] * WIDTH)
    return Frame(middle_x - WIDTH / 2 / scale, middle_y + tall / 2 / scale, scale, tall)


def _span(values: Floats) -> tuple[float, float]:
    """Least and greatest, or nearly so where a few places lie far from all the others."""
    low, high = float(values.min()), float(values.max())
    inner = np.quantile(values, [EDGE_SHARE, 1 - EDGE_SHARE])
    pad = STRETCH * max(float(inner[1] - inner[0]), LEAST_M)
    return max(low, float(inner[0]) - pad), min(high, float(inner[1]) + pad)


def _coast(frame: Frame) -> str:
    """The coast as a path, for frames so wide that a sketch of it helps."""
    if WIDTH / frame.scale < COAST_FROM_M:
        return ""
    parts = []
    for ring in COAST_KM:
        km = np.array(ring, dtype=np.float64) * 1000.0
        across, down = (km[:, 0] - frame.west) * frame.scale, (frame.north - km[:, 1]) * frame.scale
        parts.append("M" + "L".join(f"{a:.0f} {b:.0f}" for a, b in zip(across, down, strict=True)))
    return "Z".join(parts) + "Z"


def _dots(points: pd.DataFrame, frame: Frame) -> str:
    """Places that stayed, one dot to a pixel."""
    kept = points[(points["what"] == "kept") & np.isfinite(points["new_x"])]
    across, down = frame.at(kept["new_x"].to_numpy(), kept["new_y"].to_numpy())
    pixels = np.unique(np.column_stack([across, down]).round().astype(np.int64), axis=0)
    return "".join(f"M{a} {b}h0" for a, b in pixels.tolist())


def _marks(points: pd.DataFrame, what: str, frame: Frame) -> list[dict[str, Any]]:
    """Rows added, removed or moved, the farthest moved first."""
    here = points[points["what"] == what]
    ends = (
        ("old", "new") if what == "moved" else ("old",) * 2 if what == "removed" else ("new",) * 2
    )
    before, after = (here[[f"{end}_x", f"{end}_y"]].to_numpy(dtype=np.float64) for end in ends)
    known = np.isfinite(before).all(axis=1) & np.isfinite(after).all(axis=1)
    before, after, here = before[known], after[known], here[known]
    metres = np.hypot(*(after - before).T)
    from_px, to_px = frame.at(*before.T), frame.at(*after.T)
    order = np.argsort(-metres, kind="stable")
    texts = list(zip(here["id"].astype(str), here["name"].astype(str), strict=True))
    return [
        {
            "id": texts[i][0],
            "name": texts[i][1],
            "said": _said(texts[i][0], texts[i][1], float(metres[i])) if place < NAMED else "",
            "x": round(float(to_px[0][i]), 1),
            "y": round(float(to_px[1][i]), 1),
            "from_x": round(float(from_px[0][i]), 1),
            "from_y": round(float(from_px[1][i]), 1),
            "far": math.hypot(to_px[0][i] - from_px[0][i], to_px[1][i] - from_px[1][i]) > MOVE_PX,
        }
        for place, i in enumerate(order.tolist())
    ]


def _said(label: str, name: str, metres: float) -> str:
    """What is shown under the pointer."""
    called = name if not name or name in label else f"{name}, {label}"
    return f"{called or label}: moved {metres:,.0f} m" if metres else called or label


def _labels(marks: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Names beside the marks that matter most, where they do not run into each other."""
    wanted: Sequence[dict[str, Any]] = [m for m in marks["moved"] if m["far"]]
    wanted = [*wanted, *marks["removed"], *marks["added"]]
    placed: list[tuple[float, float, float, float]] = []
    labels = []
    for mark in wanted[: 10 * LABELS]:
        text = (mark["name"] or mark["id"])[:LABEL_CHARACTERS]
        width = 8.2 * len(text)
        # Never over the arrow that ends here.
        right = mark["from_x"] <= mark["x"] or mark["x"] - 12 < width
        right = right and mark["x"] + 12 + width < WIDTH
        west = mark["x"] + 10 if right else mark["x"] - 10 - width
        box = (west, mark["y"] - 11, west + width, mark["y"] + 9)
        if any(_meet(box, other) for other in placed):
            continue
        placed.append(box)
        labels.append({"x": mark["x"] + (10 if right else -10), "y": mark["y"] + 5, "text": text,
                       "anchor": "start" if right else "end"})  # fmt: skip
        if len(labels) == LABELS:
            break
    return labels


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    """Whether two boxes (west, top, east, bottom) run into each other."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def scale_bar(scale: float) -> dict[str, Any]:
    """A bar of a round length, 90 to 230 px: its width in pixels and its text."""
    exponent = math.floor(math.log10(230.0 / scale))
    length = next(
        step * 10.0**exponent for step in (5, 2, 1) if step * 10.0**exponent * scale <= 230.0
    )
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    return {"px": round(length * scale, 1), "text": text}
