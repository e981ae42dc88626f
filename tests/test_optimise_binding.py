"""Rules that bind: found by plain arithmetic, held against taking buildings away one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimise.appraise.binding import Binding, losses_of
from optimise.appraise.record import binding_of
from optimise.appraise.sight import Sight
from optimise.cover_results import cover_table
from optimise.money_record import books_of
from optimise.plan import Plan, make_plan
from optimise.tallies import promise, tally_after
from tests import toy_county


def seen(plan: Plan) -> Sight:
    return Sight(plan, cover_table(plan), books_of(plan))


def found(made: Any = None, **changes: Any) -> dict[str, Binding]:
    plan = make_plan(toy_county.scenario(**changes), toy_county.inputs(made))
    return {rule.rule: rule for rule in binding_of(seen(plan))}


# --- standards ---------------------------------------------------------------------------------


CASES: list[tuple[str, Any, dict[str, Any]]] = [
    ("as it is", None, {}),
    ("second vehicle", toy_county.bays_and_sessions, {"standards__fire_10__nth_vehicle": 2}),
    ("crews that are away", toy_county.rostered,
     {"standards__fire_10__availability": "mean", "standards__fire_10__target": 0.5}),
    ("a mean", None, {"standards__library_6": {"statistic": "mean", "target": 6,
                                               "service_type": "library"}}),
    ("everybody free", None, {"services__fire__may_withdraw": True,
                              "standards__fire_10__target": 0.3}),
]  # fmt: skip


@pytest.mark.parametrize(("made", "changes"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_a_building_s_loss_costs_is_what_the_drive_times_say(made: Any, changes: Any):
    """The loss of each building, by the merged groups, against a recount from the drive times."""
    plan = make_plan(toy_county.scenario(**changes), toy_county.inputs(made() if made else None))
    sight, checked = seen(plan), 0
    for data in plan.problem.standards:
        tally = promise(data)
        for rule in plan.problem.rules_of(data.standard.standard_id):
            free = {
                u for group in rule.groups for p in group.providers for u in rule.units[p]
                if plan.problem.units[u].service_type == data.standard.service_type
            }  # fmt: skip
            losses = losses_of(sight, rule)
            for s in sorted({plan.after.placed[u] for u in free} - {""}):
                gone = {u: "" if p == s and u in free else p for u, p in plan.after.placed.items()}
                left = tally_after(tally, plan.problem.units, gone)[rule.area_id].tally
                now = plan.after.tallies[rule.rule_id, rule.area_id]
                always = rule.always
                assert max(left, always) <= now + 1e-9
                assert losses.get(s, 0.0) == pytest.approx(now - max(left, always), abs=1e-6), s
                checked += 1
    assert checked


def test_a_standard_binds_where_no_building_it_counts_on_could_go():
    """One library is left, at B or D: everybody is within six minutes of it, nobody without."""
    rule = found()["standards.library_6"]
    assert (rule.asked, rule.reached, rule.unit) == (0.8, 1.0, "share")
    assert rule.slack == pytest.approx(0.2)
    assert len(rule.asset_ids) == 1
    assert "without the one building that it counts on" in rule.words


def test_a_standard_with_room_for_one_less_does_not_bind():
    """Both libraries stay; from either everyone in two towns is reached, so one could go."""
    both = {"moves": {"libA": "A", "libB": "B"}}
    assert "standards.library_6" not in found(**both)


def test_soft_and_reported_standards_bind_nobody():
    assert "standards.library_6" not in found(standards__library_6__kind="report")


# --- counts, sets, hubs, moves, change -----------------------------------------------------------


def test_services_in_the_number_asked_for():
    rule = found()["services.library.at_least"]
    assert (rule.asked, rule.reached, rule.slack, rule.family) == (1.0, 1.0, 0.0, "counts")
    both = {"moves": {"libA": "A", "libB": "B"}}
    assert "services.library.at_least" not in found(**both)
    assert "services.library.at_most" in found(services__library__at_most=2, **both)


def test_sets_with_none_to_spare():
    keep = {"halls": {"buildings": ["A", "B"], "at_least": 1, "reason": "A place to meet."}}
    made = found(keep=keep)
    assert made["keep.halls"].words == "At least 1 of 2 buildings kept (A place to meet)."
    assert len(made["keep.halls"].asset_ids) == 1
    locked = found(keep=keep, locks={"A": "retain", "B": "retain"})
    assert "keep.halls" not in locked


def test_an_exact_number_is_one_rule_and_as_many_as_there_are_is_none():
    both = {"moves": {"libA": "A", "libB": "B"}, "services__library": {"exactly": 2}}
    assert found(**both)["services.library.exactly"].asked == 2.0
    keep = {"all": {"units": ["libA", "libB"], "at_most": 2}}
    assert "keep.all" not in found(moves=both["moves"], keep=keep)
    aside = {"services__library__outreach": {"at_least": 1}, "services__library__at_least": 0}
    rule = found(**aside)["services.library.outreach"]
    assert rule.words == "At least 1 of 2 services run as outreach."


def test_moves_that_are_decided_already():
    rule = found(moves={"libB": "D"})["moves"]
    assert (rule.words, rule.asset_ids) == ("1 move decided already.", ("D",))


def test_change_that_is_used_up():
    one = found(delivery={"closures_at_most": 1})
    (rule,) = [r for name, r in one.items() if name.startswith("delivery")]
    assert (rule.asked, rule.reached, rule.words) == (1.0, 1.0, "At most 1 buildings closed.")
    assert not [name for name in found(delivery={"closures_at_most": 3}) if "delivery" in name]


def test_hubs_just_as_many_as_asked():
    hubs = {"geography": "town", "services": 2, "areas": ["TA"]}
    rule = found(toy_county.towns(), hubs=hubs)["hubs"]
    assert (rule.where, rule.asked, rule.asset_ids) == ("TA", 1.0, ("A",))


# --- locks and room ------------------------------------------------------------------------------


def test_locks_in_force_are_counted_by_kind():
    made = found(locks={"A": "retain", "C": "retain", "E": "close"})
    assert made["locks.retain"].asset_ids == ("A", "C")
    assert (made["locks.retain"].asked, made["locks.close"].words) == (
        2.0,
        "1 building locked to be let go.",
    )
    services = toy_county.services().assign(lock=["", "stay", "", "", ""])
    stay = found(toy_county.estate(services=services))["services.lock"]
    assert (stay.words, stay.asset_ids) == ("1 service may not change.", ("C",))
    assert not [name for name in found() if "lock" in name]


def test_buildings_too_full_for_anything_that_might_come():
    """The hub (200 m²) holds 150 m² or more; the smallest that might come takes 60 m²."""
    rule = found(toy_county.graded())["room"]
    assert rule.asset_ids == ("D",)
    wide = toy_county.buildings()
    wide.loc[wide["asset_id"] == "D", "capacity_m2"] = 900
    assert "room" not in found(toy_county.estate(buildings=wide))


# --- money and limits ----------------------------------------------------------------------------


def test_receipts_that_need_every_sale():
    """Hall £882,000 and depot £392,000 are sold: £1.274m. One less is the depot's at the least."""
    assert "targets.receipts_gbp" not in found(targets__receipts_gbp=882_000)
    rule = found(targets__receipts_gbp=883_000)["targets.receipts_gbp"]
    assert (rule.reached, rule.slack, rule.unit) == (1_274_000.0, 391_000.0, "gbp")


def test_a_limit_one_move_short_of_its_ceiling():
    rule = found(limits={"moves": {"at_most": 1}})["limits.moves.at_most"]
    assert (rule.asked, rule.reached, rule.slack) == (1.0, 1.0, 0.0)
    assert "limits.moves.at_most" not in found(limits={"moves": {"at_most": 9}})


def test_works_and_closures_that_condition_asks_for():
    made = found(toy_county.graded(), condition={"worst_grade": "B"}, locks__B="retain")
    assert "works that condition asks for" in made["condition"].words
    assert made["condition"].asset_ids == ("B",)


# --- fairness, time, partners --------------------------------------------------------------------


def test_nobody_may_lose_and_nobody_could():
    made = found(no_detriment={"all": {"standard": "library_6"}})
    (rule,) = [r for r in made.values() if r.family == "fairness"]
    assert (rule.unit, rule.slack, rule.standard_id) == ("count", 0.0, "library_6")
    loose = {"all": {"standard": "library_6", "allowance": 0.9}}
    assert not [r for r in found(no_detriment=loose).values() if r.family == "fairness"]


def test_sales_that_a_market_takes_no_more_of():
    made = found(
        toy_county.markets(),
        phasing={"periods": 3, "disposals_per_market_area_pa": 1, "moves_per_period": 1},
    )
    rule = made["phasing.disposals_per_market_area_pa"]
    assert (rule.asked, rule.asset_ids) == (1.0, ("A", "E"))
    assert made["phasing.moves_per_period"].slack == 0.0
    roomy = found(toy_county.markets(), phasing={"periods": 3})
    assert not [r for r in roomy.values() if r.family == "phasing"]


def test_works_that_need_all_of_their_sales():
    """The hub (£250,000 · 1.24 = £310,000) is paid for by the depot (£392,000)."""
    link = {"hub": {"sales": ["E"], "works": ["D"]}}
    rule = found(phasing={"periods": 2, "links": link}, locks__D="retain")["phasing.links.hub"]
    assert (rule.asked, rule.slack, rule.asset_ids) == (310_000.0, 82_000.0, ("D", "E"))


def test_partners_that_payments_keep_whole():
    services = toy_county.services()
    services.loc[services["service_type"] == "fire", "operator"] = "Fire Authority"
    made = toy_county.estate(services=services)
    assert "partners.no_worse_off" not in found(made)
    asked = found(made, partners={"no_worse_off": "npv"}, moves={"fireA": "D"})
    assert "would lose without payments" in asked["partners.no_worse_off"].words


# --- all of them ---------------------------------------------------------------------------------


def test_every_family_can_be_read_as_plain_numbers():
    made = found(toy_county.graded(), targets__receipts_gbp=883_000, locks__C="retain")
    assert len(made) >= 4
    for rule in made.values():
        assert rule.words and "£" not in rule.words
        assert rule.asset_ids == tuple(sorted(set(rule.asset_ids)))
        numbers = [v for v in (rule.asked, rule.reached, rule.slack) if v is not None]
        assert all(np.isfinite(v) for v in numbers)
        assert rule.slack is None or rule.slack >= -1e-6
