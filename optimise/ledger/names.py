"""Names of partners that are nearly alike: each spelling has a ledger of its own."""

from __future__ import annotations

import re

from assets.estate import Estate
from assets.issues import Issue


def party_notes(estate: Estate) -> tuple[Issue, ...]:
    """A warning where owners and operators are one body in two spellings, as it seems.

    Alike are names that differ in capitals, spaces and signs alone, or in ``and`` for ``&`` or a
    leading ``the``. Nothing is put together: what looks alike may be two bodies.
    """
    names = {*estate.buildings["owner"].astype(str), *estate.services["operator"].astype(str)}
    alike: dict[str, list[str]] = {}
    for name in sorted(names):
        alike.setdefault(_plain(name), []).append(name)
    found = [several for several in alike.values() if len(several) > 1]
    if not found:
        return ()
    text = "partners are told apart by name, and these look like one in several spellings: "
    text += "; ".join(" / ".join(f"'{name}'" for name in several) for several in found)
    remedy = "write owner and operator alike, or a body pays itself rent and its ledger is split"
    ids = tuple(name for several in found for name in several)
    return (Issue("partners.names_alike", text, ids, remedy, severity="warning"),)


def _plain(name: str) -> str:
    words = re.findall(r"[^\W_]+", name.casefold().replace("&", " and "))
    return "".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words)
