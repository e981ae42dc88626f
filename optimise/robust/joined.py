"""Programs of several scenarios joined by their choices, what is the same of them told once.

A plan is one choice of places. What follows from it (which building is in use, who is served,
how far one is extended, what it costs) follows in each scenario by that scenario's own rules.
Where those rules are the same, down to the choices, so is what follows, and one column stands
for all of them; else the scenario has a column of its own, whose name no other can have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimise.making import row_name
from optimise.robust.sheets import CHOICES, ONE, Column, Line, Sheet, kind_of

#: Columns that follow from the choices: exactly, or with one value that is best for every rule.
FOLLOWING = frozenset(
    row_name(kind)
    for kind in ("open", "extend", "present", "holds_type", "served", "together", "works", "hub",
                 "houses", "level")
)  # fmt: skip
#: Rules over what follows, which no two scenarios need have alike. Every other row, of whatever
#: family, is taken to be one that columns follow by: at worst something is told twice.
RULES = frozenset(
    row_name(kind)
    for kind in ("cover", "receipts", "saving", "capital_budget", "limit", "stage", "at_least",
                 "at_most", "set_least", "set_most", "hubs_least", "moves_most", "closures_most",
                 "withdrawals_most", "apart", "differs", "bays", "sessions", "single", "partner",
                 "kept", "growth", "fair", "fall", "fall_or_gain", "floor", "ceiling", "gap",
                 "below_highest", "above_lowest", "moved")
)  # fmt: skip

#: A column of a scenario: (number of the scenario, name).
Key = tuple[int, str]


@dataclass(frozen=True, eq=False)
class Joined:
    """Several sheets as one.

    Attributes:
        columns: by name.
        lines: every rule of every scenario, those that are the same once.
        costs: what each scenario minimises, in the order of the sheets.
        own: for each sheet, how many rows it added to those before it.
    """

    columns: Mapping[str, Column]
    lines: tuple[Line, ...]
    costs: tuple[Mapping[str, float], ...]
    own: tuple[int, ...]


def joined(sheets: Sequence[Sheet], permitted: Sequence[frozenset[str]]) -> Joined:
    """Lay programs side by side over one set of choices.

    Args:
        sheets: of each scenario.
        permitted: the choices that each permits; one that not all permit is not to be made.
    """
    names = _names(sheets, _colours(sheets))
    columns: dict[str, Column] = {}
    seen: dict[tuple[int, float, tuple[tuple[str, float], ...]], None] = {}
    lines: list[Line] = []
    own = []
    for n, sheet in enumerate(sheets):
        before = len(lines)
        for name, column in sheet.columns.items():
            columns.setdefault(names[n, name], column)
        for line in sheet.lines:
            terms = tuple(sorted((names[n, name], c) for name, c in line.terms))
            same = (line.sense, line.side, terms)
            if same not in seen:
                seen[same] = None
                lines.append(Line(tagged(line.name, n), line.sense, line.side, terms))
        own.append(len(lines) - before)
    for name, column in columns.items():
        if kind_of(name) in CHOICES and not all(name in each for each in permitted):
            columns[name] = column._replace(high=0.0)
    costs = tuple(
        {names[n, name]: c for name, c in sheet.cost.items()} for n, sheet in enumerate(sheets)
    )
    return Joined(columns, tuple(lines), costs, tuple(own))


def tagged(name: str, number: int) -> str:
    """A name of a scenario's own: its number follows the first part; 0 leaves it as it is.

    ``_of`` begins no escape of `optimise.making.row_name`, so no name of a program is like it.
    """
    kind, joint, rest = name.partition("__")
    return name if number == 0 else f"{kind}___of{number}{joint}{rest}"


def _colours(sheets: Sequence[Sheet]) -> dict[Key, int]:
    """A number for each column: the same where it follows from the choices by the same rows.

    Columns of one name begin alike and are told apart by the rows that define them, round after
    round, until a round tells no more apart (colour refinement, Weisfeiler & Leman 1968).
    """
    colour: dict[Key, int] = {}
    codes: dict[object, int] = {}
    for n, sheet in enumerate(sheets):
        for name, column in sheet.columns.items():
            kind = kind_of(name)
            begins: object = (name, n)
            if kind in CHOICES:
                begins = name
            elif name == ONE or kind in FOLLOWING:
                begins = (name, column)
            colour[n, name] = codes.setdefault(begins, len(codes))
    following = {
        (n, name)
        for n, sheet in enumerate(sheets)
        for name in sheet.columns
        if kind_of(name) in FOLLOWING
    }
    while True:
        told = _refined(sheets, colour, following)
        if len(set(told.values())) == len(set(colour.values())):
            return told
        colour = told


def _refined(
    sheets: Sequence[Sheet], colour: Mapping[Key, int], following: set[Key]
) -> dict[Key, int]:
    """Each column's colour with those of the rows that define it."""
    stands: dict[Key, list[object]] = {key: [] for key in following}
    for n, sheet in enumerate(sheets):
        for line in sheet.lines:
            if line.kind in RULES:
                continue
            row = (line.name, line.sense, line.side,
                   tuple(sorted((colour[n, name], c) for name, c in line.terms)))  # fmt: skip
            for name, _ in line.terms:
                if (n, name) in following:
                    stands[n, name].append(row)
    codes: dict[object, int] = {}
    made: dict[Key, int] = {}
    for key, before in colour.items():
        rows = tuple(sorted(stands[key], key=repr)) if key in following else ()
        made[key] = codes.setdefault((before, rows), len(codes))
    return made


def _names(sheets: Sequence[Sheet], colour: Mapping[Key, int]) -> dict[Key, str]:
    """The name of each column in the joined program: its own, or with a number of its kind's."""
    given: dict[int, str] = {}
    used: dict[str, int] = {}
    names: dict[Key, str] = {}
    for n, sheet in enumerate(sheets):
        for name in sheet.columns:
            code = colour[n, name]
            if code not in given:
                given[code] = tagged(name, used.get(name, 0))
                used[name] = used.get(name, 0) + 1
            names[n, name] = given[code]
    return names
