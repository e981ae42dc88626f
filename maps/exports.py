"""A run's tables and layers as files for other programs: workbook, CSV, GeoPackage with styles.

The tables are those of the page, the audience's own; nothing withheld from the page is in them.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from assets.issues import InputError, Issue
from maps import qgis
from maps.audience import AUDIENCES, read_for
from maps.layers import export_layers
from maps.runs import EXEMPT, PUBLIC, RunFrames
from maps.sections import all_tables
from maps.sheets import columns_text, csv_text, file_names, sheets_of
from maps.tables.table import Table
from optimise.runs import filled_beside, write_layers
from optimise.workbook.writer import workbook_bytes

WORKBOOK, PACKAGE, COLUMNS = "tables.xlsx", "plan.gpkg", "columns.csv"
#: Of GeoPackage: what every QGIS in use reads without a warning.
FORMAT = "1.2"
#: Stands in for the time of writing, so that the same run gives the same files.
NO_TIME = "1980-01-01T00:00:00.000Z"
AUDIENCE_NOTES = {
    EXEMPT: "Exempt: these files hold valuations and sums by building. Not for publication.",
    PUBLIC: "Public: valuations, sums by building and whatever is confidential are left out.",
}


def write_exports(
    run_dir: Path, out_dir: Path, *, audience: str = EXEMPT, others: Sequence[Path] = ()
) -> tuple[Path, ...]:
    """Write ``tables.xlsx``, a CSV per table, ``columns.csv`` and ``plan.gpkg`` of a run.

    ``columns.csv`` says what each column of each file is. ``plan.gpkg`` opens in QGIS drawn as
    the page is. The folder is left whole or as it was; an earlier export in it is replaced.

    Args:
        run_dir: a run folder.
        out_dir: where to.
        audience: ``exempt`` or ``public``.
        others: run folders set beside it in the options appraisal.

    Returns:
        The files, in order of name.

    Raises:
        InputError: a run is missing or damaged, the audience is unknown, the folder holds
            something else, or the disk refuses.
    """
    run, *beside = _read((run_dir, *others), audience)
    tables = all_tables(run, beside)
    with _folder(out_dir) as made:
        _write_tables(run, tables, made)
        write_package(run, made / PACKAGE)
    return tuple(sorted(out_dir.iterdir()))


def _read(folders: Sequence[Path], audience: str) -> list[RunFrames]:
    text, remedy = f"there is no export for {audience!r}", f"ask for {' or '.join(AUDIENCES)}"
    unknown = Issue("export.unknown_audience", text, (audience,), remedy)
    return read_for(folders, audience, unknown=unknown)


def _write_tables(run: RunFrames, tables: Sequence[Table], folder: Path) -> None:
    notes = (AUDIENCE_NOTES[run.audience], str(run.summary["status_text"]))
    title = str(run.summary["title"])
    book = workbook_bytes(sheets_of(tables, title, notes), title=title)
    (folder / WORKBOOK).write_bytes(book)
    names = file_names(tables)
    texts = {names[table.table_id]: csv_text(table) for table in tables}
    for name, text in {**texts, COLUMNS: columns_text(tables)}.items():
        # Excel takes a CSV for cp1252 unless it begins with the mark.
        (folder / name).write_bytes(text.encode("utf-8-sig", "replace"))


# --- GeoPackage --------------------------------------------------------------------------


def write_package(run: RunFrames, path: Path) -> None:
    """The layers of a run with their styles, in one GeoPackage that QGIS opens drawn.

    Raises:
        OSError: the disk refuses.
    """
    layers = export_layers(run)
    write_layers(layers, path, options={"VERSION": FORMAT})
    styles = qgis.layer_styles(run.summary["standards"], layers)
    try:
        with closing(sqlite3.connect(path)) as package, package:
            _add_styles(package, styles)
    except sqlite3.Error as error:
        raise OSError(f"{PACKAGE}, styles: {error}") from error


def _add_styles(package: sqlite3.Connection, styles: Sequence[qgis.LayerStyle]) -> None:
    """The table of styles, made known as one that holds no shapes."""
    geometry = dict(
        package.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
    )
    columns = ", ".join(f'"{name}" {kind}' for name, kind in qgis.COLUMNS)
    package.execute(f"CREATE TABLE layer_styles ({columns})")
    package.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
        "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, "
        "update_time) VALUES ('', '', ?, ?, ?, ?, '', ?, ?, '', ?)",
        [
            (s.layer, geometry[s.layer], s.name, s.qml, int(s.is_default), s.description, NO_TIME)
            for s in styles
        ],
    )
    package.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', '', 0)"
    )
    package.execute("UPDATE gpkg_contents SET last_change = ?", (NO_TIME,))


# --- the folder --------------------------------------------------------------------------


@contextmanager
def _folder(out_dir: Path) -> Iterator[Path]:
    """A folder to fill that takes the place of `out_dir` once it is full."""
    _refuse_strangers(out_dir)
    try:
        with filled_beside(out_dir) as made:
            made.chmod(0o755)  # colleagues are to read the files
            yield made
    except OSError as error:
        raise InputError(
            Issue(
                "export.cannot_write",
                f"the export could not be written: {error.strerror or error}",
                (str(out_dir),),
                "free some space, or choose a folder you may write to; nothing was changed",
            )
        ) from error


def _refuse_strangers(out_dir: Path) -> None:
    """Leave alone a folder that holds anything but an earlier export.

    Raises:
        InputError: it does.
    """
    if not out_dir.exists():
        return
    strangers = [out_dir]
    if out_dir.is_dir():
        there = sorted(out_dir.iterdir())
        ours = {WORKBOOK, PACKAGE, COLUMNS, *_listed(out_dir / COLUMNS)}
        strangers = [path for path in there if path.name not in ours]
    if strangers:
        raise InputError(
            Issue(
                "export.folder_in_use",
                f"{out_dir} has files that are no export of ours",
                tuple(str(path) for path in strangers),
                "choose another folder, or remove them yourself",
            )
        )


def _listed(columns: Path) -> tuple[str, ...]:
    """Names of the CSV files of an earlier export."""
    if not columns.is_file():
        return ()
    with columns.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return tuple(row.get("file") or "" for row in csv.DictReader(file))
