"""Mail: received by a real SMTP server; once, in the person's language, and without content."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.issuing.deliveries.test_batches import exported
from tests.issuing.house import URL, Holder, House, house
from tests.notifying.receivers import Postbox, smtp_server
from vault_core.errors import BadRequest, NodeNotFound
from vault_core.settings.load import override
from vault_core.store.catalog import Unit

ADDRESS = "ada@example.org"


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    async with smtp_server() as found:
        yield found


@pytest.fixture
async def running(tmp_path: Path, postbox: Postbox) -> AsyncIterator[House]:
    async with house(
        tmp_path / "data", PARCHEMIN_MAIL__HOST="127.0.0.1",
        PARCHEMIN_MAIL__PORT=str(postbox.port), PARCHEMIN_MAIL__TLS="none",
        PARCHEMIN_MAIL__SENDER="coffre@lycee.example", PARCHEMIN_MAIL__GATHER_SECONDS="0",
    ) as found:  # fmt: skip
        yield found


async def told(running: House, language: str = "fr", address: str = ADDRESS) -> Holder:
    """Somebody whom rows are about, who wants mail."""
    holder = await running.holder("bac", running.row("bac"))
    person = await running.institution.persons.find(holder.username)
    await running.institution.contacts.set(person.id, address, language, confirmed=True)  # type: ignore[arg-type]
    return holder


async def deliver(running: House, *rows: dict[str, str]) -> None:
    """As a batch, to its end."""
    data = exported(running, rows or [running.row("bac")])
    await running.institution.batches.submit("bac", io.BytesIO(data), "results.csv", "command")
    await running.institution.worker.work_off()


@pytest.mark.parametrize(
    ("language", "subject", "issuer"),
    [
        ("fr", "Un document est arrivé dans votre coffre", "un document de"),
        ("en", "A document arrived in your vault", "a document from"),
    ],
)
async def test_a_delivery_is_told_once_without_content(
    running: House, postbox: Postbox, language: str, subject: str, issuer: str
) -> None:
    holder = await told(running, language)
    await deliver(running)
    await running.institution.post.once()
    await running.institution.post.once()
    [mail] = postbox.mails
    assert mail["To"] == ADDRESS
    assert mail["Subject"] == subject
    text = mail.get_content()
    assert issuer in text
    [pdf] = await running.fetch(holder)
    row = running.row("bac")
    said = "\n".join((*(f"{name}: {value}" for name, value in mail.items()), text))
    said = re.sub(r"[0-9a-f]{64}", "TOKEN", said)  # which spells any three letters now and then
    assert said.count("TOKEN") == 2
    for secret in (row["family_name"], row["ine"], row["series"], "bac", pdf.rpartition("/")[2]):
        assert secret not in said
    assert mail["List-Unsubscribe"].startswith(f"<{URL}/mail/stop/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == language


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("fr", "Quelqu’un demande à ouvrir votre coffre"),
        ("en", "Somebody asks to open your vault"),
    ],
)
async def test_an_owner_is_told_that_somebody_asks_to_open_their_vault(
    running: House, postbox: Postbox, language: str, subject: str
) -> None:
    holder = await told(running, language)
    institution = running.institution
    person = await institution.persons.find(holder.username)
    await institution.recoveries.ask(person.id, "escrow")
    await institution.recoveries.ask(person.id, "escrow")  # the first one holds
    await institution.post.once()
    [mail] = postbox.mails
    assert (mail["To"], mail["Subject"]) == (ADDRESS, subject)
    assert f"{URL} " in mail.get_content()
    await institution.recoveries.stop_for(person.id)
    await institution.contacts.stop(person.id, True)
    await institution.recoveries.ask(person.id, "escrow")
    await institution.post.once()
    assert len(postbox.mails) == 1


async def test_nobody_gets_two_mails_a_day(running: House, postbox: Postbox) -> None:
    await told(running)
    row = running.row("bac")
    await deliver(running, row)
    await running.institution.post.once()
    for place in ("Quimper", "Brest", "Rennes"):
        await deliver(running, dict(row, birth_place=place))
        await running.institution.post.once()
    assert len(postbox.mails) == 1
    settings = override(running.institution.settings, "mail", {"again_hours": 0})  # a day later
    running.institution.reconfigure(settings)
    await running.institution.post.once()
    assert len(postbox.mails) == 2
    assert "3 documents" in postbox.mails[1]["Subject"]


async def test_a_batch_that_is_delivered_again_tells_nobody(
    running: House, postbox: Postbox
) -> None:
    await told(running)
    await deliver(running)
    settings = override(running.institution.settings, "mail", {"again_hours": 0})
    running.institution.reconfigure(settings)
    await running.institution.post.once()
    await deliver(running)
    await running.institution.post.once()
    assert len(postbox.mails) == 1


async def test_a_server_that_is_away_or_busy_loses_nothing(
    running: House, postbox: Postbox
) -> None:
    await told(running)
    await deliver(running)
    postbox.answers += ["451 come again", "451 come again"]
    institution = running.institution
    away = override(institution.settings, "mail", {"port": 1})
    here = institution.settings
    institution.reconfigure(away)
    await institution.post.once()
    institution.reconfigure(here)
    for tries in (1, 2, 3):
        [waiting] = await institution.post.waiting()
        assert (waiting.tries, waiting.is_given_up) == (tries, False)
        assert waiting.next_at > waiting.created_at
        await institution.catalog.commit(_hurry)
        await institution.post.once()
    assert len(postbox.mails) == 1
    assert await institution.post.waiting() == []


async def test_an_address_that_is_refused_is_given_up_and_shown(
    running: House, postbox: Postbox
) -> None:
    await told(running, address="nobody@example.org")
    await deliver(running)
    await running.institution.post.once()
    [waiting] = await running.institution.post.waiting()
    assert waiting.is_given_up
    assert "nobody" not in waiting.reason
    assert await running.institution.post.retry() == 1
    assert postbox.mails == []


async def test_a_process_that_dies_while_it_sends_leaves_it_to_another(
    running: House, postbox: Postbox
) -> None:
    await told(running)
    await deliver(running)
    post, catalog = running.institution.post, running.institution.catalog
    await post.gather()
    await catalog.commit(_taken_by_somebody)
    await post.once()
    assert postbox.mails == []  # it is somebody else's for now
    await catalog.commit(_hurry)
    await post.once()
    assert len(postbox.mails) == 1


def _hurry() -> Unit[None]:
    yield "UPDATE outbox SET next_at = 0, until = NULL", ()


def _taken_by_somebody() -> Unit[None]:
    yield "UPDATE outbox SET until = ?", (1 << 60,)


@pytest.mark.parametrize("case", ["not confirmed", "stopped", "suspended", "forgotten"])
async def test_who_does_not_want_mail_or_may_not_have_it_gets_none(
    running: House, postbox: Postbox, case: str
) -> None:
    holder = await told(running)
    institution = running.institution
    person = await institution.persons.find(holder.username)
    if case == "not confirmed":
        await institution.contacts.set(person.id, ADDRESS, "fr")
    elif case == "stopped":
        await institution.contacts.stop(person.id, True)
    elif case == "suspended":
        await institution.administration.suspend(person.id, "command")
    else:
        await institution.contacts.forget(person.id)
    await deliver(running)
    await institution.post.once()
    assert postbox.mails == []


async def test_an_address_is_asked_before_anything_else_goes_there(
    running: House, postbox: Postbox
) -> None:
    holder = await running.holder("bac", running.row("bac"))
    institution = running.institution
    person = await institution.persons.find(holder.username)
    await institution.contacts.set(person.id, ADDRESS, "en")
    await institution.post.ask(person.id, person.username)
    await institution.post.once()
    [mail] = postbox.mails
    token = mail.get_content().partition("/mail/confirm/")[2].split()[0]
    other = token[:-1] + ("0" if token[-1] != "0" else "1")
    with pytest.raises(NodeNotFound):
        await institution.contacts.confirm(other)
    await institution.contacts.confirm(token)
    found = await institution.contacts.of(person.id)
    assert found is not None
    assert found.is_confirmed
    await institution.contacts.set(person.id, "other@example.org", "en")
    with pytest.raises(NodeNotFound):  # it was the other address's
        await institution.contacts.confirm(token)


NO_ADDRESSES = (
    "", "ada", "a@b", "a b@example.org", "a@example.org\r\nBcc: x@example.org", "é@example.org",
    "<a@example.org>", "a" * 65 + "@example.org",
)  # fmt: skip


async def test_what_is_no_address_is_refused(running: House) -> None:
    holder = await running.holder("bac", running.row("bac"))
    person = await running.institution.persons.find(holder.username)
    for address in NO_ADDRESSES:
        with pytest.raises(BadRequest):
            await running.institution.contacts.set(person.id, address, "fr")
    assert await running.institution.contacts.of(person.id) is None


async def test_the_address_is_nowhere_in_the_clear(running: House) -> None:
    await told(running)
    await deliver(running)
    await running.institution.post.gather()
    for table in ("contacts", "outbox", "notices"):
        for row in await running.institution.catalog.fetch(f"SELECT * FROM {table}"):
            assert ADDRESS.encode() not in b"".join(c for c in row if isinstance(c, bytes))
            assert ADDRESS not in [c for c in row if isinstance(c, str)]
