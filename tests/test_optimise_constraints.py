"""Each rule: its golden rows, and a plan that changes when the rule does, solved by hand."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from optimise.audit import audit
from optimise.constraints import FAMILIES
from optimise.faults import ImpossibleError
from optimise.plan import Plan, make_plan
from tests import toy_county
from tests.golden_lp import FOLDER, golden_text, name_of


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_golden_program(family: ModuleType) -> None:
    expected = (FOLDER / f"{name_of(family)}.lp").read_text()
    assert golden_text(family) == expected


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_docstring_has_formula_words_and_source(family: ModuleType) -> None:
    text = family.add.__doc__
    assert "In words:" in text
    assert any(sign in text for sign in "≤≥=")


def plan(**changes: Any) -> Plan:
    return make_plan(toy_county.scenario(**changes), toy_county.inputs())


def placed(**changes: Any) -> dict[str, str]:
    return dict(plan(**changes).after.placed)


def test_without_rules_the_hall_is_sold_and_the_crew_goes_to_the_hub() -> None:
    """The Hall fetches £882,000 and costs £50,000 a year: its crew at the hub pays for it.

    The hub has room for the crew (150 m²) but not with a library (forbidden);
    the Hall's library is withdrawn, the children's centre and the library at B
    stay together at B.
    """
    made = plan()
    assert made.after.open == ("B", "C", "D")
    assert made.after.placed == {
        "fireA": "D", "fireC": "C", "kidsB": "B", "libA": "", "libB": "B",
    }  # fmt: skip


def test_hall_retained_keeps_its_crew_and_makes_the_hub_pointless() -> None:
    made = plan(locks={"A": "retain"})
    assert "A" in made.after.open
    assert "D" not in made.after.open


def test_lock_close_and_no_host() -> None:
    assert "B" not in plan(locks={"B": "close"}).after.open
    assert all(s != "D" for s in placed(locks={"D": "no_host"}).values())


def test_host_only_keeps_its_units_and_may_take_in() -> None:
    made = plan(locks={"A": "host_only"})
    assert {made.after.placed["fireA"], made.after.placed["libA"]} == {"A"}


def test_candidate_locked_retain_is_built() -> None:
    """A hub that must be built must not stand empty for free: its cost is in the plan."""
    made = plan(locks={"A": "retain", "D": "retain"})
    assert "D" in made.after.open
    assert made.after.money.capital_gbp >= 250_000 * 1.24


def test_vacant_depot_is_always_let_go() -> None:
    assert "E" not in plan().after.open


def test_counts_keep_two_libraries() -> None:
    """Two libraries may not share, the hub takes no library beside a crew: the Hall stays."""
    made = plan(services__library__at_least=2)
    assert all(made.after.placed[u] for u in ("libA", "libB"))


def test_withdrawal_only_where_allowed() -> None:
    assert all(placed(services__library__may_withdraw=False).values())


def test_capacity_and_extension() -> None:
    """Closing B, the Hall (400 m², holding 300) takes 60 + 60 with 20 m² more; libraries apart."""
    estate = toy_county.estate(compatibility=toy_county.compatibility().iloc[:1])
    changes = {"locks": {"B": "close", "A": "retain", "D": "no_host"},
               "services__library__may_withdraw": False}  # fmt: skip
    made = make_plan(toy_county.scenario(**changes), toy_county.inputs(estate))
    assert made.after.placed["libB"] == made.after.placed["kidsB"] == "A"
    assert made.after.extension_m2 == {"A": pytest.approx(20.0)}


def test_conditional_pair_is_paid_for_once() -> None:
    estate = toy_county.estate(compatibility=toy_county.compatibility().iloc[:1])
    changes = {"locks": {"B": "close", "A": "retain", "D": "no_host"}}
    made = make_plan(toy_county.scenario(**changes), toy_county.inputs(estate))
    assert made.after.together == (("A", "childrens_centre", "fire"),)
    moved = (30_000 + (25_000 if made.after.placed["libB"] else 0)) * 1.24
    extended = made.after.extension_m2.get("A", 0.0) * 2000 * 1.24
    assert made.after.money.capital_gbp == pytest.approx(10_000 * 1.24 + moved + extended)


def test_forbidden_pair_keeps_the_library_out_of_the_hub() -> None:
    """With room for all at the hub, only the rule keeps a library from joining the crew there."""
    bigger = toy_county.buildings().assign(capacity_m2=[400, None, None, 400, None])
    closed = {"locks": {"A": "close", "B": "close"}}
    free = toy_county.estate(buildings=bigger, compatibility=toy_county.compatibility().iloc[:1])
    made = make_plan(toy_county.scenario(**closed), toy_county.inputs(free))
    assert "D" in (made.after.placed["libA"], made.after.placed["libB"])
    bound = toy_county.estate(buildings=bigger)
    with pytest.raises(ImpossibleError, match=r"compatibility\.fire\+library"):
        make_plan(toy_county.scenario(**closed), toy_county.inputs(bound))


def test_response_standard_depends_on_the_crew() -> None:
    """10 minutes less a minute's call handling: 7.5 left for wholetime, 4 for the on-call crew.

    From the hub the wholetime crew reaches all three towns (5 minutes); from
    the Hall only two, and the on-call crew at C reaches C alone.
    """
    all_served = plan(standards__fire_10__target=1.0, locks={"A": "retain", "D": "no_host"})
    assert all_served.after.within["fire_10", ""] == 200
    made = plan()
    assert made.after.within["fire_10", ""] == 200


def test_second_vehicle_needs_two_crews() -> None:
    """Crews at C and D reach everyone in 15 from alert; two vehicles at A will do as well."""
    second = {
        "service_type": "fire", "nth_vehicle": 2, "threshold_min": 15, "clock_start": "alert",
        "target": 1.0, "mode": "blue_light",
    }  # fmt: skip
    made = plan(standards__second=second)
    assert made.after.within["second", ""] == 200
    services = toy_county.services().assign(
        vehicles=[2, 0, float("nan"), float("nan"), float("nan")]
    )
    alone = make_plan(
        toy_county.scenario(standards__second=second),
        toy_county.inputs(toy_county.estate(services=services)),
    )
    assert alone.after.within["second", ""] == 200


def test_soft_standard_is_bought_only_when_worth_it() -> None:
    """At £1 a head nobody keeps a library for it; at £10,000 a head it is met."""
    soft = {"service_type": "library", "threshold_min": 4, "target": 1.0, "kind": "soft"}
    cheap = plan(standards__near={**soft, "price_gbp_per_unit": 1})
    dear = plan(standards__near={**soft, "price_gbp_per_unit": 10_000})
    assert cheap.after.within["near", ""] < dear.after.within["near", ""]
    assert cheap.after.money.penalty_gbp == pytest.approx(200 - cheap.after.within["near", ""])
    assert cheap.solution.objective_gbp == pytest.approx(
        cheap.after.money.npv_gbp - cheap.after.money.penalty_gbp
    )


@pytest.mark.parametrize(
    ("target", "value"),
    [("receipts_gbp", 1_274_000), ("revenue_saving_gbp_pa", 43_250)],
)
def test_money_targets_are_inclusive(target: str, value: float) -> None:
    """A target of exactly what the best plan brings in changes nothing."""
    made = plan(**{f"targets__{target}": value})
    assert made.after.open == ("B", "C", "D")


def test_capital_budget_stops_the_hub() -> None:
    """The hub and the crew's move cost £334,800: 75 % of £1,274,000 pays for it, of nil not."""
    assert "D" in placed(targets__capital_budget_gbp=0).values()
    made = plan(targets__capital_budget_gbp=0, finance__reinvest_cap_pct=0)
    assert made.after.money.capital_gbp == 0


@pytest.mark.parametrize(
    "extra",
    [
        {"targets__receipts_gbp": 900_000},
        {"targets__capital_budget_gbp": 0},
        {"locks": {"A": "retain"}},
        {"locks": {"B": "close"}},
        {"services__library__at_least": 2},
        {
            "standards__kids": {
                "service_type": "childrens_centre",
                "threshold_min": 6,
                "target": 1.0,
            }
        },
        {"standards__near": {"service_type": "library", "threshold_min": 5, "target": 0.9}},
    ],
)
def test_an_extra_rule_never_improves_the_objective(extra: dict[str, Any]) -> None:
    free, bound = plan(), plan(**extra)
    assert bound.solution.objective_gbp <= free.solution.objective_gbp + 1e-6
    assert not audit(bound.problem, bound.after)
