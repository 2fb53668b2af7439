"""What the institution does to an account: suspend, resume, set its quota, close it for good.

None of it opens a vault. Each act is one transaction with its entry in the person's own journal
and in the institution's record of acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vault_core.api import Clock, Reason
from vault_core.errors import BadRequest, Conflict, PersonNotFound
from vault_core.store import changes, roles
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import VaultId, milliseconds
from vault_core.store.roles import Act
from vault_core.vault.persons import closing
from vault_core.vault.persons.closing import DAY, Closing

LARGEST_QUOTA: Final = 1 << 50
LONGEST_WAIT: Final = 365
"""Days until a vault is closed, at most."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An account as its institution sees it: times in ms, and counts; never what is in it."""

    suspended_at: int | None
    closing: Closing | None
    documents: int
    waiting: int
    """Delivered, and the vault not opened since."""
    sessions: int
    devices: int
    roles: tuple[str, ...]


class Administration:
    """Acts of the institution. `actor` is the id of who acts (32 hex digits), or `command`."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def standing(self, person: VaultId) -> Standing:
        """How an account stands. Raises PersonNotFound."""
        now = milliseconds(self._clock())
        rows = await self._catalog.fetch(_STANDING, (now, person))
        if not rows:
            raise PersonNotFound
        suspended, documents, waiting, sessions, devices = rows[0]
        granted = tuple(sorted(await roles.of_person(self._catalog, person)))
        ending = await closing.asked(self._catalog, person)
        return Standing(suspended, ending, documents, waiting, sessions, devices, granted)

    async def suspend(self, person: VaultId, actor: str) -> bool:
        """Let nobody in, by no secret and no link; deliveries still arrive, and nothing is lost.

        False if it is suspended already. Raises PersonNotFound.
        """
        return await self._act(_suspend, person, actor, "suspend", {})

    async def resume(self, person: VaultId, actor: str) -> bool:
        """Let its owner in again, by everything that opened it before. False if it was open."""
        return await self._act(_resume, person, actor, "resume", {})

    async def set_quota(self, person: VaultId, quota: int, actor: str) -> bool:
        """Allow so many bytes; a vault that is fuller keeps all, and takes nothing more.

        False if it was that. Raises BadRequest, PersonNotFound.
        """
        if not 0 <= quota <= LARGEST_QUOTA:
            raise BadRequest(
                Reason(
                    f"Un quota est compris entre 0 et {LARGEST_QUOTA} octets.",
                    f"A quota is between 0 and {LARGEST_QUOTA} bytes.",
                )
            )
        return await self._act(_set_quota, person, actor, "set-quota", {"quota": quota})

    async def close(self, person: VaultId, days: int, actor: str) -> int:
        """Close the vault for good in so many days; when (ms). What was asked before holds.

        Raises BadRequest, PersonNotFound.
        """
        if not 1 <= days <= LONGEST_WAIT:
            raise BadRequest(
                Reason(
                    f"Un coffre est fermé après 1 à {LONGEST_WAIT} jours.",
                    f"A vault is closed after 1 to {LONGEST_WAIT} days.",
                )
            )
        ends_at = milliseconds(self._clock()) + days * DAY
        await self._act(_close, person, actor, "close", {"ends_at": ends_at})
        found = await closing.asked(self._catalog, person)
        return found.ends_at if found else ends_at

    async def keep(self, person: VaultId, actor: str) -> None:
        """Leave open what the institution was about to close.

        Raises Conflict if it was not, or if the owner asked for it themselves.
        """
        await self._act(_keep, person, actor, "keep", {})

    async def _act(
        self, unit: Any, person: VaultId, actor: str, verb: str, detail: Mapping[str, Any]
    ) -> bool:
        act = Act(actor, verb, person, milliseconds(self._clock()), detail)
        done: bool = await self._catalog.commit(unit, person, act)
        return done


def _change(person: VaultId, act: Act, verb: str) -> Unit[None]:
    """Part of each act: the entries, and every open vault told to look again."""
    change = yield from changes.begin(Actor(person, None, act.at))
    change.protect()
    yield from changes.finish(change, Entry(verb, None, {**act.detail, "by": act.actor}))
    yield from roles.record(act)


def _suspend(person: VaultId, act: Act) -> Unit[bool]:
    rows = yield (
        "UPDATE persons SET suspended_at = ? WHERE id = ? AND suspended_at IS NULL RETURNING id",
        (act.at, person),
    )
    if rows:
        yield from _change(person, act, "suspended")
    return bool(rows)


def _resume(person: VaultId, act: Act) -> Unit[bool]:
    rows = yield (
        "UPDATE persons SET suspended_at = NULL"
        " WHERE id = ? AND suspended_at IS NOT NULL RETURNING id",
        (person,),
    )
    if rows:
        yield from _change(person, act, "resumed")
    return bool(rows)


def _set_quota(person: VaultId, act: Act) -> Unit[bool]:
    rows = yield (
        "UPDATE vaults SET quota = ? WHERE id = ? AND quota <> ? RETURNING id",
        (act.detail["quota"], person, act.detail["quota"]),
    )
    if rows:
        yield from _change(person, act, "quota-set")
    return bool(rows)


def _close(person: VaultId, act: Act) -> Unit[bool]:
    rows = yield (
        "INSERT INTO closings (vault, asked_at, ends_at, asked_by) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (vault) DO NOTHING RETURNING vault",
        (person, act.at, act.detail["ends_at"], act.actor),
    )
    if rows:
        yield from _change(person, act, "closing-asked")
    return bool(rows)


def _keep(person: VaultId, act: Act) -> Unit[bool]:
    rows = yield (
        "DELETE FROM closings WHERE vault = ? AND asked_by IS NOT NULL RETURNING vault",
        (person,),
    )
    if not rows:
        raise Conflict(
            Reason(
                "L'établissement n'est pas en train de fermer ce coffre.",
                "The institution is not closing this vault.",
            )
        )
    yield from _change(person, act, "closing-cancelled")
    return True


_STANDING: Final = (
    "SELECT p.suspended_at,"
    " (SELECT COUNT(*) FROM nodes n WHERE n.vault = p.id AND n.kind = 1),"
    " (SELECT COUNT(*) FROM deliveries d WHERE d.vault = p.id AND d.accepted_at IS NULL),"
    " (SELECT COUNT(*) FROM slots s WHERE s.vault = p.id AND s.kind = 'session'"
    "  AND s.expires_at > ?),"
    " (SELECT COUNT(*) FROM slots s WHERE s.vault = p.id AND s.kind = 'app-password')"
    " FROM persons p WHERE p.id = ?"
)
