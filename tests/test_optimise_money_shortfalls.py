"""Yearly targets that no plan comes to, on the toy county (`tests/toy_county.py`).

C stays: its on-call crew can be nowhere else. What may be sold: A £882,000, B £196,000, E £392,000
net of 2 %, £1,470,000 together, each a year after it is vacated. They cost £50,000, £20,000 and
£5,000 a year; two libraries withdrawn would save £10,000 each: £95,000 at most.
"""

from __future__ import annotations

from typing import Any

import pytest

from assets.issues import Issue
from optimise.money_shortfalls import money_shortfalls
from tests import toy_county


def shortfalls(**changes: Any) -> list[Issue]:
    return list(money_shortfalls(toy_county.problem(**changes)))


def asked(key: str, year: int, gbp: float, **phasing: Any) -> list[Issue]:
    return shortfalls(
        phasing={"periods": 4, **phasing},
        finance__base_year=2026,
        **{f"targets__{key}_by_year": {year: gbp}},
    )


@pytest.fixture
def everything_gbp() -> float:
    """What all would save a year, each building and unit at its best, as it is told."""
    (issue,) = asked("revenue_saving_gbp", 2030, 9_999_999)
    return float(issue.message.split("save £")[1].split(" ")[0].replace(",", ""))


def test_nothing_is_saved_in_the_year_of_the_first_change(everything_gbp: float) -> None:
    assert everything_gbp == 95_000
    (issue,) = asked("revenue_saving_gbp", 2026, 2)
    assert issue.rule == "targets.revenue_saving_gbp_by_year"
    assert "in 2026/27" in issue.message
    assert "save £0 in that year" in issue.message


def test_what_everything_saves_may_just_be_asked_for(everything_gbp: float) -> None:
    assert not asked("revenue_saving_gbp", 2027, everything_gbp)
    assert len(asked("revenue_saving_gbp", 2027, everything_gbp + 2)) == 1


def test_half_a_year_saves_half(everything_gbp: float) -> None:
    """Done in the first half, the other half of 2026/27 saves."""
    half = {"period": "half_year"}
    assert not asked("revenue_saving_gbp", 2026, everything_gbp / 2, **half)
    assert len(asked("revenue_saving_gbp", 2026, everything_gbp / 2 + 2, **half)) == 1


def test_receipts_come_in_a_year_after_a_building_is_left() -> None:
    (issue,) = asked("receipts_gbp", 2026, 2)
    assert issue.rule == "targets.receipts_gbp_by_year"
    assert "by the end of 2026/27" in issue.message
    assert not asked("receipts_gbp", 2027, 1_470_000)
    assert len(asked("receipts_gbp", 2027, 1_470_002)) == 1


def test_a_window_puts_a_receipt_off() -> None:
    late = {"windows": {"E": {"earliest": 2028}}}
    assert len(asked("receipts_gbp", 2028, 882_000 + 196_000 + 2, **late)) == 1
    assert not asked("receipts_gbp", 2029, 1_470_000, **late)


def test_neighbours_sold_together_may_fetch_the_target() -> None:
    """A and E with 50 % more: £637,000 beyond the £1,470,000 of all three."""
    pair = {"neighbours": {"hill": {"buildings": ["A", "E"], "bonus_pct": 50}}}
    everything = 1_470_000 + 0.5 * (882_000 + 392_000)
    assert not asked("receipts_gbp", 2027, everything, **pair)
    assert not shortfalls(phasing={"periods": 4, **pair}, targets__receipts_gbp=everything)
    assert len(asked("receipts_gbp", 2027, everything + 2, **pair)) == 1


def test_without_phasing_nothing_is_said_of_years() -> None:
    assert not shortfalls()
