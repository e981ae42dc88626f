"""Speed profiles by name: those that ship with Groundplan, and a user's file laid over them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assets.issues import InputError, Issue, nearest
from assets.keyed import keys_of, read_text
from coverage.network import LINK_ENDS
from coverage.osm import CAR, CLASS_INDEX
from coverage.profiles import ANY_OTHER, SPEED_ROWS, Pair, Profile, edited, made_from

TABLES = Path(__file__).with_name("speeds.yml")
"""The profiles that ship with Groundplan."""
DEEPEST = 50
"""Profiles based on one another in a row; more is taken for a circle."""


@dataclass(frozen=True, eq=False)
class SpeedBook:
    """Speed profiles by name: those of Groundplan, and those of a user's file laid over them.

    Attributes:
        profiles: by name.
        aliases: second name -> name (``car`` is ``car_offpeak``).
        notes: (profile, key of it such as ``speeds_kph.trunk``) -> the comment beside it in its
            file, where the source of a figure stands; of a profile based on another, its own
            comments before the other's.
        own: names that the user's file states, in its order.
        path: the user's file; None for Groundplan's own profiles alone.
        sha256: checksum of the file (of Groundplan's own, if None).
    """

    profiles: Mapping[str, Profile]
    aliases: Mapping[str, str]
    notes: Mapping[tuple[str, str], str] = field(repr=False)
    own: tuple[str, ...]
    path: Path | None
    sha256: str

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a profile can be asked for by: the profiles, then their second names."""
        return (*self.profiles, *self.aliases)

    def name(self, name: str) -> str:
        """The profile's first name.

        Raises:
            InputError: there is no such profile (with the nearest known name).
        """
        found = self.aliases.get(name, name)
        if found not in self.profiles:
            remedy = nearest(str(name), self.names)
            raise InputError(Issue("speeds.unknown", "unknown profile", (str(name),), remedy))
        return found

    def profile(self, name: str, overrides: Mapping[str, Any] | None = None) -> Profile:
        """A profile by name, with some of its figures replaced.

        Args:
            name: one of `names`.
            overrides: any keys of a profile that ``speeds.yml`` explains, but not another mode:
                ``speeds_kph: {row: {urban: km/h, rural: km/h}}`` (or one number for both),
                ``limit_share``, ``limit_weight``, ``end_s``, ``error`` ... What is not named stays.

        Raises:
            InputError: unknown name, key, row or area (with the nearest known one), or a figure
                that cannot be; all of it at once.
        """
        found = self.profiles[self.name(name)]
        return edited(found, overrides) if overrides else found


@lru_cache(maxsize=1)
def standard_book() -> SpeedBook:
    """The profiles that ship with Groundplan, read and checked once."""
    return _read(TABLES, None)


def speed_book(path: Path | None = None) -> SpeedBook:
    """The profiles of a user's file laid over Groundplan's; Groundplan's alone if None.

    Args:
        path: a YAML file as ``coverage/speeds.yml`` explains it. A profile in it with
            ``based_on`` states only what differs; based on its own name it differs from the
            profile of that name that ships with Groundplan.

    Raises:
        InputError: no such file, not YAML, a key twice, and every fault of every profile at once:
            unknown keys, rows and areas (with the nearest known), rows missing from a profile based
            on no other, figures that cannot be, ``based_on`` in a circle.
    """
    return standard_book() if path is None else _read(path, standard_book())


def shipped_text(name: str | None = None) -> str:
    """The file that ships with Groundplan, to be written out and edited, comments kept.

    Args:
        name: one profile of it (with the file's explanations); None for all.

    Raises:
        InputError: there is no such profile.
    """
    text = TABLES.read_text(encoding="utf-8")
    if name is None:
        return text
    first = standard_book().name(name)
    explained = re.match(r"(?:#.*\n)*", text)
    mine = re.search(rf"(?m)^(?:#.*\n)*{re.escape(first)}:.*\n(?:(?: .*)?\n)*", text)
    parts = [found[0].rstrip() for found in (explained, mine) if found]
    return "\n\n".join(parts) + "\n"


def speed_rows(book: SpeedBook, name: str) -> list[tuple[str, Pair, str]]:
    """A profile's speeds for reading: rows, (urban, rural) km/h, and the remark in its file.

    Neighbouring rows that say the same are one.
    """
    made = book.profile(name)
    rows: list[tuple[list[str], Pair, str]] = []
    for row in sorted(made.speeds_kph, key=_class_of):
        pair = made.speeds_kph[row]
        other = book.notes.get((made.name, f"speeds_kph.{ANY_OTHER}"), "")
        note = book.notes.get((made.name, f"speeds_kph.{row}"), other)
        if rows and rows[-1][1:] == (pair, note):
            rows[-1][0].append(row)
        else:
            rows.append(([row], pair, note))
    return [(", ".join(names), pair, note) for names, pair, note in rows]


def _class_of(row: str) -> tuple[int, str]:
    """Rows in order of their class, dual carriageways beside the single ones, others last."""
    return CLASS_INDEX.get(row.removesuffix("_dual"), len(CLASS_INDEX)), row


def _read(path: Path, under: SpeedBook | None) -> SpeedBook:
    text = read_text(path, "speeds")
    raw = keys_of(text, path, "speeds", begin_from="python app.py speeds --out FILE.yml")
    making = _Making({str(name): record for name, record in raw.items()}, under, path.name)
    for name in making.records:
        making.make(name)
    if making.issues:
        raise InputError(making.issues)
    base = {} if under is None else dict(under.profiles)
    second = {} if under is None else {n: to for n, to in under.aliases.items()}
    second = {n: to for n, to in second.items() if n not in making.records} | making.aliases
    return SpeedBook(
        profiles=MappingProxyType(
            {n: p for n, p in base.items() if n not in second}
            | {n: making.profiles[n] for n in making.records if n in making.profiles}
        ),
        aliases=MappingProxyType(second),
        notes=MappingProxyType(making.noted(_comments(text))),
        own=tuple(making.records),
        path=None if under is None else path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(eq=False)
class _Making:
    """Profiles of a file while they are made, each after the one it is based on."""

    records: Mapping[str, Any]
    under: SpeedBook | None
    layer: str
    profiles: dict[str, Profile] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    done: set[str] = field(default_factory=set)

    def make(self, name: str, trail: tuple[str, ...] = ()) -> None:
        """Make the profile (or second name) of a record, unless it is made."""
        if name in trail or len(trail) > DEEPEST:
            chain = " -> ".join((*trail[-3:], name))
            self._fault("circle", f"profiles are based on each other in a circle: {chain}", name,
                        "base one of them on a profile that ships")  # fmt: skip
            return
        if name in self.done:
            return
        record = self.records[name]
        if not _NAME.fullmatch(name):
            self._fault("name", f"'{name}' is no name for a profile", name,
                        "use letters, digits, _ . and -")  # fmt: skip
        elif isinstance(record, str):
            self._alias(name, record, trail)
        elif isinstance(record, Mapping) and record:
            self._profile(name, record, trail)
        else:
            self._fault("mapping", f"'{name}' holds no keys of a profile", name,
                        "write based_on and what differs under it")  # fmt: skip
        self.done.add(name)

    def _alias(self, name: str, of: str, trail: tuple[str, ...]) -> None:
        target = self._known(name, of, trail)
        if target is not None and target.name != name:
            self.aliases[name] = target.name

    def _profile(self, name: str, record: Mapping[str, Any], trail: tuple[str, ...]) -> None:
        said = {str(key): value for key, value in record.items() if key != "based_on"}
        base = None
        if "based_on" in record:
            base = self._known(name, record["based_on"], trail) or _ANYTHING
            self.bases[name] = base.name
        found: list[Issue] = []
        self.profiles[name] = made_from(name, said, base, found, where=f"{name}.")
        self.issues += [replace(issue, layer=self.layer) for issue in found]

    def _known(self, name: str, of: Any, trail: tuple[str, ...]) -> Profile | None:
        """The profile that ``name`` is based on, or a second name of; a fault if there is none."""
        shipped = () if self.under is None else self.under.names
        if isinstance(of, str) and of in self.records and of != name:
            self.make(of, (*trail, name))
            made = self.profiles.get(self.aliases.get(of, of))
            if made is not None or of not in self.aliases:
                return made
            of = self.aliases[of]
        if self.under is not None and of in shipped:
            return self.under.profile(of)
        known = [other for other in (*self.records, *shipped) if other != name]
        self._fault("unknown", f"{name}: there is no profile '{of}' to begin from", str(of),
                    nearest(str(of), known))  # fmt: skip
        return None

    def _fault(self, rule: str, message: str, name: str, remedy: str) -> None:
        self.issues.append(Issue(f"speeds.{rule}", message, (name,), remedy, self.layer))

    def noted(self, comments: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
        """The comment beside each key, of a profile's own record or of what it is based on."""
        notes = {} if self.under is None else dict(self.under.notes)
        for name in self.profiles:  # bases come before what is based on them
            base = self.bases.get(name, name)
            above = {key: note for (of, key), note in notes.items() if of == base}
            if name not in self.bases:
                above = {}
            notes = {at: note for at, note in notes.items() if at[0] != name}
            record = self.records[name]
            own = {key: note for (of, key), note in comments.items() if of == name}
            notes |= {(name, key): note for key, note in _inherited(above, record).items()}
            notes |= {(name, key): note for key, note in own.items()}
        return notes


def _inherited(above: Mapping[str, str], record: Mapping[str, Any]) -> dict[str, str]:
    """Comments on what the profile below says, as far as this record leaves it as it was."""
    groups = {str(key): value for key, value in record.items() if isinstance(value, Mapping)}
    stated = {f"{key}.{inner}" for key, value in groups.items() for inner in value}
    stated |= {str(key) for key in record if str(key) not in ("speeds_kph", "end_s")}
    rows = groups.get("speeds_kph", {})
    kept = {}
    for key, note in above.items():
        row = key.removeprefix("speeds_kph.")
        if key in stated or (row != key and ANY_OTHER in rows):
            continue
        factor = row != key and "speed_factor" in record
        kept[key] = f"{note}, times speed_factor" if factor else note
    return kept


_KEY_LINE = re.compile(r"^( *)([A-Za-z0-9_.-]+):([^#]*)(?:#\s*(.*\S))?\s*$")


def _comments(text: str) -> dict[tuple[str, str], str]:
    """(profile, key) -> the comment on its line; keys are told apart by how far they stand in."""
    found: dict[tuple[str, str], str] = {}
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        part = _KEY_LINE.match(line)
        if part is None:
            continue
        depth, key, note = len(part[1]), part[2], part[4]
        above = [(far, name) for far, name in above if far < depth] + [(depth, key)]
        if note and len(above) > 1:
            found[above[0][1], ".".join(name for _, name in above[1:])] = note
    return found


_ANYTHING = Profile(
    name="",
    mode=CAR,
    speeds_kph=MappingProxyType(dict.fromkeys(SPEED_ROWS, (1.0, 1.0))),
    limit_share=(1.0, 1.0),
    end_s=MappingProxyType(dict.fromkeys(LINK_ENDS, 0.0)),
    leg_kph=None,
    source="stands in for a profile that is not there, while faults are looked for",
)
