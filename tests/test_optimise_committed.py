"""Savings that others counted already: shared by cost, refused where they cannot be, left out."""

from __future__ import annotations

from typing import Any

import pytest

from assets.issues import InputError
from optimise.ledger.committed import committed_table
from optimise.ledger.entries import entries
from optimise.outcome import outcome
from optimise.plan import make_plan
from tests import toy_county, toy_partners

#: Running costs: A £50,000, B £20,000, C £30,000; E £5,000 and £8,000 of rent. Units £12,000 each.
PROPERTY = {"tag": "property", "gbp_pa": 14_000, "buildings": ["B", "A"], "programme": "Property"}


def committed(**records: Any) -> dict[str, Any]:
    return {"committed": records}


def refused(**records: Any) -> list[tuple[str, tuple[str, ...], str]]:
    with pytest.raises(InputError) as error:
        toy_partners.problem(**committed(**records))
    return [(i.rule, i.ids, i.message) for i in error.value.issues]


def test_a_saving_is_shared_by_cost_and_only_the_rest_is_claimed() -> None:
    """£14,000 over A and B, which cost 50 to 20: £10,000 of A and £4,000 of B are taken."""
    made = toy_partners.problem(**committed(first=PROPERTY))
    assert made.sites["A"].annual_gbp == pytest.approx(40_000)
    assert made.sites["B"].annual_gbp == pytest.approx(16_000)
    assert made.sites["C"].annual_gbp == pytest.approx(30_000)
    free = toy_partners.problem()
    moved = {"fireA": "D", "libA": ""}
    gain = [outcome(p, moved).money for p in (free, made)]
    assert gain[0].saving_gbp_pa - gain[1].saving_gbp_pa == pytest.approx(10_000)
    saved = [e for e in entries(made, outcome(made, moved)) if e.line == "running_cost_saved"]
    assert {e.amount_gbp for e in saved if e.asset_id == "A"} == {40_000.0}
    # Both the estate as it is and the plan are without it, so that doing nothing is no better.
    assert free.do_nothing_gbp - made.do_nothing_gbp == pytest.approx(14_000 * free.annuity)


def test_a_service_saves_only_beyond_what_is_committed_and_never_less_than_nothing() -> None:
    """A library's withdrawal saves £12,000 less £2,000 of income; its outreach £6,000."""
    changes = {"services__library__outreach": {"space_share": 0.4}}
    free = toy_partners.problem(**changes).units["libA"]
    assert free.outreach is not None
    assert (free.withdrawal_gbp_pa, free.outreach.saving_gbp_pa) == (10_000.0, 6_000.0)
    record = {"tag": "service", "gbp_pa": 16_000, "units": ["libA", "libB"]}
    made = toy_partners.problem(**changes, **committed(libraries=record)).units["libA"]
    assert made.outreach is not None
    assert (made.withdrawal_gbp_pa, made.outreach.saving_gbp_pa) == (2_000.0, 0.0)


def test_the_same_place_under_one_tag_twice_is_refused() -> None:
    again = {**PROPERTY, "gbp_pa": 100, "buildings": ["A", "C"]}
    ((rule, ids, message),) = refused(first=PROPERTY, second=again)
    assert (rule, ids) == ("committed.counted_twice", ("A",))
    assert "first and second" in message


def test_the_same_place_under_two_tags_is_allowed_up_to_what_it_costs() -> None:
    """A costs £50,000: £30,000 and £20,000 are all of it, a further £2,000 too much."""
    one = {"tag": "property", "gbp_pa": 30_000, "buildings": ["A"]}
    other = {"tag": "partner", "gbp_pa": 20_000, "buildings": ["A"]}
    made = toy_partners.problem(**committed(one=one, other=other))
    assert made.sites["A"].annual_gbp == pytest.approx(0.0)
    ((rule, ids, message),) = refused(one=one, other={**other, "gbp_pa": 22_000})
    assert (rule, ids) == ("committed.more_than_it_costs", ("A",))
    assert "£52,000" in message and "£50,000" in message


def test_more_than_it_costs_is_refused_and_exactly_so_much_is_not() -> None:
    record = {"tag": "property", "gbp_pa": 70_000, "buildings": ["A", "B"]}
    assert toy_partners.problem(**committed(all=record)).sites["B"].annual_gbp == pytest.approx(0)
    ((rule, ids, message),) = refused(all={**record, "gbp_pa": 70_010})
    assert (rule, ids) == ("committed.more_than_it_costs", ("A", "B"))
    assert "£70,010" in message and "£70,000" in message


def test_a_lease_s_rent_is_part_of_the_cost_and_a_candidate_costs_nothing() -> None:
    rented = {"tag": "property", "gbp_pa": 13_000, "buildings": ["E"]}
    assert toy_partners.problem(**committed(rent=rented)).sites["E"].annual_gbp == pytest.approx(0)
    candidate = {"tag": "property", "gbp_pa": 15_000, "buildings": ["D"]}
    assert refused(hub=candidate)[0][0] == "committed.more_than_it_costs"


def test_every_fault_is_told_at_once() -> None:
    big = {"tag": "service", "gbp_pa": 50_000, "units": ["libA"]}
    rules = [r for r, _, _ in refused(a=PROPERTY, b={**PROPERTY, "gbp_pa": 5}, c=big)]
    assert rules == ["committed.counted_twice", "committed.more_than_it_costs"]


def test_the_table_tells_what_is_left() -> None:
    record = {"tag": "service", "gbp_pa": 3_000, "units": ["libB"], "programme": "Libraries"}
    scenario = toy_county.scenario(**committed(first=PROPERTY, second=record))
    table = committed_table(scenario, toy_partners.estate())
    assert table[
        ["committed", "what", "id", "committed_gbp_pa", "left_gbp_pa"]
    ].values.tolist() == [
        ["first", "building", "A", 10_000.0, 40_000.0],
        ["first", "building", "B", 4_000.0, 16_000.0],
        ["second", "unit", "libB", 3_000.0, 9_000.0],
    ]
    assert table["programme"].tolist() == ["Property", "Property", "Libraries"]
    assert committed_table(toy_county.scenario(), toy_partners.estate()).empty


def test_a_plan_decides_by_what_is_left() -> None:
    """With all of the Hall's running cost counted by others, its sale must pay for itself."""
    inputs = toy_county.inputs(toy_partners.estate())
    all_of_it = {"tag": "property", "gbp_pa": 50_000, "buildings": ["A"]}
    free = make_plan(toy_county.scenario(), inputs).after
    made = make_plan(toy_county.scenario(**committed(hall=all_of_it)), inputs).after
    assert made.money.npv_gbp < free.money.npv_gbp
    assert made.money.saving_gbp_pa <= free.money.saving_gbp_pa - 50_000 or "A" in made.open
