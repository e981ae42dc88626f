"""Resolves a scenario file's ``scenarios`` and ``sweeps`` into `Variant`s, each valid.

The base is the file with what the command line sets; a variant sets its own keys over that. All
of them are resolved and checked, those that are not asked for too, and told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assets.issues import InputError, Issue
from assets.keyed import keys_of, read_text
from optimise.scenario import (
    EXAMPLE,
    Scenario,
    resolve_scenario,
    validated,
    without_passwords,
)
from optimise.set_records import BASE
from optimise.settings import override_values, setting_values, with_values
from optimise.variants.keys import scenario_key
from optimise.variants.names import misnamed, too_many, unknown_names
from optimise.variants.starts import Start, starts_of


@dataclass(frozen=True)
class Variant:
    """One scenario of a set.

    Attributes:
        name: unique in the set and file-safe; a sweep's are its name and a number (fire-0001).
        title: for people.
        overrides: names applied, in order.
        settings: (dotted key, value) as written, in order; a sweep's own after its scenario's.
        sweep: name of the sweep; "" for a named scenario.
        scenario: resolved and validated; its ``origin.changes`` say what differs from the file:
            what the base had changed there, and then its own.
    """

    name: str
    title: str
    overrides: tuple[str, ...]
    settings: tuple[tuple[str, Any], ...]
    sweep: str
    scenario: Scenario


@dataclass(frozen=True)
class ScenarioSet:
    """What one file asks to be run.

    Attributes:
        name: the base's. source: the file.
        base: the file, with what the command line set.
        variants: named scenarios in the file's order, then sweeps in theirs.
        notes: what is odd but stops nothing: variants that ask the same.
        names: of all variants of the file in order, those not asked for (``only``) too.
    """

    name: str
    source: str
    base: Scenario
    variants: tuple[Variant, ...]
    notes: tuple[Issue, ...] = ()
    names: tuple[str, ...] = ()


def load_set(
    path: Path,
    *,
    overrides: Sequence[str] = (),
    settings: Sequence[str] = (),
    only: Sequence[str] = (),
) -> ScenarioSet:
    """Read a scenario file and resolve every scenario it asks for.

    Args:
        path: the YAML file.
        overrides: applied by the command line; with settings they make the base of all variants.
        settings: ``dotted.key=value`` texts of the command line.
        only: names of scenarios, sweeps or single variants to keep; none = all.

    Raises:
        InputError: whatever is wrong with any of them, each named, all at once.
    """
    raw = keys_of(read_text(path, "scenario"), path, "scenario", begin_from=EXAMPLE)
    try:
        return resolve_set(raw, path, overrides=overrides, settings=settings, only=only)
    except InputError as error:
        raise InputError(map(without_passwords, error.issues)) from None


def resolve_set(
    raw: Mapping[str, Any],
    path: Path,
    *,
    overrides: Sequence[str] = (),
    settings: Sequence[str] = (),
    only: Sequence[str] = (),
) -> ScenarioSet:
    """The pure part of `load_set`: a mapping in, a set out; ``path`` is only named."""
    source = str(path)
    base = resolve_scenario(
        raw, base_dir=path.parent, source=source, overrides=overrides, settings=settings
    )
    issues = [*misnamed(base), *unknown_names(base, only), *too_many(base)]
    if issues:
        raise InputError(issues)
    starts, issues = starts_of(base, raw)
    ours = {key: value for key, value in raw.items() if key not in ("scenarios", "sweeps")}
    values = override_values(raw, overrides, source) | setting_values(settings)
    shared, _ = with_values(ours, values, source)
    made: list[Variant] = []
    for start in starts:
        found, faults = _resolved(start, base, shared)
        made += found
        issues += faults
    if issues:
        raise InputError(issues)
    kept = tuple(one for one in made if not only or {one.name, one.sweep} & set(only))
    names = tuple(one.name for one in made)
    return ScenarioSet(base.name, source, base, kept, tuple(_same(base, kept)), names)


def _resolved(
    start: Start, base: Scenario, shared: Mapping[str, Any]
) -> tuple[list[Variant], list[Issue]]:
    """The variants from one start, and what is wrong: each fault once, by its first scenario."""
    made: list[Variant] = []
    faults: dict[tuple[str, tuple[str, ...]], list[tuple[str, Issue]]] = {}
    for name, title, point in start.points:
        try:
            keys, changes = with_values(shared, start.values | point, base.origin.source)
            applied = (*base.origin.applied, *start.overrides)
            every = _above(base.origin.changes, changes) | changes
            origin = replace(base.origin, applied=applied, changes=every)
            scenario = validated(keys, origin)
        except InputError as error:
            for issue in error.issues:
                faults.setdefault((issue.rule, issue.ids), []).append((name, issue))
            continue
        settings = (*start.settings, *((".".join(keys), v) for keys, v in point.items()))
        made.append(Variant(name, title, start.overrides, settings, start.sweep, scenario))
    return made, [_told(start, found) for found in faults.values()]


def _above(
    base: Mapping[str, tuple[Any, Any]], own: Mapping[str, tuple[Any, Any]]
) -> dict[str, tuple[Any, Any]]:
    """The base's changes, without those within a group that the variant sets whole."""
    groups = tuple(f"{key}." for key in own)
    return {key: change for key, change in base.items() if not key.startswith(groups)}


def _told(start: Start, found: Sequence[tuple[str, Issue]]) -> Issue:
    (name, issue), count = found[0], len(found)
    of = f"sweep '{start.sweep}', " if start.sweep else ""
    more = f" (and {count - 1} more of it)" if count > 1 else ""
    message = f"{of}scenario '{name}'{more}: {issue.message}"
    return replace(issue, message=message, ids=(name, *issue.ids))


def _same(base: Scenario, variants: Sequence[Variant]) -> Iterator[Issue]:
    """A note on scenarios that ask the same."""
    first = {scenario_key(base): BASE}
    same: dict[str, list[str]] = {}
    for one in variants:
        found = first.setdefault(scenario_key(one.scenario), one.name)
        if found != one.name:
            same.setdefault(found, []).append(one.name)
    for name, others in same.items():
        verb = "ask" if len(others) > 1 else "asks"
        yield Issue(
            "scenario.same",
            f"{len(others)} of the scenarios {verb} the same as '{name}'",
            tuple(others),
            "nothing need be done: what asks the same is planned once",
            severity="warning",
        )
