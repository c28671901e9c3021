"""A database is brought to the tables of the program in one step that a kill cannot halve, after a copy was made."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from monitor.errors import StoreError
from monitor.store import Store, mentions, migrations, schema
from monitor.store.tables import metadata
from tests.monitor.store.given import put, told, watched

FOLDER = Path(schema.__file__).parent / "migrations"

LAST = migrations.REVISIONS[-1]
NEXT = f"{int(LAST) + 1:04}"
LATER = f"""
import sqlalchemy as sa
from alembic import op
revision = "{NEXT}"
down_revision = "{LAST}"
def upgrade() -> None:
    with op.batch_alter_table("school") as batch:
        batch.add_column(sa.Column("motto", sa.Text()))
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
"""


_COMMA = re.compile(r",(?![^()]*\))")
"""Between columns and constraints, not within one."""


def _statements(path: Path) -> dict[str, str]:
    """What the database says of itself, with spaces and the order of constraints evened out."""
    with closing(sqlite3.connect(path)) as base:
        rows = base.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        name: ",".join(sorted(map(str.strip, _COMMA.split(sql[sql.index("(") + 1 : sql.rindex(")")]))))
        for name, sql in rows
        if name not in {"alembic_version", "sqlite_sequence"}
    }


@contextmanager
def _engine(path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    """A database that all revisions have brought forward from nothing."""
    path = tmp_path / "grown.db"
    with _engine(path) as engine, engine.begin() as connection:
        schema.upgrade(connection)
    return path


def test_the_migrated_tables_are_the_ones_the_program_describes(grown: Path) -> None:
    with _engine(grown) as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_a_new_database_is_as_if_it_had_grown(grown: Path, state: Path) -> None:
    assert _statements(grown) == _statements(state / "monitor.db")
    for path in (grown, state / "monitor.db"):
        with closing(sqlite3.connect(path)) as base:
            assert base.execute("SELECT version_num FROM alembic_version").fetchall() == [(LAST,)]


def test_the_program_knows_every_revision_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    scripts = ScriptDirectory.from_config(config)
    walked = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(walked)) == migrations.REVISIONS


def test_the_tables_can_be_made_in_postgresql_as_well() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # as it is shipped
    for table in metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            there, here = (
                str(CreateIndex(index).compile(dialect=one)) for one in (dialect, sqlite.dialect())
            )
            assert there == here


def test_an_empty_database_needs_no_copy(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    assert not (tmp_path / "backups").exists()


def test_without_leave_to_migrate_an_old_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="older version") as caught:
        Store.open(tmp_path, migrate=False)
    assert "start the monitor" in caught.value.remedy


def test_without_leave_to_migrate_a_current_database_is_fine(state: Path) -> None:
    Store.open(state, migrate=False).close()


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with one more revision; the folder of its migrations."""
    folder = tmp_path / "migrations"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / f"{NEXT}_later.py").write_text(LATER)
    monkeypatch.setattr(schema, "_HERE", folder)
    monkeypatch.setattr(schema, "REVISIONS", (*migrations.REVISIONS, NEXT))
    return folder


def test_an_older_database_is_copied_and_then_migrated_with_its_data(
    store: Store, state: Path, request: pytest.FixtureRequest
) -> None:
    put(store, told(), watched(store))
    store.close()
    request.getfixturevalue("newer")
    after = Store.open(state)
    with after.read() as tx:
        assert [row.key for row in mentions.listing(tx)] == ["k1"]
    after.close()
    with closing(sqlite3.connect(state / "monitor.db")) as base:
        assert base.execute("SELECT version_num FROM alembic_version").fetchone() == (NEXT,)
        assert base.execute("SELECT motto FROM school").fetchall() == [(None,)]
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    with closing(sqlite3.connect(state / "backups" / f"before-{NEXT}.db")) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (LAST,)
        assert copy.execute("SELECT key FROM mention").fetchall() == [("k1",)]


def test_a_migration_that_fails_leaves_the_old_database(state: Path, newer: Path) -> None:
    (newer / "versions" / f"{NEXT}_later.py").write_text(LATER + "    raise RuntimeError\n")
    with pytest.raises(RuntimeError):
        Store.open(state)
    with closing(sqlite3.connect(state / "monitor.db")) as base:
        assert base.execute("SELECT version_num FROM alembic_version").fetchone() == (LAST,)
        columns = [row[1] for row in base.execute("PRAGMA table_info(school)")]
        assert base.execute("SELECT count(*) FROM sqlite_master WHERE name = 'later'").fetchone() == (0,)
    assert "motto" not in columns


OPEN = """
import sys
from pathlib import Path
from monitor.store import Store
print("ready", flush=True)
sys.stdin.readline()
Store.open(Path(sys.argv[1])).close()
"""


def test_two_programs_that_make_the_database_at_once_agree(tmp_path: Path) -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(tmp_path / "state")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for program in programs:
        assert program.stdout is not None
        program.stdout.readline()
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    assert [program.communicate()[1] for program in programs] == [""] * 3
    key = (tmp_path / "state" / "install.key").read_bytes()
    store = Store.open(tmp_path / "state")
    assert store.install_key == key
    store.close()


def test_a_folder_with_a_percent_sign_is_no_trouble(tmp_path: Path) -> None:
    Store.open(tmp_path / "100%state").close()
    assert (tmp_path / "100%state" / "monitor.db").exists()
