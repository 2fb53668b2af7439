"""Mails as they are sent: plain text, in the person's language. Pure: facts in, a message out."""

from __future__ import annotations

import datetime as dt
import email.policy
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from vault_core.api import Language
from vault_core.fields import date_en, date_fr
from vault_core.notifying.texts import counted, said
from vault_core.store import sound


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail before it has a sender. `stop_url` is where one click ends such mail."""

    to: str
    subject: str
    text: str
    language: Language
    stop_url: str = ""


def notice(
    to: str, language: Language, institution: str, arrived: Sequence[tuple[str, int]],
    url: str, stop_url: str,
) -> Mail:  # fmt: skip
    """That documents arrived: of whom, and how many."""
    total = sum(count for _, count in arrived)
    lines = [
        said(language, "hello"), "", said(language, "arrived", institution=institution),
        *(counted(language, "of", count, issuer=issuer) for issuer, count in arrived), "",
        said(language, "where", url=url), "", said(language, "never"), "", "-- ",
        said(language, "stop", url=stop_url),
    ]  # fmt: skip
    subject = counted(language, "subject", total)
    return Mail(to, subject, "\n".join(lines) + "\n", language, stop_url)


def confirmation(
    to: str, language: Language, institution: str, username: str, url: str
) -> Mail:  # fmt: skip
    """The question whether the address is theirs."""
    lines = [
        said(language, "hello"), "",
        said(language, "confirm.text", username=username, institution=institution), "",
        said(language, "confirm.do", url=url), "", said(language, "confirm.ignore"),
    ]  # fmt: skip
    return Mail(to, said(language, "confirm.subject"), "\n".join(lines) + "\n", language)


def recovery(
    to: str, language: Language, institution: str, ready_at: int, url: str, stop_url: str
) -> Mail:  # fmt: skip
    """That somebody asked to open the vault for its owner; `ready_at` is in epoch milliseconds."""
    day = sound.moment(ready_at).date()
    date = date_fr(day) if language == "fr" else date_en(day)
    lines = [
        said(language, "hello"), "",
        said(language, "recovery.text", institution=institution, date=date), "",
        said(language, "recovery.stop", url=url), "", said(language, "recovery.yours"), "", "-- ",
        said(language, "stop", url=stop_url),
    ]  # fmt: skip
    return Mail(to, said(language, "recovery.subject"), "\n".join(lines) + "\n", language, stop_url)


def trial(to: str, language: Language) -> Mail:
    """A mail that shows that mail works."""
    return Mail(to, said(language, "test.subject"), said(language, "test.text") + "\n", language)


def message(mail: Mail, sender: str, institution: str, mark: str, now: float) -> EmailMessage:
    """The message of RFC 5322; `mark` is the same however often it is sent.

    With a `stop_url` it has List-Unsubscribe and RFC 8058's One-Click.
    """
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"] = f'"{_quoted(institution)}" <{sender}>'
    made["To"] = mail.to
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(dt.datetime.fromtimestamp(int(now), dt.UTC))
    made["Message-ID"] = f"<{mark}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    if mail.stop_url:
        made["List-Unsubscribe"] = f"<{mail.stop_url}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(mail.text)  # which drops what begins with Content-
    made["Content-Language"] = mail.language
    return made


def _quoted(text: str) -> str:
    """A display name without what would end it, or begin another field."""
    return "".join(c for c in text if c.isprintable() and c not in '"\\<>')
