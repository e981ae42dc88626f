"""The one table of assumed figures and of what each map tag means (`assumptions.yml`)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assets.issues import InputError, Issue, nearest

TABLE = Path(__file__).with_name("assumptions.yml")
_OPEN_GROUPS = ("by_kind", "standards", "services", "tags", "host_types")
_KIND_KEYS = {
    "label", "owner", "in_scope", "scope_if_public", "lock", "lock_reason", "host", "services",
}  # fmt: skip
_RULE_KEYS = {"tags", "kind", "name", "operator", "named", "alone", "leave_out"}
PLACES = ("city", "town", "suburb", "village", "hamlet", "isolated_dwelling", "farm")
DUTY_SYSTEMS = ("wholetime", "day_crewed", "on_call", "self_rostered")
TENURES = ("freehold", "leasehold", "licence", "other")
STATUSES = ("operational", "vacant", "surplus")
_LOCKS = {"free", "retain", "close", "host_only", "no_host"}


@dataclass(frozen=True)
class Kind:
    """A kind of building, and what a draft takes for granted about it.

    Attributes:
        name: slug, the layer's ``asset_type``.
        rank: 0 = the leading use where one building holds several.
        label: in words.
        owner: who holds it where the map names nobody.
        in_scope: whether the plan may decide about it.
        scope_if_public: in scope where the map names a public operator.
        lock, lock_reason: ``decision_lock`` and why.
        host: may take in other services.
        services: service type -> share of floor area.
    """

    name: str
    rank: int
    label: str
    owner: str
    in_scope: bool
    scope_if_public: bool
    lock: str
    lock_reason: str
    host: bool
    services: Mapping[str, float]


@dataclass(frozen=True)
class TagRule:
    """One line of the tag table: tags (all must fit) -> a kind, or a reason to leave it out.

    Attributes:
        tags: key -> values, any of which fits.
        kind: kind of building; ``""`` where the thing is left out.
        name, operator: patterns found in the text; None = any.
        named: a name is needed.
        alone: fits only a thing without any other use (amenity, office, shop, leisure, tourism).
        leave_out: reason in words; ``""`` where it has a kind.
    """

    tags: Mapping[str, tuple[str, ...]]
    kind: str
    name: re.Pattern[str] | None
    operator: re.Pattern[str] | None
    named: bool
    alone: bool
    leave_out: str

    def fits(self, tags: Mapping[str, str]) -> bool:
        """Whether the thing with these tags is one of the rule's."""
        if any(tags.get(key) not in values for key, values in self.tags.items()):
            return False
        if self.alone and any(key in tags for key in _USES):
            return False
        if self.named and not tags.get("name", "").strip():
            return False
        patterns = ((self.name, "name"), (self.operator, "operator"))
        return all(p is None or p.search(tags.get(key, "")) for p, key in patterns)


_USES = (
    "amenity", "office", "shop", "leisure", "tourism", "healthcare", "emergency", "craft",
    "public_transport", "railway",
)  # fmt: skip


@dataclass(frozen=True)
class Assumptions:
    """Every assumed figure and rule of a draft. Made by `read_assumptions`.

    Attributes:
        figures: name -> unit, use, source, default and by_kind, as in the file.
        kinds: kind name -> `Kind`, leading use first.
        rules: the tag table in order.
        words: the rest of the file (owners, services, compatibility, scenario ...).
        telling: tags at least one of which a public building has; most things have none.
    """

    figures: Mapping[str, Mapping[str, Any]]
    kinds: Mapping[str, Kind]
    rules: tuple[TagRule, ...]
    words: Mapping[str, Any]
    telling: frozenset[tuple[str, str]]

    def figure(self, name: str, kind: str = "") -> float:
        """The assumed figure ``name`` for ``kind`` (its default where the kind is not named)."""
        record = self.figures[name]
        return float(record.get("by_kind", {}).get(kind, record["default"]))

    def rule_for(self, tags: Mapping[str, str]) -> TagRule | None:
        """First rule of the tag table that fits, or None: not a public building."""
        if self.telling.isdisjoint(tags.items()):
            return None
        return next((rule for rule in self.rules if rule.fits(tags)), None)

    def owner(self, role: str) -> str:
        """The words for an owner who is not named."""
        return str(self.words["owners"][role])

    def is_public(self, operator: str) -> bool:
        """Whether an operator's name reads like a public body's."""
        return bool(re.search(self.words["public_operator"], operator, re.IGNORECASE))


def read_assumptions(path: Path | None = None) -> Assumptions:
    """The packaged table, with the figures and rules of ``path`` laid over it.

    Args:
        path: a YAML file with any part of the table; lists in it replace the table's.

    Raises:
        InputError: unreadable file, unknown key, figure that is no number of 0 or more,
            rule for a kind that is not there, pattern that is no pattern.
    """
    raw = _yaml_of(TABLE)
    issues: list[Issue] = []
    if path is not None:
        raw = _laid_over(raw, _yaml_of(path), "", issues)
    issues += _faults(raw) if not issues else []
    if issues:
        raise InputError(issues)
    return _assumptions(raw)


def _yaml_of(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise InputError(
            Issue("draft.assumptions_unreadable",
                  f"{path} cannot be read as YAML: {' '.join(str(error).split())}",
                  remedy=f"begin from a copy of {TABLE.name}")
        ) from None  # fmt: skip
    if not isinstance(raw, dict):
        raise InputError(
            Issue("draft.assumptions_unreadable", f"{path} holds no 'key: value' lines",
                  remedy=f"begin from a copy of {TABLE.name}")
        )  # fmt: skip
    return raw


def _laid_over(
    base: Mapping[str, Any], over: Mapping[str, Any], where: str, issues: list[Issue]
) -> dict[str, Any]:
    """``base`` with the values of ``over``; keys must be known except where a group is open."""
    merged = dict(base)
    for key, value in over.items():
        path = f"{where}.{key}" if where else str(key)
        is_open = where.rpartition(".")[2] in _OPEN_GROUPS or where == "kinds"
        if key not in base and not is_open:
            issues.append(
                Issue("draft.unknown_assumption", f"'{path}' is not in the table of assumptions",
                      (path,), nearest(str(key), map(str, base)))
            )  # fmt: skip
        elif isinstance(value, Mapping) and isinstance(base.get(key), Mapping):
            merged[key] = _laid_over(base[key], value, path, issues)
        elif isinstance(base.get(key), Mapping) != isinstance(value, Mapping) and key in base:
            issues.append(
                Issue("draft.bad_assumption", f"'{path}' is not of the kind the table has there",
                      (path,), f"see '{path}' in {TABLE.name}")
            )  # fmt: skip
        else:
            merged[key] = value
    return merged


def _faults(raw: Mapping[str, Any]) -> list[Issue]:
    """What is wrong with the values of a table whose keys are right."""
    return [
        *_figure_faults(raw["figures"]),
        *_word_faults(raw),
        *_kind_faults(raw),
        *_rule_faults(raw),
    ]


def _figure_faults(figures: Mapping[str, Any]) -> Iterator[Issue]:
    for name, record in figures.items():
        values = {"default": record["default"], **record.get("by_kind", {})}
        for kind, value in values.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or value < 0:
                yield _bad(f"figures.{name}.{kind}", f"{value!r} is not a number of 0 or more")
    for name in ("demand_cell_m", "street_m_per_dwelling", "people_per_dwelling"):
        if figures[name]["default"] == 0:
            yield _bad(f"figures.{name}.default", "must be above 0")


def _word_faults(raw: Mapping[str, Any]) -> Iterator[Issue]:
    """Figures for a kind, service, settlement or duty system that nothing is called."""
    duties = raw["figures"]["turnout_s"]["by_kind"]
    known = {*raw["kinds"], *raw["services"], *PLACES, *duties}
    for name, record in raw["figures"].items():
        for word in sorted(map(str, set(record.get("by_kind", {})) - known)):
            yield _bad(f"figures.{name}.by_kind.{word}", f"no such kind; {nearest(word, known)}")
    lists = {"duty_system": DUTY_SYSTEMS, "tenure": TENURES, "status": STATUSES}
    for name, allowed in lists.items():
        if raw[name] not in allowed:
            yield _bad(name, f"{raw[name]!r}: {nearest(str(raw[name]), allowed)}")


def _kind_faults(raw: Mapping[str, Any]) -> Iterator[Issue]:
    for name, kind in raw["kinds"].items():
        where = f"kinds.{name}"
        missing = {"label", "owner", "in_scope", "lock", "host", "services"} - set(kind)
        if missing or set(kind) - _KIND_KEYS:
            wrong = ", ".join(sorted(missing | (set(kind) - _KIND_KEYS)))
            yield _bad(where, f"missing or unknown: {wrong}")
        elif kind["owner"] not in raw["owners"]:
            yield _bad(where, f"owner {kind['owner']!r}: {nearest(kind['owner'], raw['owners'])}")
        elif kind["lock"] not in _LOCKS:
            yield _bad(where, f"lock {kind['lock']!r}: {nearest(str(kind['lock']), _LOCKS)}")
        elif sum(kind["services"].values()) > 1:
            yield _bad(where, "its services take up more than the whole floor area")


def _rule_faults(raw: Mapping[str, Any]) -> Iterator[Issue]:
    for number, rule in enumerate(raw["tags"], start=1):
        where = f"tags[{number}]"
        if (
            set(rule) - _RULE_KEYS
            or "tags" not in rule
            or ("kind" in rule) == ("leave_out" in rule)
        ):
            yield _bad(where, "needs 'tags' and either 'kind' or 'leave_out'")
        elif "kind" in rule and rule["kind"] not in raw["kinds"]:
            yield _bad(where, f"kind {rule['kind']!r}: {nearest(str(rule['kind']), raw['kinds'])}")
        for key in ("name", "operator"):
            try:
                re.compile(rule.get(key, ""))
            except re.error as error:
                yield _bad(where, f"{key} is not a pattern: {error}")


def _bad(where: str, message: str) -> Issue:
    return Issue("draft.bad_assumption", f"{where}: {message}", (where,), f"see {TABLE.name}")


def _assumptions(raw: Mapping[str, Any]) -> Assumptions:
    kinds = {
        name: Kind(
            name=name,
            rank=rank,
            label=str(kind["label"]),
            owner=str(kind["owner"]),
            in_scope=bool(kind["in_scope"]),
            scope_if_public=bool(kind.get("scope_if_public", False)),
            lock=str(kind["lock"]),
            lock_reason=str(kind.get("lock_reason", "")),
            host=bool(kind["host"]),
            services=dict(kind["services"]),
        )
        for rank, (name, kind) in enumerate(raw["kinds"].items())
    }
    words = {key: value for key, value in raw.items() if key not in ("figures", "kinds", "tags")}
    rules = tuple(map(_rule, raw["tags"]))
    telling = frozenset(
        (key, value) for rule in rules for key, values in rule.tags.items() for value in values
    )
    return Assumptions(raw["figures"], kinds, rules, words, telling)


def _rule(raw: Mapping[str, Any]) -> TagRule:
    def pattern(key: str) -> re.Pattern[str] | None:
        return re.compile(raw[key], re.IGNORECASE) if key in raw else None

    return TagRule(
        tags={k: (v,) if isinstance(v, str) else tuple(v) for k, v in raw["tags"].items()},
        kind=raw.get("kind", ""),
        name=pattern("name"),
        operator=pattern("operator"),
        named=bool(raw.get("named", False)),
        alone=bool(raw.get("alone", False)),
        leave_out=raw.get("leave_out", ""),
    )
