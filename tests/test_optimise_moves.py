"""Which moves exist: only those that layers and scenario allow."""

from __future__ import annotations

from typing import Any

import numpy as np

from coverage.times import TravelTimes
from optimise.moves import effective_locks, permitted_moves
from tests import toy_county


def sites(unit: str, estate: Any = None, catchment: Any = None, **changes: Any) -> tuple[str, ...]:
    made = estate or toy_county.estate()
    return permitted_moves(toy_county.scenario(**changes), made, catchment).sites[unit]


def test_home_first_then_hosts_with_room() -> None:
    """B holds no host's capacity; the Hall and the hub do."""
    assert sites("kidsB") == ("B", "A", "D")


def test_too_large_a_unit_has_no_host() -> None:
    """The hub holds 200 m², the Hall 400 + 50 of extension."""
    services = toy_county.services().assign(space_m2=[150, 100, 430, 150, 60])
    assert sites("kidsB", toy_county.estate(services=services)) == ("B", "A")


def test_radius_is_inclusive() -> None:
    """The hub is 100 m from B, the Hall exactly 4,000 m."""
    assert sites("kidsB", services__childrens_centre__move_radius_km=4.0) == ("B", "A", "D")
    assert sites("kidsB", services__childrens_centre__move_radius_km=3.999) == ("B", "D")
    assert sites("kidsB", services__childrens_centre__may_move=False) == ("B",)


def test_locks() -> None:
    assert sites("kidsB", locks={"A": "no_host"}) == ("B", "D")
    assert sites("kidsB", locks={"B": "host_only"}) == ("B",)
    assert sites("kidsB", locks={"B": "close"}) == ("A", "D")
    locked = toy_county.services().assign(lock=["", "", "stay", "", ""])
    assert sites("kidsB", toy_county.estate(services=locked)) == ("B",)


def test_host_types() -> None:
    services = toy_county.services().assign(host_types=["", "", "library; office", "", ""])
    assert sites("kidsB", toy_county.estate(services=services)) == ("B", "A", "D")
    services = toy_county.services().assign(host_types=["", "", "library", "", ""])
    assert sites("kidsB", toy_county.estate(services=services)) == ("B",)


def test_out_of_scope_is_fixed_and_no_host() -> None:
    buildings = toy_county.buildings().assign(in_scope=[False, True, True, True, True])
    estate = toy_county.estate(buildings=buildings)
    moves = permitted_moves(toy_county.scenario(), estate, None)
    assert moves.fixed["fireA"] and moves.sites["fireA"] == ("A",)
    assert moves.sites["kidsB"] == ("B", "D")
    assert not moves.may_withdraw["libA"]


def catchment(minutes: float) -> TravelTimes:
    grid = np.array([[minutes, 1.0]])
    zero = np.zeros
    return TravelTimes(("C",), ("A", "D"), grid, grid, zero(1), zero(2), "car", "to_site", {})


def test_on_call_crew_goes_only_where_it_can_be_in_time() -> None:
    wide = {"services__fire__move_radius_km": 50}
    assert sites("fireC", **wide) == ("C",)
    assert sites("fireC", catchment=catchment(5.0), **wide) == ("C", "A", "D")
    assert sites("fireC", catchment=catchment(5.01), **wide) == ("C", "D")
    assert sites("fireC", catchment=catchment(float("nan")), **wide) == ("C", "D")


def test_scenario_locks_beat_the_layers() -> None:
    buildings = toy_county.buildings().assign(decision_lock=["retain", "", "", "", ""])
    estate = toy_county.estate(buildings=buildings)
    locks = effective_locks(
        toy_county.scenario(locks={"A": "free", "B": "close"}), estate.buildings
    )
    assert locks[["A", "B", "C"]].tolist() == ["free", "close", "free"]
    assert estate.buildings.at["A", "decision_lock"] == "retain"


def test_over_border_unit_stays() -> None:
    services = toy_county.services().assign(over_border=[True, False, False, False, False])
    assert sites("fireA", toy_county.estate(services=services)) == ("A",)
