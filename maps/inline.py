"""What every page is made with: the package's own scripts, styles and templates, in one file.

Nothing is fetched: the policy lets the page's own scripts run and forbids the rest.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import jinja2
import markupsafe
import pandas as pd

from assets.issues import InputError, Issue

STATIC = Path(__file__).parent / "static"


def policy(scripts: Iterable[str]) -> str:
    """A Content-Security-Policy that lets these scripts run and nothing be fetched."""
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    allowed = " ".join(f"'sha256-{text}'" for text in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def static_text(name: str) -> str:
    """A script or style of this package."""
    return (STATIC / name).read_text(encoding="utf-8")


def template(
    name: str, filters: Mapping[str, Callable[..., object]] | None = None
) -> jinja2.Template:
    """A page's template; every value is escaped unless marked as ours."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(STATIC), autoescape=True, trim_blocks=True,
        undefined=jinja2.StrictUndefined, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(filters or {})
    return environment.get_template(name)


def reading_page(name: str) -> dict[str, object]:
    """Script, style and policy of a page for reading and printing (account, comparison)."""
    script = static_text("paper.js") + static_text(f"{name}.js")
    styles = ("paper.css", f"{name}.css", "paper_media.css")
    return {
        "policy": policy([script]),
        "css": markupsafe.Markup("".join(static_text(style) for style in styles)),
        "script": markupsafe.Markup(script),
    }


def write_whole(path: Path, text: str) -> Path:
    """Leave a page at `path`, whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    try:
        _replace(path, text.encode("utf-8"))
    except OSError as error:
        raise InputError(
            Issue(
                "run.cannot_write",
                f"{path.name} could not be written: {error.strerror or error}",
                ids=(str(path),),
                remedy="Free some space, or choose a folder you may write to.",
            )
        ) from error
    return path


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".page-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)  # mkstemp's 0600 would hide the page from colleagues
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_page(
    folder: Path,
    page: str,
    html: str,
    *,
    tables: Mapping[str, pd.DataFrame | str],
    mark: str,
    what: str,
) -> Path:
    """Write a page and the tables beside it into a folder, all of them or none.

    Args:
        folder: made if need be; files of an earlier page of this kind are replaced, others stay.
        page: the page's file name.
        html: the page.
        tables: name -> table, each a CSV file of that name; a text goes into a file of its name.
        mark: text by which an earlier page of this kind is known.
        what: the kind of page in words ("account").

    Returns:
        The path of the page.

    Raises:
        InputError: files of these names are there that are none of ours; the disk refuses.
    """
    files = {page: html.encode("utf-8")}
    for name, table in tables.items():
        if isinstance(table, str):
            files[name] = table.encode("utf-8", "replace")
            continue
        # Excel takes a CSV for cp1252 unless it begins with the mark.
        text = table.to_csv(index=False, lineterminator="\n")
        files[f"{name}.csv"] = text.encode("utf-8-sig", "replace")
    _refuse_strangers(folder, page, names=files, mark=mark, what=what)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".{what}-") as beside:
            for name, content in files.items():
                (Path(beside) / name).write_bytes(content)
            for name in files:
                os.replace(Path(beside) / name, folder / name)
    except OSError as error:
        raise InputError(
            Issue(
                f"{what}.cannot_write",
                f"the {what} could not be written: {error.strerror or error}",
                (str(folder),),
                "free some space, or choose a folder you may write to",
            )
        ) from error
    return folder / page


def _refuse_strangers(
    folder: Path, page: str, *, names: Iterable[str], mark: str, what: str
) -> None:
    """Leave alone what may be somebody's own file of such a name."""
    taken = [name for name in names if (folder / name).exists()]
    if (folder.exists() and not folder.is_dir()) or (taken and not _holds(folder / page, mark)):
        raise InputError(
            Issue(
                f"{what}.folder_in_use",
                f"{folder} has files of these names that are no {what}",
                tuple(str(folder / name) for name in taken) or (str(folder),),
                "choose another folder, or remove them yourself",
            )
        )


def _holds(path: Path, mark: str) -> bool:
    """Whether an earlier page of ours lies there."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return mark in file.read(4_000)
    except OSError:
        return False
