"""Quantities of a plan by plain arithmetic: the twins of `optimise.quantities`, no program."""

from __future__ import annotations

from optimise.outcome import Outcome
from optimise.problem import Problem


def backlog_gbp(problem: Problem, made: Outcome) -> float:
    """Repairs outstanding on the buildings in use, those of `Outcome.works` done, £."""
    left = [s for s in made.open if s not in made.works]
    return sum(problem.sites[s].backlog_gbp for s in left)


def carbon_tco2e_pa(problem: Problem, made: Outcome) -> float:
    """Carbon from energy of the buildings in use, t CO₂e a year."""
    return sum(problem.sites[s].carbon_tco2e_pa for s in made.open)


def floor_area_m2(problem: Problem, made: Outcome) -> float:
    """Gross internal area in use, extensions included, m²."""
    return sum(problem.sites[s].gia_m2 for s in made.open) + sum(made.extension_m2.values())


def buildings_open(problem: Problem, made: Outcome) -> float:
    """Buildings in scope that are in use."""
    return float(len(made.open))


def moved(problem: Problem, made: Outcome) -> list[str]:
    """Units delivered from another building than today, ascending."""
    units = problem.units
    return [u for u in sorted(made.placed) if made.placed[u] not in ("", units[u].home)]


def withdrawn(problem: Problem, made: Outcome) -> list[str]:
    """Units no longer delivered, ascending."""
    return [u for u in sorted(made.placed) if not made.placed[u]]


def closed(problem: Problem, made: Outcome) -> list[str]:
    """Buildings that hold a service today and are not in use after, ascending."""
    homes = {u.home for u in problem.units.values()}
    return [s for s in sorted(problem.sites) if s in homes and s not in made.open]


def moves(problem: Problem, made: Outcome) -> float:
    """How many units are delivered from another building than today."""
    return float(len(moved(problem, made)))


def withdrawals(problem: Problem, made: Outcome) -> float:
    """How many units are no longer delivered."""
    return float(len(withdrawn(problem, made)))


def closures(problem: Problem, made: Outcome) -> float:
    """How many buildings that hold a service today are not in use after."""
    return float(len(closed(problem, made)))
