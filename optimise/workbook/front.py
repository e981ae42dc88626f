"""The sheets that tell the plan as a whole: summary, appraisal, partners. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from optimise.workbook import columns
from optimise.workbook.records import (
    Block,
    Cell,
    Column,
    Formula,
    Kind,
    Row,
    Sheet,
    lines,
    rows_of,
    with_total,
)

_TOLD = (Column("what", "", width=52), Column("value", "", "gbp", width=20),
         Column("note", "", "wide", width=80))  # fmt: skip
_WORDS = (Column("words", "", width=44),)
#: What the summary takes from the totals of a run: key, what it is called, kind of number.
_TOTALS: tuple[tuple[str, str, Kind], ...] = (
    ("npv_gbp", "Net present value of the plan", "gbp"),
    ("capital_gbp", "Capital spent", "gbp"),
    ("receipts_gbp", "Receipts from sales, net of their cost", "gbp"),
    ("revenue_saving_gbp_pa", "Saved a year once everything is done", "gbp"),
    ("do_nothing_cost_gbp", "Cost of the estate as it is, over the horizon", "gbp"),
    ("backlog_avoided_gbp", "Backlog avoided (told apart, not in the value)", "gbp"),
    ("backlog_retained_gbp", "Backlog kept", "gbp"),
    ("buildings_before", "Buildings in use today", "count"),
    ("buildings_after", "Buildings in use after", "count"),
    ("buildings_released", "Buildings let go", "count"),
    ("units_moved", "Services moved", "count"),
    ("units_outreach", "Services delivered as outreach", "count"),
    ("units_withdrawn", "Services no longer delivered", "count"),
)


def summary_sheet(
    record: Mapping[str, Any],
    ledger: pd.DataFrame,
    *,
    timeline: Sequence[Block] = (),
    warned: Sequence[str] = (),
) -> Sheet:
    """What the plan comes to, how near the best it is proved, what to be careful about.

    Args:
        record: as run.json has it.
        ledger: as ledger.csv.
        timeline: what happens when (`optimise.workbook.timeline`).
        warned: what has to be said before anything else.
    """
    money = record["money"]
    totals = record["totals"]
    rows = tuple(
        Row({"what": label, "value": float(totals[key])}, kind=kind)
        for key, label, kind in _TOTALS
        if totals.get(key) is not None
    )
    words = [record["status_text"], *money["words"]]
    scenario = record["scenario"]
    origin = (scenario.get("note"), scenario.get("attribution"))
    notes = lines(*warned, *(text for text in origin if text))
    blocks = (
        Block(_WORDS, _sentences(words), "In words"),
        Block(_TOLD, rows, "What the plan comes to"),
        *timeline,
        _targets(record["targets"]),
        Block(_TOLD, _checks(totals, ledger), "Does it add up?"),
    )
    title = f"{record['title']}: the plan in figures"
    return Sheet("Summary", title, tuple(b for b in blocks if b.rows), notes, freeze=0)


def _sentences(words: Iterable[str]) -> tuple[Row, ...]:
    return tuple(Row({"words": text}) for text in lines(*words))


def _targets(targets: Sequence[Mapping[str, Any]]) -> Block:
    """Targets that are set: asked, what the plan gives, met or not."""
    shown = (Column("name", "Target", width=52), Column("target", "Asked", "gbp"),
             Column("value", "Plan", "gbp"), Column("met", "Met"))  # fmt: skip
    rows = tuple(
        Row(
            {
                "name": str(t["name"]),
                "target": t.get("target_text") or _amount(t["target"]),
                "value": t.get("value_text") or _amount(t["value"]),
                "met": "yes" if t["met"] else "NO",
            }
        )
        for t in targets
    )
    return Block(shown, rows, "Targets")


def _amount(value: Any) -> Cell:
    return None if value is None else float(value)


def _checks(totals: Mapping[str, Any], ledger: pd.DataFrame) -> tuple[Row, ...]:
    """The plan's own figures against the sums of the ledger, to the penny."""
    sums = {
        "npv_gbp": ("Net present value", "pv_gbp", ("capital", "receipt", "one_off", "annual")),
        "capital_gbp": ("Capital", "amount_gbp", ("capital",)),
        "receipts_gbp": ("Receipts", "amount_gbp", ("receipt",)),
    }
    made: list[Row] = []
    for key, (label, column, kinds) in sums.items():
        sign = -1.0 if key == "capital_gbp" else 1.0
        booked = ledger[ledger["kind"].isin(kinds)][column]
        value = sign * float((booked * 100.0).round().sum()) / 100.0
        text = "+".join(f'SUMIFS({{Ledger.{column}}},{{Ledger.kind}},"{k}")' for k in kinds)
        formula = Formula(value, f"-({text})" if sign < 0 else text)
        told = round(float(totals[key]), 2)
        n = len(made)
        made += [
            Row({"what": f"{label}: as the plan has it", "value": told}, kind="pence"),
            Row({"what": f"{label}: as the Ledger adds up", "value": formula}, kind="pence"),
            Row(
                {
                    "what": f"{label}: difference",
                    "value": Formula(
                        round(told - value, 2), f"ROUND({{{n}.value}}-{{{n + 1}.value}},2)"
                    ),
                },
                "sub",
                kind="pence",
            ),
        ]
    return tuple(made)


_GRID = (
    Column("horizon_yr", "Years counted", "count", width=44),
    Column("receipts", "Receipts", width=20),
    Column("npv_gbp", "Without optimism bias", "gbp", width=20),
    Column("npv_maintenance_gbp", "…and maintenance avoided counted", "gbp", width=20),
    Column("npv_bias_gbp", "With optimism bias", "gbp", width=20),
    Column("npv_bias_maintenance_gbp", "…and maintenance avoided counted", "gbp", width=20),
)
_WHOLE_LIFE = (
    Column("years", "Years counted", "count", width=44),
    Column("saving_gbp", "Saved", "gbp"),
    Column("receipts_gbp", "Receipts", "gbp"),
    Column("one_off_gbp", "One-off revenue", "gbp"),
    Column("capital_gbp", "Capital", "gbp"),
    Column("interest_gbp", "Interest", "gbp"),
    Column("net_gbp", "Net return", "gbp"),
)
_LOANS = (
    Column("year", "Year", width=44),
    Column("drawn_gbp", "Borrowed", "gbp", summed=True),
    Column("principal_gbp", "Repaid", "gbp", summed=True),
    Column("interest_gbp", "Interest", "gbp", summed=True),
    Column("debt_gbp", "Owed at the end", "gbp"),
    Column("mrp_gbp", "Minimum revenue provision", "gbp", summed=True),
    Column("net_after_financing_gbp", "Revenue budget after financing", "gbp"),
)


def appraisal_sheet(money: Mapping[str, Any]) -> Sheet:
    """Never one number: the value by horizon, receipts, maintenance and optimism bias.

    Args:
        money: as ``money`` of run.json.
    """
    notes = (
        f"The plan's own reading: {money['horizon_yr']} years, {money['receipt_case']} receipts. "
        "Maintenance avoided is no cash and stands apart; optimism bias is on all capital that "
        "has to be built, moved or fitted out.",
    )
    blocks = (
        Block(_WORDS, _sentences(money["changes_sign"]), "What changes the sign"),
        Block(_GRID, rows_of(money["readings"], _GRID), "Net present value, every reading"),
        Block(_TOLD, tuple(_beside(money)), "Beside it"),
        Block(
            _WHOLE_LIFE,
            rows_of(money["whole_life"], _WHOLE_LIFE),
            "Whole-life return",
            "Plain pounds, not discounted, interest included.",
        ),
        with_total(
            Block(_LOANS, rows_of(money["borrowing"], _LOANS), "Borrowing, year by year"), "In all"
        ),
    )
    kept = tuple(b for b in blocks if b.rows)
    return Sheet(
        "Appraisal", "Appraisal: what the plan is worth, read every way", kept, lines(*notes)
    )


def _beside(money: Mapping[str, Any]) -> Iterable[Row]:
    """Payback, rate of return, what is unsure about the receipts."""
    risk = money["receipts_at_risk"]
    for key, label in (("payback_yr", "Payback"), ("discounted_payback_yr", "Payback, discounted")):
        value = money[key]
        years = "not within the longest horizon" if value is None else f"{value:.1f} years"
        yield Row({"what": label, "value": years})
    rate = money["irr_pct"]
    yield Row(
        {"what": "Internal rate of return", "value": "none" if rate is None else f"{rate:.1f} %"}
    )
    for key, label in (
        ("counted_gbp", "Receipts counted"), ("low_gbp", "Receipts, low"),
        ("central_gbp", "Receipts, central"), ("high_gbp", "Receipts, high"),
        ("at_risk_gbp", "Receipts at risk (counted less low)"),
        ("haircut_gbp", "Taken off already for being unsure"),
    ):  # fmt: skip
        yield Row({"what": label, "value": _amount(risk[key])})
    share = risk["needed_share"]
    if share is not None:
        note = "the share of the receipts counted at which the plan is worth nothing"
        yield Row(
            {"what": "Receipts the plan cannot do without", "value": share, "note": note},
            kind="share",
        )


def runs_of_years(listed: str) -> str:
    """Financial years separated by ``; `` with those that follow each other drawn together."""
    runs: list[list[str]] = []
    for year in listed.split("; ") if listed else []:
        if runs and int(year[:4]) == int(runs[-1][-1][:4]) + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return "; ".join(r[0] if len(r) == 1 else f"{r[0]} to {r[-1]}" for r in runs)


def partners_sheet(partners: pd.DataFrame, settlement: Mapping[str, Any]) -> Sheet:
    """Who gains, who loses, and the least that would have to be paid to mend it.

    Args:
        partners: as `optimise.ledger.tables.partners_table` makes it.
        settlement: as ``money.settlement`` of run.json.
    """
    shown = (Column("party", "Owner or operator", "wide"), Column("year", "Year"),
             Column("amount_gbp", "Receives (pays)", "pence"))  # fmt: skip
    told = [
        {**record, "years_worse": runs_of_years(str(record["years_worse"]))}
        for record in partners.to_dict("records")
    ]
    rule = {"npv": "over the horizon", "every_year": "in every year"}[settlement["rule"]]
    blocks = (
        with_total(Block(columns.PARTNERS, rows_of(told, columns.PARTNERS)), "All partners"),
        Block(
            shown,
            rows_of(settlement["payments"], shown),
            f"The least settlement that leaves nobody worse off {rule}",
            "" if settlement["enough"] else "All together are worse off: it cannot be mended.",
        ),
    )
    notes = (
        "Each building's capital, receipts and running cost are its owner's; moves, withdrawal "
        "and outreach the operator's; rent passes from one to the other.",
    )
    kept = tuple(b for b in blocks if b.rows)
    return Sheet("Partners", "Partners: who gains and who loses", kept, lines(*notes))
