"""Rows of runs -> the tables beneath, all of a transaction or none of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from optimise.store import geopackage
from optimise.store.database import Row, Work, chunks, marks
from optimise.store.ddl import Dialect, beneath, rows_of
from optimise.store.known import known_as
from optimise.store.rows import RunRows
from optimise.store.schema import BUILDINGS, OF_RUNS, RUNS, StoreTable

_PER_RUN = ("run_sections", "run_changes", *(rows_of(table) for table in OF_RUNS))


@dataclass(frozen=True)
class Collectable:
    """A run ready to be stored, with what tells whether its folder has changed since."""

    rows: RunRows
    stamp: str
    digest: str


@dataclass
class Writer:
    """Writes runs, and remembers the numbers of what repeats from run to run.

    The numbers hold as long as nobody clears or tidies the store, which its generation tells.
    """

    dialect: Dialect
    generation: str = ""
    words: dict[str, int] = field(default_factory=dict)
    sections: dict[str, int] = field(default_factory=dict)
    estates: dict[str, dict[str, int]] = field(default_factory=dict)

    def forget(self) -> None:
        """The numbers may not be right: a transaction was undone."""
        self.generation, self.words, self.sections, self.estates = "", {}, {}, {}

    def replace(self, work: Work, collection: int, runs: Sequence[Collectable]) -> None:
        """Store runs in the place of what is known of them (one row of each run_id)."""
        self._begin(work)
        delete_runs(work, [run.rows.run["run_id"] for run in runs])
        self._know_words(work, runs)
        self._know_sections(work, runs)
        self._know_buildings(work, runs)
        names = ("collection_no", "stamp", "digest", "in_use", *RUNS.names)
        work.fill("run_rows", names, (
            (collection, run.stamp, run.digest, run.rows.in_use,
             *(run.rows.run[name] for name in RUNS.names))
            for run in runs
        ))  # fmt: skip
        numbers = numbers_of(work, [run.rows.run["run_id"] for run in runs])
        numbered = [(numbers[run.rows.run["run_id"]], run.rows) for run in runs]
        asked = ((no, self.sections[s.known_as]) for no, rows in numbered for s in rows.sections)
        work.fill("run_sections", ("run_no", "section_no"), asked)
        changed = ((no, self.words[key]) for no, rows in numbered for key in rows.changed)
        work.fill("run_changes", ("run_no", "key_no"), changed)
        for table in OF_RUNS:
            self._fill(work, table, numbered)

    def _begin(self, work: Work) -> None:
        ((now,),) = work.rows("SELECT value FROM store_meta WHERE key = 'generation'")
        if now != self.generation:
            self.forget()
            self.generation = now

    def _fill(self, work: Work, table: StoreTable, runs: Sequence[tuple[int, RunRows]]) -> None:
        """Rows of runs in one table, words and buildings as their numbers."""
        own = () if table.name == "decisions" else ("row_no",)
        names = ("run_no", *own, *(beneath(column) for column in table.stored))
        words = [column.kind == "word" for column in table.stored]
        held = self.words

        def rows() -> Iterable[Row]:
            for no, run in runs:
                codes = self.estates.get(run.run["estate_key"], {})
                for position, row in enumerate(run.tables.get(table.name, ())):
                    cells = [held[v] if word else v for v, word in zip(row, words, strict=True)]
                    if own:
                        yield (no, position, *cells)
                    else:
                        yield (no, codes[row[0]], *cells[1:])

        work.fill(rows_of(table), names, rows())

    def _know_words(self, work: Work, runs: Sequence[Collectable]) -> None:
        wanted: dict[str, None] = {}
        for run in runs:
            for section in run.rows.sections:
                if section.known_as not in self.sections:
                    for key, value, _ in section.values:
                        wanted[key] = wanted[value] = None
            wanted.update(dict.fromkeys(run.rows.changed))
            for table in OF_RUNS:
                places = [i for i, c in enumerate(table.stored) if c.kind == "word"]
                for row in run.rows.tables.get(table.name, ()):
                    for place in places:
                        wanted[row[place]] = None
        new = {known_as(word): word for word in wanted if word not in self.words}
        found = _known(work, "words", "word_no", new)
        work.fill("words", ("known_as", "word"),
                  [(key, word) for key, word in new.items() if key not in found])  # fmt: skip
        found |= _known(work, "words", "word_no", [key for key in new if key not in found])
        self.words |= {word: found[key] for key, word in new.items()}

    def _know_sections(self, work: Work, runs: Sequence[Collectable]) -> None:
        asked = {s.known_as: s for run in runs for s in run.rows.sections}
        new = {key: section for key, section in asked.items() if key not in self.sections}
        found = _known(work, "sections", "section_no", new)
        missing = [key for key in new if key not in found]
        work.fill("sections", ("known_as",), [(key,) for key in missing])
        made = _known(work, "sections", "section_no", missing)
        work.fill("section_values", ("section_no", "key_no", "value_no", "number"), [
            (made[key], self.words[name], self.words[value], number)
            for key in missing
            for name, value, number in new[key].values
        ])  # fmt: skip
        self.sections |= found | made

    def _know_buildings(self, work: Work, runs: Sequence[Collectable]) -> None:
        for run in runs:
            key = run.rows.run["estate_key"]
            if key in self.estates or not run.rows.buildings:
                continue
            ask = "SELECT asset_id, building_no FROM buildings WHERE estate_key = ?"
            if not work.rows(ask, (key,)):
                self._add_buildings(work, key, run.rows.buildings)
            self.estates[key] = dict(work.rows(ask, (key,)))

    def _add_buildings(self, work: Work, key: str, buildings: Sequence[Row]) -> None:
        names: tuple[str, ...] = BUILDINGS.names
        rows: list[Row] = [(key, *row) for row in buildings]
        if self.dialect == "sqlite":
            east, north = names.index("easting"), names.index("northing")
            rows = [(*row, geopackage.point(row[east], row[north])) for row in rows]
            names = (*names, "geom")
        work.fill("buildings", names, rows)


def _known(work: Work, table: str, number: str, keys: Iterable[str]) -> dict[str, int]:
    """Numbers of those that are known."""
    found: dict[str, int] = {}
    for some in chunks(list(keys)):
        ask = f"SELECT known_as, {number} FROM {table} WHERE known_as IN ({marks(some)})"
        found |= dict(work.rows(ask, some))
    return found


def numbers_of(work: Work, run_ids: Sequence[str]) -> dict[str, int]:
    """run_id -> number, of those that are stored."""
    found: dict[str, int] = {}
    for some in chunks(run_ids):
        ask = f"SELECT run_id, run_no FROM run_rows WHERE run_id IN ({marks(some)})"
        found |= dict(work.rows(ask, some))
    return found


def delete_runs(work: Work, run_ids: Sequence[str]) -> None:
    """Take runs away, with all that is theirs."""
    for some in chunks(list(numbers_of(work, run_ids).values())):
        for table in (*_PER_RUN, "run_rows"):
            work.rows(f"DELETE FROM {table} WHERE run_no IN ({marks(some)})", some)


def tidy(work: Work) -> bool:
    """Take away buildings no run knows; whether there were any."""
    unused = "estate_key NOT IN (SELECT estate_key FROM run_rows)"
    if not work.rows(f"SELECT 1 FROM buildings WHERE {unused} LIMIT 1"):
        return False
    work.rows(f"DELETE FROM buildings WHERE {unused}")
    new_generation(work)
    return True


def new_generation(work: Work) -> None:
    """Tell every writer that the numbers it remembers may not be right."""
    work.rows("UPDATE store_meta SET value = ? WHERE key = 'generation'", (secrets.token_hex(8),))
