"""Where things stand: settlements of the chosen scale and the points streets and lanes join."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from gazetteer import (
    CAUSEWAY,
    COUNTRYSIDE_SHARE,
    HAMLET_ENDS,
    HAMLET_STARTS,
    HEATHS,
    PEOPLE,
    SECOND_NAMES,
    Settlement,
    neighbours,
    settlements,
)
from geometry import Points, county_and_land, inside, stream, thin
from numpy.typing import NDArray

PEOPLE_PER_STREET_NODE = 92
RURAL_SPACING_M = 1430.0
FIRST_KEPT = (
    "Budmouth",
    "Isle of Slingers",
    "Emminster",
    "Shottsford",
    "Anglebury",
    "Warborne",
    "Casterbridge",
    "Port Bredy",
    "Sherton",
    "Shaston",
    "Knollsea",
    "Stourcastle",
    "Kingsbere",
    "Rookington Haven",
)


@dataclass(frozen=True)
class Ground:
    """Land, settlements and the points that roads will join (metres, EPSG:27700).

    `home` gives for each point the settlement it belongs to, or -1 for open country.
    """

    county: shapely.Polygon
    land: shapely.Polygon
    places: tuple[Settlement, ...]
    points: Points
    home: NDArray[np.int64]
    centre: NDArray[np.int64]  # the point at the heart of each settlement
    hamlets: tuple[tuple[str, int], ...]  # name and heart of each hamlet too small to be listed

    def radius_m(self, place: int) -> float:
        """Distance from a settlement's heart within which nine tenths of its streets lie."""
        spread = self.points[self.home == place] - self.points[self.centre[place]]
        return float(np.quantile(np.hypot(spread[:, 0], spread[:, 1]), 0.9)) + 60.0


def invented_names(rng: np.random.Generator, count: int, taken: list[str]) -> list[str]:
    """Place names in the county's manner, each used once."""
    used, names = list(taken), []
    while len(names) < count:
        name = str(rng.choice(HAMLET_STARTS)) + str(rng.choice(HAMLET_ENDS))
        name += str(rng.choice(SECOND_NAMES)) if len(names) % 2 else ""
        if name not in used:
            used.append(name)
            names.append(name)
    return names


def _free_spots(
    county: shapely.Polygon, taken: Points, count: int, rng: np.random.Generator
) -> Points:
    """Spots in the county well away from what is there and from one another."""
    west, south, east, north = county.buffer(-900).bounds
    tries = rng.uniform((west, south), (east, north), (60 * count + 600, 2))
    tries = tries[inside(county.buffer(-900), tries)]
    gap = 0.62 * np.sqrt(county.area / (count + len(taken)))
    together = np.vstack([taken, tries])
    spots = together[len(taken) :][thin(together, gap)[len(taken) :]]
    if len(spots) < count:
        spots = np.vstack([spots, tries[: count - len(spots)]])
    return spots[:count]


def _extra_settlements(
    base: tuple[Settlement, ...], scale: float, seed: int, county: shapely.Polygon
) -> list[Settlement]:
    rng = stream(seed, "extra settlements")
    count = round((scale - 1) * len(base))
    if count <= 0:
        return []
    taken = np.array([(p.east_km, p.north_km) for p in base]) * 1000
    spots = _free_spots(county, taken, count, rng)
    size = rng.lognormal(0.0, 1.0, count)
    size *= (scale - 1) * sum(p.people for p in base) / size.sum()
    names = invented_names(rng, count, [p.name for p in (*settlements(), *neighbours())])
    found = []
    for name, spot, people in zip(names, spots, size, strict=True):
        near = base[int(np.argmin(np.hypot(*(taken - spot).T)))]
        kind = "town" if people >= 3000 else "village"
        found.append(
            replace(
                near,
                name=name,
                east_km=spot[0] / 1000,
                north_km=spot[1] / 1000,
                people=float(people),
                kind=kind,
                pilot="",
                decile=float(np.clip(rng.normal(6, 1.2), 2, 9)),
            )
        )
    return found


def chosen_places(scale: float, seed: int, county: shapely.Polygon) -> tuple[Settlement, ...]:
    """The settlements of a county of this scale, with people summing to their exact share."""
    base = settlements()
    if scale < 1:
        first = [p for name in FIRST_KEPT for p in base if p.name == name]
        rest = [p for p in base if p.name not in FIRST_KEPT]
        base = tuple((first + rest)[: max(12, round(scale * len(base)))])
    places = list(base) + _extra_settlements(base, scale, seed, county)
    total = PEOPLE * scale * (1 - COUNTRYSIDE_SHARE)
    factor = total / sum(p.people for p in places)
    places = [replace(p, people=p.people * factor) for p in places]
    return tuple(places) + neighbours()


def _lattice(centre: Points, count: int, rng: np.random.Generator) -> Points:
    """Points of a street plan: patches of leaning, slightly bent grids within a ragged edge."""
    spacing = float(rng.uniform(146, 174))
    reach = spacing * np.sqrt(count) * 1.1 + 3 * spacing
    patches = max(1, count // 45)
    hearts = centre + rng.normal(0, reach / 2.6, (patches, 2))
    ticks = np.arange(-2 * reach, 2 * reach, spacing)
    rows, columns = np.meshgrid(ticks, ticks)
    grid = np.column_stack([rows.ravel(), columns.ravel()])
    kept = []
    for patch in range(patches):
        turn, stretch = rng.uniform(0, np.pi / 2), rng.uniform(0.82, 1.32)
        bend = np.array([stretch, 1 / stretch]) * rng.uniform(0.9, 1.12)
        lean = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        spots = (grid * bend) @ lean.T + hearts[patch]
        spots = spots + spacing * 0.35 * np.sin(spots[:, ::-1] / (4.3 * spacing) + turn)
        spots = spots + rng.normal(0, spacing * 0.09, spots.shape)
        nearest = np.argmin(
            np.hypot(*(spots[:, None, :] - hearts[None]).transpose(2, 0, 1)), axis=1
        )
        kept.append(spots[(nearest == patch) & (np.hypot(*(spots - centre).T) < reach)])
    return np.vstack([centre, *kept])


def _town_points(place: Settlement, land: shapely.Polygon, rng: np.random.Generator) -> Points:
    """As many street points as the settlement needs, the most central of its plan."""
    centre = np.array([[place.east_km, place.north_km]]) * 1000
    count = max(5, round(place.people / PEOPLE_PER_STREET_NODE))
    spots = _lattice(centre, count, rng)
    spots = spots[inside(land, spots)]
    spots = np.vstack([centre, spots[thin(spots, 88.0)]])
    angle = np.arctan2(*(spots - centre).T[::-1])
    phase = rng.uniform(0, 2 * np.pi, 4)
    ragged = 1.0 + sum(
        share * np.sin(k * angle + phase[k - 2])
        for k, share in ((2, 0.16), (3, 0.13), (4, 0.09), (5, 0.07))
    )
    score = np.hypot(*(spots - centre).T) / ragged
    order = np.argsort(score, kind="stable")[: count + 1]
    return spots[order[1:]] if len(order) > 1 else centre


def _country_points(ground: shapely.Polygon, scale: float, rng: np.random.Generator) -> Points:
    """A loose scatter over the country, thinner on heaths and ranges."""
    spacing = RURAL_SPACING_M / min(1.0, scale) ** 0.4
    west, south, east, north = ground.bounds
    rows = np.arange(south, north, spacing * 0.87)
    spots = []
    for i, north_m in enumerate(rows):
        easts = np.arange(west + (spacing / 2) * (i % 2), east, spacing)
        spots.append(np.column_stack([easts, np.full(len(easts), north_m)]))
    points = np.vstack(spots)
    points = points + rng.normal(0, spacing * 0.27, points.shape)
    keep = rng.random(len(points)) < 0.93
    chance = rng.random(len(points))
    for centre_e, centre_n, wide, high, share in HEATHS:
        across = (points - np.array([centre_e, centre_n]) * 1000) / (wide * 1000, high * 1000)
        keep &= (np.hypot(across[:, 0], across[:, 1]) > 1) | (chance < share)
    return points[keep & inside(ground, points)]


def _hamlets(
    country: Points, taken: Points, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], Points]:
    """Which country points are hamlets, and the handful of street points round each."""
    together = np.vstack([taken, country])
    gap = np.concatenate([np.full(len(taken), 10.0), np.full(len(country), 2300.0)])
    free = np.flatnonzero(thin(together, gap)[len(taken) :])
    hearts = np.sort(rng.permutation(free)[:count])
    around = []
    for heart in country[hearts]:
        few = int(rng.integers(3, 7))
        angle = rng.uniform(0, 2 * np.pi) + np.arange(few) * 2.4
        reach = 105.0 + 45.0 * np.arange(few) ** 0.8
        around.append(heart + np.column_stack([np.cos(angle), np.sin(angle)]) * reach[:, None])
    return hearts, np.vstack([np.empty((0, 2)), *around])


def _settled_points(
    places: tuple[Settlement, ...], county: shapely.Polygon, firm: shapely.Polygon, seed: int
) -> tuple[Points, NDArray[np.int64]]:
    """Hearts of all settlements, the causeway, then street points, largest place first."""
    ours, theirs = firm.intersection(county.buffer(-70)), firm.difference(county.buffer(70))
    order = sorted(range(len(places)), key=lambda i: (-places[i].people, places[i].name))
    hearts = np.array([(p.east_km, p.north_km) for p in places]) * 1000
    causeway = np.array(CAUSEWAY) * 1000
    spots, home = [hearts, causeway], [np.arange(len(places)), np.full(len(causeway), -1)]
    for i in order:
        rng = stream(seed, f"streets of {places[i].name}")
        spots.append(_town_points(places[i], ours if places[i].inside else theirs, rng))
        home.append(np.full(len(spots[-1]), i))
    return np.vstack(spots), np.concatenate(home)


def lay_ground(seed: int, scale: float) -> Ground:
    """Place settlements, their street points, hamlets and the scatter of the countryside."""
    county, land = county_and_land(seed)
    firm = land.buffer(-110)
    places = chosen_places(scale, seed, county)
    settled, home = _settled_points(places, county, firm, seed)
    rng = stream(seed, "countryside")
    country = _country_points(firm, scale, rng)
    together = np.vstack([settled, country])
    gap = np.concatenate([np.where(home < 0, 0.0, 88.0), np.full(len(country), 330.0)])
    keep = thin(together, gap)
    keep[: len(places) + len(CAUSEWAY)] = True
    settled, home = settled[keep[: len(home)]], home[keep[: len(home)]]
    country = country[keep[len(keep) - len(country) :]]
    ours = country[inside(county.buffer(-400), country)]
    hearts, around = _hamlets(ours, settled, round(95 * min(1.0, scale)), rng)
    around = around[inside(firm, around)]
    names = invented_names(rng, len(hearts), [p.name for p in (*places, *settlements())])
    points = np.vstack([settled, country, around])
    index = np.concatenate(
        [np.full(0, 0)]
        + [np.flatnonzero((country == ours[h]).all(axis=1))[:1] + len(settled) for h in hearts]
    ).astype(int)
    owner = np.concatenate([home, np.full(len(country) + len(around), -1)]).astype(np.int64)
    hamlets = tuple((name, int(i)) for name, i in zip(names, index, strict=True))
    return Ground(county, land, places, points, owner, np.arange(len(places)), hamlets)
