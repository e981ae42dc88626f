"""Keys of a scenario by dotted name: overrides, settings, and what they change.

An id may hold a dot: of ``locks.LIB.7`` the whole rest is the id, elsewhere the longest name that
stands in the file is meant; written as keys in keys (``{locks: {LIB.7: retain}}``) none is split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from assets.issues import InputError, Issue, nearest
from assets.keyed import value_of
from optimise.written import financial_year

#: Keys that an override replaces as a whole: half of one aim and half of another is neither.
WHOLE = (("objective",),)
#: Groups whose keys are ids with a plain value.
PLAIN = ("locks",)


def with_values(
    raw: Mapping[str, Any], values: Mapping[tuple[str, ...], Any], source: str
) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
    """The keys of a scenario with values set, and by dotted key what was there and what is.

    Raises:
        InputError: a key leads through something that is not a group of keys.
    """
    resolved = deep_copy(raw)
    changes: dict[str, tuple[Any, Any]] = {}
    for keys, value in values.items():
        before = _set_value(resolved, keys, value, source)
        changes[".".join(keys)] = (before, value)
    return resolved, changes


def deep_copy(value: Any) -> Any:
    """A copy whose groups and lists are its own."""
    if isinstance(value, Mapping):
        return {k: deep_copy(v) for k, v in value.items()}
    return [deep_copy(v) for v in value] if isinstance(value, list) else value


def leaves(
    value: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every key in keys, with its value; what is replaced as a whole is one."""
    for key, inner in value.items():
        here = (*above, str(key))
        if isinstance(inner, Mapping) and inner and here not in WHOLE:
            yield from leaves(inner, here)
        else:
            yield here, inner


def override_values(
    raw: Mapping[str, Any], names: Sequence[str], source: str
) -> dict[tuple[str, ...], Any]:
    """What named overrides set.

    Raises:
        InputError: there is no such override, or two of them set one key.
    """
    known = raw.get("overrides") or {}
    values: dict[tuple[str, ...], Any] = {}
    setter: dict[tuple[str, ...], str] = {}
    for name in names:
        if name not in known:
            raise InputError(
                Issue(
                    "scenario.unknown_override",
                    f"{source} has no override '{name}'",
                    (name,),
                    nearest(name, known) if known else "add it under 'overrides'",
                )
            )
        for keys, value in leaves(known[name] or {}):
            clash = next((k for k in values if one_key(k, keys)), None)
            if clash is not None:
                raise InputError(
                    Issue(
                        "scenario.overrides_clash",
                        f"overrides '{setter[clash]}' and '{name}' both set {'.'.join(keys)}",
                        (setter[clash], name),
                        "drop one, or merge them into a third override",
                    )
                )
            values[keys] = value
            setter[keys] = name
    return values


def one_key(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two keys are the same, or one of them a group that holds the other."""
    if all(len(keys) > 1 and keys[0] in PLAIN for keys in (one, other)):
        return one[0] == other[0] and ".".join(one[1:]) == ".".join(other[1:])
    one, other = (tuple(str(_year(p) or p) for k in keys for p in k.split("."))
                  for keys in (one, other))  # fmt: skip
    least = min(len(one), len(other))
    return one[:least] == other[:least]


def setting_values(settings: Sequence[str]) -> dict[tuple[str, ...], Any]:
    """What ``key=value`` texts set; the value is read as YAML.

    Raises:
        InputError: a text is not key=value, or its value is not YAML.
    """
    values: dict[tuple[str, ...], Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise InputError(
                Issue(
                    "scenario.bad_setting",
                    f"'{setting}' is not key=value",
                    (setting,),
                    "for example --set standards.fire_10.target=0.8",
                )
            )
        try:
            values[tuple(key.strip().split("."))] = value_of(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            raise InputError(
                Issue(
                    "scenario.bad_setting",
                    f"the value of '{setting}' is not valid YAML",
                    (setting,),
                    "quote text that holds ':' or brackets",
                )
            ) from None
    return values


def _set_value(target: dict[str, Any], keys: tuple[str, ...], value: Any, source: str) -> Any:
    place: Any = target
    if keys[0] in PLAIN and len(keys) > 2:
        keys = (keys[0], ".".join(keys[1:]))
    left = _with_dots(target, keys)
    gone: list[str] = []
    while len(left) > 1:
        gone.append(left[0])
        key = _as_it_stands(place, left[0])
        if place.get(key) is None:
            place[key] = {}
        place = place[key]
        if not isinstance(place, dict):
            raise InputError(
                Issue(
                    "scenario.bad_setting",
                    f"{source}: '{'.'.join(gone)}' is a value, not a group of keys",
                    (".".join(keys),),
                    "name the key itself",
                )
            )
        left = _with_dots(place, left[1:])
    last = _as_it_stands(place, left[0])
    before = place.get(last)
    place[last] = value
    return before


def _with_dots(place: Mapping[Any, Any], keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys, the first of them put together again where it is an id that holds a dot."""
    if _as_it_stands(place, keys[0]) in place:
        return keys
    there = {str(key) for key in place}
    for n in range(len(keys), 1, -1):
        if ".".join(keys[:n]) in there:
            return (".".join(keys[:n]), *keys[n:])
    return keys


def _as_it_stands(place: Mapping[Any, Any], key: str) -> Any:
    """The key of a mapping that a written one means: 2026, ``2026`` and ``2026/27`` are one."""
    return next((k for k in place if str(k) == key or _year(str(k)) == _year(key) is not None), key)


def _year(key: str) -> int | None:
    try:
        year = financial_year(key)
    except ValueError:
        return None
    return year if isinstance(year, int) else None
