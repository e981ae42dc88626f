"""Tables of a real PostgreSQL server, read and written; passwords; servers that fail."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from postgres import OWNER, PASSWORD, PASSWORD_IN_URL, Aside, Server, wait_for
from psycopg.conninfo import conninfo_to_dict

from assets.database import fingerprint, is_url, read_table, redacted, write_layers
from assets.issues import InputError, Issue
from assets.postgis import reading, server
from assets.postgis.address import address_of
from assets.read import read_layer, read_layers, sha256_of
from assets.sheets import sheet_of

SITES = """
    CREATE TABLE sites (
        asset_id text PRIMARY KEY, uprn bigint, name text, gia_m2 numeric(10, 2), in_scope boolean,
        survey_date date, geom geometry(Point, 27700));
    INSERT INTO sites VALUES
        ('B2', 100012797624, 'Library', 250.50, false, '2024-02-29', 'SRID=27700;POINT(2 20)'),
        ('B1', 100012797623, '  Town
         Hall ', 1200, true, NULL, 'SRID=27700;POINT(1 10)'),
        ('B3', NULL, NULL, NULL, NULL, '1999-12-31', NULL);
"""


def issues_of(call: Callable[[], object]) -> list[Issue]:
    """The issues a call is refused with; none of them may hold the password."""
    with pytest.raises(InputError) as caught:
        call()
    for secret in (PASSWORD, PASSWORD_IN_URL, "s3cret"):
        assert secret not in str(caught.value)
    return list(caught.value.issues)


def issue_of(call: Callable[[], object]) -> Issue:
    found = issues_of(call)
    assert len(found) == 1
    assert found[0].severity == "error"
    return found[0]


# --- addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:pw@h:5432/db?table=a.b", "postgresql://ann:***@h:5432/db?table=a.b"),
        ("postgres://ann@h/db", "postgres://ann@h/db"),
        ("postgresql://h/db?user=ann&password=pw", "postgresql://h/db?user=ann&password=***"),
        ("postgresql://h/db?pasword=pw&sslmode=require",
         "postgresql://h/db?pasword=***&sslmode=require"),
        ("postgresql://ann:p#w!@[::1]:5/db", "postgresql://ann:***@[::1]:5/db"),
        ("postgresql://ann:pw@one:1,two:2/db", "postgresql://ann:***@one:1,two:2/db"),
        # Cut in two by a character that means something: nothing of it can be trusted.
        ("postgresql://ann:p/w@h/db", "postgresql://***"),
        ("postgresql://ann:p?w@h/db", "postgresql://***"),
        ("postgresql://ann:p@w@h/db", "postgresql://***"),
        ("postgresql://ann:1?w@h/db", "postgresql://***"),
        ("postgresql://ann:1/2@h/db", "postgresql://***"),
        ("postgresql://ann:p w@h/db", "postgresql://***"),
        ("postgresql:/ann:pw@h/db", "postgresql://***"),
        ("POSTGRESQL://ann:pw@h/db", "POSTGRESQL://ann:***@h/db"),
        ("see 'postgresql://ann:pw@h/db' there", "see 'postgresql://ann:***@h/db' there"),
        ("x postgresql://a:pw@h/d, postgres://b:pw@h/d; c",
         "x postgresql://a:***@h/d, postgres://b:***@h/d; c"),
        ("x postgresql://a:1 w@h/d y", "x postgresql://*** y"),
        ("{a: postgresql://ann:p w@h/db , b: 2}", "{a: postgresql://*** , b: 2}"),
        ("buildings.csv", "buildings.csv"),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_its_password(url, shown):
    assert redacted(url) == shown
    assert redacted(shown) == shown


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_password_whatever_is_in_it_is_ever_shown(before, after):
    secret = f"{before}ZQXJ{after}"
    for url in (f"postgresql://ann:{secret}@h:5432/db?table=t&sslmode=require",
                f"postgresql://ann:{quote(secret, safe='')}@h/db",
                f"postgresql://h/db?user=ann&password={quote(secret, safe='')}"):  # fmt: skip
        assert "ZQXJ" not in redacted(url)
        line = " ".join(url.split())
        assert "ZQXJ" not in redacted(f"[x] cannot read {line} there")
        try:
            address = address_of(url)
        except InputError as error:
            assert "ZQXJ" not in str(error)
        else:
            assert "ZQXJ" not in repr(address)
            given_to_libpq = conninfo_to_dict(address.server)
            assert given_to_libpq["password"] in (secret, unquote(secret))
            assert given_to_libpq["user"] == "ann"


def test_an_address_of_a_database_is_told_from_a_file():
    assert is_url("postgresql://h/db") and is_url(" postgres://h/db") and is_url("PostgreSQL://h/d")
    assert not is_url("postgresql.csv")
    assert not is_url("http://h/db")
    assert not is_url(None)


@pytest.mark.parametrize(
    ("given", "schema", "table"),
    [
        ("sites", "", "sites"),
        ("estate.sites", "estate", "sites"),
        ("%22my.estate%22.%22The%20%22%22sites%22%22%22", "my.estate", 'The "sites"'),
        ("estate.sites.2026", "estate", "sites.2026"),
    ],
)
def test_the_table_of_an_address(given, schema, table):
    address = address_of(f"postgresql://u:pw@h/db?sslmode=require&table={given}&application_name=x")
    assert (address.schema, address.table) == (schema, table)
    assert address.server == "postgresql://u:pw@h/db?sslmode=require&application_name=x"
    assert "pw" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cret/word@h/db?table=t",
        "postgresql://ann:s3cret@h/db?table=a&table=b",
        "postgresql://ann:s3cret@h/db?table=.t",
        "postgresql://ann:s3cret@h/db?table=t&pasword=s3cret",
        "postgresql://ann:s3cret@h:x/db?table=t",
        "postgresql://ann:s3cret@h/db%zz?table=t",
    ],
)
def test_an_address_that_cannot_be_read_is_refused(url):
    issue = issue_of(lambda: read_table(url))
    assert issue.rule == "database.address"
    assert issue.remedy


# --- reading --------------------------------------------------------------------------------


def test_a_table_with_points_is_read(postgres: Server):
    postgres.run(SITES)
    frame = read_table(postgres.url("public.sites"))

    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs == "EPSG:27700"
    assert frame.index.name == "row" and frame.index.tolist() == [2, 3, 4]
    assert frame["asset_id"].tolist() == ["B1", "B2", "B3"]
    assert frame["name"].tolist() == ["Town Hall", "Library", ""]
    assert frame["gia_m2"].tolist()[:2] == [1200.0, 250.5] and np.isnan(frame["gia_m2"].iloc[2])
    assert frame["uprn"].iloc[0] == 100012797623 and np.isnan(frame["uprn"].iloc[2])
    assert frame["in_scope"].tolist() == ["true", "false", ""]
    assert frame["survey_date"].tolist() == ["", "2024-02-29", "1999-12-31"]
    assert shapely.get_x(frame.geometry)[:2].tolist() == [1.0, 2.0]
    assert frame.geometry.isna().tolist() == [False, False, True]
    assert frame.attrs["issues"] == ()


def test_a_table_without_geometry_is_a_plain_frame(postgres: Server):
    postgres.run("CREATE TABLE t (b int, a text)", "INSERT INTO t VALUES (2, 'y'), (1, 'z')")
    frame = read_table(postgres.url("t"))
    assert type(frame) is pd.DataFrame
    assert frame.to_dict("list") == {"b": [1, 2], "a": ["z", "y"]}
    assert frame["b"].dtype == "int64"


def test_geometry_that_is_blank_throughout_is_left_out(postgres: Server):
    postgres.run("CREATE TABLE t (a int, g geometry)", "INSERT INTO t VALUES (1, NULL)")
    frame = read_table(postgres.url("t"))
    assert type(frame) is pd.DataFrame and list(frame.columns) == ["a"]


def test_every_kind_of_column_arrives(postgres: Server):
    postgres.run(
        "CREATE TYPE grade AS ENUM ('A', 'B')",
        "CREATE DOMAIN uprn AS bigint CHECK (VALUE > 0)",
        """CREATE TABLE t (i2 smallint, i4 int, i8 bigint, f4 real, f8 double precision,
            n numeric, m money, b boolean, d date, ts timestamp, tz timestamptz, u uuid, j json,
            jb jsonb, arr text[], nums int[], e grade, dom uprn, iv interval, c char(4),
            ip inet, huge numeric, big bigint)""",
        """INSERT INTO t VALUES (1, 2, 3, 0.1, 0.2, 1.50, 1234.5, true, '2026-03-31',
            '2026-03-31 00:00', '2026-06-30 23:00+00', '00000000-0000-0000-0000-00000000000a',
            '{"a": [1, 2]}', '{"b":1}', '{x,"y z"}', '{1,2}', 'B', 7, '1 day', 'ab', '10.0.0.1',
            12345678901234567890.5, 9007199254740993)""",
        "INSERT INTO t (i2, d, ts) VALUES (2, 'infinity', '0044-03-15 12:30 BC')",
    )  # fmt: skip
    first, second = read_table(postgres.url("t")).to_dict("records")
    assert first == {
        "i2": 1, "i4": 2.0, "i8": 3.0, "f4": 0.1, "f8": 0.2, "n": 1.5, "m": 1234.5, "b": "true",
        "d": "2026-03-31", "ts": "2026-03-31", "tz": "2026-07-01",
        "u": "00000000-0000-0000-0000-00000000000a", "j": '{"a": [1, 2]}', "jb": '{"b": 1}',
        "arr": "x;y z", "nums": "1;2", "e": "B", "dom": 7.0, "iv": "P1D", "c": "ab",
        "ip": "10.0.0.1/32", "huge": "12345678901234567890.5", "big": "9007199254740993",
    }  # fmt: skip
    assert second["d"] == "infinity" and second["ts"] == "0044-03-15 12:30:00 BC"
    assert np.isnan(second["i4"]) and second["u"] == "" and second["big"] == ""


def test_pictures_are_left_out_and_said(postgres: Server):
    postgres.run("CREATE TABLE t (a int, photo bytea)", r"INSERT INTO t VALUES (1, '\x00ff')")
    frame = read_table(postgres.url("t"))
    assert list(frame.columns) == ["a"]
    (note,) = frame.attrs["issues"]
    assert (note.rule, note.ids, note.severity) == (
        "database.columns_left_out", ("photo",), "warning")  # fmt: skip


def test_rows_come_in_the_order_of_the_key_else_of_all_columns(postgres: Server):
    postgres.run(
        "CREATE TABLE keyed (a int, b text, c text, PRIMARY KEY (c, a))",
        "INSERT INTO keyed VALUES (2, 'p', 'x'), (1, 'q', 'x'), (3, 'r', 'W'), (10, 's', 'x')",
        'CREATE TABLE bare (a text COLLATE "en-x-icu", b int, g geometry)',
        "INSERT INTO bare VALUES ('é', 1), ('a', 2), ('a', 1), ('B', 3), (NULL, 0)",
    )
    assert read_table(postgres.url("keyed"))["b"].tolist() == ["r", "q", "p", "s"]
    # By bytes, whatever the collation of the database; blanks last.
    bare = read_table(postgres.url("bare"))
    assert list(zip(bare["a"], bare["b"], strict=True)) == [
        ("B", 3), ("a", 1), ("a", 2), ("é", 1), ("", 0)]  # fmt: skip


def test_a_table_is_found_by_the_search_path_and_names_are_taken_as_they_are(postgres: Server):
    postgres.run(
        'CREATE SCHEMA "Estate; DROP TABLE x"',
        'CREATE TABLE "Estate; DROP TABLE x"."Si""tes %s" ("a "" %s {}" int, "b  c" int)',
        'INSERT INTO "Estate; DROP TABLE x"."Si""tes %s" VALUES (1, 2)',
    )
    url = postgres.url("%22Estate;%20DROP%20TABLE%20x%22.%22Si%22%22tes%20%25s%22")
    assert read_table(url).to_dict("list") == {'a " %s {}': [1], "b c": [2]}


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_views_are_read(postgres: Server, kind: str):
    postgres.run(
        SITES, f"CREATE {kind} v AS SELECT name, geom FROM sites WHERE in_scope IS NOT NULL"
    )
    frame = read_table(postgres.url("v"))
    assert frame["name"].tolist() == ["Town Hall", "Library"]  # by its text as it stands
    assert isinstance(frame, gpd.GeoDataFrame)


def test_other_reference_systems_are_brought_to_the_national_grid(postgres: Server):
    postgres.run(
        "CREATE TABLE t (id int PRIMARY KEY, g geometry)",
        "INSERT INTO t VALUES (1, 'SRID=27700;POINT(651410 313177)')",
        "INSERT INTO t SELECT 2, ST_Transform(g, 4326) FROM t WHERE id = 1",
        "INSERT INTO t SELECT 3, ST_Transform(g, 3857) FROM t WHERE id = 1",
    )
    frame = read_table(postgres.url("t"))
    assert frame.geometry.x.to_numpy() == pytest.approx(651410, abs=10)
    assert frame.geometry.y.to_numpy() == pytest.approx(313177, abs=10)
    assert frame.geometry.x.iloc[0] == 651410


def test_heights_curves_and_geography_are_flattened(postgres: Server):
    postgres.run(
        "CREATE TABLE t (id int PRIMARY KEY, g geometry)",
        "INSERT INTO t VALUES (1, 'SRID=27700;POINT Z (1 2 3)'),"
        " (2, 'SRID=27700;CURVEPOLYGON(CIRCULARSTRING(0 0, 4 0, 4 4, 0 4, 0 0))')",
        "CREATE TABLE globe (id int, where_ geography(Point))",
        "INSERT INTO globe VALUES (1, 'POINT(-1.5 52.5)')",
    )
    frame = read_table(postgres.url("t"))
    assert not shapely.has_z(frame.geometry).any()
    assert frame.geometry.geom_type.tolist() == ["Point", "Polygon"]
    assert frame.geometry.area.iloc[1] == pytest.approx(8 * np.pi, rel=0.01)
    globe = read_table(postgres.url("globe"))
    assert globe.crs == "EPSG:27700" and globe.geometry.x.between(400_000, 440_000).all()


def test_a_postgis_that_lives_in_another_schema(postgres: Server):
    postgres.new_database(postgis=False)
    postgres.run(
        "CREATE SCHEMA gis",
        "CREATE EXTENSION postgis SCHEMA gis",
        "CREATE TABLE t (id int, g gis.geometry(Point, 4326))",
        "INSERT INTO t VALUES (1, 'SRID=4326;POINT(1.716 52.658)'::gis.geometry)",
    )
    assert read_table(postgres.url("t")).crs == "EPSG:27700"
    frame = points("a")
    assert write_layers(postgres.url(), "plan", {"sites": frame}) == ("plan.sites",)
    assert write_layers(postgres.url(), "plan", {"sites": frame}) == ("plan.sites",)
    assert read_table(postgres.url("plan.sites")).geometry.x.tolist() == [0.0]


def test_one_of_several_geometry_columns_can_be_chosen(postgres: Server):
    postgres.run(
        "CREATE TABLE t (a geometry(Point, 27700), b geometry(Point, 27700), n int)",
        "INSERT INTO t VALUES ('SRID=27700;POINT(1 1)', 'SRID=27700;POINT(2 2)', 5)",
    )
    issue = issue_of(lambda: read_table(postgres.url("t")))
    assert (issue.rule, issue.ids) == ("database.two_geometries", ("a", "b"))
    assert "&geometry=a" in issue.remedy

    frame = read_table(postgres.url("t", more="geometry=b"))
    assert frame.geometry.x.tolist() == [2.0] and list(frame.columns) == ["n", "geometry"]
    assert [note.ids for note in frame.attrs["issues"]] == [("a",)]

    wrong = issue_of(lambda: read_table(postgres.url("t", more="geometry=c")))
    assert wrong.rule == "database.no_geometry"


def test_geometry_without_a_reference_system_is_refused(postgres: Server):
    postgres.run(
        "CREATE TABLE t (id int PRIMARY KEY, g geometry)",
        "INSERT INTO t VALUES (1, 'SRID=27700;POINT(1 1)'), (2, 'POINT(2 2)'), (3, 'POINT(3 3)')",
    )
    issue = issue_of(lambda: read_table(postgres.url("t")))
    assert (issue.rule, issue.ids) == ("read.no_crs", ("row 3", "row 4"))


def test_geometry_in_a_system_of_the_councils_own_is_read_by_its_description(postgres: Server):
    postgres.run(
        "INSERT INTO spatial_ref_sys (srid, srtext, proj4text) SELECT 990001, srtext, proj4text "
        "FROM spatial_ref_sys WHERE srid = 27700",
        "INSERT INTO spatial_ref_sys (srid, srtext, proj4text) VALUES (990002, 'rubbish', '')",
        "CREATE TABLE t (g geometry)",
        "INSERT INTO t VALUES ('SRID=990001;POINT(400000 300000)')",
        "CREATE TABLE u (g geometry)",
        "INSERT INTO u VALUES ('SRID=990002;POINT(400000 300000)')",
    )
    assert read_table(postgres.url("t")).geometry.x.round(3).tolist() == [400000.0]
    assert issue_of(lambda: read_table(postgres.url("u"))).rule == "database.unknown_crs"


def test_empty_shapes_are_read(postgres: Server):
    postgres.run(
        "CREATE TABLE t (id int PRIMARY KEY, g geometry)",
        "INSERT INTO t VALUES (1, 'SRID=27700;POINT EMPTY'), (2, 'SRID=4326;POLYGON EMPTY'),"
        " (3, 'SRID=4326;POINT EMPTY'), (4, 'SRID=4326;POINT(-1 52)'), (5, NULL)",
    )
    frame = read_table(postgres.url("t"))
    assert frame.geometry.is_empty.tolist() == [True, True, True, False, False]
    assert frame.geometry.isna().tolist() == [False, False, False, False, True]


def test_shapes_that_are_not_read_are_said(postgres: Server):
    postgres.run(
        "CREATE TABLE t (g geometry)",
        "INSERT INTO t VALUES ('SRID=27700;TIN(((0 0,1 0,0 1,0 0)))')",
    )
    issue = issue_of(lambda: read_table(postgres.url("t")))
    assert (issue.rule, issue.ids) == ("database.shape_not_read", ("row 2",))


# --- fingerprints ---------------------------------------------------------------------------


def test_a_fingerprint_is_of_the_content_alone(postgres: Server):
    postgres.run(
        "CREATE TABLE a (x int, y text)",
        "INSERT INTO a VALUES (1, 'p'), (2, 'q')",
        "CREATE TABLE b (x int, y text)",
        "INSERT INTO b VALUES (2, 'q'), (1, 'p')",
    )
    one = fingerprint(postgres.url("a"))
    assert len(one) == 64 and one == fingerprint(postgres.url("b"))
    postgres.run("UPDATE b SET y = 'r' WHERE x = 2")
    assert one != fingerprint(postgres.url("b"))
    postgres.run("ALTER TABLE a RENAME COLUMN y TO z")
    assert one != fingerprint(postgres.url("a"))
    assert issue_of(lambda: fingerprint(postgres.url("c"))).rule == "database.no_such_table"


# --- refusals -------------------------------------------------------------------------------


def test_a_missing_table_is_named_with_its_neighbours(postgres: Server):
    postgres.run("CREATE SCHEMA estate", "CREATE TABLE estate.buildings (a int)")
    for asked in ("estate.building", "public.buildings", "buildings", "Estate.Buildings"):
        issue = issue_of(lambda asked=asked: read_table(postgres.url(asked)))
        assert issue.rule == "database.no_such_table"
        assert "'estate.buildings'" in issue.remedy
    issue = issue_of(lambda: read_table(postgres.url()))
    assert issue.rule == "database.no_table"


def test_a_table_without_rows_is_refused(postgres: Server):
    postgres.run("CREATE TABLE t (a int)")
    assert issue_of(lambda: read_table(postgres.url("t"))).rule == "database.empty_table"
    issue = issue_of(lambda: read_table(postgres.url("t"), layer="buildings"))
    assert issue.layer == "buildings"


def test_a_table_without_columns_is_refused(postgres: Server):
    postgres.run("CREATE TABLE t ()")
    assert issue_of(lambda: read_table(postgres.url("t"))).rule == "database.no_columns"


@pytest.mark.parametrize("login", [f"{OWNER}:s3cret-wrong", OWNER, "nobody_here:s3cret"])
def test_a_wrong_password_is_refused_and_not_repeated(
    postgres: Server, monkeypatch: pytest.MonkeyPatch, login: str
):
    monkeypatch.setenv("PGPASSFILE", "/nonexistent")
    issue = issue_of(lambda: read_table(postgres.url("t", user=login)))
    assert issue.rule == "database.login"


def test_a_missing_database_is_refused(postgres: Server):
    url = postgres.url("t").replace(f"/{postgres.databases[-1]}?", "/no_such?")
    assert issue_of(lambda: read_table(url)).rule == "database.no_database"


@pytest.mark.parametrize("host", ["127.0.0.1:1", "[::1]:1", "no-such-host.invalid", "%2Fnowhere"])
def test_a_server_that_is_not_there(host: str):
    issue = issue_of(lambda: read_table(f"postgresql://ann:s3cret@{host}/db?table=t"))
    assert issue.rule == "database.unreachable"


def test_what_the_server_says_when_it_lets_nobody_in(postgres: Server):
    postgres.run("CREATE TABLE t (a int)")
    issue = issue_of(lambda: read_table(postgres.url("t", more="sslmode=require")))
    assert issue.rule == "database.refused"
    name = postgres.databases[-1]
    postgres.run(
        f"ALTER DATABASE {name} CONNECTION LIMIT 0",
        f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC",
        "DROP ROLE IF EXISTS guest",
        "CREATE ROLE guest LOGIN PASSWORD 's3cret-guest'",
        database="postgres",
    )
    issue = issue_of(lambda: read_table(postgres.url("t", user="guest:s3cret-guest")))
    assert issue.rule in ("database.refused", "database.busy")
    postgres.run(f"ALTER DATABASE {name} CONNECTION LIMIT -1", database="postgres")


def guest(postgres: Server, *statements: str) -> str:
    """A user with few rights in the newest database: their name and password."""
    name = f"guest_{postgres.databases[-1]}"
    postgres.run(f"CREATE ROLE {name} LOGIN PASSWORD 's3cret-guest'", *statements)
    return f"{name}:s3cret-guest"


def test_a_table_without_the_right_to_read_it(postgres: Server):
    postgres.run("CREATE SCHEMA shut", "CREATE TABLE shut.t (a int)", "CREATE TABLE t (a int)")
    login = guest(postgres)
    for table in ("t", "shut.t"):
        issue = issue_of(lambda table=table: read_table(postgres.url(table, user=login)))
        assert issue.rule == "database.no_right"


def test_columns_without_the_right_to_read_them_are_left_out_and_said(postgres: Server):
    postgres.run(
        "CREATE TABLE t (id int, a text, b int, value numeric, PRIMARY KEY (a, id))",
        "INSERT INTO t VALUES (1, 'z', 9, 5), (2, 'y', 8, 6), (3, 'y', 7, 6), (4, 'y', 6, 6)",
    )
    name = f"guest_{postgres.databases[-1]}"
    login = guest(postgres, f"GRANT SELECT (a, b) ON t TO {name}")
    frame = read_table(postgres.url("t", user=login))
    # Half of a key orders nothing: then all columns do.
    assert frame.to_dict("list") == {"a": ["y", "y", "y", "z"], "b": [6, 7, 8, 9]}
    (note,) = frame.attrs["issues"]
    assert (note.rule, note.ids) == ("database.columns_withheld", ("id", "value"))


def test_a_view_over_a_table_without_the_right_to_it(postgres: Server):
    name = f"guest_{postgres.databases[-1]}"
    postgres.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
    login = guest(postgres, "CREATE VIEW v WITH (security_invoker) AS SELECT * FROM t",
                  f"GRANT SELECT ON v TO {name}")  # fmt: skip
    issue = issue_of(lambda: read_table(postgres.url("v", user=login)))
    assert issue.rule == "database.no_right"


def test_too_many_rows_or_too_much_text_is_refused(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
):
    postgres.run("CREATE TABLE t AS SELECT g, repeat('x', 100) AS words FROM "
                 "generate_series(1, 2000) AS g")  # fmt: skip
    monkeypatch.setattr(reading, "MAX_ROWS", 2000)
    assert len(read_table(postgres.url("t"))) == 2000
    monkeypatch.setattr(reading, "MAX_ROWS", 1999)
    assert issue_of(lambda: read_table(postgres.url("t"))).rule == "read.too_large"
    monkeypatch.setattr(reading, "MAX_ROWS", 10**6)
    monkeypatch.setattr(reading, "MAX_BYTES", 100_000)
    assert issue_of(lambda: read_table(postgres.url("t"))).rule == "read.too_large"


def test_a_view_that_fails_is_refused_in_the_servers_words(postgres: Server):
    postgres.run("CREATE VIEW v AS SELECT 1 / (g - 5) AS x FROM generate_series(1, 9) AS g")
    issue = issue_of(lambda: read_table(postgres.url("v")))
    assert issue.rule == "database.failed" and "division by zero" in issue.message


def test_text_in_no_known_encoding_is_refused(postgres: Server):
    name = f"ascii_{len(postgres.databases)}"
    postgres.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' "
                 "LC_CTYPE 'C'", database="postgres")  # fmt: skip
    postgres.databases.append(name)
    postgres.run("CREATE TABLE t (a text)", r"INSERT INTO t VALUES (E'caf\xe9')")
    assert issue_of(lambda: read_table(postgres.url("t"))).rule == "database.encoding"


def test_reading_changes_nothing(postgres: Server):
    postgres.run(
        "CREATE TABLE t (a int)",
        "CREATE FUNCTION sneaky() RETURNS int LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO t VALUES (1); RETURN 1; END $$",
        "CREATE VIEW v AS SELECT sneaky() AS a",
    )
    assert issue_of(lambda: read_table(postgres.url("v"))).rule == "database.failed"
    assert postgres.run("SELECT count(*) FROM t") == [(0,)]


# --- servers that fail while they are read --------------------------------------------------

SLOW = """
    CREATE VIEW slow AS
    SELECT g AS a, CASE WHEN g > 500 THEN pg_sleep(60)::text ELSE repeat('x', 100) END AS b
    FROM generate_series(1, 1000) AS g
"""


def test_a_server_that_stops_while_it_is_read(spare_postgres: Server):
    spare_postgres.run(SLOW)
    reader = Aside(lambda: read_table(spare_postgres.url("slow")))
    wait_for(lambda: spare_postgres.busy("COPY"), "the reader to read")
    spare_postgres.crash()
    error = reader.wait()
    assert isinstance(error, InputError)
    assert [issue.rule for issue in error.issues] == ["database.stopped"]
    assert "s3cret" not in str(error)
    issue = issue_of(lambda: read_table(spare_postgres.url("slow")))
    assert issue.rule == "database.unreachable"


def test_a_server_that_stops_between_two_rows(
    spare_postgres: Server, monkeypatch: pytest.MonkeyPatch
):
    """Some thousand of the rows have come, and far more than a line holds are still to come."""
    spare_postgres.run(
        "CREATE TABLE t AS SELECT g, repeat('x', 1000) AS words FROM generate_series(1, 50000) AS g"
    )
    url, rows, seen = spare_postgres.url("t"), psycopg.Copy.rows, []

    def rows_until_the_end(copy: psycopg.Copy) -> Iterator[tuple[object, ...]]:
        for row in rows(copy):
            seen.append(row[0])
            if len(seen) == 1000:
                spare_postgres.crash()
            yield row

    monkeypatch.setattr(psycopg.Copy, "rows", rows_until_the_end)
    assert issue_of(lambda: read_table(url)).rule == "database.stopped"
    assert 1000 <= len(seen) < 50_000


def test_a_session_that_is_ended_by_its_keeper(postgres: Server):
    postgres.run(SLOW)
    reader = Aside(lambda: read_table(postgres.url("slow")))
    (pid,) = wait_for(lambda: postgres.busy("COPY"), "the reader to read")
    postgres.run(f"SELECT pg_terminate_backend({pid})")
    error = reader.wait()
    assert isinstance(error, InputError) and error.issues[0].rule == "database.stopped"


def test_a_statement_that_takes_too_long(postgres: Server, monkeypatch: pytest.MonkeyPatch):
    postgres.run(SLOW)
    monkeypatch.setattr(server, "STATEMENT_TIMEOUT_S", 0.2)
    issue = issue_of(lambda: read_table(postgres.url("slow")))
    assert issue.rule == "database.too_slow"


def test_a_server_that_goes_silent_is_hung_up_on(postgres: Server, monkeypatch: pytest.MonkeyPatch):
    postgres.run(SLOW)
    monkeypatch.setattr(server, "SESSION_LIMIT_S", 2.0)
    reader = Aside(lambda: read_table(postgres.url("slow")))
    (pid,) = wait_for(lambda: postgres.busy("COPY"), "the reader to read")
    os.kill(pid, signal.SIGSTOP)
    try:
        error = reader.wait()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert isinstance(error, InputError) and error.issues[0].rule == "database.too_slow"


# --- writing --------------------------------------------------------------------------------


def points(*names: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": list(names)},
        geometry=[shapely.Point(float(i), 2.0 * i) for i in range(len(names))],
        crs="EPSG:27700",
    )


OURS = "Groundplan: run wessex (replaced whenever it is published again)"


def comment_of(postgres: Server, table: str) -> str:
    return str(postgres.run(f"SELECT obj_description('{table}'::regclass)")[0][0])


def test_tables_are_written_with_key_index_and_types(postgres: Server):
    wards = gpd.GeoDataFrame(
        {
            "code": ["001", None], "n": [1, 2], "share": [0.1, np.nan], "met": [True, False],
            "day": pd.to_datetime(["2026-03-31", None]), "words": ["=1+1\t\\N", "a\nb"],
            "mixed": [True, "x"],
        },
        geometry=[shapely.box(0, 0, 1, 1), None], crs="EPSG:27700",
    )  # fmt: skip
    layers = {"wards": wards, "cover": pd.DataFrame({"a": ["x"]})}
    written = write_layers(postgres.url(), "plan 1", layers, note="run wessex")
    assert written == ("plan 1.wards", "plan 1.cover")

    types = postgres.run(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        """WHERE attrelid = '"plan 1".wards'::regclass AND attnum > 0 ORDER BY attnum"""
    )
    assert types == [
        ("row_id", "bigint"), ("code", "text"), ("n", "bigint"), ("share", "double precision"),
        ("met", "boolean"), ("day", "timestamp without time zone"), ("words", "text"),
        ("mixed", "text"), ("geometry", "geometry(MultiPolygon,27700)"),
    ]  # fmt: skip
    kinds = postgres.run(
        "SELECT am.amname, i.indisprimary FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        """JOIN pg_am am ON am.oid = c.relam WHERE i.indrelid = '"plan 1".wards'::regclass """
        "ORDER BY 1"
    )
    assert kinds == [("btree", True), ("gist", False)]
    assert comment_of(postgres, '"plan 1".wards') == OURS
    rows = postgres.run("""SELECT row_id, code, n, share, met, day::text, words, mixed,
                        ST_AsText(geometry) FROM "plan 1".wards ORDER BY row_id""")
    assert rows == [
        (1, "001", 1, 0.1, True, "2026-03-31 00:00:00", "=1+1\t\\N", "True",
         "MULTIPOLYGON(((1 0,1 1,0 1,0 0,1 0)))"),
        (2, None, 2, None, False, None, "a\nb", "x", None),
    ]  # fmt: skip


def test_what_is_written_is_read_back(postgres: Server):
    frame = gpd.GeoDataFrame(
        {"name": ["b", "a"], "n": [3, 4], "met": [True, False]},
        geometry=[shapely.Point(400000.123456789, 3), shapely.Point(5, 6)],
        index=pd.Index(["k", "l"], name="id"), crs="EPSG:27700",
    )  # fmt: skip
    write_layers(postgres.url(), "plan", {"t": frame})
    back = read_table(postgres.url("plan.t"))
    assert back["row_id"].tolist() == [1, 2] and back["id"].tolist() == ["k", "l"]
    assert back["name"].tolist() == ["b", "a"] and back["met"].tolist() == [True, False]
    assert back.geometry.geom_equals_exact(frame.geometry.reset_index(drop=True).set_axis(
        back.index), 0.0).all()  # fmt: skip


def test_other_reference_systems_are_converted_and_none_is_refused(postgres: Server):
    place = [shapely.Point(400_000, 300_000)]
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=place, crs="EPSG:27700").to_crs(4326)
    write_layers(postgres.url(), "plan", {"t": frame})
    x, y, srid = postgres.run("SELECT ST_X(geometry), ST_Y(geometry), ST_SRID(geometry) "
                              "FROM plan.t")[0]  # fmt: skip
    assert (x, y, srid) == (pytest.approx(400_000, abs=1), pytest.approx(300_000, abs=1), 27700)
    bare = frame.set_crs(None, allow_override=True)
    found = issues_of(lambda: write_layers(postgres.url(), "plan", {"t": bare, "u": bare}))
    assert [(i.rule, i.layer) for i in found] == [
        ("database.no_crs", "t"),
        ("database.no_crs", "u"),
    ]


def test_mixed_and_empty_geometry(postgres: Server):
    frame = gpd.GeoDataFrame(
        {"n": range(4)},
        geometry=[shapely.Point(1, 2, 3), shapely.LineString([(0, 0), (1, 1)]), shapely.Point(),
                  shapely.Polygon()],
        crs="EPSG:27700",
    )  # fmt: skip
    write_layers(postgres.url(), "plan", {"t": frame, "none": frame.iloc[:0]})
    rows = postgres.run("SELECT ST_AsText(geometry) FROM plan.t ORDER BY n")
    assert [row[0] for row in rows] == [
        "POINT(1 2)", "MULTILINESTRING((0 0,1 1))", "POINT EMPTY", "MULTIPOLYGON EMPTY",
    ]  # fmt: skip
    assert postgres.run("SELECT count(*) FROM plan.none") == [(0,)]


def test_long_and_odd_names_are_kept_apart(postgres: Server):
    one, two = "é" * 40 + "_before_min", "é" * 40 + "_after_min"
    frame = pd.DataFrame({one: [1], two: [2], 'a"; DROP TABLE x; --%s{}': [3], "row_id": [4]})
    write_layers(postgres.url(), "plan", {"t" * 70: frame})
    (table,) = postgres.run("SELECT relname FROM pg_class WHERE relname LIKE 'ttt%' "
                            "AND relkind = 'r'")[0]  # fmt: skip
    back = read_table(postgres.url(f"plan.{table}"))
    assert back.shape == (1, 5) and back["row_id_2"].tolist() == [1]
    assert back['a"; DROP TABLE x; --%s{}'].tolist() == [3]
    names = postgres.run(f"SELECT col_description('plan.{table}'::regclass, n) "
                         "FROM generate_series(1, 5) AS n")  # fmt: skip
    assert [row[0] for row in names] == [None, one, two, None, None]


def test_the_same_columns_again_keep_grants_and_views(postgres: Server):
    write_layers(postgres.url(), "plan", {"t": points("a", "b")}, note="run one")
    name = f"guest_{postgres.databases[-1]}"
    login = guest(
        postgres,
        f"GRANT USAGE ON SCHEMA plan TO {name}",
        f"GRANT SELECT ON plan.t TO {name}",
        "CREATE VIEW v AS SELECT * FROM plan.t",
    )
    write_layers(postgres.url(), "plan", {"t": points("c")}, note="run wessex")
    assert read_table(postgres.url("plan.t", user=login))["name"].tolist() == ["c"]
    assert read_table(postgres.url("v"))["name"].tolist() == ["c"]
    assert comment_of(postgres, "plan.t") == OURS


def test_other_columns_replace_the_table_unless_views_stand_on_it(postgres: Server):
    write_layers(postgres.url(), "plan", {"t": points("a")})
    write_layers(postgres.url(), "plan", {"t": points("b").assign(more=1)})
    assert read_table(postgres.url("plan.t"))["more"].tolist() == [1]

    postgres.run("CREATE VIEW v AS SELECT * FROM plan.t")
    again = {"other": points("x"), "t": points("c")}
    issue = issue_of(lambda: write_layers(postgres.url(), "plan", again))
    assert issue.rule == "database.depended_on" and "view v" in issue.message
    assert read_table(postgres.url("v"))["name"].tolist() == ["b"]
    assert issue_of(lambda: read_table(postgres.url("plan.other"))).rule == "database.no_such_table"


def test_tables_that_are_not_groundplans_are_left_alone(postgres: Server):
    postgres.run(
        "CREATE SCHEMA plan",
        "CREATE TABLE plan.t (a int)",
        "INSERT INTO plan.t VALUES (7)",
        "COMMENT ON TABLE plan.t IS 'the council''s own'",
        "CREATE VIEW plan.u AS SELECT 1 AS a",
    )
    layers = {name: points("a") for name in ("s", "t", "u")}
    issue = issue_of(lambda: write_layers(postgres.url(), "plan", layers))
    assert (issue.rule, issue.ids) == ("database.not_ours", ("plan.t", "plan.u"))
    assert postgres.run("SELECT a FROM plan.t") == [(7,)]
    assert issue_of(lambda: read_table(postgres.url("plan.s"))).rule == "database.no_such_table"


@pytest.mark.parametrize("schema", ["pg_temp", "PG_mine", "information_schema", "", " ", "x" * 64])
def test_schemas_that_cannot_be_written_to(schema: str):
    issue = issue_of(lambda: write_layers("postgresql://u:s3cret@h/d", schema, {}))
    assert issue.rule == "database.schema"


def test_an_address_to_write_to_names_no_table():
    issue = issue_of(lambda: write_layers("postgresql://u:s3cret@h/d?table=t", "plan", {}))
    assert issue.rule == "database.address"


def test_a_database_without_postgis(postgres: Server):
    postgres.new_database(postgis=False)
    issue = issue_of(lambda: write_layers(postgres.url(), "plan", {"t": points("a")}))
    assert issue.rule == "database.no_postgis"
    assert postgres.run("SELECT count(*) FROM pg_namespace WHERE nspname = 'plan'") == [(0,)]
    plain = {"t": pd.DataFrame({"a": [1]})}
    assert write_layers(postgres.url(), "plan", plain) == ("plan.t",)
    assert read_table(postgres.url("plan.t"))["a"].tolist() == [1]


def test_writing_without_the_right_to(postgres: Server):
    login = guest(postgres)
    url = postgres.url(user=login)
    issue = issue_of(lambda: write_layers(url, "plan", {"t": points("a")}))
    assert issue.rule == "database.no_right"
    # In a schema given to them they need no right to make schemas.
    name = login.partition(":")[0]
    postgres.run(f"CREATE SCHEMA plan AUTHORIZATION {name}")
    assert write_layers(url, "plan", {"t": points("a")}) == ("plan.t",)
    assert write_layers(url, "plan", {"t": points("b")}) == ("plan.t",)


def test_text_the_server_cannot_hold_changes_nothing(postgres: Server):
    write_layers(postgres.url(), "plan", {"s": points("a"), "t": points("a")})
    bad = {"s": points("b"), "t": points("nul\0")}
    assert issue_of(lambda: write_layers(postgres.url(), "plan", bad)).rule == "database.failed"
    assert read_table(postgres.url("plan.s"))["name"].tolist() == ["a"]


def test_a_table_somebody_holds_is_waited_for_and_then_given_up(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
):
    write_layers(postgres.url(), "plan", {"t": points("a")})
    monkeypatch.setattr(server, "LOCK_TIMEOUT_S", 0.2)
    with postgres.connect() as other, other.transaction():
        other.execute("LOCK TABLE plan.t IN SHARE MODE")
        issue = issue_of(lambda: write_layers(postgres.url(), "plan", {"t": points("b")}))
    assert issue.rule == "database.locked"
    assert read_table(postgres.url("plan.t"))["name"].tolist() == ["a"]


def test_readers_see_the_old_tables_until_the_new_ones_are_whole(postgres: Server):
    write_layers(postgres.url(), "plan", {"s": points("a"), "t": points("a")})
    with postgres.connect() as other, other.transaction():
        other.execute("LOCK TABLE plan.t IN SHARE MODE")
        writer = Aside(lambda: write_layers(
            postgres.url(), "plan", {"s": points("b"), "t": points("b")}))  # fmt: skip
        wait_for(lambda: postgres.busy("DELETE", waiting=True), "the writer to wait")
        assert read_table(postgres.url("plan.s"))["name"].tolist() == ["a"]
    assert writer.wait() is None
    assert read_table(postgres.url("plan.s"))["name"].tolist() == ["b"]


def test_two_who_write_to_a_schema_take_turns(postgres: Server):
    with postgres.connect() as other:
        with other.transaction():
            other.execute("SELECT pg_advisory_xact_lock(hashtextextended('groundplan.plan', 0))")
            write_layers(postgres.url(), "another", {"t": points("a")})
            writer = Aside(lambda: write_layers(postgres.url(), "plan", {"t": points("a")}))
            wait_for(lambda: postgres.busy("advisory", waiting=True), "the writer to wait")
        assert writer.wait() is None
    assert read_table(postgres.url("plan.t"))["name"].tolist() == ["a"]


def test_a_server_that_dies_while_it_is_written_to_keeps_what_was_there(spare_postgres: Server):
    url = spare_postgres.url()
    write_layers(url, "plan", {"s": points("a"), "t": points("a")})
    other = spare_postgres.connect()
    other.execute("BEGIN; LOCK TABLE plan.t IN SHARE MODE")
    # The first table is replaced, a new one made; then the second keeps the writer waiting.
    layers = {"s": points("b"), "new": points("b"), "t": points("b")}
    writer = Aside(lambda: write_layers(url, "plan", layers))
    wait_for(lambda: spare_postgres.busy("DELETE", waiting=True), "the writer to wait")
    spare_postgres.crash()
    other.close()
    error = writer.wait()
    assert isinstance(error, InputError)
    assert [issue.rule for issue in error.issues] == ["database.stopped"]
    assert "s3cret" not in str(error)

    spare_postgres.start()
    for table in ("s", "t"):
        assert read_table(spare_postgres.url(f"plan.{table}"))["name"].tolist() == ["a"]
    missing = issue_of(lambda: read_table(spare_postgres.url("plan.new")))
    assert missing.rule == "database.no_such_table"
    assert write_layers(url, "plan", layers) == ("plan.s", "plan.new", "plan.t")
    assert read_table(spare_postgres.url("plan.t"))["name"].tolist() == ["b"]


def test_a_server_that_dies_at_the_last_moment_leaves_the_end_unknown(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
):
    """The check that runs at the very end of a transaction ends the session."""
    write_layers(postgres.url(), "plan", {"t": points("a")})
    postgres.run(
        "CREATE FUNCTION last() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$",
        "CREATE CONSTRAINT TRIGGER last AFTER INSERT ON plan.t DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION last()",
    )
    issue = issue_of(lambda: write_layers(postgres.url(), "plan", {"t": points("b")}))
    assert issue.rule == "database.unknown_end"
    assert read_table(postgres.url("plan.t"))["name"].tolist() == ["a"]


# --- as a layer -----------------------------------------------------------------------------


def test_a_table_is_read_as_a_layer_as_a_file_is(postgres: Server, tmp_path: Path):
    """The same register as a CSV and as a table is the same sheet."""
    postgres.run(SITES, "UPDATE sites SET geom = ST_Translate(geom, 400000, 300000)")
    frame = read_layer(postgres.url("sites"), "buildings")
    frame.drop(columns="geometry").to_csv(tmp_path / "sites.csv", index=False)
    sheet = sheet_of("buildings", frame)
    from_table = sheet.frame
    from_file = sheet_of("buildings", read_layer(tmp_path / "sites.csv", "buildings")).frame
    for column in ("asset_id", "uprn", "name", "gia_m2", "in_scope", "survey_date"):
        pd.testing.assert_series_equal(from_table[column], from_file[column])
    assert from_table["uprn"].tolist() == ["100012797623", "100012797624", ""]
    assert sheet.places["x"].tolist()[:2] == [400001.0, 400002.0]
    assert sha256_of(postgres.url("sites")) == fingerprint(postgres.url("sites"))


def test_every_layer_that_cannot_be_read_is_said_at_once(postgres: Server):
    paths = {"buildings": postgres.url("no_b"), "services": postgres.url("no_s")}
    found = issues_of(lambda: read_layers(paths))
    assert [i.layer for i in found] == ["buildings", "services"]
    assert {i.rule for i in found} == {"database.no_such_table"}


def test_an_address_with_a_slash_too_few_is_no_file_whose_name_is_shown():
    issue = issue_of(lambda: read_layer("postgresql:/ann:s3cret@h/db?table=t", "buildings"))
    assert issue.rule == "database.address"
