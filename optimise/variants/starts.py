"""What each scenario of a set sets over the base, before any of it is resolved. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets.issues import InputError, Issue
from optimise.scenario import Scenario
from optimise.set_records import BASE, Sweep
from optimise.settings import leaves, one_key, override_values
from optimise.variants.draws import drawn
from optimise.variants.names import numbered, points_of
from optimise.variants.words import plain_value

Keys = tuple[str, ...]
#: Name, title and what is set beyond the start.
Point = tuple[str, str, dict[Keys, Any]]


@dataclass(frozen=True)
class Start:
    """A named scenario, or the start of a sweep with every point of it.

    Attributes:
        sweep: its name; "" for a named scenario.
        overrides: applied, in order.
        settings: (dotted key, value) as written.
        values: what overrides and settings set, by key.
        points: what is to be run; a named scenario has one.
    """

    sweep: str
    overrides: tuple[str, ...]
    settings: tuple[tuple[str, Any], ...]
    values: dict[Keys, Any]
    points: tuple[Point, ...]


def starts_of(base: Scenario, raw: Mapping[str, Any]) -> tuple[list[Start], list[Issue]]:
    """Every named scenario and sweep in the file's order, and which keys clash in them."""
    starts: list[Start] = []
    issues: list[Issue] = []
    for name, one in base.scenarios.items():
        values, faults = _values(base, raw, name)
        issues += faults
        title = one.title or name
        starts.append(_start(base, name, values, sweep="", points=((name, title, {}),)))
    for name, sweep in base.sweeps.items():
        points, faults = _points(name, sweep, base)
        issues += faults
        for n, of in enumerate(sweep.of):
            values, _ = _values(base, raw, of)
            keys = list(points[0][2])
            issues += _clashes(f"sweep '{name}'", keys, f"scenario '{of}'", list(values))
            share = len(points) // len(sweep.of)
            ours = points[n * share : (n + 1) * share]
            starts.append(_start(base, of, values, sweep=name, points=ours))
    return starts, issues


def _start(
    base: Scenario, of: str, values: dict[Keys, Any], *, sweep: str, points: tuple[Point, ...]
) -> Start:
    if of == BASE:
        return Start(sweep, (), (), values, points)
    one = base.scenarios[of]
    written = tuple((".".join(keys), value) for keys, value in _written(one.settings))
    return Start(sweep, tuple(one.overrides), written, values, points)


def _written(settings: Mapping[str, Any]) -> list[tuple[Keys, Any]]:
    """What ``set`` sets: a key's own dots part it, dots of keys within keys are of ids."""
    return [((*keys[0].split("."), *keys[1:]), value) for keys, value in leaves(settings)]


def _values(
    base: Scenario, raw: Mapping[str, Any], name: str
) -> tuple[dict[Keys, Any], list[Issue]]:
    """What a named scenario sets, and the keys that are set twice in it."""
    if name == BASE:
        return {}, []
    one, who = base.scenarios[name], f"scenario '{name}'"
    written = _written(one.settings)
    issues: list[Issue] = []
    try:
        values = override_values(raw, one.overrides, who)
    except InputError as error:
        issues += [_of(who, issue) for issue in error.issues]
        values = {}
    for override in one.overrides:
        theirs = list(override_values(raw, [override], who))
        ours = [keys for keys, _ in written]
        issues += _clashes(f"{who}, its 'set'", ours, f"override '{override}'", theirs)
    for n, (keys, _) in enumerate(written):
        issues += _clashes(f"{who}, its 'set'", [keys], "it", [k for k, _ in written[:n]])
    return values | dict(written), issues


def _of(who: str, issue: Issue) -> Issue:
    return Issue(issue.rule, f"{who}: {issue.message}", (who, *issue.ids), issue.remedy)


def _clashes(who: str, ours: Sequence[Keys], other: str, theirs: Sequence[Keys]) -> list[Issue]:
    return [
        Issue(
            "scenario.overrides_clash",
            f"{who}: it and {other} both set {'.'.join(key)}",
            (".".join(key),),
            "set it in one of the two",
        )
        for key in ours
        if any(one_key(key, known) for known in theirs)
    ]


def _points(name: str, sweep: Sweep, base: Scenario) -> tuple[tuple[Point, ...], list[Issue]]:
    """Every scenario of a sweep, those of its first start first; keys that stand twice in it."""
    values = list(_combined(sweep))
    names = list(numbered(name, points_of(sweep) * len(sweep.of)))
    keys = [tuple(key.split(".")) for key in values[0]]
    issues = [
        issue
        for n, key in enumerate(keys)
        for issue in _clashes(f"sweep '{name}'", [key], "it", keys[:n])
    ]
    points: list[Point] = []
    for of in sweep.of:
        for one in values:
            title = _title(sweep.title or name, of, one, base)
            points.append((names[len(points)], title, dict(zip(keys, one.values(), strict=True))))
    return tuple(points), issues


def _combined(sweep: Sweep) -> Iterator[dict[str, Any]]:
    if sweep.draw is not None:
        yield from drawn(sweep.draw, sweep.sample or 0, sweep.seed)
        return
    lists = sweep.grid or sweep.rows or {}
    rows = itertools.product(*lists.values()) if sweep.grid else zip(*lists.values(), strict=True)
    for row in rows:
        yield dict(zip(lists, row, strict=True))


def _title(title: str, of: str, values: Mapping[str, Any], base: Scenario) -> str:
    start = "" if of == BASE else f" on {base.scenarios[of].title or of}"
    told = ", ".join(plain_value(key, value) for key, value in values.items())
    return f"{title}{start}: {told}"
