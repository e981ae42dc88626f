"""Who lives where: demand points with people, homes, cars, age and deprivation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gazetteer import DEMAND_POINTS, PEOPLE
from geometry import Points, clusters, inside, stream
from ground import Ground
from numpy.typing import NDArray
from scipy.spatial import cKDTree

URBAN_PEOPLE = 7_000


@dataclass(frozen=True)
class People:
    """Demand points: position, settlement (-1 for open country) and counts of people."""

    spots: Points
    home: NDArray[np.int64]
    population: NDArray[np.int64]
    households: NDArray[np.int64]
    no_car: NDArray[np.int64]
    under_5: NDArray[np.int64]
    over_65: NDArray[np.int64]
    decile: NDArray[np.int64]
    urban: NDArray[np.bool_]


def whole_numbers(weights: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Share a whole total in proportion to weights, largest remainders first."""
    exact = weights * (total / weights.sum())
    floor = np.floor(exact).astype(np.int64)
    short = total - int(floor.sum())
    order = np.argsort(-(exact - floor), kind="stable")
    floor[order[:short]] += 1
    return floor


def _near_middles(points: Points, count: int, rng: np.random.Generator) -> Points:
    """One point of each of `count` compact groups: the one nearest the group's middle."""
    label = clusters(points, count, rng)
    found = []
    for group in range(int(label.max()) + 1):
        members = points[label == group]
        if len(members):
            middle = members.mean(axis=0)
            found.append(members[int(np.argmin(np.hypot(*(members - middle).T)))])
    return np.array(found)


def _off_road(spots: Points, ground: Ground, rng: np.random.Generator) -> Points:
    """Step a little away from the street, without leaving the county."""
    angle = rng.uniform(0, 2 * np.pi, len(spots))
    step = rng.gamma(3.0, 13.0, len(spots)) + 12.0
    moved = spots + np.column_stack([np.cos(angle), np.sin(angle)]) * step[:, None]
    fine = inside(ground.county.buffer(-25), moved)
    return np.round(np.where(fine[:, None], moved, spots))


def _town_spots(ground: Ground, seed: int) -> tuple[list[Points], list[int], list[float]]:
    spots, home, weight = [], [], []
    for i, place in enumerate(ground.places):
        if not place.inside:
            continue
        rng = stream(seed, f"people of {place.name}")
        own = ground.points[ground.home == i]
        found = _near_middles(own, max(1, round(place.people * DEMAND_POINTS / PEOPLE)), rng)
        share = rng.lognormal(0, 0.27, len(found))
        spots.append(found)
        home += [i] * len(found)
        weight += list(place.people * share / share.sum())
    return spots, home, weight


def _country_spots(ground: Ground, count: int, rng: np.random.Generator) -> Points:
    """Hamlets first, then lane corners in the emptiest parts of the county."""
    lanes = ground.points[ground.home < 0]
    lanes = lanes[inside(ground.county.buffer(-150), lanes)]
    hearts = ground.points[[i for _, i in ground.hamlets]]
    spots = _near_middles(lanes, count, rng)
    metres, nearest = cKDTree(hearts).query(spots)
    taken: list[int] = []
    for i in np.argsort(metres, kind="stable"):  # each hamlet draws in the one spot nearest it
        if metres[i] < 1500 and int(nearest[i]) not in taken:
            taken.append(int(nearest[i]))
            spots[i] = hearts[nearest[i]]
    return spots


def _smooth_noise(spots: Points, rng: np.random.Generator, reach_m: float) -> NDArray:
    """A gentle random field with unit spread, so that neighbours are alike."""
    knots = spots[rng.integers(0, len(spots), max(12, len(spots) // 5))]
    values = rng.normal(0, 1, len(knots))
    apart = np.hypot(*(spots[:, None, :] - knots[None]).transpose(2, 0, 1))
    pull = np.exp(-((apart / reach_m) ** 2)) + 1e-9
    field = (pull * values).sum(axis=1) / np.sqrt((pull**2).sum(axis=1))
    return np.asarray(field, dtype=float)


def _traits(ground: Ground, spots: Points, home: NDArray, seed: int) -> dict[str, NDArray]:
    """Deprivation, age, homes and cars: each follows place, distance from the middle, chance."""
    rng = stream(seed, "traits")
    listed = [p for p in ground.places if p.inside]
    hearts = np.array([(p.east_km, p.north_km) for p in listed]) * 1000
    _, near = cKDTree(hearts).query(spots)
    near = np.where(home >= 0, home, near)
    decile = np.array([listed[i].decile for i in near])
    old = np.array([listed[i].over_65 for i in near])
    size = np.array([listed[i].people for i in near])
    apart = np.hypot(*(spots - hearts[near]).T) / 1000
    central = np.exp(-apart / 0.7) * (home >= 0) * np.clip(size / 9000, 0.2, 1.0)
    country = home < 0
    level = decile + 1.5 * _smooth_noise(spots, rng, 650.0) - 1.6 * central + 0.5 * country
    level = np.clip(np.round(level + rng.normal(0, 0.5, len(spots))), 1, 10)
    old = old + 0.05 * _smooth_noise(spots, rng, 800.0) - 0.05 * central + 0.02 * country
    old = np.clip(old + 0.006 * (level - 5.5), 0.05, 0.52)
    young = 0.060 - 0.11 * (old - 0.22) + 0.0022 * (5.5 - level)
    young = np.clip(young + rng.normal(0, 0.004, len(spots)), 0.015, 0.1)
    urban = (home >= 0) & (size >= URBAN_PEOPLE)
    no_car = 0.065 + 0.02 * (7 - level) + 0.10 * central + 0.035 * urban - 0.02 * country
    no_car = np.clip(no_car + 0.06 * (old - 0.25) + rng.normal(0, 0.012, len(spots)), 0.02, 0.48)
    heads = np.clip(2.42 - 1.1 * (old - 0.22) - 0.25 * central, 1.75, 2.75)
    return {
        "decile": level,
        "old": old,
        "young": young,
        "urban": urban,
        "no_car": no_car,
        "heads": heads,
    }


def settle_people(ground: Ground, scale: float, seed: int, islands: Points) -> People:
    """Place the demand points and fill in who lives there."""
    rng = stream(seed, "countryside people")
    found, homes, weights = _town_spots(ground, seed)
    total = round(PEOPLE * scale)
    rest = max(round(DEMAND_POINTS * scale) - len(homes), round(40 * min(1.0, scale)))
    country = _country_spots(ground, rest, rng)
    spots = np.vstack([*found, country])
    home = np.array(homes + [-1] * len(country))
    share = rng.lognormal(0, 0.3, len(country))
    lone = share * (max(total - sum(weights), 1.0) / share.sum())
    population = whole_numbers(np.concatenate([weights, lone]), total)
    spots = _off_road(spots, ground, rng)
    for island in islands[:2]:  # two points whose nearest road leads nowhere
        spots[int(np.argmin(np.hypot(*(spots - island).T)))] = np.round(island + (38.0, 21.0))
    traits = _traits(ground, spots, home, seed)
    households = np.maximum(1, np.round(population / traits["heads"])).astype(np.int64)
    return People(
        spots,
        home,
        population,
        households,
        np.round(households * traits["no_car"]).astype(np.int64),
        np.round(population * traits["young"]).astype(np.int64),
        np.round(population * traits["old"]).astype(np.int64),
        traits["decile"].astype(np.int64),
        traits["urban"],
    )
