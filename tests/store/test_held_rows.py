"""What units of one transaction hand on and leave for later, and when its time comes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from vault_core.store.catalog import FOUND, Later, Put, Statement, Take
from vault_core.store.held_rows import MOST, Due, HeldRows

TAKE = "SELECT id, used FROM vaults WHERE id = ?"
PUT = "UPDATE vaults SET used = ? WHERE id = ?"
ENTER = "INSERT INTO journal (entry) VALUES (?)"
ADD = "INSERT INTO nodes (id) VALUES (?)"
READ = "SELECT entry FROM journal ORDER BY entry"
ADA, BOB = b"ada", b"bob"


def take(vault: bytes = ADA) -> Take:
    return Take(TAKE, (vault,))


def put(used: int, vault: bytes = ADA) -> Put:
    return Put(PUT, (used, vault), (vault, used))


def many(rows: Sequence[Sequence[Any]]) -> tuple[str, Sequence[Any]]:
    """One statement that enters several."""
    places = ", ".join("(?)" for _ in rows)
    return f"INSERT INTO journal (entry) VALUES {places}", [row[0] for row in rows]


def enter(number: int) -> Later:
    return Later(ENTER, (number,), "journal", many)


def add(number: int) -> Later:
    return Later(ADD, (number,), "nodes", many)


def read(sql: str = READ) -> Statement:
    return sql, ()


def shown(due: Sequence[Due]) -> list[tuple[str, list[Any], int]]:
    """Statement, the parameters of each, and how many rows they must change."""
    return [(one.sql, [tuple(row) for row in one.rows], one.must_change) for one in due]


def held(*statements: Statement, together: bool = True) -> HeldRows:
    """After these, none of which makes anything due."""
    rows = HeldRows(together=together)
    for statement in statements:
        due, _ = rows.meet(statement)
        assert not due
    return rows


def test_a_row_that_nobody_put_is_asked_of_the_database() -> None:
    assert held().meet(take()) == ((), None)


def test_who_takes_after_a_put_sees_what_was_put() -> None:
    rows = held(take(), put(1))
    assert rows.meet(take()) == ((), [(ADA, 1)])
    rows.meet(put(2))
    assert rows.meet(take()) == ((), [(ADA, 2)])


def test_only_the_last_put_of_a_row_is_written_and_once() -> None:
    rows = held(put(1), put(5, BOB), put(2), put(3))
    assert shown(rows.release()) == [(PUT, [(3, ADA)], 1), (PUT, [(5, BOB)], 1)]
    assert rows.release() == []


def test_a_put_is_written_before_another_vault_is_taken() -> None:
    """The database answers that, and `vaults` is what it reads."""
    due, answer = held(put(1)).meet(take(BOB))
    assert (shown(due), answer) == ([(PUT, [(1, ADA)], 1)], None)


def test_after_a_release_the_database_has_the_row() -> None:
    rows = held(put(1))
    rows.release()
    assert rows.meet(take()) == ((), None)


@pytest.mark.parametrize("together", [True, False])
def test_a_unit_by_itself_hands_its_row_on_too(together: bool) -> None:
    assert held(put(1), together=together).meet(take()) == ((), [(ADA, 1)])


def test_what_is_left_for_later_goes_on_as_if_it_was_found() -> None:
    rows = held()
    assert rows.meet(enter(1)) == ((), FOUND)
    assert rows.meet(enter(2)) == ((), FOUND)
    assert shown(rows.release()) == [(ENTER, [(1,), (2,)], 2)]
    assert rows.release() == []


def test_a_unit_by_itself_leaves_nothing_for_later() -> None:
    assert held(together=False).meet(enter(1)) == ((), None)


def test_a_unit_by_itself_writes_its_row_before_a_statement_about_vaults() -> None:
    later = Later("UPDATE vaults SET used = 0", (), "vaults", many)
    due, answer = held(put(1), together=False).meet(later)
    assert (shown(due), answer) == ([(PUT, [(1, ADA)], 1)], None)


def test_it_is_due_before_anything_that_names_its_table() -> None:
    due, answer = held(enter(1), enter(2)).meet(read())
    assert (shown(due), answer) == ([(ENTER, [(1,), (2,)], 2)], None)


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "SELECT journal_head FROM a", "SELECT 1 FROM the_journal", "SELECT nodes"]
)
def test_what_names_another_table_makes_nothing_due(sql: str) -> None:
    """Nor does a name of which the table's is only a part."""
    rows = held(enter(1))
    assert rows.meet(read(sql)) == ((), None)
    assert shown(rows.release()) == [(ENTER, [(1,)], 1)]


def test_what_is_due_is_all_and_rows_of_vaults_come_last() -> None:
    """Their foreign keys refer to what is inserted before, and their row closes a change."""
    due, answer = held(put(1), enter(1), add(7), enter(2)).meet(read())
    assert answer is None
    assert shown(due) == [(ENTER, [(1,), (2,)], 2), (ADD, [(7,)], 1), (PUT, [(1, ADA)], 1)]


def test_a_later_of_another_kind_that_names_the_table_waits_for_it() -> None:
    copying = "INSERT INTO nodes SELECT entry FROM journal WHERE entry = ?"
    rows = held(enter(1))
    due, answer = rows.meet(Later(copying, (1,), "nodes", many))
    assert (shown(due), answer) == ([(ENTER, [(1,)], 1)], FOUND)
    assert shown(rows.release()) == [(copying, [(1,)], 1)]


def test_more_than_most_are_run_in_several() -> None:
    rows = held(*map(enter, range(MOST)))
    due, answer = rows.meet(enter(MOST))
    assert (shown(due), answer) == ([(ENTER, [(n,) for n in range(MOST)], MOST)], FOUND)
    assert shown(rows.release()) == [(ENTER, [(MOST,)], 1)]


def test_several_are_one_statement_and_one_is_its_own() -> None:
    (one,) = held(enter(1)).release()
    assert one.as_one() == (ENTER, (1,))
    (several,) = held(enter(1), enter(2)).release()
    assert several.as_one() == ("INSERT INTO journal (entry) VALUES (?), (?)", [1, 2])
    (row,) = held(put(1)).release()
    assert row.as_one() == (PUT, (1, ADA))


STEPS: dict[str, list[Statement]] = {
    "handed on": [take(), put(1), take(), put(2)],
    "two vaults": [take(), put(1), take(BOB), put(2, BOB), take(), put(3)],
    "read between": [take(), enter(1), put(1), read(), take(), enter(2), put(2)],
    "read the row": [take(), put(1), read("SELECT used FROM vaults"), take(), put(2)],
    "many": [*map(enter, range(MOST + 3)), read()],
    "mixed": [add(1), enter(1), add(2), read("SELECT id FROM nodes"), enter(2), add(3), read()],
}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("name", STEPS)
def test_the_database_ends_as_if_each_was_run_at_once(name: str, together: bool) -> None:
    """And every answer on the way is the same, but for those that say only FOUND."""
    steps = STEPS[name]
    plain, plain_answers = _database(), []
    for step in steps:
        plain_answers.append(plain.execute(step[0], step[1]).fetchall())
    database, rows, answers = _database(), HeldRows(together=together), []
    for step in steps:
        due, answer = rows.meet(step)
        _write(database, due)
        if answer is None:
            answer = database.execute(step[0], step[1]).fetchall()
        answers.append([] if type(step) is Later else answer)
    _write(database, rows.release())
    assert answers == plain_answers
    assert list(database.iterdump()) == list(plain.iterdump())


def _database() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.executescript(
        "CREATE TABLE vaults (id, used); CREATE TABLE journal (entry); CREATE TABLE nodes (id);"
        "INSERT INTO vaults VALUES (x'616461', 0), (x'626f62', 0);"
    )
    return database


def _write(database: sqlite3.Connection, due: Sequence[Due]) -> None:
    for one in due:
        before = database.total_changes
        database.executemany(one.sql, one.rows)
        assert database.total_changes - before == one.must_change
