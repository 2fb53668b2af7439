"""An operator's file by the page: looked at, confirmed, delivered, corrected, decided, revoked."""

from __future__ import annotations

import json
import re

from tests.web.admin.conftest import Console
from tests.web.site import Reader


def figures(page: str) -> dict[str, str]:
    """What the page counts, by name."""
    return dict(re.findall(r"<div><dt>([^<]+)</dt><dd>([^<]*)</dd></div>", page))


async def handed_in(console: Console, reader: Reader, data: bytes) -> str:
    status, where = await console.hand_in(reader, data)
    assert status == 303, where
    return where


async def test_nothing_is_delivered_before_the_operator_says_so(console: Console) -> None:
    rows = console.rows(4)
    await console.pupil("known", rows[0])
    bad = dict(rows[2], birth_date="not a date")
    async with console.site.reader("operator") as reader:
        where = await handed_in(console, reader, console.table([rows[0], rows[1], bad]))
        page = await reader.text(where)
        assert figures(page)["à remettre"] == "1"
        assert figures(page)["inconnues"] == "1"
        assert figures(page)["refusées"] == "1"
        assert "Rien n’est encore remis" in page
        assert "« not a date » n’est pas une date" in page.replace("\u00a0", " ")
        await console.work_off()
        [batch] = await console.site.institution.batches.newest()
        assert (batch.state, batch.settled) == ("held", 0)

        assert (await reader.send(f"{where}/resume", {})).status == 303
        await console.work_off()
        page = await reader.text(where)
        found = figures(page)
        assert (found["Remises"], found["À décider"], found["Refusées"]) == ("1", "1", "1")
        assert "terminé" in page

        receipt = await reader.get(f"{where}/receipt")
        head = json.loads(receipt.body.splitlines()[0])
        assert (head["batch"], head["size"]) == (batch.id, 1)
        refused = await reader.get(f"{where}/refused.csv")
        assert "4," in refused.text  # the line of the bad row
        assert "n’est pas une date" in refused.text
    assert await console.verbs() == ["role-grant"] * 3 + ["batch-take", "batch-resume"]


async def test_a_batch_is_paused_and_cancelled_by_its_page(console: Console) -> None:
    async with console.site.reader("operator") as reader:
        where = await handed_in(console, reader, console.table(console.rows(2)))
        await reader.send(f"{where}/resume", {})
        await reader.send(f"{where}/pause", {})
        assert "en pause" in await reader.text(where)
        asked = await reader.send(f"{where}/cancel", {})
        assert "Annuler pour de bon" in asked.text  # without scripts the server asks
        assert "state-cancelled" not in await reader.text(where)
        await reader.send(f"{where}/cancel", {"sure": "1"})
        assert "state-cancelled" in await reader.text(where)
        assert (await reader.send(f"{where}/resume", {})).status == 400


async def test_what_is_wrong_with_a_file_is_said_and_nothing_kept(console: Console) -> None:
    files = {"empty": b"", "no table": b"a;b\n1;2\n", "binary": bytes(range(256)) * 9}
    async with console.site.reader("operator") as reader:
        for name, data in files.items():
            status, page = await console.hand_in(reader, data)
            assert status == 422, name
            assert 'role="alert"' in page
        status, _ = await console.hand_in(reader, b"x", "no-such-type")
        assert status == 422
    assert await console.site.institution.batches.newest() == []


async def test_a_correction_is_seen_before_it_is_made(console: Console) -> None:
    [row] = console.rows(1)
    await console.pupil("known", row)
    async with console.site.reader("operator") as reader:
        where = await handed_in(console, reader, console.table([row]))
        await reader.send(f"{where}/resume", {})
        await console.work_off()
        again = await handed_in(console, reader, console.table([row]))
        page = await reader.text(again)
        assert figures(page)["déjà remises"] == "1"
        assert "a déjà été remis" in page
        other = dict(row, birth_place="Quimper")
        assert other != row
        changed = await handed_in(console, reader, console.table([other]))
        assert figures(await reader.text(changed))["corrections"] == "1"


async def test_a_doubtful_row_goes_to_whom_the_operator_chose_and_to_nobody_else(
    console: Console,
) -> None:
    rows = console.rows(3)
    twin = dict(rows[0])
    await console.pupil("first", twin, ine=False)
    await console.pupil("second", twin, ine=False)
    async with console.site.reader("operator") as reader:
        where = await handed_in(console, reader, console.table([rows[0]]))
        await reader.send(f"{where}/resume", {})
        await console.work_off()
        queue = await reader.text("/admin/reviews")
        [review] = set(re.findall(r'href="(/admin/reviews/[0-9a-f]{32}-\d+)"', queue))
        page = await reader.text(review)
        assert 'value="first"' in page
        assert 'value="second"' in page
        assert "Remettre à quelqu’un d’autre" in page
        assert "issuing.letters_recipient" in page  # how somebody new would get a vault from here
        assert (await reader.send(review, {"decision": "operator"})).status == 422
        assert (await reader.send(review, {"decision": ""})).status == 422
        answer = await reader.send(review, {"decision": "other", "username": "nobody"})
        assert answer.status == 422
        answer = await reader.send(review, {"decision": "second"})
        assert answer.headers["Location"] == "/admin/reviews?done=decided"
        assert (await reader.send(review, {"decision": "first"})).status == 404  # decided
    institution = console.site.institution
    administration, persons = institution.administration, institution.persons
    waiting = {
        name: (await administration.standing((await persons.find(name)).id)).waiting
        for name in ("first", "second")
    }
    assert waiting == {"first": 0, "second": 1}
    assert (await console.verbs())[-1] == "review-accept"


async def test_a_certificate_is_revoked_by_its_id(console: Console) -> None:
    [row] = console.rows(1)
    await console.pupil("known", row)
    async with console.site.reader("operator") as reader:
        where = await handed_in(console, reader, console.table([row]))
        await reader.send(f"{where}/resume", {})
        await console.work_off()
        [standing] = [one async for one in console.site.institution.certificates.everything()]
        page = await reader.text(f"/admin/certificates?certificate={standing.id}")
        assert "valable" in page
        fields = {"certificate": standing.id, "reason": "error", "sure": "1"}
        answer = await reader.send("/admin/certificates/revoke", fields)
        assert answer.status == 303
        assert "révoquée" in await reader.text(answer.headers["Location"])
        assert (await reader.send("/admin/certificates/revoke", fields)).status == 422
        assert (await reader.get("/admin/certificates?certificate=nonsense")).status == 422


async def test_a_long_file_is_looked_at_piece_by_piece(console: Console) -> None:
    async with console.site.reader("operator") as reader:
        where = await handed_in(console, reader, console.table(console.rows(600)))
        page = await reader.text(where)
        seen = 0
        while (found := re.search(r'hx-get="([^"]+/matching[^"]+)"', page)) is not None:
            page = await reader.text(found[1].replace("&amp;", "&"))
            seen += 1
        assert seen >= 1
        assert sum(int(count) for count in figures(page).values()) == 600
        assert "600 lignes regardées sur 600" in page
