"""Whether every number on a page is the run folder's: the page is read as a reader would, and the
files by themselves, without the package's own readers, tables or wording."""

from __future__ import annotations

import csv
import html.parser
import json
import re

import pytest


class Tables(html.parser.HTMLParser):
    """The tables of a page: id -> headings and rows of cells' texts."""

    def __init__(self):
        super().__init__()
        self.found, self.table, self.cell = {}, None, None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "table" and given.get("id", "").startswith("data-"):
            self.table = self.found.setdefault(given["id"].removeprefix("data-"), [])
        elif tag == "tr" and self.table is not None:
            self.table.append([])
        elif tag in ("th", "td") and self.table is not None:
            self.cell = []
        elif tag == "small" and self.cell is not None:
            self.cell.append("|")

    def handle_endtag(self, tag):
        if tag == "table":
            self.table = None
        elif tag in ("th", "td") and self.cell is not None:
            self.table[-1].append("".join(self.cell).split("|")[0].strip())
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)


def tables_of(page):
    reader = Tables()
    reader.feed(page)
    return {
        name: [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        for name, rows in reader.found.items()
    }


def number(text):
    """A number as the page writes it; None for a blank."""
    plain = re.sub(r"[£,%+]| min| miles| points", "", text.replace("\u2212", "-")).strip()
    return float(plain) if plain else None


def rows_of(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_decisions(folder, page):
    told = {row["Building"]: row for row in tables_of(page)["decisions"]}
    kept = rows_of(folder, "decisions.csv")
    assert len(told) == len({row["name"] for row in kept})
    sums = {
        "Capital to spend": "capital_gbp",
        "Receipt": "receipt_gbp",
        "Running cost saved a year": "running_cost_saving_gbp_pa",
        "Cost of leaving": "exit_cost_gbp",
        "Repairs avoided": "backlog_avoided_gbp",
    }
    once = [row for row in kept if sum(row["name"] == other["name"] for other in kept) == 1]
    assert len(once) > len(kept) / 2
    for row in once:
        for label, column in sums.items():
            hidden = row["confidential"].lower() == "true"
            want = None if hidden else round(float(row[column] or 0))
            assert number(told[row["name"]][label]) == want, (row["name"], label)


def check_headline(folder, page):
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    head = page.split('<dl class="headline">')[1].split("</dl>")[0]
    told = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", head))
    totals = record["totals"]
    for label, value in (
        ("Receipts", totals["receipts_gbp"]),
        ("Capital", totals["capital_gbp"]),
        ("Saved each year", totals["revenue_saving_gbp_pa"]),
        ("Net present value", record["npv_gbp"]),
    ):
        shown, unit = re.fullmatch(r"(\u2212?£[0-9.,]+)([mk]?)", told[label]).groups()
        size = {"m": 1e6, "k": 1e3, "": 1.0}[unit]
        rounding = {"m": 0.05, "k": 0.5, "": 0.5}[unit]
        assert number(shown) * size == pytest.approx(value, abs=rounding * size + 1e-6), label
    assert [int(n) for n in re.findall("[0-9]+", told["Buildings"])] == [
        totals["buildings_before"],
        totals["buildings_after"],
    ]
    assert record["status_text"] in page


KINDS = {
    "Capital spent": "capital",
    "Receipts from sales": "receipt",
    "Revenue paid once": "one_off",
    "Saved (or spent) every year": "annual",
}


def check_money(folder, page):
    """Sums by partner, kind and year, and over all years, of money.csv."""
    kept = rows_of(folder, "money.csv")
    seen = 0
    for row in tables_of(page)["money-by-partner"]:
        if row["What"] not in KINDS or row["Whose money"] == "All partners together":
            continue
        mine = [
            each
            for each in kept
            if each["party"] == row["Whose money"] and each["kind"] == KINDS[row["What"]]
        ]
        whole = sum(float(each["amount_gbp"]) for each in mine)
        assert number(row["All years"]) == pytest.approx(whole, abs=0.51)
        years = {each["financial_year"] for each in kept} & set(row)
        assert years
        for year in years:
            told = sum(float(each["amount_gbp"]) for each in mine if each["financial_year"] == year)
            assert number(row[year]) == pytest.approx(told, abs=0.51), (row["Whose money"], year)
            seen += 1
    assert seen


def check_wards(folder, page):
    """Each area and standard of the page, against cover.csv."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    titles = {s["title"]: s["standard_id"] for s in record["standards"]}
    kinds = {"Ward": "ward", "Pilot area": "pilot", "Town": "town", "District": "district"}
    kept = {
        (row["geography"], row["area_name"], row["standard_id"]): row
        for row in rows_of(folder, "cover.csv")
    }
    columns = {
        "In all": ("total", 0.51),
        "No longer in time": ("lost", 0.51),
        "Newly in time": ("gained", 0.51),
        "In time today": ("within_before", 0.51),
        "In time, plan": ("within_after", 0.51),
        "Mean today": ("mean_before_min", 0.051),
        "Mean with the plan": ("mean_after_min", 0.051),
        "Nine in ten within, plan": ("p90_after_min", 0.051),
        "Longest with the plan": ("worst_after_min", 0.051),
    }
    told = tables_of(page)["wards"]
    assert told
    for row in told:
        mine = kept[kinds[row["Kind of area"]], row["Area"], titles[row["Standard"]]]
        for label, (column, within) in columns.items():
            if row.get(label) and mine[column]:
                assert number(row[label]) == pytest.approx(float(mine[column]), abs=within), row


def check_equality(folder, page):
    """Each group and standard of the page, against equality.csv."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    titles = {s["title"]: s["standard_id"] for s in record["standards"]}
    kept = {(r["standard_id"], r["group_name"]): r for r in rows_of(folder, "equality.csv")}
    told = tables_of(page)["equality"]
    assert told
    for row in told:
        mine = kept[titles[row["Standard"]], row["Who"]]
        for label, column, within in (
            ("In all", "people", 0.51),
            ("In time today", "share_before", 0.00051),
            ("In time with the plan", "share_after", 0.00051),
            ("Longer", "worse", 0.51),
            ("No longer in time", "lost", 0.51),
        ):
            if row[label]:
                size = 100 if "share" in column else 1
                assert number(row[label]) == pytest.approx(
                    size * float(mine[column]), abs=size * within
                ), (row["Who"], label)


def check_disposals(folder, page):
    """What each building let go brings and costs, against disposals.csv."""
    kept = {row["name"]: row for row in rows_of(folder, "disposals.csv")}
    told = [t for name, t in tables_of(page).items() if name.startswith("disposals")]
    brings = next(t for t in told if t and "Receipt counted" in t[0])
    assert len(brings) == len(rows_of(folder, "disposals.csv"))
    for row in brings:
        mine = kept[row["Building"]]
        for label, column in (("Receipt counted", "net_receipt_gbp"), ("Central", "value_gbp")):
            hidden = mine["confidential"].lower() == "true"
            want = None if hidden else round(float(mine[column] or 0))
            assert number(row[label]) == want, (row["Building"], label)
