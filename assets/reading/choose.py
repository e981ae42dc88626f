"""Which sheet or table of a file is the layer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assets.issues import Issue, nearest
from assets.reading.source import Source
from assets.schema import heading_key

#: A table is chosen by its headings if it has this many known ones, and this many more (and
#: half as many again) than any other.
_HITS = 3
_MARGIN = 2
_TIMES = 1.5


@dataclass(frozen=True)
class Candidate:
    """One sheet or table of a file.

    Attributes:
        hits: known headings of the layer in it.
        filled: it holds anything.
        hidden: it is hidden in the spreadsheet program.
    """

    hits: int
    filled: bool = True
    hidden: bool = False


def named(names: list[str], source: Source) -> str | None:
    """The sheet the user asked for, the only one, or the one called as the layer, if any.

    Raises:
        InputError: the user asked for a sheet that is not there, or there is none at all.
    """
    if not names:
        raise source.refusal("empty_file", "the file holds no table", remedy="export it again")
    if source.sheet:
        wanted = heading_key(source.sheet) or source.sheet
        exact = [name for name in names if name == source.sheet]
        found = exact or [name for name in names if (heading_key(name) or name) == wanted]
        if found:
            return found[0]
        says = f"{source.path.name} has no sheet or table '{source.sheet}'"
        hint = f"name one of them with --sheet; {nearest(source.sheet, names)}"
        raise source.refusal("no_sheet", says, ids=tuple(names), remedy=hint)
    if len(names) == 1:
        return names[0]
    same = [name for name in names if source.kind and heading_key(name) == source.kind]
    return same[0] if same else None


def by_content(
    candidates: Mapping[str, Candidate], source: Source
) -> tuple[str, tuple[Issue, ...]]:
    """The only table with anything in it, else the one whose headings fit clearly best.

    Args:
        candidates: the file's sheets or tables by name, in their order.
        source: for the messages.

    Returns:
        Its name, and a warning that names the others when there was a choice.

    Raises:
        InputError: several could be meant.
    """
    filled = [name for name, one in candidates.items() if one.filled]
    visible = [name for name in filled if not candidates[name].hidden]
    if len(filled) <= 1:
        return (filled or list(candidates))[0], ()
    ranked = sorted(filled, key=lambda name: -candidates[name].hits)
    best, second = (candidates[name].hits for name in ranked[:2])
    if best >= _HITS and best - second >= _MARGIN and best >= _TIMES * second:
        why = f"{best} of its headings are known, at most {second} of any other"
        return _chosen(ranked[0], filled, why, source=source)
    if len(visible) == 1:
        return _chosen(visible[0], filled, "the others are hidden", source=source)
    wanted = f"'{source.kind}'" if source.kind else "what is wanted"
    raise source.refusal(
        "which_table",
        f"{source.path.name} has {len(filled)} tables and it is not clear which is {wanted}",
        ids=tuple(filled),
        remedy="name the right one with --sheet"
        + (f", or call it '{source.kind}' in the file" if source.kind else ""),
    )


def _chosen(
    name: str, filled: list[str], why: str, *, source: Source
) -> tuple[str, tuple[Issue, ...]]:
    """A choice, with the warning that says so."""
    others = tuple(other for other in filled if other != name)
    says = f"'{name}' is read because {why}; not read: {', '.join(others)}"
    remedy = "name another with --sheet, if that is the wrong one"
    return name, (source.warning("sheet_chosen", says, ids=others, remedy=remedy),)
