"""A filter -> a condition with values beside it, on the tables beneath (alias ``r``: run_rows)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from assets.issues import InputError, Issue, nearest
from optimise.store.database import Work
from optimise.store.ddl import rows_of
from optimise.store.known import known_as
from optimise.store.schema import DECISIONS, RUNS, STANDARDS, Column, StoreTable
from optimise.store.where import Both, Comparison, Condition, Literal, Not, parse, unquoted

_COLUMNS = {column.name: column for column in RUNS.columns}
_TEXT = ("text", "word", "asset")


@dataclass(frozen=True)
class Sql:
    """A condition and its values, in the order of its question marks."""

    text: str
    values: tuple[str | float, ...] = ()


ALL = Sql("1 = 1")


@dataclass(frozen=True)
class Place:
    """Where the value of a name stands: a column of ``runs``, a key, a row of a table.

    Attributes:
        name: as it was asked for, without quotes.
        kind: of its values; ``key`` = a value of a scenario.
        expression: the value, in the words of the database.
        run: the number of the run it is of.
        source: FROM … WHERE … of the rows it is looked for in; ``""`` = in the run itself.
        values: of the source.
    """

    name: str
    kind: str
    expression: str
    run: str = "r.run_no"
    source: str = ""
    values: tuple[str, ...] = ()


def condition(work: Work, where: str) -> Sql:
    """The condition of a filter; ``""`` = every run.

    Raises:
        InputError: the filter cannot be read, or names what the store does not know.
    """
    return _sql(parse(where), lambda name: place_of(work, name)) if where.strip() else ALL


def _sql(asked: Condition, place: Callable[[str], Place]) -> Sql:
    if isinstance(asked, Not):
        inner = _sql(asked.part, place)
        return Sql(f"NOT {inner.text}", inner.values)
    if isinstance(asked, Both):
        parts = [_sql(part, place) for part in asked.parts]
        joined = f" {asked.joint.upper()} ".join(part.text for part in parts)
        return Sql(f"({joined})", tuple(value for part in parts for value in part.values))
    return _in_place(asked, place(asked.name))


def _in_place(test: Comparison, place: Place) -> Sql:
    """A test of a value, which holds or does not, whatever is missing."""
    if test.sign == "null":
        there = _there(place)
        if not place.source:
            return Sql(f"NOT {there}")
        missing = f"r.run_no NOT IN (SELECT {place.run} {place.source} AND {there})"
        return Sql(missing, place.values)
    made = _key_test(test, place) if place.kind == "key" else _value_test(test, place)
    if not place.source:
        return made
    held = f"r.run_no IN (SELECT {place.run} {place.source} AND {made.text})"
    return Sql(held, (*place.values, *made.values))


def _there(place: Place) -> str:
    if place.kind == "key":
        return f"({place.expression} <> 'null')"
    blank = f" AND {place.expression} <> ''" if place.kind in _TEXT else ""
    return f"({place.expression} IS NOT NULL{blank})"


def _value_test(test: Comparison, place: Place) -> Sql:
    here = place.expression
    if place.kind in _TEXT:
        if test.sign in ("like", "contains"):
            return _like(here, test, "", "")
        if test.sign not in ("=", "in"):
            _refuse(f"{place.name} is text: it takes =, !=, in, like, contains or is null", place)
        return _one_of(here, [value.text for value in test.values])
    if test.sign in ("like", "contains"):
        _refuse(f"{place.name} is a number: it takes =, !=, <, <=, >, >=, in or is null", place)
    numbers = [_number(value, place) for value in test.values]
    return _compared(here, test.sign, numbers)


def _key_test(test: Comparison, place: Place) -> Sql:
    """A value of a scenario: numbers as numbers, everything else as its JSON."""
    here = place.expression
    if test.sign in ("like", "contains"):
        return _like(here, test, '"', '"')
    numbers = [value.number for value in test.values if value.number is not None]
    if test.sign not in ("=", "in"):
        if not numbers:
            _refuse(f"{place.name} {test.sign} needs a number", place)
        return _compared("t.number", test.sign, numbers)
    parts = [_compared("t.number", "in", numbers)] if numbers else []
    texts = [_as_json(value) for value in test.values if value.number is None]
    parts += [_one_of(here, texts)] if texts else []
    return Sql(f"({' OR '.join(p.text for p in parts)})", tuple(v for p in parts for v in p.values))


def _as_json(value: Literal) -> str:
    if not value.quoted and value.text.lower() in ("true", "false"):
        return value.text.lower()
    return json.dumps(value.text, ensure_ascii=False)


def _compared(here: str, sign: str, numbers: list[float]) -> Sql:
    if sign == "in":
        held = ", ".join("?" * len(numbers))
        return Sql(f"({here} IS NOT NULL AND {here} IN ({held}))", tuple(numbers))
    return Sql(f"({here} IS NOT NULL AND {here} {sign} ?)", (numbers[0],))


def _one_of(here: str, texts: list[str]) -> Sql:
    held = ", ".join("?" * len(texts))
    return Sql(f"({here} IS NOT NULL AND {here} IN ({held}))", tuple(texts))


def _like(here: str, test: Comparison, before: str, after: str) -> Sql:
    """Like (``%`` any characters, ``_`` one) and contains; capitals do not matter."""
    text = test.values[0].text
    if test.sign == "contains":
        text = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    else:
        text = before + text + after
    return Sql(f"({here} IS NOT NULL AND lower({here}) LIKE lower(?) ESCAPE '\\')", (text,))


def _number(value: Literal, place: Place) -> float:
    if value.number is not None:
        return value.number
    said = {"true": 1.0, "false": 0.0}.get(value.text.lower()) if place.kind == "flag" else None
    if said is None:
        _refuse(f"{place.name} is a number, and '{value.text}' is none", place)
    return said


def _refuse(why: str, place: Place) -> NoReturn:
    raise InputError(Issue("store.where", f"the filter cannot be used: {why}", (place.name,),
                           "see docs/store.md for the columns and what they hold"))  # fmt: skip


# --- names ----------------------------------------------------------------------------------


def place_of(work: Work, written: str) -> Place:
    """What a name stands for: a column, a standard's, a building's, a key of scenarios.

    Raises:
        InputError: nothing in the store is called that.
    """
    name = unquoted(written)
    if name in _COLUMNS:
        return Place(name, _COLUMNS[name].kind, f"r.{name}")
    if _is_word(work, name, "section_values", "key_no"):
        source = (
            "FROM section_values t JOIN run_sections s ON s.section_no = t.section_no "
            "WHERE t.key_no = (SELECT word_no FROM words WHERE known_as = ?)"
        )
        return Place(name, "key", _word("value"), "s.run_no", source, (known_as(name),))
    owner, _, last = name.rpartition(".")
    for table, column in _ROWS:
        found = next((c for c in table.stored if c.name == last), None)
        if owner and found is not None and _has_rows(work, table, owner):
            return _of_row(table, column, found, owner)
    close = nearest(name, _names(work))
    if not close.startswith("did"):  # all keys of all scenarios would be too long a list
        close = f"columns of runs: {', '.join(_COLUMNS)}"
    raise InputError(
        Issue("store.unknown_name", f"the store knows no '{name}'", (name,),
              f"{close}; also keys of the scenarios, STANDARD.COLUMN and ASSET.COLUMN")
    )  # fmt: skip


_ROWS = ((STANDARDS, "standard_id_no"), (DECISIONS, "building_no"))


def _of_row(table: StoreTable, column: str, asked: Column, owner: str) -> Place:
    value = _word(asked.name) if asked.kind == "word" else f"t.{asked.name}"
    if asked.kind == "asset":
        value = "(SELECT asset_id FROM buildings WHERE building_no = t.building_no)"
    source = f"FROM {rows_of(table)} t WHERE t.{column} {_owner_of(table)}"
    key = known_as(owner) if table is STANDARDS else owner
    return Place(f"{owner}.{asked.name}", asked.kind, value, "t.run_no", source, (key,))


def _owner_of(table: StoreTable) -> str:
    if table is STANDARDS:
        return "= (SELECT word_no FROM words WHERE known_as = ?)"
    return "IN (SELECT building_no FROM buildings WHERE asset_id = ?)"


def _word(column: str) -> str:
    return f"(SELECT word FROM words WHERE word_no = t.{column}_no)"


def _is_word(work: Work, name: str, table: str, column: str) -> bool:
    """Whether a name stands in a column of words."""
    ask = (
        f"SELECT 1 FROM words w WHERE w.known_as = ? AND EXISTS "
        f"(SELECT 1 FROM {table} t WHERE t.{column} = w.word_no)"
    )
    return bool(work.rows(ask, (known_as(name),)))


def _has_rows(work: Work, table: StoreTable, owner: str) -> bool:
    if table is STANDARDS:
        return _is_word(work, owner, rows_of(table), "standard_id_no")
    return bool(work.rows("SELECT 1 FROM buildings WHERE asset_id = ? LIMIT 1", (owner,)))


def _names(work: Work) -> list[str]:
    """Columns, keys of scenarios and ``STANDARD.COLUMN``, to find the nearest among."""
    ask = "SELECT word FROM words WHERE word_no IN (SELECT key_no FROM section_values)"
    keys = [word for (word,) in work.rows(ask)]
    ask = "SELECT word FROM words WHERE word_no IN (SELECT standard_id_no FROM standards_rows)"
    ids = [word for (word,) in work.rows(ask)]
    return [*_COLUMNS, *keys, *(f"{one}.{c.name}" for one in ids for c in STANDARDS.stored)]
