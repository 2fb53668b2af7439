"""Group commit on PostgreSQL: several units in one transaction, in one lane of several.

Transactions are SERIALIZABLE, so units of all lanes and all nodes are serialised by PostgreSQL;
it undoes one of two that clash, and that one runs again. Units that would clash are kept in one
lane, where they come one after the other. Units that keep within the rows that their vault's row
guards (`Take.within`) are serialised by that row's lock alone: PostgreSQL does not watch what they
read, so it never takes two vaults for a clash.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple, get_args

import asyncpg

from vault_core.errors import ParcheminError, StoreError
from vault_core.store.catalog import FOUND, Later, Row, Statement, Take, Unit
from vault_core.store.group_writer import Outcome, Start
from vault_core.store.held_rows import VANISHED, Due, HeldRows, NotAsExpectedError
from vault_core.store.postgresql.connection import Connection, Connections
from vault_core.store.postgresql.dialect import query
from vault_core.store.postgresql.errors import (
    DRIVER_ERRORS,
    UNCERTAIN,
    is_conflict,
    is_lost,
    translate,
)

ATTEMPTS = 40
"""How often a group is run before it is told that the database is too busy."""
TOGETHER = 3
"""How many of them it is run as a whole; then in halves, of which one may well succeed."""
IN_LINE = 6
"""After so many, it waits until no other group that was undone as often runs, on any node. Without
that, many changes of a small database (PostgreSQL takes those of one page for a clash) can undo one
another until all of them are told to try again."""
LINE = 0x6C696E65  # "line": one advisory lock of the database
_PAUSE = 0.002
_TOO_BUSY = "Too many changes at once: try again in a moment."
_REFUSED = (asyncpg.PostgresError, asyncpg.InterfaceError)
Violations = frozenset[int]
Level = Literal["READ COMMITTED", "SERIALIZABLE"]
LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass
class _Violated(Exception):
    """A unique constraint failed at the unit's statement of that number."""

    step: int
    cause: asyncpg.PostgresError


class _UnitRaised(Exception):
    """A unit among others raised: it has to be undone alone."""


_ALONE = (_UnitRaised, NotAsExpectedError)


class Beginning(NamedTuple):
    """What a unit's first statement tells of it."""

    key: bytes
    """What units that are likely to clash have in common: what that statement names. Nearly every
    unit begins by taking its vault's row, so that is the vault's id."""
    level: Level

    @classmethod
    def of(cls, start: Start) -> Beginning:
        """Of that unit, which is not run."""
        unit = start()
        try:
            statement = next(unit)
        except BaseException:  # noqa: BLE001 - it will raise again when it is run
            return cls(b"", "SERIALIZABLE")
        finally:
            unit.close()
        within = type(statement) is Take and statement.within
        first = statement[1][0] if statement[1] else b""
        key = first if isinstance(first, bytes) else str(first).encode()
        return cls(key, "READ COMMITTED" if within else "SERIALIZABLE")


class Lane:
    """One writing connection. Groups come one at a time."""

    def __init__(self, connections: Connections) -> None:
        """`connections` are the lane's own."""
        self._connections = connections
        self.undone = 0
        """Transactions that clashed with another one, and were run again."""

    async def commit_group(self, starts: Sequence[Start]) -> list[Outcome]:
        """Run the units and commit them together; one outcome each, in the same order.

        When it returns, every outcome without an error is durable. They run in the order of what
        they change, so that two nodes never wait for one another crosswise. Those that only their
        vault's row serialises are a transaction of their own, but where another unit here changes
        the same vault: what changes one thing stays in the order in which it came.
        """
        beginnings = [Beginning.of(start) for start in starts]
        strict = {one.key for one in beginnings if one.level == "SERIALIZABLE"}
        places: dict[int, Outcome] = {}
        for level in LEVELS:
            alike = [
                index
                for index, one in enumerate(beginnings)
                if (one.key in strict) == (level == "SERIALIZABLE")
            ]
            alike.sort(key=lambda index: beginnings[index].key)
            if alike:
                outcomes = await self._commit([starts[index] for index in alike], level)
                places.update(zip(alike, outcomes, strict=True))
        return [places[index] for index in range(len(starts))]

    async def close(self) -> None:
        """Close the connection."""
        await self._connections.close()

    async def _commit(self, starts: Sequence[Start], level: Level) -> list[Outcome]:
        violations: Violations = frozenset()
        for attempt in range(ATTEMPTS):
            run = _transaction if attempt < IN_LINE else _in_line
            try:
                return await self._connections.run(
                    partial(run, level=level, starts=starts, violations=violations)
                )
            except _ALONE:
                if len(starts) == 1:
                    return [Outcome(None, StoreError(VANISHED))]
                return await self._halves(starts, level)
            except _Violated as violated:
                if len(starts) > 1:
                    return await self._halves(starts, level)
                # Once more, with a savepoint there: the newer snapshot shows the other row.
                violations |= {violated.step}
            except Exception as error:  # noqa: BLE001 - handed to whoever awaits the units
                if is_conflict(error):
                    self.undone += 1
                    if len(starts) > 1 and attempt >= TOGETHER:
                        return await self._halves(starts, level)
                    pause = _PAUSE * 2 ** min(attempt, 6)
                    await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - no secret
                elif len(starts) > 1 and isinstance(error, _REFUSED) and not is_lost(error):
                    return await self._halves(starts, level)
                else:
                    return [Outcome(None, _ours(error)) for _ in starts]
        return [Outcome(None, StoreError(_TOO_BUSY)) for _ in starts]

    async def _halves(self, starts: Sequence[Start], level: Level) -> list[Outcome]:
        """Find the one that answers for itself alone, in few more transactions."""
        middle = len(starts) // 2
        first = await self._commit(starts[:middle], level)
        return [*first, *await self._commit(starts[middle:], level)]


def _ours(error: Exception) -> ParcheminError:
    return error if isinstance(error, ParcheminError) else translate(error)


async def _in_line(
    connection: Connection, level: Level, starts: Sequence[Start], violations: Violations
) -> list[Outcome]:
    """As `_transaction`, when it is this one's turn. Whoever waits holds nothing else."""
    await connection.execute(f"SELECT pg_advisory_lock({LINE})")
    try:
        return await _transaction(connection, level, starts, violations)
    finally:
        try:
            await connection.execute(f"SELECT pg_advisory_unlock({LINE})")
        except DRIVER_ERRORS:  # the lock ends with the connection, and what was committed stays
            connection.terminate()


async def _transaction(
    connection: Connection, level: Level, starts: Sequence[Start], violations: Violations
) -> list[Outcome]:
    """All units in one transaction.

    Raises _UnitRaised, NotAsExpectedError, _Violated or asyncpg's errors, with nothing committed;
    StoreError if the connection broke while it was committing.
    """
    await connection.execute(f"BEGIN ISOLATION LEVEL {level}")
    try:
        held = HeldRows(together=len(starts) > 1)
        outcomes = [await _drive(connection, held, start(), violations) for start in starts]
        await _write(connection, held.release())
    except asyncpg.PostgresError:
        await _roll_back(connection)
        raise
    except (_Violated, NotAsExpectedError):
        await _roll_back(connection)
        raise
    if any(outcome.error is not None for outcome in outcomes):
        await _roll_back(connection)
        if len(starts) > 1:
            raise _UnitRaised
        return outcomes
    try:
        await connection.execute("COMMIT")
    except Exception as error:
        if is_lost(error) or isinstance(error, TimeoutError):
            raise StoreError(UNCERTAIN) from error
        raise
    return outcomes


async def _roll_back(connection: Connection) -> None:
    if not connection.is_closed():
        await connection.execute("ROLLBACK")


async def _drive(
    connection: Connection, held: HeldRows, unit: Unit[Any], violations: Violations
) -> Outcome:
    """Run one unit; the outcome has what it raised itself.

    Raises _Violated, NotAsExpectedError, asyncpg's errors.
    """
    step = 0
    try:
        statement = next(unit)
        while True:
            due, given = held.meet(statement)
            await _write(connection, due)
            answer: list[Row] | ParcheminError
            if given is None:
                answer = await _answer(connection, statement, step, violations)
            else:
                answer = given
            step += 1
            if isinstance(answer, ParcheminError):
                statement = unit.throw(answer)
            else:
                statement = unit.send(answer)
    except StopIteration as end:
        return Outcome(end.value)
    except (_Violated, NotAsExpectedError, *DRIVER_ERRORS):
        raise
    except Exception as error:  # noqa: BLE001 - it is handed to whoever awaits the unit
        return Outcome(None, error)
    finally:
        unit.close()


async def _write(connection: Connection, due: Sequence[Due]) -> None:
    for one in due:
        sql, parameters = one.as_one()
        try:
            changed = await _change(connection, sql, parameters)
        except asyncpg.UniqueViolationError as error:
            raise NotAsExpectedError from error
        if changed != one.must_change:
            raise NotAsExpectedError


async def _change(connection: Connection, sql: str, parameters: Sequence[Any]) -> int:
    """How many rows the statement changed."""
    tag = await connection.execute(query(sql), *parameters)  # "UPDATE 16", "INSERT 0 16"
    return int(tag.rpartition(" ")[2])


async def _answer(
    connection: Connection, statement: Statement, step: int, violations: Violations
) -> list[Row] | ParcheminError:
    """One statement's rows; a Conflict where it is known to fail, so that the unit may go on."""
    guarded = step in violations
    if guarded:
        await connection.execute("SAVEPOINT guarded")
    try:
        rows = await _rows(connection, statement)
    except asyncpg.UniqueViolationError as error:
        if not guarded:
            raise _Violated(step, error) from error
        await connection.execute("ROLLBACK TO guarded")
        return translate(error)
    if guarded:
        await connection.execute("RELEASE guarded")
    return rows


async def _rows(connection: Connection, statement: Statement) -> list[Row]:
    sql, parameters = statement[0], statement[1]
    if type(statement) is Later:
        return FOUND if await _change(connection, sql, parameters) else []
    return [tuple(record) for record in await connection.fetch(query(sql), *parameters)]
