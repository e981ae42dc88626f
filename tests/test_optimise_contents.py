"""What buildings hold, and where units are on the way."""

from __future__ import annotations

from optimise.contents import held, placed_by
from tests import toy_county


def test_a_unit_is_at_home_until_the_period_it_changes_in() -> None:
    """libA moves in period 2, kidsB is withdrawn in period 3, fireA changes as the plan begins."""
    problem = toy_county.problem()
    home = {u: unit.home for u, unit in problem.units.items()}
    after = {**home, "libA": "B", "kidsB": "", "fireA": "D"}
    changed = {"libA": 2, "kidsB": 3}
    found = [placed_by(problem, after, changed, p) for p in (1, 2, 3)]
    assert found[0] == {**home, "fireA": "D"}
    assert found[1] == {**home, "fireA": "D", "libA": "B"}
    assert found[2] == after
    assert "kidsB" in held(problem, found[1])[home["kidsB"]]
    assert all("kidsB" not in units for units in held(problem, found[2]).values())
