"""The money sheets: lines down, financial years across, every figure adding up the ledger. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from optimise.money.lines import LINES, VALUED, Kind
from optimise.phasing.calendar import year_label
from optimise.workbook.records import Block, Column, Formula, Gathering, Row, Sheet, lines

#: Headings of the parts, and of what each comes to.
PARTS: Mapping[Kind, tuple[str, str]] = {
    "capital": ("Capital spent", "Capital in all"),
    "receipt": ("Capital received", "Receipts in all"),
    "one_off": ("Revenue paid once", "One-off revenue in all"),
    "annual": ("Revenue every year", "Saved (spent) every year in all"),
}
#: Headings of what stands beside the value.
BESIDE: Mapping[Kind, str] = {
    "apart": "Beside the value, never in it",
    "financing": "How capital is paid for, no part of the value",
}
NOTES = (
    "£ of the base year's prices, no inflation, no VAT; + in the estate's favour, (brackets) paid. "
    "A year is a financial year, 1 April to 31 March.",
    "What is changed in a period is paid at its start and saves from its end, so a plan done in "
    "the base year spends in the base year and saves from the year after.",
)


def money_sheet(ledger: pd.DataFrame, base_year: int, horizon_yr: int) -> Sheet:
    """The whole estate: each line by year, each part's sum, net, cumulative, present value.

    Args:
        ledger: as ledger.csv; entries of all parties.
        base_year: financial year of year 0.
        horizon_yr: years shown at least.
    """
    years = range(max([horizon_yr, *ledger["year"]]) + 1)
    made = Gathering("label")
    subtotals = tuple(
        made.part(heading, _lines(ledger, kind, years), total)
        for kind, (heading, total) in PARTS.items()
        if (ledger["kind"] == kind).any()
    )
    if subtotals:
        net = made.total("Net cash of the plan", subtotals)
        made.rows.append(_cumulative(made, net, years))
        made.rows.append(_present(ledger, years))
    for kind, heading in BESIDE.items():
        if (ledger["kind"] == kind).any():
            made.rows.append(Row({"label": heading}, "part"))
            made.rows += _lines(ledger, kind, years)
    block = Block((*_FIRST, *_year_columns(base_year, years)), tuple(made.rows))
    return Sheet(
        "Money", "Money by line and year", (block,), lines(*NOTES),
        freeze=3, filtered=False, many_pages_across=True,
    )  # fmt: skip


_FIRST = (
    Column("label", "Line", width=44),
    Column("total", "All years", "gbp", summed=True, width=15),
    Column("pv", "Present value", "gbp", summed=True, width=15),
)


def _year_columns(base_year: int, years: range) -> tuple[Column, ...]:
    return tuple(
        Column(f"y{y}", year_label(base_year + y), "gbp", summed=True, width=13) for y in years
    )


def _lines(ledger: pd.DataFrame, kind: Kind, years: range) -> list[Row]:
    """A row for each line of a kind that carries money, in the order of the books."""
    some = ledger[ledger["kind"] == kind]
    return [
        _line(LINES[line].label, some[some["line"] == line], years)
        for line in LINES
        if (some["line"] == line).any()
    ]


def _line(label: str, entries: pd.DataFrame, years: range) -> Row:
    """A line: each year adds up the ledger's entries of its label and year."""
    by_year = _pounds_by(entries, "amount_gbp")
    match = "{Ledger.label},{.label}"
    cells: dict[str, str | Formula] = {
        f"y{y}": Formula(
            by_year.get(y, 0.0), f"SUMIFS({{Ledger.amount_gbp}},{match},{{Ledger.year}},{y})"
        )
        for y in years
    }
    return Row(
        {
            "label": label,
            "total": Formula(_across(by_year.values()), _sum_across(years)),
            "pv": Formula(
                _across(_pounds_by(entries, "pv_gbp").values()),
                f"SUMIFS({{Ledger.pv_gbp}},{match})",
            ),
            **cells,
        }
    )


def _pounds_by(entries: pd.DataFrame, column: str) -> dict[int, float]:
    """Year → £, added up in pence."""
    pence: dict[int, int] = {}
    for year, gbp in zip(entries["year"], entries[column], strict=True):
        pence[int(year)] = pence.get(int(year), 0) + round(float(gbp) * 100.0)
    return {year: found / 100.0 for year, found in sorted(pence.items())}


def _across(amounts: Iterable[float]) -> float:
    return sum(round(gbp * 100.0) for gbp in amounts) / 100.0


def _sum_across(years: range) -> str:
    return f"SUM({{.y0}}:{{.y{years[-1]}}})"


def _cumulative(made: Gathering, net: int, years: range) -> Row:
    """Net cash so far: last year's and this year's."""
    block = Block((*_FIRST, *_year_columns(0, years)), tuple(made.rows))
    so_far, cells = 0, {}
    for y in years:
        value = block.value(net, f"y{y}")
        assert isinstance(value, float)
        so_far += round(value * 100.0)
        before = f"{{.y{y - 1}}}+" if y else ""
        cells[f"y{y}"] = Formula(so_far / 100.0, f"{before}{{{net}.y{y}}}")
    return Row({"label": "Net cash so far", **cells})


def _present(ledger: pd.DataFrame, years: range) -> Row:
    """Present value by year; in all it is the net present value."""
    valued = ledger[ledger["kind"].isin(VALUED)]
    by_year = _pounds_by(valued, "pv_gbp")
    kinds = [kind for kind in VALUED if (valued["kind"] == kind).any()]
    cells = {
        f"y{y}": Formula(
            by_year.get(y, 0.0),
            "+".join(
                f'SUMIFS({{Ledger.pv_gbp}},{{Ledger.kind}},"{kind}",{{Ledger.year}},{y})'
                for kind in kinds
            ),
        )
        for y in years
    }
    total = Formula(_across(by_year.values()), _sum_across(years))
    return Row({"label": "Present value (in all: net present value)", "total": total, **cells})


def by_partner_sheet(money: pd.DataFrame, base_year: int, horizon_yr: int) -> Sheet:
    """Each owner's and operator's own money by line and year (of money.csv), and its sum."""
    years = range(max([horizon_yr, *money["year"]]) + 1)
    rows: list[Row] = []
    for party, own in money.groupby("party", sort=True):
        rows += _party(str(party), own, years, len(rows))
    columns = (Column("party", "Whose money", width=28), *_FIRST, *_year_columns(base_year, years))
    notes = (
        "Rent and settlements between partners stand here and net out over all of them. Capital, "
        "receipts and running cost of a building are its owner's; moves, withdrawal and outreach "
        "the operator's.",
    )
    block = Block(columns, tuple(rows))
    return Sheet(
        "Money by partner", "Money by owner and operator", (block,), lines(*notes),
        freeze=4, filtered=False, many_pages_across=True,
    )  # fmt: skip


def _party(party: str, money: pd.DataFrame, years: range, first: int) -> list[Row]:
    """A party's lines, and the sum of those that are cash of its own."""
    rows: list[Row] = []
    counted: list[int] = []
    by_line = dict(list(money.groupby("line", sort=False)))
    for line in LINES:
        some = by_line.get(line)
        if some is None:
            continue
        if LINES[line].kind in (*VALUED, "transfer"):
            counted.append(first + len(rows))
        rows.append(_party_line(party, LINES[line].label, some, years))
    if counted:
        rows.append(Row({"party": party, "label": "In all"}, "sub", tuple(counted)))
    return rows


def _party_line(party: str, label: str, money: pd.DataFrame, years: Sequence[int]) -> Row:
    by_year = _pounds_by(money, "amount_gbp")
    last = years[-1]
    return Row(
        {
            "party": party,
            "label": label,
            "total": Formula(_across(by_year.values()), f"SUM({{.y0}}:{{.y{last}}})"),
            "pv": _across(money["pv_gbp"]),
            **{f"y{y}": by_year.get(y, 0.0) for y in years},
        }
    )
