"""An operator's file: taken in, looked at before anything is delivered, then begun.

The look goes a few hundred rows at a time, and the page asks for the next ones: the sums so far
travel in its address, so that no server has to remember anything.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from vault_core.errors import (
    BadRequest,
    InvalidInput,
    PluginError,
    TooLarge,
    TooManyAttempts,
)
from vault_core.http.forms import MALFORMED
from vault_core.issuing.deliveries.batches import Batch
from vault_core.issuing.deliveries.previewing import VERDICTS, Look
from vault_core.issuing.input.spool import SealedSpool
from vault_core.web import security, uploads
from vault_core.web.admin.office import Duty

LARGEST: Final = 5 * 10**9
UNFINISHED: Final = 200
"""Batches that may wait at once."""
SAMPLED: Final = 5
"""Rows shown of each verdict."""
REASONED: Final = 50
"""Rows shown that somebody has to look at."""


async def page(duty: Duty) -> web.StreamResponse:
    """The form."""
    return _show(duty, "")


def _show(duty: Duty, problem: str, chosen: str = "") -> web.StreamResponse:
    plugins, language = duty.visit.site.plugins, duty.visit.language
    types = [
        (one.id, one.title[language], plugins.issuer_of(one.id).name[language])
        for one in plugins.document_types.values()
    ]
    return duty.page(
        "deliver.html", "deliver", status=422 if problem else 200, problem=problem,
        types=sorted(types, key=lambda one: one[1]), chosen=chosen,
    )  # fmt: skip


async def take(duty: Duty) -> web.StreamResponse:
    """Take the file in, held: nothing is delivered before somebody confirms."""
    duty.visit.check_origin()
    if await duty.office.batches.unfinished() >= UNFINISHED:
        raise TooManyAttempts("Too many batches wait: send this one later.", retry_after=30)
    random = duty.visit.site.vaults.services.random
    with SealedSpool(random) as spool:
        fields = await _read(duty, spool)
        type_id = fields.get("type", "")
        if type_id not in duty.visit.site.plugins.document_types or not spool.size:
            return _show(duty, duty.visit.t("admin.deliver.choose"), type_id)
        try:
            batch = await duty.office.batches.submit(
                type_id, spool.seal(), fields["name"], "page", held=True
            )
        except (InvalidInput, PluginError) as error:
            return _show(duty, duty.visit.why(error), type_id)
    await duty.note("batch-take", batch=batch.id, rows=batch.rows)
    return duty.visit.go(f"/admin/batches/{batch.id}")


async def _read(duty: Duty, spool: SealedSpool) -> dict[str, str]:
    """The form's fields as they come, its file into the spool; the token stands before the file."""
    visit, checked = duty.visit, False
    found: dict[str, str] = {}
    if visit.request.content_type != "multipart/form-data":
        raise BadRequest
    try:
        reader = await visit.request.multipart()
        while (part := await uploads.next_part(visit, reader)) is not None:
            if part.name == security.CSRF_FIELD:
                visit.check_token(await uploads.word(visit, part))
                checked = True
            elif part.name == "file" and part.filename:
                if not checked:
                    raise security.FormExpired
                found["name"] = part.filename.replace("\\", "/").rpartition("/")[2][:200]
                async for piece in uploads.part_content(visit, part):
                    spool.add(piece)
                    if spool.size > LARGEST:
                        raise TooLarge(f"One file may have {LARGEST} bytes.")
            elif part.name == "type":
                found["type"] = await uploads.word(visit, part)
    except (*MALFORMED, TimeoutError):
        raise BadRequest from None
    return found


async def matching(duty: Duty) -> web.StreamResponse:
    """The next rows of a held batch, and the sums so far."""
    batch = await duty.office.batches.find(duty.visit.request.match_info["batch"])
    return duty.page("_matching.html", "batches", batch=batch, **await looked(duty, batch))


async def looked(duty: Duty, batch: Batch) -> dict[str, Any]:
    """What a template needs to show them."""
    visit = duty.visit
    sums: Counter[str] = Counter()
    for one in VERDICTS:
        sums[one] = _number(visit.query(one))
    looks, following = await duty.office.previews.look(batch, _number(visit.query("from")))
    sums.update(look.verdict for look in looks)
    carried: dict[str, int] = {one: sums[one] for one in VERDICTS}
    return {
        "sums": [(one, sums[one]) for one in VERDICTS],
        "seen": sum(sums.values()),
        "following": urlencode({"from": following, **carried}) if following is not None else "",
        "samples": _samples(looks, ("new", "correction", "again", "welcome"), SAMPLED),
        "doubts": _samples(looks, ("doubtful", "unknown", "bad"), REASONED),
    }


def _samples(looks: list[Look], verdicts: tuple[str, ...], most: int) -> list[Look]:
    taken: Counter[str] = Counter()
    found = []
    for look in looks:
        if look.verdict in verdicts and taken[look.verdict] < most:
            taken[look.verdict] += 1
            found.append(look)
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
