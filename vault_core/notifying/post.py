"""The outbox: what is to be told, put into it once, and sent until its receiver took it.

Any number of processes do this at once: rows are leased. A process that dies while it sends may
have sent: the receiver can tell by Message-ID or webhook-id, which stay the same.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from vault_core.api import Clock, Language, Random, Text
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import (
    CallFailed,
    CallRefused,
    CryptoError,
    MailFailed,
    MailRefused,
    ParcheminError,
)
from vault_core.notifying import letters, mailing
from vault_core.notifying.calling import call
from vault_core.notifying.contacts import Contacts
from vault_core.notifying.letters import Mail
from vault_core.notifying.mailing import MailServer
from vault_core.notifying.webhooks import Webhooks, body, headers
from vault_core.settings import Settings
from vault_core.store import batches, notices, outbox
from vault_core.store.batches import BatchId
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import VaultId, milliseconds, new_id
from vault_core.store.notices import DueRow
from vault_core.store.outbox import Channel, EventRow, OutboxRow

log = logging.getLogger(__name__)
PAUSE: Final = 5.0
"""Seconds between two looks."""
LEASE_MS: Final = 120_000
AT_ONCE: Final = 20
FIRST_WAIT_MS: Final = 30_000
LONGEST_WAIT_MS: Final = 6 * 3_600_000
TRIES: Final = 18
"""Some three days; then it is given up, and the console shows it."""
FORGOTTEN_MS: Final = 30 * 86_400_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something on its way, for the console: never to whom, nor what it says."""

    way: Channel
    tries: int
    reason: str
    created_at: int
    next_at: int
    is_given_up: bool


class Post:
    """Puts into the outbox, and empties it."""

    def __init__(
        self,
        catalog: Catalog,
        institution: ServerKeyring,
        contacts: Contacts,
        webhooks: Webhooks,
        issuers: Mapping[str, Text],
        settings: Callable[[], Settings],
        clock: Clock,
        random: Random,
    ) -> None:
        """`issuers` are their names by id."""
        self._catalog = catalog
        self._institution = institution
        self._contacts = contacts
        self._webhooks = webhooks
        self._issuers = issuers
        self._settings = settings
        self._clock = clock
        self._random = random
        self._server = MailServer(lambda: settings().mail)

    @property
    def url(self) -> str:
        """Where the institution's pages are."""
        server = self._settings().server
        return server.public_url or f"http://{server.listen}"

    @property
    def sends_mail(self) -> bool:
        """Whether the settings name a mail server."""
        return mailing.is_on(self._settings().mail)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except ParcheminError as error:
                log.warning("notices wait: %s", error)
            await asyncio.sleep(PAUSE)

    async def once(self) -> None:
        """Put in what is due, and send what can be sent now."""
        await self.gather()
        await self._spread_events()
        now = milliseconds(self._clock())
        if not await outbox.is_due(self._catalog, now):
            return
        while found := await self._catalog.commit(outbox.lease, now, now + LEASE_MS, AT_ONCE):
            await asyncio.gather(*(self._send(row) for row in found))
        await self._catalog.commit(outbox.drop_failed, now - FORGOTTEN_MS)

    async def gather(self) -> None:
        """Put a mail into the outbox for everybody who is to be told now."""
        if not self.sends_mail:
            return
        rules, now = self._settings().mail, milliseconds(self._clock())
        before = now - rules.gather_seconds * 1000
        mailed = now - rules.again_hours * 3_600_000
        while due := await notices.due(self._catalog, before, mailed, 100):
            units = [self._notice(row, now) for row in due]
            await self._catalog.commit(_in_turn, units)
            if len(due) < 100:
                return

    def _notice(self, row: DueRow, now: int) -> Callable[[], Unit[None]]:
        person = row.contact.person
        try:
            contact = self._contacts.opened(row.contact)
        except CryptoError:
            log.error("the address of vault %s is damaged", person.hex())
            return partial(notices.forget_contact, person)
        arrived = [(self._name(issuer, contact.language), count) for issuer, count in row.waiting]
        stop = f"{self.url}/mail/stop/{self._contacts.stop_token(person)}"
        mail = letters.notice(
            contact.address, contact.language, self._settings().institution.name, arrived,
            self.url, stop,
        )  # fmt: skip
        message = self._row("mail", person, asdict(mail), now)
        return partial(_tell, row, message, now)

    def _name(self, issuer: str, language: Language) -> str:
        return self._issuers[issuer][language] if issuer in self._issuers else issuer

    async def ask(self, person: VaultId, username: str) -> None:
        """Send the question whether the address is theirs. Raises NodeNotFound without one."""
        contact = await self._contacts.of(person)
        token = await self._contacts.confirm_token(person)
        assert contact is not None
        mail = letters.confirmation(
            contact.address, contact.language, self._settings().institution.name, username,
            f"{self.url}/mail/confirm/{token}",
        )  # fmt: skip
        row = self._row("mail", person, asdict(mail), milliseconds(self._clock()))
        await self._catalog.commit(outbox.put, row)

    async def about_recovery(self, person: VaultId, ready_at: int) -> OutboxRow | None:
        """That somebody asked to open their vault for them; None for whoever wants no mail."""
        contact = await self._contacts.of(person)
        if not self.sends_mail or contact is None or not contact.is_confirmed or contact.is_stopped:
            return None
        stop = f"{self.url}/mail/stop/{self._contacts.stop_token(person)}"
        mail = letters.recovery(
            contact.address, contact.language, self._settings().institution.name, ready_at,
            self.url, stop,
        )  # fmt: skip
        return self._row("mail", person, asdict(mail), milliseconds(self._clock()))

    async def _spread_events(self) -> None:
        for event in await outbox.events(self._catalog, 50):
            text = body(event.kind, event.at, await self._facts(event))
            calls = [
                self._row("webhook", hook.id, {"event": event.id, "text": text}, event.at)
                for hook in await outbox.webhooks(self._catalog)
            ]
            await self._catalog.commit(outbox.spread, event.id, calls)

    async def _facts(self, event: EventRow) -> dict[str, Any]:
        row = await batches.by_id(self._catalog, BatchId(event.subject))
        if row is None:
            return {"batch": event.subject.hex()}
        counts = {name: getattr(row, name) for name in batches.COUNTS}
        return {"batch": row.id.hex(), "issuer": row.issuer, "rows": row.lines, **counts}

    async def try_webhook(self, webhook: str) -> None:
        """Put a call of type `test` into the outbox."""
        now = milliseconds(self._clock())
        event = f"test-{self._random(8).hex()}"
        row = self._row(
            "webhook", bytes.fromhex(webhook), {"event": event, "text": body("test", now, {})}, now
        )
        await self._catalog.commit(outbox.put, row)

    def _row(self, way: Channel, target: bytes, said: Mapping[str, Any], now: int) -> OutboxRow:
        key = new_id(self._clock(), self._random)
        text = json.dumps(dict(said), ensure_ascii=False).encode()
        sealed = self._institution.seal(b"outbox" + key, text, self._random)
        return OutboxRow(key, way, target, sealed, 0, now, None, None, "", now)

    async def _send(self, row: OutboxRow) -> None:
        now = milliseconds(self._clock())
        try:
            said = json.loads(self._institution.open(b"outbox" + row.id, row.sealed))
            await (self._mail(row, said) if row.way == "mail" else self._call(row, said))
        except (MailRefused, CallRefused, CryptoError) as error:
            await self._catalog.commit(outbox.failed, row.id, str(error), None, now)
        except (MailFailed, CallFailed) as error:
            log.info("a %s waits: %s", row.way, error)
            await self._catalog.commit(outbox.failed, row.id, str(error), _next(row, now), now)
        else:
            await self._catalog.commit(outbox.arrived, row.id)

    async def _mail(self, row: OutboxRow, said: Mapping[str, Any]) -> None:
        if not self.sends_mail:
            raise MailFailed("No mail server is set.")
        await self.send(Mail(**said), row.id.hex())

    async def send(self, mail: Mail, mark: str) -> None:
        """Hand one mail over now. Raises MailFailed."""
        rules = self._settings()
        await self._server.send(
            letters.message(mail, rules.mail.sender, rules.institution.name, mark, self._clock())
        )

    async def _call(self, row: OutboxRow, said: Mapping[str, Any]) -> None:
        hooks = {hook.id: hook for hook in await outbox.webhooks(self._catalog)}
        if row.target not in hooks:
            return
        url, secret = self._webhooks.opened(hooks[row.target])
        fields = headers(secret, said["event"], self._clock(), said["text"])
        await call(url, said["text"], fields, self._settings().webhooks.allowed_networks)

    async def waiting(self) -> list[Waiting]:
        """What is on its way or was given up, the newest first."""
        return [
            Waiting(row.way, row.tries, row.reason, row.created_at, row.next_at,
                    row.failed_at is not None)
            for row in await outbox.waiting(self._catalog)
        ]  # fmt: skip

    async def retry(self) -> int:
        """Try again what was given up; how many."""
        return await self._catalog.commit(outbox.retry, milliseconds(self._clock()))


def _next(row: OutboxRow, now: int) -> int | None:
    """When to try again, later each time; None: never."""
    if row.tries + 1 >= TRIES:
        return None
    wait: int = min(FIRST_WAIT_MS << min(row.tries, 12), LONGEST_WAIT_MS)
    return now + wait


def _tell(row: DueRow, message: OutboxRow, at: int) -> Unit[None]:
    yield from notices.told(row.contact.person, row.waiting, at)
    yield from outbox.put(message)


def _in_turn(units: list[Callable[[], Unit[None]]]) -> Unit[None]:
    for unit in units:
        yield from unit()
