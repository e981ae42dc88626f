"""Ready-made standards by name, with their sources and what these records cannot hold of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from assets.issues import InputError, Issue, nearest
from assets.keyed import keys_of, read_text
from coverage.standards import Standard

TABLE = Path(__file__).with_name("catalogue.yml")
"""The standards that ship with Groundplan."""
#: The key of a scenario's record that names a ready-made one.
USE = "use"


@dataclass(frozen=True)
class ReadyMade:
    """A published standard as a record.

    Attributes:
        name: what a scenario calls it by.
        service: whose standard it is.
        record: keys of a `Standard`.
        source: where it was published.
        beyond: what of it the record cannot hold, or takes for granted.
    """

    name: str
    service: str
    record: Mapping[str, Any]
    source: str
    beyond: str

    @property
    def standard(self) -> Standard:
        """The record, checked."""
        return Standard.model_validate({**self.record, "standard_id": self.name, USE: self.name})

    @property
    def asked(self) -> str:
        """What it asks, in words: ``80% within 11 minutes, from the call``."""
        made = self.standard
        nth = {1: "", 2: "second vehicle "}.get(made.nth_vehicle, f"vehicle {made.nth_vehicle} ")
        clock = {"call": ", from the call", "alert": ", from the alert"}.get(made.clock_start, "")
        target = made.target
        if not made.in_minutes:
            share = f"{target:.0%} " if isinstance(target, float) else ""
            return f"{nth}{share}{made.asked_words}{clock}"
        limit = f"{target:g} {made.unit}" if isinstance(target, int | float) else ""
        return f"{nth}{limit} {made.asked_words}{clock}"


@cache
def catalogue() -> Mapping[str, ReadyMade]:
    """Every ready-made standard by name, in the order of its file."""
    held = keys_of(read_text(TABLE, "standards"), TABLE, "standards", begin_from=str(TABLE))
    return {
        str(name): ReadyMade(str(name), **{k: _copied(v) for k, v in told.items()})
        for name, told in held.items()
    }


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else " ".join(str(value).split())


def ready_made(name: str) -> ReadyMade:
    """The ready-made standard of a name.

    Raises:
        InputError: there is none, with the nearest known name.
    """
    known = catalogue()
    if name not in known:
        text = f"there is no ready-made standard '{name}'"
        remedy = f"{nearest(name, known)}; python app.py standards lists them"
        raise InputError(Issue("standards.unknown_use", text, (name,), remedy))
    return known[name]


def laid_over(record: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario's record with what it says laid over the ready-made one that it uses.

    A key that the record states as null is taken out of the ready-made one. A record that uses
    none is returned as it is.

    Raises:
        InputError: it uses one that is not there.
    """
    name = record.get(USE)
    if not name:
        return dict(record)
    merged = {**ready_made(str(name)).record, **record}
    return {key: value for key, value in merged.items() if value is not None}


def records_text(names: Iterable[str] = ()) -> str:
    """Ready-made standards as the ``standards:`` part of a scenario, to begin from.

    Args:
        names: which; none = all.

    Raises:
        InputError: one of them is not there.
    """
    chosen = [ready_made(name) for name in names] or list(catalogue().values())
    head = (
        "# Ready-made standards, to be moved into a scenario and edited. Check each with its\n"
        "# service before a plan is held to it: services revise them.\n"
        "standards:\n"
    )
    parts = []
    for one in chosen:
        body = yaml.safe_dump({one.name: dict(one.record)}, sort_keys=False, allow_unicode=True)
        notes = f"# {one.service}. {one.source}.\n# Not held: {one.beyond}.\n"
        parts.append("".join(f"  {line}\n" for line in (notes + body).splitlines()))
    return head + "\n".join(parts)
