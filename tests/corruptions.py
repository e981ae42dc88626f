"""Sound registers, ways in which they go wrong, and the test of whether anything was lost.

A register is a list of rows of text, the heading first. Each corruption takes one (and a random
generator) and gives another: `ROWS` change cells and rows here and there, `STRUCTURE` may change
what the whole file means, `BYTES` work on the file's bytes.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd

from assets.cells import cell_text, iso_date
from assets.importing.intake import Intake

Rows = list[list[str]]
Corruption = Callable[[Rows, random.Random], Rows]

JUNK = (
    "", " ", "n/a", "N/A", "unknown", "-", "tbc", "Not available here, but please see our website",
    "=1+1", "=cmd|'/c calc'!A1", "+44 1234", "@SUM(A1)", "-", "--", "'", '"', "£", "£1,2,3",
    "1e309",
    "1e5", "-5", "0", "nan", "inf", "TRUE", "31/02/2025", "2025-13-01", "12,34", "1,161 hectares",
    "0.5 hectares (1.2 acres)", "123456,654321", "SK 407 545", "SK", "M31", "M3 1 1AA", "AL100DA",
    "\u00a0", "\u200b", "a\u00a0b", "line\nbreak", "tab\there", "<script>alert(1)</script>",
    "999999999999999999999", "0.0000001", "١٢٣", "½", "�", "😀", "\u202e", "a" * 3000, "5.", ".5",
    "1 000", "1'000", "12 m2", "12 sq ft", "£1.2m", "(500)", "Freehold ", "freehold;leasehold",
    "53.4", "-2.3", "400000", "21248", "E01000001", "null", "None", "#REF!", "#N/A", "00012",
    "1.00E+11", "100012797623.0", "total", "Total", "painting", "Persons",
)  # fmt: skip


# --- sound registers ---------------------------------------------------------------------------

TOWNS = (
    ("Altrincham", "WA14 1QP", 376800, 387900), ("Sale", "M33 7ZF", 378900, 391900),
    ("Stretford", "M32 0ZS", 381600, 394900), ("Urmston", "M41 0NA", 376600, 394700),
    ("Timperley", "WA15 7XR", 378800, 388600), ("Partington", "M31 4BU", 371600, 391300),
)  # fmt: skip
_CANONICAL = (
    "asset_id,uprn,name,owner,asset_type,easting,northing,postcode,tenure,status,gia_m2,"
    "capacity_m2,running_cost_gbp_pa,market_value_gbp,in_scope,survey_date,condition_grade"
)
_PUBLISHED = (
    "Organisation,UPRN,Asset ID,Property Name,Street,Post Town,Postcode,GeoX,GeoY,Tenure Type,"
    "Holding Type,Use,Site area (ha),GIA (sqm),Date acquired,Closed,Notes"
)
_STATIONS = (
    "station_id,name,service_type,operator,owner,easting,northing,postcode,tenure,status,gia_m2,"
    "running_cost_gbp_pa,duty_system,vehicles,address"
)
_SERVICES = (
    "Ref,Service name,Service type,UPRN,Address,Postcode,Easting,Northing,Operator,Floor area,"
    "Visits,Asset ID"
)
_DEMAND = (
    "LSOA code (2021),LSOA name (2021),X,Y,All persons,Aged 65 and over,imd_decile,RUC21,Wards"
)


def registers(count: int = 30) -> dict[str, list[Rows]]:
    """Layer -> sound registers of it: the planner's own headings, and published ones."""
    made: dict[str, list[Rows]] = {"buildings": [[], []], "stations": [[]], "services": [[]],
                                   "demand": [[]]}  # fmt: skip
    for n in range(count):
        town, code, x, y = TOWNS[n % len(TOWNS)]
        x, y, uprn = x + 13 * n, y - 17 * n, 100012000001 + 7 * n
        kind = ("library", "office", "community_hall")[n % 3]
        use = kind.replace("_", " ").title()
        name, street = f"{town} {use} {n + 1}", f"{n + 2} Cross Street"
        held = ("Freehold", "Leasehold")[n % 2]
        size, day = 240 + 31 * n, f"{1 + n % 28:02d}/04/{1980 + n % 40}"
        made["buildings"][0].append(
            [f"B{n:03d}", f"{uprn}", name, "County", kind, f"{x}", f"{y}", code, held.lower(),
             "operational", f"{size}", f"{size - 20}", f"£{size * 110:,}", f"{size * 900}", "yes",
             day, "ABC"[n % 3]])  # fmt: skip
        made["buildings"][1].append(
            ["County", f"{uprn}", f"A{n:03d}", name, street, town, code, f"{x}", f"{y}", held,
             "Land and building", use, f"{0.1 + n / 50:.2f}", f"{size:,}", day, "",
             "Grade II" if n % 9 == 0 else ""])  # fmt: skip
        made["stations"][0].append(
            [f"F{n:02d}", f"{town} {n + 1}", "fire", "Shire FRS", "Shire FRS", f"{x}", f"{y}", code,
             "freehold", "operational", f"{size}", f"{size * 100}",
             ("wholetime", "on_call")[n % 2], f"{1 + n % 3}", street])  # fmt: skip
        made["services"][0].append(
            [f"S{n:02d}", f"{use} service", ("library", "advice", "adult_learning")[n % 3],
             f"{uprn}", f"{street}, {town}", code, f"{x}", f"{y}", "County", f"{size // 2}",
             f"{size * 70:,}", f"B{n:03d}"])  # fmt: skip
        made["demand"][0].append(
            [f"E010{30000 + 11 * n}", f"{town} {n:03d}A", f"{x}", f"{y}", f"{1500 + 7 * n}",
             f"{200 + n}", f"{1 + n % 10}", "Urban: Nearer to a major town or city",
             "edge" if n % 7 == 0 else ""])  # fmt: skip
    heads = {"buildings": (_CANONICAL, _PUBLISHED), "stations": (_STATIONS,),
             "services": (_SERVICES,), "demand": (_DEMAND,)}  # fmt: skip
    return {
        layer: [[head.split(","), *rows] for head, rows in zip(heads[layer], tables, strict=True)]
        for layer, tables in made.items()
    }


# --- corruptions of rows -----------------------------------------------------------------------


def a_cell(rows: Rows, chance: random.Random) -> Rows:
    """One cell becomes junk."""
    row, column = _spot(rows, chance)
    return _with(rows, row, column, value=chance.choice(JUNK))


def a_heading(rows: Rows, chance: random.Random) -> Rows:
    """One heading becomes junk, another heading, or is misspelt."""
    column = chance.randrange(len(rows[0]))
    name = rows[0][column]
    options = (chance.choice(JUNK), chance.choice(rows[0]), name[:-1], name.upper(), f" {name}\n",
               name[::-1], f"{name} (2)")  # fmt: skip
    return _with(rows, 0, column, value=chance.choice(options))


def a_digit(rows: Rows, chance: random.Random) -> Rows:
    """A digit is lost, doubled or changed in one cell."""
    row, column = _spot(rows, chance)
    text = rows[row][column]
    spots = [i for i, c in enumerate(text) if c.isdigit()]
    if not spots:
        return _with(rows, row, column, value=text + chance.choice("0123456789"))
    at = chance.choice(spots)
    new = chance.choice(("", text[at] * 2, chance.choice("0123456789")))
    return _with(rows, row, column, value=text[:at] + new + text[at + 1 :])


def swapped_cells(rows: Rows, chance: random.Random) -> Rows:
    """Two cells of a row change places."""
    row, one = _spot(rows, chance)
    other = chance.randrange(len(rows[row]))
    changed = _with(rows, row, one, value=rows[row][other])
    return _with(changed, row, other, value=rows[row][one])


def swapped_columns(rows: Rows, chance: random.Random) -> Rows:
    """Two headings change places over their columns."""
    one, other = chance.sample(range(len(rows[0])), 2)
    changed = _with(rows, 0, one, value=rows[0][other])
    return _with(changed, 0, other, value=rows[0][one])


def repeated_row(rows: Rows, chance: random.Random) -> Rows:
    """A row stands twice."""
    at = chance.randrange(1, len(rows))
    return [*rows[: at + 1], list(rows[at]), *rows[at + 1 :]]


def nearly_repeated_row(rows: Rows, chance: random.Random) -> Rows:
    """A row stands twice, one cell different."""
    return a_cell(repeated_row(rows, chance), chance)


def lost_row(rows: Rows, chance: random.Random) -> Rows:
    """A row is missing (the register stays sound)."""
    at = chance.randrange(1, len(rows))
    return [*rows[:at], *rows[at + 1 :]]


def extra_row(rows: Rows, chance: random.Random) -> Rows:
    """A note, a total or an empty line between the rows."""
    width = len(rows[0])
    line = chance.choice(
        (["" for _ in range(width)], ["Note: see website"], ["Total", *["1"] * (width - 1)],
         ["TOTAL"], [""] * (width - 1) + ["5"], ["x"] * width)
    )  # fmt: skip
    at = chance.randrange(1, len(rows) + 1)
    return [*rows[:at], list(line), *rows[at:]]


def title_rows(rows: Rows, chance: random.Random) -> Rows:
    """Titles above the heading."""
    titles: Rows = [["Public land and assets"], [], ["As at 31/03/2026", "", "Estates"]]
    return [*titles[: chance.randrange(1, 4)], *rows]


def no_heading(rows: Rows, chance: random.Random) -> Rows:
    """The heading is gone."""
    return rows[1:]


def repeated_heading(rows: Rows, chance: random.Random) -> Rows:
    """The heading stands again among the rows."""
    at = chance.randrange(1, len(rows) + 1)
    return [*rows[:at], list(rows[0]), *rows[at:]]


def sorted_heading(rows: Rows, chance: random.Random) -> Rows:
    """The rows were sorted, and the heading with them."""
    at = chance.randrange(1, min(len(rows), 40))
    return [*rows[1 : at + 1], list(rows[0]), *rows[at + 1 :]]


def long_row(rows: Rows, chance: random.Random) -> Rows:
    """A row has cells beyond the last heading."""
    at = chance.randrange(1, len(rows))
    return [*rows[:at], [*rows[at], chance.choice(JUNK)], *rows[at + 1 :]]


def short_row(rows: Rows, chance: random.Random) -> Rows:
    """A row breaks off."""
    at, _ = _spot(rows, chance)
    return [*rows[:at], rows[at][: chance.randrange(len(rows[at]))], *rows[at + 1 :]]


def repeated_column(rows: Rows, chance: random.Random) -> Rows:
    """A column stands twice, perhaps with a cell different."""
    column = chance.randrange(len(rows[0]))
    doubled = [[*row, row[column]] for row in _even(rows)]
    return a_cell(doubled, chance) if chance.random() < 0.5 else doubled


def lost_column(rows: Rows, chance: random.Random) -> Rows:
    """A column is missing."""
    column = chance.randrange(len(rows[0]))
    return [row[:column] + row[column + 1 :] for row in rows]


def filled_column(rows: Rows, chance: random.Random) -> Rows:
    """A whole column becomes one junk value."""
    column, value = chance.randrange(len(rows[0])), chance.choice(JUNK)
    return [rows[0], *([*row[:column], value, *row[column + 1 :]] for row in rows[1:])]


def joined_columns(rows: Rows, chance: random.Random) -> Rows:
    """Two neighbouring columns share a cell."""
    column = chance.randrange(len(rows[0]) - 1)
    return [
        [*row[:column], f"{row[column]},{row[column + 1]}", *row[column + 2 :]]
        for row in _even(rows)
    ]


def shuffled(rows: Rows, chance: random.Random) -> Rows:
    """Rows in another order (the register stays sound)."""
    body = list(rows[1:])
    chance.shuffle(body)
    return [rows[0], *body]


ROWS: tuple[Corruption, ...] = (
    a_cell, a_cell, a_cell, a_digit, a_digit, swapped_cells, repeated_row, nearly_repeated_row,
    lost_row, extra_row, short_row,
)  # fmt: skip
COLUMNS: tuple[Corruption, ...] = (
    a_heading, swapped_columns, repeated_column, lost_column, filled_column, joined_columns,
    title_rows, repeated_heading, sorted_heading, shuffled,
)  # fmt: skip
#: Every corruption, those that most files suffer from more often.
STRUCTURE: tuple[Corruption, ...] = (*ROWS, *COLUMNS, a_heading, long_row, no_heading)


def _even(rows: Rows) -> Rows:
    """The rows, as long as the heading at least."""
    return [[*row, *[""] * (len(rows[0]) - len(row))] for row in rows]


def _spot(rows: Rows, chance: random.Random) -> tuple[int, int]:
    """A cell of some row under the heading that has any."""
    row = chance.choice([at for at, line in enumerate(rows) if at and line])
    return row, chance.randrange(len(rows[row]))


def _with(rows: Rows, row: int, column: int, *, value: str) -> Rows:
    """The rows with one cell changed."""
    line = [*rows[row]] or [""]
    line[min(column, len(line) - 1)] = value
    return [*rows[:row], line, *rows[row + 1 :]]


# --- bytes -----------------------------------------------------------------------------------


def a_byte(raw: bytes, chance: random.Random) -> bytes:
    """One byte changes."""
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]


def lost_bytes(raw: bytes, chance: random.Random) -> bytes:
    """Some bytes are gone."""
    at = chance.randrange(len(raw))
    return raw[:at] + raw[at + chance.randrange(1, 9) :]


def cut_off(raw: bytes, chance: random.Random) -> bytes:
    """The file ends too early."""
    return raw[: chance.randrange(len(raw))]


def doubled_bytes(raw: bytes, chance: random.Random) -> bytes:
    """A stretch stands twice."""
    at, count = chance.randrange(len(raw)), chance.randrange(1, 60)
    return raw[: at + count] + raw[at:]


def other_encoding(raw: bytes, chance: random.Random) -> bytes:
    """Saved by another program."""
    text = raw.decode("utf-8")
    encoding = chance.choice(("utf-16", "utf-16-le", "cp1252", "utf-8-sig", "latin-1"))
    return text.encode(encoding, "replace")


def other_separator(raw: bytes, chance: random.Random) -> bytes:
    """Saved with another separator or line end."""
    swap = chance.choice(
        ((b",", b";"), (b",", b"\t"), (b"\n", b"\r\n"), (b"\n", b"\r"), (b'"', b"'"))
    )
    return raw.replace(*swap)


def noise(raw: bytes, chance: random.Random) -> bytes:
    """Foreign bytes somewhere."""
    at = chance.randrange(len(raw))
    return raw[:at] + chance.randbytes(chance.randrange(1, 20)) + raw[at:]


BYTES = (a_byte, lost_bytes, cut_off, doubled_bytes, other_encoding, other_separator, noise)


def as_csv(rows: Rows) -> bytes:
    """The rows as a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def as_xlsx(rows: Rows, path: Path) -> None:
    """The rows as a workbook; plain figures as numbers."""
    book = openpyxl.Workbook()
    sheet = book.active
    for at, row in enumerate(rows, start=1):
        for place, text in enumerate(row, start=1):
            cell = sheet.cell(at, place)
            cell.value = float(text) if _is_figure(text) else text.translate(_NOT_IN_WORKBOOKS)
            if cell.data_type == "f":
                cell.data_type = "s"
    book.save(path)


def as_geojson(rows: Rows, path: Path) -> None:
    """The rows as points near one another, with their cells as properties; one without a place."""
    head = [name or f"field {place}" for place, name in enumerate(rows[0])]
    features = [
        {
            "type": "Feature",
            "properties": {
                name: float(text) if _is_figure(text) else text or None
                for name, text in zip(head, [*row, *[""] * len(head)], strict=False)
            },
            "geometry": None
            if at == 3
            else {"type": "Point", "coordinates": [-2.35 + at / 1000, 53.4 + at / 1000]},
        }
        for at, row in enumerate(rows[1:])
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def _is_figure(text: str) -> bool:
    """Whether a spreadsheet would take a cell for a number and show it just so."""
    return re.fullmatch(r"0|[1-9][0-9]{0,13}", text, re.ASCII) is not None


_NOT_IN_WORKBOOKS = {code: None for code in range(32) if code not in (9, 10)}


# --- nothing is lost -------------------------------------------------------------------------


def lost_rows(rows: Rows, frame: pd.DataFrame) -> list[tuple[int, str]]:
    """Cells of a file's rows that its frame neither holds nor says anything of.

    Args:
        rows: as they were written to a CSV file, the first of them row 1.
        frame: what `assets.read.read_layer` made of it.

    Returns:
        (row, cell) of each; empty = every cell of every row is there.
    """
    said = _plain(" ".join(str(i) for i in frame.attrs["issues"]))
    names = Counter(_plain(str(name)) for name in frame.columns)
    known = {int(row): Counter(map(_plain, frame.loc[row])) for row in frame.index}
    titles = _ids_of(frame, "read.title_rows")
    filled = {n for n, row in enumerate(rows, start=1) if any(map(_plain, row))}
    heading = min(filled - titles - set(known), default=1)
    alike = _alike([row for number, row in enumerate(rows, start=1) if number not in titles])
    lost = []
    for number, row in enumerate(rows, start=1):
        kept = Counter(known.get(number, names if number == heading else ()))
        for place, text in enumerate(row):
            cell = _plain(text)
            if not cell or place in alike or (number in (*titles, heading) and cell[:99] in said):
                continue
            if kept[cell]:
                kept[cell] -= 1
            else:
                lost.append((number, text))
    return lost


def _ids_of(frame: pd.DataFrame, rule: str) -> set[int]:
    """Rows that a warning about the reading names."""
    ids = [i for issue in frame.attrs["issues"] if issue.rule == rule for i in issue.ids]
    return {int(i.removeprefix("row ")) for i in ids}


def _alike(rows: Rows) -> set[int]:
    """Columns that are another one over again, heading and cells."""
    width = max(map(len, rows))
    padded = ([*row, *[""] * (width - len(row))] for row in rows)
    columns = [tuple(map(_plain, c)) for c in zip(*padded, strict=True)]
    return {place for place, column in enumerate(columns) if column in columns[:place]}


def lost_cells(raw: pd.DataFrame, made: Intake) -> list[tuple[int, str, str]]:
    """Cells of a frame that are neither in the layer, nor in its trail, nor in a row set aside.

    Each cell has to be found in a cell of its own: one that stands twice, twice.

    Returns:
        (row, heading, cell) of each; empty = nothing was lost.
    """
    kept = _kept(made)
    shape = raw.active_geometry_name if isinstance(raw, gpd.GeoDataFrame) else None
    lost = []
    for row in raw.index:
        left = Counter(kept[int(row)])
        for heading in raw.columns:
            text = "" if heading == shape else cell_text(raw.at[row, heading])
            found = next((form for form in _forms(text) if left[form]), None)
            if found is not None:
                left[found] -= 1
            elif _plain(text):
                lost.append((int(row), str(heading), text))
    return lost


def _kept(made: Intake) -> dict[int, list[str]]:
    """Row -> every cell of it that is written or listed."""
    shape = {made.frame.geometry.name} if isinstance(made.frame, gpd.GeoDataFrame) else set()
    plain = pd.DataFrame(made.frame[[name for name in made.frame.columns if name not in shape]])
    kept = {int(row): [_form(cell_text(v)) for v in plain.loc[row]] for row in plain.index}
    for row, text in zip(made.repairs["row"], made.repairs["before"], strict=True):
        kept.setdefault(int(row), []).append(_form(text))
    for row, cells in zip(made.aside["row"], made.aside["cells"], strict=True):
        kept.setdefault(int(row), []).extend(map(_form, json.loads(cells).values()))
    return kept


def texts_of(cells: pd.Series) -> pd.Series:
    """Cells as they are written."""
    return cells.map(cell_text)


def _plain(text: str) -> str:
    """A cell without what reading may tidy: spaces, case, marks."""
    return re.sub(r"[\W_]+", "", text, flags=re.UNICODE).lower()


def _form(text: str) -> str:
    """A cell as it is compared: a number by its value, else a text without marks."""
    try:
        value = float(re.sub(r"[£,\s]", "", text))
    except ValueError:
        return _plain(text)
    return f"{value:.10g}" if np.isfinite(value) else _plain(text)


def _forms(text: str) -> Iterator[str]:
    """A cell as it may be written: itself; a coordinate to the decimetre, a date, yes or no."""
    form = _form(text)
    yield form
    yield _plain(text)
    if re.fullmatch(r"-?\d+\.\d+", form):
        yield f"{np.round(float(form), 1):.10g}"
    date = iso_date(text)
    if date:
        yield _plain(date)
    if _plain(text) in ("true", "y", "t", "1", "yes"):
        yield "yes"
    if _plain(text) in ("false", "n", "f", "0", "no"):
        yield "no"
