"""Names of scenarios and sweeps: what is wrong with them, and how many they come to. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from assets.issues import Issue, nearest
from optimise.scenario import Scenario
from optimise.set_records import BASE, MOST, Sweep

#: A name is a folder's: none that a file system refuses.
NAME = re.compile(r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?$")
#: A sweep's scenarios add a hyphen and up to five figures.
LONGEST_SWEEP = 58
DEVICES = ("con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)))
#: Figures of a sweep's numbers, at least.
FIGURES = 4


def points_of(sweep: Sweep) -> int:
    """How many combinations, rows or draws a sweep has, for each scenario it is of."""
    if sweep.grid is not None:
        return math.prod(map(len, sweep.grid.values()))
    if sweep.rows is not None:
        return len(next(iter(sweep.rows.values())))
    return sweep.sample or 0


def numbered(name: str, count: int) -> Iterator[str]:
    """Names of a sweep's scenarios, in order: fire-0001, fire-0002 ..."""
    figures = max(FIGURES, len(str(count)))
    return (f"{name}-{n:0{figures}d}" for n in range(1, count + 1))


def misnamed(base: Scenario) -> Iterator[Issue]:
    """Names that cannot be folders', or stand for two things."""
    for kind, names in (("scenario", base.scenarios), ("sweep", base.sweeps)):
        for name in names:
            yield from _misnamed(kind, name)
    seen = {BASE: "the base itself"}
    for name in base.scenarios:
        yield from _taken(seen, name, f"scenario '{name}'")
    for name, sweep in base.sweeps.items():
        yield from _taken(seen, name, f"sweep '{name}'")
        count = min(points_of(sweep) * len(sweep.of), MOST)
        for one in numbered(name, count):
            yield from _taken(seen, one, f"sweep '{name}'")


def _misnamed(kind: str, name: str) -> Iterator[Issue]:
    longest = LONGEST_SWEEP if kind == "sweep" else 64
    plain = NAME.match(name) and name.split(".")[0].lower() not in DEVICES
    if not plain or len(name) > longest:
        yield Issue(
            "scenario.bad_name",
            f"{kind} '{name}': the name is to be a folder's on every machine",
            (name,),
            f"up to {longest} letters, figures, '-', '_' and '.', none of these last at the ends",
        )


def _taken(seen: dict[str, str], name: str, who: str) -> Iterator[Issue]:
    # Windows and macOS take LOW and low for one folder.
    other = seen.setdefault(name.lower(), who)
    if other != who:
        yield Issue(
            "scenario.name_twice",
            f"{who} has a name that {other} has already, as file systems see it: '{name}'",
            (name,),
            "give one of them another name",
        )


def unknown_names(base: Scenario, only: Sequence[str]) -> Iterator[Issue]:
    """Overrides, scenarios and sweeps that are named but not there."""
    for name, one in base.scenarios.items():
        for override in one.overrides:
            if override not in base.overrides:
                yield _unknown(f"scenario '{name}'", "override", override, base.overrides)
    of = (BASE, *base.scenarios)
    for name, sweep in base.sweeps.items():
        for start in sweep.of:
            if start not in of:
                yield _unknown(f"sweep '{name}'", "scenario", start, of)
    sweeps = base.sweeps.items()
    single = [one for n, s in sweeps for one in numbered(n, min(points_of(s) * len(s.of), MOST))]
    there = {*base.scenarios, *base.sweeps, *single}
    for name in only:
        if name not in there:
            remedy = nearest(name, (*base.scenarios, *base.sweeps)) if there else NONE_THERE
            message = f"there is no scenario or sweep '{name}'"
            yield Issue("scenario.unknown_scenario", message, (name,), remedy)


NONE_THERE = "add some to the file, under 'scenarios:' or 'sweeps:'"


def _unknown(who: str, kind: str, name: str, known: Iterable[str]) -> Issue:
    known = tuple(known)
    remedy = nearest(name, known) if known else f"add it under '{kind}s'"
    return Issue(f"scenario.unknown_{kind}", f"{who}: there is no {kind} '{name}'", (name,), remedy)


def too_many(base: Scenario) -> Iterator[Issue]:
    """Sweeps that come to more scenarios than `MOST`, alone or together."""
    sizes = {name: points_of(sweep) * len(sweep.of) for name, sweep in base.sweeps.items()}
    for name, size in sizes.items():
        if size > MOST:
            yield Issue(
                "scenario.too_many",
                f"sweep '{name}' comes to {size:,} scenarios; {MOST:,} are the most",
                (name,),
                "give fewer values, or a sample of so many draws",
            )
    total = sum(sizes.values()) + len(base.scenarios)
    if total > MOST and max(sizes.values(), default=0) <= MOST:
        message = f"the file comes to {total:,} scenarios; {MOST:,} are the most"
        yield Issue("scenario.too_many", message, tuple(sizes), "split it into two files")
