"""The workbook of a plan: every sheet, true to the run, and its formulas to their values."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from optimise import runs
from optimise.finance import discount_factor
from optimise.knobs import Finance, Targets
from optimise.plan import Plan, make_plan
from optimise.workbook.assumptions import FINANCE_WORDS, TARGET_WORDS
from optimise.workbook.book import RunTables, plan_workbook, sheets_of
from optimise.workbook.layout import formulas, laid
from tests import toy_county

TABS = ["Summary", "Decisions", "Services", "Money", "Money by partner", "Ledger", "Disposals",
        "Appraisal", "Partners", "Cover", "Assumptions"]  # fmt: skip


def estate_of_two(**names: str) -> Any:
    """The toy with the End station and its crew another body's, and the Depot confidential.

    The fire authority's crew may come to the Hall: then two bodies share a building.
    """
    fire = names.get("fire", "Fire Authority")
    buildings = toy_county.buildings().assign(confidential=[False] * 4 + [True])
    buildings.loc[2, "owner"] = fire
    buildings["market_value_gbp_low"] = buildings["market_value_gbp"] * 0.5
    buildings["planned_maintenance_gbp"] = [7_000.0] * 5
    services = toy_county.services()
    services.loc[services["service_type"] == "fire", "operator"] = fire
    services["one_off_gbp"] = 3_000.0
    return toy_county.estate(buildings=buildings, services=services)


def plan_of(**names: str) -> Plan:
    scenario = toy_county.scenario(
        finance__rent_gbp_per_m2_pa=30, targets__receipts_gbp=1_000_000, title="Toy & partners"
    )
    return make_plan(scenario, toy_county.inputs(estate_of_two(**names)))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of()


@pytest.fixture(scope="module")
def run(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runs.write_run(plan, tmp_path_factory.mktemp("runs") / "toy", {"read": 1.0})


@pytest.fixture(scope="module")
def book(run: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(run / "plan.xlsx", data_only=True)


@pytest.fixture(scope="module")
def record(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return found


def table(page: Worksheet, heading: str) -> pd.DataFrame:
    """The table whose first column heading is given, to its last row with cells."""
    rows = [[c.value for c in row] for row in page.iter_rows()]
    top = next(n for n, row in enumerate(rows) if row[0] == heading)
    body = []
    for row in rows[top + 1 :]:
        if all(v is None for v in row):
            break
        body.append(row)
    return pd.DataFrame(body, columns=rows[top])


def csv(run: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(run / f"{name}.csv", keep_default_na=False)


def test_every_sheet_is_there_in_order(book: openpyxl.Workbook):
    assert book.sheetnames == TABS
    assert book.properties.title == "Toy & partners"


def test_the_summary_adds_up_to_the_penny(book: openpyxl.Workbook, record: dict[str, Any]):
    cells = {row[0].value: row[1].value for row in book["Summary"].iter_rows() if row[0].value}
    assert cells["Net present value of the plan"] == pytest.approx(record["npv_gbp"], abs=0.005)
    assert [v for k, v in cells.items() if k.endswith(": difference")] == [0, 0, 0]
    assert record["status_text"] in cells
    assert any(str(k).startswith("Worse off") or "worse off" in str(k) for k in cells)
    asked = table(book["Summary"], "Target")
    assert asked["Met"].tolist() == ["yes"] and asked["Asked"].tolist() == [1_000_000]


def test_the_summary_says_what_happens_when():
    """In three phases: the Depot and library A's part go first, the Hall with the new hub."""
    plan = make_plan(
        toy_county.scenario(
            phasing={"periods": 3},
            targets__capital_budget_gbp_by_year={2026: 200_000, 2027: 100_000},
        ),
        toy_county.inputs(),
    )
    record, tables = told(plan)
    page = openpyxl.load_workbook(io.BytesIO(plan_workbook(record, tables)), data_only=True)
    shown = table(page["Summary"], "When").iloc[:, :4]
    when = plan.after.timetable
    assert when is not None and when.released == {"A": 2, "E": 1} and when.works == {"D": 2}
    changed = [sum(p == n for p in when.changed.values()) for n in (1, 2)]
    assert shown.to_numpy().tolist() == [
        ["2026/27", 1, 0, changed[0]], ["2027/28", 1, 1, changed[1]],
        ["In all", 2, 1, len(when.changed)],
    ]  # fmt: skip
    years = table(page["Summary"], "Year")
    assert len(years) == record["money"]["years_shown"] + 1
    assert years["Capital"].iloc[-1] == pytest.approx(-plan.after.money.capital_gbp)


def test_the_money_sheet_adds_up_the_ledger(book: openpyxl.Workbook, run: Path, record: Any):
    money, ledger = table(book["Money"], "Line").set_index("Line"), csv(run, "ledger")
    assert money.columns[2:].tolist() == [f"{y}/{y % 100 + 1}" for y in range(2026, 2037)]
    for label, some in ledger[ledger["kind"] != "transfer"].groupby("label"):
        assert money.at[label, "All years"] == pytest.approx(some["amount_gbp"].sum(), abs=0.005)
        assert money.at[label, "Present value"] == pytest.approx(some["pv_gbp"].sum(), abs=0.005)
    value = money.loc["Present value (in all: net present value)"]
    assert value["All years"] == pytest.approx(record["npv_gbp"], abs=0.005)
    net = money.loc["Net cash of the plan"].iloc[2:].astype(float)
    so_far = money.loc["Net cash so far"].iloc[2:].astype(float)
    assert so_far.tolist() == pytest.approx(net.cumsum().tolist(), abs=0.005)
    assert money.at["Net cash of the plan", "Present value"] == pytest.approx(value["All years"])
    apart = ledger[ledger["kind"] == "apart"]["amount_gbp"].sum()
    assert money.at["Backlog and planned maintenance avoided", "All years"] == apart > 0


def test_money_by_partner_is_money_csv(book: openpyxl.Workbook, run: Path):
    shown = table(book["Money by partner"], "Whose money")
    lines = shown[shown["Line"] != "In all"]
    money = csv(run, "money").groupby(["party", "label"], sort=False)["amount_gbp"].sum()
    found = lines.set_index(["Whose money", "Line"])["All years"]
    assert found.to_dict() == pytest.approx(money.to_dict())
    sums = shown[shown["Line"] == "In all"].set_index("Whose money")["All years"]
    own = csv(run, "money")
    own = own[~own["kind"].isin(["apart", "financing"])].groupby("party")["amount_gbp"].sum()
    assert sums.to_dict() == pytest.approx(own.to_dict())


@pytest.mark.parametrize(
    ("tab", "name", "heading"),
    [("Decisions", "decisions", "Asset"), ("Services", "services", "Unit"),
     ("Ledger", "ledger", "Entry"), ("Disposals", "disposals", "Asset"),
     ("Cover", "cover", "Standard")],
)  # fmt: skip
def test_a_row_for_every_row_of_the_run(
    book: openpyxl.Workbook, run: Path, tab: str, name: str, heading: str
):
    shown = table(book[tab], heading)
    rows = [r for r in shown[heading] if not str(r).startswith("All ")]
    assert len(rows) == len(csv(run, name)) > 0


def test_totals_of_the_tables(book: openpyxl.Workbook, run: Path, record: Any):
    last = table(book["Decisions"], "Asset").iloc[-1]
    assert last["Asset"] == "All buildings"
    assert last["Receipt, net"] == pytest.approx(record["totals"]["receipts_gbp"])
    sold = table(book["Disposals"], "Asset")
    assert sold["Receipt counted, net"].iloc[-1] == pytest.approx(record["totals"]["receipts_gbp"])
    assert sold["Ends or is sold on"].iloc[0].year == 2027


def test_confidential_rows_are_marked_and_said(book: openpyxl.Workbook):
    for tab in ("Summary", "Decisions", "Disposals", "Ledger"):
        top = " ".join(str(book[tab].cell(n, 1).value) for n in range(1, 6))
        assert "not for publication" in top, tab
    assert "yes" in table(book["Decisions"], "Asset")["Confidential"].tolist()


def test_the_appraisal_tells_every_reading(book: openpyxl.Workbook, record: Any):
    shown = table(book["Appraisal"], "Years counted")
    assert len(shown) == 4 * 3  # 10, 25, 40, 60 years × low, central, high
    own = shown[(shown["Years counted"] == 10) & (shown["Receipts"] == "central")]
    assert own["With optimism bias"].iloc[0] == pytest.approx(record["npv_gbp"], abs=0.006)
    text = "\n".join(str(row[0].value) for row in book["Appraisal"].iter_rows())
    for sentence in record["money"]["changes_sign"]:
        assert sentence.split()[0] in text and "What changes the sign" in text


def test_every_assumption_about_money_is_told(book: openpyxl.Workbook):
    assert set(FINANCE_WORDS) == set(Finance.model_fields)
    assert set(TARGET_WORDS) == set(Targets.model_fields)
    keys = {row[3].value for row in book["Assumptions"].iter_rows()}
    for name, value in Finance():
        if value not in ({}, None):
            assert f"finance.{name}" in keys, name
    told = [row[0].value for row in book["Assumptions"].iter_rows()]
    assert "Discount rate in years 1 to 30" in told and "Discount rate from year 76 on" in told


def test_every_formula_of_the_book_equals_its_value(plan: Plan):
    """Worked out again from the cells, by a calculator of SUM, SUMIFS, ROUND, + and −."""
    record, tables = told(plan)
    sheets = sheets_of(record, tables)
    page = openpyxl.load_workbook(io.BytesIO(plan_workbook(record, tables)))
    count = 0
    for name, found in formulas(sheets).items():
        for address, (text, value) in found.items():
            assert calculated(page, name, text[1:]) == pytest.approx(value, abs=0.005), (
                name, address, text,
            )  # fmt: skip
            count += 1
    assert count > 150


def told(plan: Plan) -> tuple[dict[str, Any], RunTables]:
    from optimise import results
    from optimise.money_record import books_of

    books, cover = books_of(plan), results.cover_table(plan)
    tables = RunTables(results.decisions_table(plan), results.services_table(plan), cover,
                       books.money, books.ledger, books.disposals, books.partners)  # fmt: skip
    return runs.run_record(plan, cover, {}, books), tables


def calculated(book: openpyxl.Workbook, sheet: str, text: str) -> float:
    """What a formula comes to; cells that hold formulas are worked out in turn."""
    if found := re.fullmatch(r"-\((.*)\)", text):
        return -calculated(book, sheet, found[1])
    if found := re.fullmatch(r"ROUND\((\w+)-(\w+),2\)", text):
        one, other = (cell_of(book, sheet, at) for at in found.groups())
        return round(one - other, 2)
    if "+" in re.sub(r"\([^()]*\)", "", text):
        parts = re.split(r"\+(?![^()]*\))", text)
        return sum(calculated(book, sheet, part) for part in parts)
    if found := re.fullmatch(r"SUMIFS\((.*)\)", text):
        return sumifs(book, sheet, found[1].split(","))
    if found := re.fullmatch(r"SUM\((\w+):(\w+)\)", text):
        cells = [c.coordinate for row in book[sheet][found[1] : found[2]] for c in row]
        return sum(cell_of(book, sheet, at) for at in cells)
    return cell_of(book, sheet, text)


def cell_of(book: openpyxl.Workbook, sheet: str, at: str) -> float:
    value = book[sheet][at].value
    if isinstance(value, str) and value.startswith("="):
        return calculated(book, sheet, value[1:])
    return float(value) if isinstance(value, (int, float)) else 0.0


def column_of(book: openpyxl.Workbook, range_: str) -> list[Any]:
    name, cells = range_.replace("$", "").split("!")
    first, last = cells.split(":")
    return [c.value for row in book[name][first:last] for c in row]


def sumifs(book: openpyxl.Workbook, sheet: str, words: list[str]) -> float:
    """SUMIFS as spreadsheets have it, with criteria that are text, a number or a cell."""
    kept = [True] * len(column_of(book, words[0]))
    for range_, criterion in zip(words[1::2], words[2::2], strict=True):
        wanted: Any = criterion.strip('"')
        if re.fullmatch(r"[A-Z]+[0-9]+", criterion):
            wanted = book[sheet][criterion].value
        elif criterion.isdigit():
            wanted = int(criterion)
        kept = [k and v == wanted for k, v in zip(kept, column_of(book, range_), strict=True)]
    amounts = column_of(book, words[0])
    return sum(v or 0.0 for v, k in zip(amounts, kept, strict=True) if k)


def test_hostile_names_are_text_on_every_sheet():
    plan = plan_of(fire='=HYPERLINK("http://x","y")')
    record, tables = told(plan)
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(record, tables)))
    own = {name: set(found) for name, found in formulas(sheets_of(record, tables)).items()}
    for page in book:
        formula_cells = {
            c.coordinate for row in page.iter_rows() for c in row if c.data_type == "f"
        }
        assert formula_cells == own[page.title]
    names = [row[0] for row in book["Partners"].iter_rows() if str(row[0].value).startswith("=")]
    assert names and all(c.data_type == "s" and c.quotePrefix for c in names)


def test_a_plan_that_changes_nothing_still_has_its_workbook():
    """Every unit locked where it is, the Depot retained: an empty ledger, no disposals."""
    services = toy_county.services().assign(lock="stay", lock_reason="test")
    scenario = toy_county.scenario(locks={"E": "retain", "D": "no_host"})
    inputs = toy_county.inputs(toy_county.estate(services=services))
    plan = make_plan(scenario, inputs)
    record, tables = told(plan)
    assert tables.ledger.empty and record["npv_gbp"] == 0
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(record, tables)), data_only=True)
    assert book.sheetnames == TABS
    cells = {row[0].value: row[1].value for row in book["Summary"].iter_rows()}
    assert cells["Net present value: difference"] == 0


def test_years_and_factors_are_those_of_the_convention(run: Path):
    """What a year's saving is worth: its amount times d(y), y whole years from the base year."""
    ledger = csv(run, "ledger")
    saved = ledger[ledger["kind"] == "annual"]
    schedule = Finance().discount_schedule
    for year, gbp, worth in zip(saved["year"], saved["amount_gbp"], saved["pv_gbp"], strict=True):
        assert worth == pytest.approx(gbp * discount_factor(schedule, year), abs=0.02)
    assert saved["year"].min() == 1 and saved["year"].max() == 10


def test_places_are_below_each_other(plan: Plan):
    record, tables = told(plan)
    for sheet in sheets_of(record, tables):
        last = 0
        for place in laid(sheet):
            assert place.first > last
            last = place.last
