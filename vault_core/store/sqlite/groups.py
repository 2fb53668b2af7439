"""Group commit: several units in one SQLite transaction, each undone alone if it fails.

Everything here runs in the thread that owns the writing connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from vault_core.errors import StoreError
from vault_core.store.catalog import FOUND, Later, Statement, Unit
from vault_core.store.group_writer import Outcome, Start
from vault_core.store.held_rows import VANISHED, Due, HeldRows, NotAsExpectedError
from vault_core.store.sqlite.connection import Turns
from vault_core.store.sqlite.errors import DATABASE_ERRORS, is_busy, translate


def commit_group(
    connection: sqlite3.Connection, turns: Turns, starts: Sequence[Start]
) -> list[Outcome]:
    """Run the units in order and commit them together; one outcome each, in the same order.

    When it returns, every outcome without an error survives a power cut. Where the transaction
    as a whole fails (say, one unit too large for the disk), each unit is run again by itself, so
    that it answers for itself alone.
    """
    with turns.taken():
        return _commit(connection, starts)


def _commit(connection: sqlite3.Connection, starts: Sequence[Start]) -> list[Outcome]:
    try:
        return _together(connection, starts)
    except DATABASE_ERRORS as error:
        if len(starts) == 1 or is_busy(error):
            return [Outcome(None, _ours(error)) for _ in starts]
    return [_commit(connection, [start])[0] for start in starts]


def _together(connection: sqlite3.Connection, starts: Sequence[Start]) -> list[Outcome]:
    """All units in one transaction. Raises sqlite3.Error, with nothing committed."""
    # IMMEDIATE takes the write lock before anything is read, under the busy handler. A deferred
    # transaction would meet SQLITE_BUSY_SNAPSHOT when another process commits in between.
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = _at_once(connection, starts)
        if outcomes is None:
            # Rare, so the others pay for no savepoint: begin again, and undo those alone.
            connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [_in_savepoint(connection, start) for start in starts]
        connection.execute("COMMIT")
    except BaseException:
        # After some failures (a full disk) SQLite has rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _at_once(connection: sqlite3.Connection, starts: Sequence[Start]) -> list[Outcome] | None:
    """All units, which hand on and leave for later what they can; None if one of them failed."""
    held = HeldRows(together=len(starts) > 1)
    try:
        outcomes = [_attempt(connection, held, start) for start in starts]
        _write(connection, held.release())
    except NotAsExpectedError:
        return None
    return None if any(outcome.error is not None for outcome in outcomes) else outcomes


def _in_savepoint(connection: sqlite3.Connection, start: Start) -> Outcome:
    connection.execute("SAVEPOINT unit")
    held = HeldRows(together=False)
    try:
        outcome = _attempt(connection, held, start)
        if outcome.error is None:
            _write(connection, held.release())
    except NotAsExpectedError:
        outcome = Outcome(None, StoreError(VANISHED))
    if outcome.error is not None:
        connection.execute("ROLLBACK TO unit")
    connection.execute("RELEASE unit")
    return outcome


def _attempt(connection: sqlite3.Connection, held: HeldRows, start: Start) -> Outcome:
    """Drive one unit. Raises NotAsExpectedError, and sqlite3.Error if the whole is lost with it."""
    try:
        return Outcome(_drive(connection, held, start()))
    except (NotAsExpectedError, *DATABASE_ERRORS):
        raise
    except BaseException as error:  # noqa: BLE001 - it is handed to whoever awaits the unit
        return Outcome(None, error)


def _drive(connection: sqlite3.Connection, held: HeldRows, unit: Unit[Any]) -> Any:
    try:
        statement = next(unit)
        while True:
            due, answer = held.meet(statement)
            if due:
                _write(connection, due)
            if answer is not None:
                statement = unit.send(answer)
            else:
                statement = _step(connection, unit, statement)
    except StopIteration as end:
        return end.value
    finally:
        unit.close()


def _write(connection: sqlite3.Connection, due: Sequence[Due]) -> None:
    # Row by row: for one statement that changes many rows SQLite copies every page that it touches
    # first, into a file of its own where that is more than 64 KiB.
    for one in due:
        before = connection.total_changes
        try:
            connection.executemany(one.sql, one.rows)
        except sqlite3.IntegrityError as error:
            raise NotAsExpectedError from error
        if connection.total_changes - before != one.must_change:
            raise NotAsExpectedError


def _step(connection: sqlite3.Connection, unit: Unit[Any], statement: Statement) -> Statement:
    """Execute one statement and give the unit its rows; the unit's next statement."""
    sql, parameters = statement[0], statement[1]
    before = connection.total_changes
    try:
        # Whoever writes here is alone, so the row is ours without a lock on it.
        rows = connection.execute(sql.removesuffix(" FOR UPDATE"), parameters).fetchall()
    except sqlite3.IntegrityError as error:
        # Only the statement is undone, so the unit may handle it and go on.
        refused: BaseException = _ours(error)
    else:
        if type(statement) is Later and connection.total_changes > before:
            rows = FOUND
        return unit.send(rows)
    return unit.throw(refused)


def _ours(error: sqlite3.Error | UnicodeDecodeError) -> BaseException:
    translated = translate(error)
    translated.__cause__ = error
    return translated
