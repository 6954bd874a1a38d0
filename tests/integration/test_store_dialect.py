"""Each statement of the store is one that SQLite and PostgreSQL both take, so that a second engine finds no surprise."""
import contextlib
import os
import pathlib
import re
import sqlite3
import subprocess

import pytest

from postgres import Cluster

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(os.path.abspath(os.environ["POSTERN"])).parent / "tests" / "unit" / "store_statements"
TYPES = {"TEXT": "text", "INTEGER": "bigint", "BLOB": "bytea"}
# What opens and closes a store is the engine's own business.
ENGINE = {"store_open", "store_open_reading", "store_close", "store_limit", "store_transaction_begin", "store_transaction_commit",
          "store_transaction_end", "store_prepare", "store_execute", "store_err", "store_changes"}
CONTROL = {"BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"}


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """Statements by the function that gives them, and the schema, as SQLite saw them."""
    database = tmp_path_factory.mktemp("store") / "db"
    done = subprocess.run([PROGRAM, database], stdout=subprocess.PIPE, text=True, check=True)
    statements = {}
    for line in done.stdout.splitlines():
        function, _, sql = line.partition("\t")
        if function != "store_open" and sql not in CONTROL:
            statements.setdefault(function, []).append(sql)
    return statements, database


@pytest.fixture(scope="module")
def cluster(traced):
    """PostgreSQL with the tables that SQLite has; what the rows' descriptions call BOOL is a boolean there."""
    running = Cluster()
    yes_or_no = set()
    for path in (ROOT / "src" / "store").rglob("*.c"):
        yes_or_no |= set(re.findall(r"COLUMN\(\w+, BOOL, (\w+)\)", path.read_text()))
    with contextlib.closing(sqlite3.connect(traced[1])) as store:
        for (table,) in store.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
            rows = store.execute(f'SELECT name, type, pk FROM pragma_table_info("{table}")').fetchall()
            columns = [f"{name} {'boolean' if name in yes_or_no else TYPES[kind]}" for name, kind, _ in rows]
            key = [name for name, _, pk in sorted(rows, key=lambda row: row[2]) if pk]
            said = running.psql(f"CREATE TABLE {table}({', '.join(columns)}, PRIMARY KEY({', '.join(key)}));")
            assert said == "", (table, said)
    yield running
    running.stop()


def test_every_function_of_the_repositories_is_tried(traced):
    declared = set()
    for path in (ROOT / "src" / "store").rglob("*.h"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        declared |= set(re.findall(r"\benum rc (store_\w+)\(", text))
    assert declared - ENGINE == set(traced[0])


def test_postgresql_prepares_every_statement(traced, cluster):
    refused = {}
    for function, statements in traced[0].items():
        for number, sql in enumerate(statements):
            said = cluster.psql(f"PREPARE {function}_{number} AS {sql};")
            if said:
                refused[sql] = said
    assert refused == {}


def test_deleting_a_subaccount_empties_every_table_that_has_its_rows(traced):
    statements, database = traced
    emptied = {sql.split()[2] for sql in statements["store_tenant_delete"] if sql.startswith("DELETE FROM")}
    with contextlib.closing(sqlite3.connect(database)) as store:
        tables = store.execute("SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
                               " WHERE m.type='table' AND c.name='tenant'").fetchall()
    assert {name for (name,) in tables} <= emptied
