"""The ground a map covers, as rasters of where its roads run. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, label

from coverage.network import Bools, Floats, Ints, RoadNetwork


@dataclass(frozen=True, eq=False)
class Raster:
    """Square cells over a map: what is so of each, and where they lie.

    Attributes:
        cells: float64 or bool, [rows from the south, columns from the west].
        west, south: corner of the first cell, EPSG:27700 metres.
        cell_m: size of a cell.
    """

    cells: Bools | Floats
    west: float
    south: float
    cell_m: float

    def at(self, x: Floats, y: Floats) -> Bools | Floats:
        """The value of the cell each point lies in; 0 or false off the raster."""
        column = np.floor((x - self.west) / self.cell_m)
        row = np.floor((y - self.south) / self.cell_m)
        rows, columns = self.cells.shape
        inside = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
        row, column = np.where(inside, row, 0), np.where(inside, column, 0)
        cells = self.cells[row.astype(np.int64), column.astype(np.int64)]
        return np.where(inside, cells, np.zeros(1, dtype=cells.dtype))


def distance_from_roads(
    network: RoadNetwork, links: Ints, *, cell_m: float, margin_m: float, most_cells: int
) -> Raster:
    """Metres from each cell to the nearest that a road runs through.

    Args:
        network: the roads.
        links: which of its links, indices; at least one.
        cell_m: size of a cell, doubled until there are at most ``most_cells``.
        margin_m: how far the raster reaches beyond the roads (and three cells more; at least
            five), so that what is grown by as much, or by two cells, has open ground all round.
        most_cells: see ``cell_m``.
    """
    x, y = _along(network, links, cell_m / 2.0)
    while (np.ptp(x) + 2.0 * margin_m) * (np.ptp(y) + 2.0 * margin_m) / cell_m**2 > most_cells:
        cell_m *= 2.0
    margin_m = max(margin_m, 2.0 * cell_m) + 3.0 * cell_m
    west, south = float(x.min() - margin_m), float(y.min() - margin_m)
    columns, rows = (int((np.ptp(v) + 2.0 * margin_m) // cell_m) + 1 for v in (x, y))
    empty = np.ones((rows, columns), dtype=bool)
    empty[((y - south) // cell_m).astype(int), ((x - west) // cell_m).astype(int)] = False
    return Raster(distance_transform_edt(empty) * cell_m, west, south, cell_m)


def within(far: Raster, reach_m: float) -> Raster:
    """The ground up to ``reach_m`` from roads (inclusive), and all that it encloses."""
    near = np.asarray(far.cells <= reach_m)
    gap, count = label(~near)
    outside = np.zeros(count + 1, dtype=bool)
    for edge in (gap[0], gap[-1], gap[:, 0], gap[:, -1]):
        outside[edge] = True
    outside[0] = False
    return Raster(~outside[gap], far.west, far.south, far.cell_m)


def depth(ground: Raster) -> Raster:
    """Metres from each cell of the ground to the nearest that is not of it."""
    deep = distance_transform_edt(ground.cells) * ground.cell_m
    return Raster(deep, ground.west, ground.south, ground.cell_m)


def _along(network: RoadNetwork, links: Ints, step_m: float) -> tuple[Floats, Floats]:
    """Points along links, at most ``step_m`` apart, both ends among them."""
    start, stop = network.link_from[links], network.link_to[links]
    count = np.ceil(network.link_length_m[links] / step_m).astype(np.int64) + 1
    owner = np.repeat(np.arange(len(links)), count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    share = place / np.maximum(count[owner] - 1, 1)
    x, y = (
        at[start][owner] + share * (at[stop] - at[start])[owner]
        for at in (network.node_x, network.node_y)
    )
    return x, y
