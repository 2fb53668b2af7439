"""The table of the console's pages: address, what answers, and which roles may ask."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from vault_core.roles import Granted
from vault_core.web.admin import (
    batches,
    certificates,
    delivering,
    health,
    issuers,
    journal,
    letters,
    overview,
    persons,
    reviews,
    storage,
    webhooks,
)
from vault_core.web.admin.office import (
    ADMINISTRATOR,
    BATCHES,
    EVERYBODY,
    JOURNALS,
    OPERATOR,
    Handler,
    Office,
    fresh,
    staff,
    sure,
)

_BATCH: Final = "/admin/batches/{batch:[0-9a-f]{32}}"
_REVIEW: Final = "/admin/reviews/{review:[0-9a-f]{32}-[0-9]{1,12}}"
_PERSON: Final = "/admin/persons/{username:[a-z0-9][a-z0-9._@+-]{0,63}}"
_TABLE: Final[tuple[tuple[str, str, Handler, tuple[Granted, ...]], ...]] = (
    ("GET", "/admin/", overview.page, EVERYBODY),
    ("GET", "/admin/deliver", delivering.page, OPERATOR),
    ("POST", "/admin/deliver", delivering.take, OPERATOR),
    ("GET", "/admin/batches", batches.page, BATCHES),
    ("GET", _BATCH, batches.one, BATCHES),
    ("GET", f"{_BATCH}/progress", batches.progress, BATCHES),
    ("GET", f"{_BATCH}/matching", delivering.matching, OPERATOR),
    ("GET", f"{_BATCH}/receipt", batches.receipt, BATCHES),
    ("GET", f"{_BATCH}/refused.csv", batches.refused, OPERATOR),
    ("POST", f"{_BATCH}/{{move:pause|resume}}", batches.move, OPERATOR),
    ("POST", f"{_BATCH}/{{move:cancel}}", sure(batches.move, "admin.cancel.sure"), OPERATOR),
    ("GET", "/admin/reviews", reviews.page, OPERATOR),
    ("GET", _REVIEW, reviews.one, OPERATOR),
    ("POST", _REVIEW, reviews.decide, OPERATOR),
    ("GET", "/admin/certificates", certificates.page, OPERATOR),
    (
        "POST", "/admin/certificates/revoke",
        fresh(sure(certificates.revoke, "admin.certificates.sure")), OPERATOR,
    ),
    ("GET", "/admin/persons", persons.page, ADMINISTRATOR),
    ("GET", "/admin/person-new", fresh(persons.new), ADMINISTRATOR),
    ("POST", "/admin/person-new", fresh(persons.add), ADMINISTRATOR),
    ("POST", "/admin/person-letter", letters.letter, ADMINISTRATOR),
    ("GET", _PERSON, persons.one, ADMINISTRATOR),
    ("POST", f"{_PERSON}/suspend", fresh(persons.suspend), ADMINISTRATOR),
    ("POST", f"{_PERSON}/resume", fresh(persons.resume), ADMINISTRATOR),
    ("POST", f"{_PERSON}/quota", fresh(persons.quota), ADMINISTRATOR),
    ("POST", f"{_PERSON}/close", fresh(persons.close), ADMINISTRATOR),
    ("POST", f"{_PERSON}/keep", fresh(persons.keep), ADMINISTRATOR),
    ("GET", "/admin/issuers", issuers.page, ADMINISTRATOR),
    ("POST", "/admin/issuers/token", fresh(issuers.make_token), ADMINISTRATOR),
    ("POST", "/admin/issuers/token/revoke", fresh(issuers.revoke_token), ADMINISTRATOR),
    ("POST", "/admin/issuers/key", fresh(issuers.register_key), ADMINISTRATOR),
    (
        "POST", "/admin/issuers/key/revoke",
        fresh(sure(issuers.revoke_key, "admin.keys.sure")), ADMINISTRATOR,
    ),
    ("GET", "/admin/storage", storage.page, ADMINISTRATOR),
    ("GET", "/admin/webhooks", webhooks.page, ADMINISTRATOR),
    ("POST", "/admin/webhooks", fresh(webhooks.add), ADMINISTRATOR),
    ("POST", "/admin/webhooks/remove", fresh(webhooks.remove), ADMINISTRATOR),
    ("POST", "/admin/webhooks/try", webhooks.attempt, ADMINISTRATOR),
    ("POST", "/admin/webhooks/retry", webhooks.retry, ADMINISTRATOR),
    ("GET", "/admin/health", health.page, ADMINISTRATOR),
    ("GET", "/admin/journal", journal.page, JOURNALS),
    ("POST", "/admin/journal/verify", journal.verify, JOURNALS),
    ("GET", "/admin/journal.csv", journal.export, JOURNALS),
)  # fmt: skip


def add_to(application: web.Application, office: Office) -> None:
    """Add every page of the console."""
    for method, path, handler, who in _TABLE:
        answering = staff(office, handler, who)
        if method == "GET":
            application.router.add_get(path, answering)  # and HEAD
        else:
            application.router.add_route(method, path, answering)
