"""Sets, hubs, named moves, outreach, condition and limits of change on the toy county.

What the toy does without any of them (`tests.test_optimise_constraints`): the Hall A is sold, its
crew goes to the new hub D, its library is withdrawn; B keeps its library and children's centre,
C its crew; the vacant depot E is let go. Open: B, C, D.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from assets.estate import Estate
from assets.issues import InputError
from optimise.asked_misfits import asked_notes
from optimise.audit import audit
from optimise.faults import ImpossibleError
from optimise.outcome import outcome
from optimise.plan import Plan, make_plan
from tests import toy_county

OUTREACH = {"space_share": 0.5, "running_share": 0.5}


def plan(made: Estate | None = None, **changes: Any) -> Plan:
    return make_plan(toy_county.scenario(**changes), toy_county.inputs(made))


@cache
def free() -> Plan:
    return plan()


def broken(placed: dict[str, str], outreach: tuple[str, ...] = (), **changes: Any) -> set[str]:
    """Rules that the audit finds broken."""
    made = changes.pop("made", None)
    problem = toy_county.problem(made, **changes)
    return {i.rule for i in audit(problem, outcome(problem, placed, outreach))}


# --- named sets ------------------------------------------------------------------------------


def test_a_set_of_two_of_three_is_met_as_it_is() -> None:
    """B and C are in use anyway: two of A, B, C binds nothing, and is met exactly."""
    made = plan(keep={"towns": {"buildings": ["A", "B", "C"], "at_least": 2}})
    assert made.after.open == free().after.open
    assert made.solution.objective_gbp == pytest.approx(free().solution.objective_gbp)


def test_a_set_of_three_of_three_keeps_the_hall() -> None:
    made = plan(keep={"towns": {"buildings": ["A", "B", "C"], "at_least": 3}})
    assert set(made.after.open) >= {"A", "B", "C"}
    assert made.solution.objective_gbp < free().solution.objective_gbp


def test_exactly_one_of_the_hall_and_the_hub() -> None:
    """Exactly one is what the free plan has; exactly two is a rule against it."""
    one = plan(keep={"either": {"buildings": ["A", "D"], "exactly": 1}})
    assert one.after.open == free().after.open
    two = plan(keep={"both": {"buildings": ["A", "D"], "exactly": 2}})
    assert {"A", "D"} <= set(two.after.open)
    assert two.solution.objective_gbp < one.solution.objective_gbp


def test_at_most_none_of_a_set_closes_it() -> None:
    made = plan(keep={"not_the_hub": {"buildings": ["D"], "at_most": 0}})
    assert "D" not in made.after.open


def test_buildings_of_a_type_are_kept_whoever_runs_them() -> None:
    """York: the children's centre building stays, though its centre may go elsewhere.

    With B's units moved to the Hall by name, B holds nothing the plan knows of, and is
    in use all the same: it costs what it cost, and fetches nothing.
    """
    # The Hall has room (400 m² and 50 more) for B's 120 m² beside its own 300; libraries may share.
    estate = toy_county.estate(compatibility=toy_county.compatibility().iloc[:1])
    keep = {"centres": {"types": ["childrens_centre"], "reason": "parents asked for them"}}
    moves = {"kidsB": "A", "libB": "A"}
    made = plan(estate, keep=keep, moves=moves)
    assert "B" in made.after.open
    assert made.after.placed["kidsB"] == made.after.placed["libB"] == "A"
    gone = plan(estate, moves=moves)
    assert "B" not in gone.after.open
    # £196,000 for B less 2 %, a year later, and its £20,000 a year for ten years.
    assert gone.solution.objective_gbp > made.solution.objective_gbp + 300_000
    assert broken({"kidsB": "A", "libB": ""}, made=estate, keep=keep) == set()


def test_units_of_a_set_are_delivered() -> None:
    """One library of two is what the free plan has; two is a rule against it."""
    one = plan(keep={"libs": {"units": ["libA", "libB"], "at_least": 1}})
    assert one.solution.objective_gbp == pytest.approx(free().solution.objective_gbp)
    both = plan(keep={"libs": {"units": ["libA", "libB"]}})
    assert both.after.placed["libA"] and both.after.placed["libB"]
    assert both.solution.objective_gbp < one.solution.objective_gbp


def test_exactly_is_at_least_and_at_most() -> None:
    two, one = (plan(services__library={"may_withdraw": True, "exactly": k}) for k in (2, 1))
    assert all(two.after.placed[u] for u in ("libA", "libB"))
    assert sum(bool(one.after.placed[u]) for u in ("libA", "libB")) == 1


@pytest.mark.parametrize(
    ("keep", "placed", "found"),
    [
        ({"x": {"buildings": ["A", "B"], "at_least": 2}}, {}, False),
        ({"x": {"buildings": ["A", "D"], "at_least": 2}}, {}, True),
        ({"x": {"buildings": ["A", "B"], "at_most": 1}}, {}, True),
        ({"x": {"units": ["libA", "libB"], "exactly": 1}}, {"libB": ""}, False),
        ({"x": {"units": ["libA", "libB"], "exactly": 2}}, {"libB": ""}, True),
    ],
)
def test_the_audit_counts_sets(keep: Any, placed: dict[str, str], found: bool) -> None:
    assert ("audit.sets" in broken(placed, keep=keep)) == found


# --- hubs ------------------------------------------------------------------------------------


def test_a_town_whose_hub_is_there_already_asks_nothing() -> None:
    """B holds two services, exactly as many as a hub of TB needs."""
    made = plan(toy_county.towns(), hubs={"geography": "town", "areas": ["TB"], "services": 2})
    assert made.after.open == free().after.open


def test_a_hub_in_the_west_keeps_the_hall() -> None:
    """Only the Hall can hold two services in TA: its crew and its library, or more."""
    hubs = {"geography": "town", "areas": ["TA"], "services": 2}
    made = plan(toy_county.towns(), hubs=hubs)
    assert "A" in made.after.open
    held = {made.problem.units[u].service_type for u, s in made.after.placed.items() if s == "A"}
    assert len(held) >= 2
    assert made.solution.objective_gbp < free().solution.objective_gbp
    assert "audit.hubs" in broken({"fireA": "D"}, made=toy_county.towns(), hubs=hubs)
    assert "audit.hubs" not in broken({}, made=toy_county.towns(), hubs=hubs)


def test_two_units_of_one_type_are_one_service() -> None:
    """B's library and children's centre are one of those that count: libraries and crews."""
    hubs = {"geography": "town", "areas": ["TB"], "services": 2, "among": ["library", "fire"]}
    estate = toy_county.towns()
    assert "audit.hubs" in broken({}, made=estate, hubs=hubs)


def test_an_area_without_a_building_that_could_be_a_hub_is_refused_in_words() -> None:
    with pytest.raises(ImpossibleError, match=r"\[hubs\].*TC"):
        plan(toy_county.towns(), hubs={"geography": "town", "services": 2})


def test_a_hub_rule_may_leave_outreach_out() -> None:
    """At the Hall the crew and the library as outreach make two, unless outreach is left out."""
    changes = {"services__library__outreach": OUTREACH, "made": toy_county.towns()}
    hubs = {"geography": "town", "areas": ["TA"], "services": 2}
    strict = {**hubs, "outreach": False}
    assert "audit.hubs" not in broken({"libB": "B"}, ("libA",), hubs=hubs, **changes)
    assert "audit.hubs" in broken({"libB": "B"}, ("libA",), hubs=strict, **changes)


# --- named moves -----------------------------------------------------------------------------


def test_a_named_move_is_made_beyond_the_radius() -> None:
    """The children's centre goes to the hub even with moves of it forbidden."""
    made = plan(moves={"kidsB": "D"}, services__childrens_centre__may_move=False)
    assert made.after.placed["kidsB"] == "D"


def test_a_named_stay_and_a_named_withdrawal() -> None:
    made = plan(moves={"fireA": "A", "libB": "withdrawn"})
    assert made.after.placed["fireA"] == "A"
    assert made.after.placed["libB"] == ""
    same = plan(moves={"fireA": "D"})
    assert same.solution.objective_gbp == pytest.approx(free().solution.objective_gbp)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"moves": {"kidsB": "C"}}, "takes in nobody"),
        ({"moves": {"kidsX": "D"}}, "no unit 'kidsX'"),
        ({"moves": {"kidsB": "Q"}}, "no building 'Q'"),
        ({"moves": {"kidsB": "D"}, "locks": {"D": "no_host"}}, "locked no host"),
        ({"moves": {"kidsB": "D"}, "locks": {"D": "close"}}, "locked close"),
        ({"moves": {"fireA": "D"}, "locks": {"A": "host_only"}}, "locked host only"),
        ({"moves": {"libB": {"to": "A", "mode": "outreach"}}}, "no outreach"),
        ({"keep": {"x": {"buildings": ["Q"]}}}, "keep.x: there is no building 'Q'"),
        ({"keep": {"x": {"types": ["school"]}}}, "keep.x: there is no service 'school'"),
        ({"hubs": {"geography": "pilot"}}, "no area of kind pilot"),
        ({"delivery": {"per": "ward", "moves_at_most": 1}}, "no area of kind ward"),
        ({"services__fire__outreach": {}}, "a crew that answers calls"),
        ({"services__library__outreach": {"counts_for": ["lib"]}}, "no standard 'lib'"),
    ],
)
def test_what_the_layers_do_not_have_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"moves": {"fireA": "D", "libB": "D"}}, "may not share a building"),
        ({"keep": {"x": {"buildings": ["B", "C"]}}, "locks": {"B": "close"}}, r"keep.x"),
        ({"keep": {"x": {"units": ["kidsB"], "at_most": 0}}}, r"\[keep.x\]"),
        ({"keep": {"x": {"units": ["libA"], "mode": "outreach"}}}, r"\[keep.x\]"),
        ({"services__library": {"may_withdraw": True, "outreach": {"at_least": 3}}},
         r"\[services.library.outreach\]"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ImpossibleError, match=message):
        plan(**changes)


def test_a_named_move_without_room_is_refused() -> None:
    estate = toy_county.estate(services=toy_county.services().assign(space_m2=[250, 60, 9, 9, 9]))
    with pytest.raises(ImpossibleError, match=r"moves.fireA"):
        plan(estate, moves={"fireA": "D"})


# --- outreach --------------------------------------------------------------------------------


def test_outreach_saves_its_share_and_takes_its_share_of_room() -> None:
    """The library at B as outreach at home: half of £12,000 saved, 30 m² in place of 60."""
    problem = toy_county.problem(services__library__outreach=OUTREACH)
    before = outcome(problem, {})
    after = outcome(problem, {}, ("libB",))
    assert after.money.saving_gbp_pa - before.money.saving_gbp_pa == pytest.approx(6_000)
    moved = outcome(problem, {"libB": "A"}, ("libB",))
    # 30 m² at £45 a square metre; moving costs what it costs in full, and bias.
    assert moved.money.saving_gbp_pa - after.money.saving_gbp_pa == pytest.approx(-30 * 45)
    assert moved.money.capital_gbp == pytest.approx(25_000 * 1.24)


def test_income_kept_and_move_share() -> None:
    terms = {**OUTREACH, "income_share": 0.25, "move_share": 0.1}
    problem = toy_county.problem(services__library__outreach=terms)
    assert problem.units["libB"].outreach is not None
    assert problem.units["libB"].outreach.saving_gbp_pa == pytest.approx(6_000 - 1_500)
    assert problem.units["libB"].outreach.move_gbp == pytest.approx(2_500 * 1.24)


def test_outreach_counts_for_no_standard_unless_told() -> None:
    """Both libraries as outreach leave nobody within a library, or everybody if it counts."""
    both = ("libA", "libB")
    for counts, within in (("none", 0), ("all", 200), (["library_6"], 200)):
        problem = toy_county.problem(
            services__library={"may_withdraw": True, "outreach": {**OUTREACH, "counts_for": counts}}
        )
        made = outcome(problem, {}, both)
        assert made.within["library_6", ""] == within
        assert ("audit.cover" in {i.rule for i in audit(problem, made)}) == (within == 0)


def test_cheap_outreach_is_chosen_where_the_standard_lets_it_count() -> None:
    """£10,800 a year less for each library if it counts; if not, 80 % of people need one whole."""
    terms = {"space_share": 0.5, "running_share": 0.1}
    library = {
        "may_withdraw": False,
        "move_radius_km": 0,
        "outreach": {**terms, "counts_for": "all"},
    }
    counted = plan(services__library=library)
    assert set(counted.after.outreach) == {"libA", "libB"}
    none = plan(services__library={**library, "outreach": terms})
    assert none.after.within["library_6", ""] >= 160
    assert len(none.after.outreach) < 2
    assert counted.solution.objective_gbp > none.solution.objective_gbp


def test_dorset_registration_in_small() -> None:
    """Of two libraries exactly one in full, exactly one as outreach, and which is named."""
    library = {"may_withdraw": True, "exactly": 1, "outreach": {**OUTREACH, "exactly": 1}}
    keep = {"core": {"units": ["libB"], "mode": "full", "reason": "decided in January"}}
    made = plan(services__library=library, keep=keep)
    assert made.after.outreach == ("libA",)
    assert made.after.placed["libB"]
    assert "audit.counts" in broken({}, services__library=library)
    assert "audit.sets" in broken({}, services__library=library)
    assert not broken({}, ("libA",), services__library=library, keep=keep)
    assert "audit.sets" in broken({}, ("libB",), services__library=library, keep=keep)


def test_forbidden_neighbours_are_kept_apart_as_outreach_too() -> None:
    changes = {"services__library__outreach": OUTREACH}
    assert "audit.compatibility" in broken({"fireA": "D", "libB": "D"}, ("libB",), **changes)
    made = plan(services__library__outreach=OUTREACH, moves={"fireA": "D"})
    with_crew = [u for u, s in made.after.placed.items() if s == "D"]
    assert not {"libA", "libB"} & set(with_crew)


def test_a_unit_that_may_not_be_outreach_there_is_found() -> None:
    assert "audit.placement" in broken({}, ("libA",))
    aside = {**OUTREACH, "at_home": False}
    assert "audit.placement" in broken({}, ("libA",), services__library__outreach=aside)


# --- bays and sessions -----------------------------------------------------------------------


def test_a_crew_of_two_does_not_fit_one_bay() -> None:
    made = plan(toy_county.bays_and_sessions(), services__library__outreach=None)
    assert made.after.placed["fireA"] == "A"
    assert "audit.capacity" in broken({"fireA": "D"}, made=toy_county.bays_and_sessions())


def test_two_bays_are_enough_for_two_vehicles() -> None:
    buildings = toy_county.buildings().assign(vehicle_bays=[3, None, None, 2, None])
    services = toy_county.services().assign(vehicles=[2, 2, None, None, None])
    made = plan(toy_county.estate(buildings=buildings, services=services))
    assert made.after.placed["fireA"] == "D"


def test_sessions_bind_only_beyond_their_number() -> None:
    """Children's centre 3 and library 4 a week at the hub: no room in five, room in seven."""
    estate = toy_county.bays_and_sessions()
    assert "audit.capacity" in broken({"kidsB": "D", "libB": "D"}, made=estate)
    seven = toy_county.buildings().assign(capacity_sessions_pw=[10, None, None, 7, None])
    services = toy_county.services().assign(sessions_pw=[None, None, 3, 4, 4])
    fits = toy_county.estate(buildings=seven, services=services)
    moves = {"kidsB": "D", "libB": "D"}
    assert not broken(moves, made=fits)
    assert plan(fits, moves=moves).after.placed["libB"] == "D"
    with pytest.raises(ImpossibleError):
        plan(estate, moves=moves)


# --- condition -------------------------------------------------------------------------------


def test_works_are_paid_for_where_a_building_in_bad_condition_stays() -> None:
    """The Hall, kept by a lock, has £100,000 of repairs done at £124,000 with bias."""
    estate = toy_county.graded()
    rule = {"worst_grade": "C"}
    lock = {"A": "retain"}
    with_works = plan(estate, condition=rule, locks=lock)
    without = plan(estate, locks=lock)
    assert with_works.after.works == ("A",)
    paid = with_works.after.money.capital_gbp - without.after.money.capital_gbp
    assert paid == pytest.approx(124_000)
    assert with_works.solution.objective_gbp == pytest.approx(
        without.solution.objective_gbp - 124_000
    )


def test_a_building_that_goes_needs_no_works() -> None:
    made = plan(toy_county.graded(), condition={"worst_grade": "C"})
    assert made.after.works == ()
    assert made.solution.objective_gbp == pytest.approx(free().solution.objective_gbp)


def test_the_worst_grade_is_accepted_itself_and_a_blank_counts_as_told() -> None:
    """B is C: accepted with worst C, not with worst B. C's fire station has no grade."""
    graded = toy_county.graded()
    for rule, works in (
        ({"worst_grade": "C"}, ()),
        ({"worst_grade": "B"}, ("B",)),
        ({"worst_grade": "C", "blank_grade": "D"}, ("C",)),
    ):
        problem = toy_county.problem(graded, condition=rule)
        made = outcome(problem, {"fireA": "D", "libA": ""})
        assert made.works == works


def test_no_works_no_stay() -> None:
    """The Hall and B are worse than A and let go; the hub must hold the crew and the children."""
    rule = {"worst_grade": "B", "works": False}
    larger = toy_county.buildings().assign(
        capacity_m2=[400, None, None, 210, None], condition_grade=["D", "C", "", "", "B"]
    )
    made = plan(
        toy_county.estate(buildings=larger),
        condition=rule,
        standards__library_6__target=0.0,
        services__library__at_least=0,
    )
    assert made.after.open == ("C", "D")
    with pytest.raises(ImpossibleError, match="condition"):
        plan(toy_county.graded(), condition=rule, locks={"A": "retain"})
    assert "audit.condition" in broken({}, made=toy_county.graded(), condition=rule)


def test_works_from_a_column() -> None:
    estate = toy_county.estate(
        buildings=toy_county.buildings().assign(
            condition_grade=["D", "D", "", "", ""], works_gbp=[50_000, None, None, None, None],
            backlog_gbp_p1=[80_000, 10_000, None, None, None],
        )
    )  # fmt: skip
    problem = toy_county.problem(estate, condition={"works_cost": "works_gbp"})
    assert problem.sites["A"].works_gbp == pytest.approx(62_000)
    assert problem.sites["B"].works_gbp == pytest.approx(12_400)


def test_blank_grades_and_works_without_a_cost_are_pointed_out() -> None:
    """C has no grade; with the worst accepted A, the depot E has £5,000 of repairs and C none."""
    rule = {"worst_grade": "A", "blank_grade": "B"}
    notes = asked_notes(toy_county.scenario(condition=rule), toy_county.graded())
    assert [(n.rule, n.ids) for n in notes] == [
        ("condition.blank_grade", ("C",)), ("condition.no_cost", ("C",)),
    ]  # fmt: skip
    assert "1 of 4 buildings" in notes[0].message
    assert asked_notes(toy_county.scenario(), toy_county.graded()) == ()


# --- how much change -------------------------------------------------------------------------


def test_no_moves_at_all() -> None:
    made = plan(delivery={"moves_at_most": 0})
    homes = {u: made.problem.units[u].home for u in made.after.placed}
    assert all(s in ("", homes[u]) for u, s in made.after.placed.items())
    assert "audit.delivery" in broken({"fireA": "D"}, delivery={"moves_at_most": 0})


def test_as_many_moves_as_the_free_plan_makes_binds_nothing() -> None:
    moved = sum(s not in ("", free().problem.units[u].home) for u, s in free().after.placed.items())
    made = plan(delivery={"moves_at_most": moved})
    assert made.solution.objective_gbp == pytest.approx(free().solution.objective_gbp)


def test_closures_count_buildings_that_hold_a_service() -> None:
    """The empty depot may go although nothing may close."""
    made = plan(delivery={"closures_at_most": 0})
    assert made.after.open == ("A", "B", "C")
    one = plan(delivery={"closures_at_most": 1})
    assert one.after.open == free().after.open


def test_limits_of_an_area_or_a_service_leave_the_others_alone() -> None:
    """Nothing may move out of TB; the Hall's crew in TA is another town's."""
    rule = {"per": "town", "areas": ["TB"], "moves_at_most": 0, "closures_at_most": 0}
    made = plan(toy_county.towns(), delivery=rule)
    assert made.after.open == free().after.open
    here = plan(toy_county.towns(), delivery={**rule, "areas": ["TA"]})
    assert here.after.placed["fireA"] == "A"
    by_type = plan(delivery={"per": "type", "types": ["library"], "withdrawals_at_most": 0})
    assert by_type.after.placed["libA"]


@pytest.mark.parametrize(
    "extra",
    [
        {"keep": {"x": {"buildings": ["A", "B"], "at_least": 2}}},
        {"keep": {"x": {"units": ["libA", "libB"], "at_most": 1}}},
        {"keep": {"x": {"types": ["library"]}}},
        {"moves": {"libA": "A"}},
        {"moves": {"kidsB": "D"}},
        {"delivery": {"moves_at_most": 0}},
        {"delivery": {"closures_at_most": 0, "withdrawals_at_most": 0}},
        {"condition": {"worst_grade": "A", "blank_grade": "D"}},
    ],
)
def test_an_extra_rule_never_improves_the_objective(extra: dict[str, Any]) -> None:
    bound = plan(**extra)
    assert bound.solution.objective_gbp <= free().solution.objective_gbp + 1e-6
    assert not audit(bound.problem, bound.after)
