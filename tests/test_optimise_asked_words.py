"""What the tables say of rules that members set: outreach, works, sets, hubs, decided moves."""

from __future__ import annotations

from typing import Any

import pytest

from assets.estate import Estate
from optimise.explain import reasons
from optimise.plan import Plan, make_plan
from optimise.results import decisions_table, services_table, totals
from tests import toy_county

OUTREACH = {"space_share": 0.5, "running_share": 0.5, "exactly": 1}


def plan(made: Estate | None = None, **changes: Any) -> Plan:
    return make_plan(toy_county.scenario(**changes), toy_county.inputs(made))


def test_outreach_at_home_and_away_is_told() -> None:
    made = plan(services__library={"may_withdraw": True, "outreach": OUTREACH},
                moves={"libB": {"to": "A", "mode": "outreach", "reason": "agreed in May"}},
                locks={"A": "retain"})  # fmt: skip
    rows = services_table(made).set_index("unit_id")
    assert rows.loc["libB", "mode"] == "outreach"
    assert rows.loc["libB", "action"] == "move"
    assert rows.loc["libB", "hosting_cost_gbp_pa"] == pytest.approx(30 * 45)
    assert rows.loc["libB", "outreach_saving_gbp_pa"] == pytest.approx(6_000)
    assert rows.loc["fireC", "mode"] == "full"
    why = reasons(made)["A"]
    assert "library (libB) as outreach" in why.text
    held = decisions_table(made).set_index("asset_id").loc["A", "units_after"]
    assert "library (libB, outreach)" in held
    assert totals(made)["units_outreach"] == 1


def test_a_unit_that_stays_as_outreach_is_told_where_it_stays() -> None:
    made = plan(services__library={"may_withdraw": True, "outreach": OUTREACH},
                moves={"libB": {"to": "B", "mode": "outreach"}})  # fmt: skip
    assert "Library delivered here as outreach from now on." in reasons(made)["B"].text


def test_who_runs_a_unit_then_is_told_in_place_of_outreach() -> None:
    aside = {**OUTREACH, "run_by": "a hall trust"}
    home = plan(services__library={"may_withdraw": True, "outreach": aside},
                moves={"libB": {"to": "B", "mode": "outreach"}})  # fmt: skip
    assert "Library delivered here run by a hall trust from now on." in reasons(home)["B"].text
    away = plan(services__library={"may_withdraw": True, "outreach": aside},
                moves={"libB": {"to": "A", "mode": "outreach"}}, locks={"A": "retain"})  # fmt: skip
    assert "library (libB) run by a hall trust" in reasons(away)["A"].text


def test_a_decided_move_is_told_as_decided() -> None:
    estate = toy_county.estate(compatibility=toy_county.compatibility().iloc[:1])
    moves = {"kidsB": {"to": "A", "reason": "members, June"}, "libB": "A"}
    text = reasons(plan(estate, moves=moves))["B"].text
    assert "moves to Hall (decided already: members, June)" in text


def test_a_set_that_keeps_a_building_is_named() -> None:
    whole = plan(keep={"centres": {"types": ["childrens_centre"], "reason": "parents asked"}})
    why = reasons(whole)["B"]
    assert (why.decision, why.code) == ("retain", "kept_by_set")
    assert why.text == "Kept whoever runs it, by the set 'centres' (parents asked)."
    some = plan(keep={"three": {"buildings": ["A", "B", "C"], "at_least": 3}})
    text = reasons(some)["A"].text
    assert text.startswith("One of the 3 buildings to be kept by the set 'three'.")


def test_a_hub_is_named_with_what_it_holds() -> None:
    hubs = {"geography": "town", "areas": ["TA"], "services": 2, "reason": "one each"}
    why = reasons(plan(toy_county.towns(), hubs=hubs))["A"]
    if why.code == "needed_for_hub":
        assert why.text.startswith("The hub of TA: ")
        assert why.text.endswith("under one roof (one each).")
    else:
        assert why.code == "takes_in"


def test_a_limit_on_closures_is_a_reason() -> None:
    easy = {"standards__fire_10__target": 0.0, "standards__library_6__target": 0.0}
    why = reasons(plan(delivery={"closures_at_most": 0}, **easy))["A"]
    assert (why.code, why.text) == ("closures_at_most", "No further closure: 0 at most.")


def test_works_are_told_and_paid_for_in_the_buildings_row() -> None:
    made = plan(toy_county.graded(), condition={"worst_grade": "C"}, locks={"A": "retain"})
    assert reasons(made)["A"].text.endswith("Its works are done (condition D): £124,000.")
    table = decisions_table(made).set_index("asset_id")
    assert table.loc["A", "works_gbp"] == 124_000
    assert table.loc["A", "backlog_retained_gbp"] == 0
    assert table.loc["A", "backlog_avoided_gbp"] == 100_000
    spent = table["capital_gbp"].sum() + table["exit_cost_gbp"].sum()
    assert spent == pytest.approx(made.after.money.capital_gbp, abs=0.05)
    assert totals(made)["works_gbp"] == 124_000
