"""The offline verifier in Chromium, its network cut: it answers as the server does."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import ARGUMENTS
from tests.issuing.checking.test_tampering import FORGERIES, exhibits
from tests.issuing.house import credential
from tests.issuing.world import DIPLOMA, NOW, RECORD, certified, world
from tests.requirements import missing, need
from vault_core.fields import date_en
from vault_core.issuing.certificates.verifying import check_disclosure, check_file
from vault_core.issuing.checking.answer import Answer
from vault_core.issuing.checking.disclosed import Disclosed
from vault_core.issuing.checking.snapshot import write_snapshot
from vault_core.issuing.checking.trust import Trust
from vault_core.issuing.credentials import selective
from vault_core.issuing.credentials.selective import choose
from vault_core.issuing.faults import sentence
from vault_core.issuing.seals.pades import read_seal
from vault_core.web.offline import MODULES, page

Check = Callable[[bytes], Awaitable[tuple[str, str, str]]]


@pytest.fixture
async def chromium() -> AsyncIterator[Any]:
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        missing("playwright is not installed: pip install playwright")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=need("chromium"), args=ARGUMENTS)
        yield browser
        await browser.close()


async def opened(chromium: Any, file: Path, **options: Any) -> Any:
    """The verifier, from a disk and with the network cut; any request or script error fails."""
    context = await chromium.new_context(offline=True, **{"locale": "en-GB", **options})
    found = await context.new_page()
    found.set_default_timeout(60_000)
    found.problems = []
    found.on("console", lambda m: found.problems.append(m.text) if m.type == "error" else None)
    found.on("pageerror", lambda error: found.problems.append(str(error)))
    found.on("request", lambda r: found.problems.append(r.url) if r.url != file.as_uri() else None)
    await found.goto(file.as_uri())
    return found


REFUSED = frozenset({"Not valid", "Unknown issuer", "Not a certificate", "Damaged file"})
"""Words for what is not to be believed."""


async def ready(found: Any) -> Any:
    await found.wait_for_selector("html[data-ready]")
    return found


async def told(found: Any, data: bytes) -> tuple[str, str, str]:
    """Word, sentence and facts of the answer for a file."""
    await found.evaluate("document.querySelector('#result').replaceChildren()")
    await found.set_input_files(
        "#file", {"name": "c", "mimeType": "application/octet-stream", "buffer": data}
    )
    await found.wait_for_selector(".verdict")
    facts = await found.query_selector(".verdict dl")
    return (
        await found.inner_text(".verdict h2"),
        await found.inner_text(".head p"),
        await facts.inner_text() if facts else "",
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The verifier with the trust of the exhibits; the key is made for the test."""
    return written(tmp_path, exhibits().trust)


def written(folder: Path, trust: Trust) -> Path:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from vault_core.issuing.credentials.multibase import did_key

    key = Ed25519PrivateKey.generate()
    made = folder / "verifier.html"
    made.write_bytes(page(write_snapshot(trust, key), did_key(key.public_key())))
    return made


async def test_it_answers_as_the_server_does(chromium: Any, file: Path) -> None:
    found = await ready(await opened(chromium, file))
    trust = exhibits().trust
    genuine = (exhibits().good, credential(exhibits().good), exhibits().expiring)
    for data in genuine:
        word, said, facts = await told(found, data)
        answer = check_file(data, trust, trust.made_at)
        assert (word, answer.valid) == ("Valid", True)
        assert said == answer.sentence("en")
        assert "without legal value" in said
        assert answer.subject is not None
        assert answer.subject.family_name in facts
    differing = {}
    for name, (make, _) in FORGERIES.items():
        word, said, _ = await told(found, make(exhibits()))
        answer = check_file(make(exhibits()), trust, trust.made_at)
        assert answer.fault is not None
        if said != sentence(answer.fault, "en"):
            differing[name] = said
        assert word != "Valid"
    assert differing == {}
    assert found.problems == []


async def test_a_seal_that_no_test_authority_certified_is_no_demonstration(
    chromium: Any, tmp_path: Path
) -> None:
    trust = certified(exhibits().trust)
    found = await ready(await opened(chromium, written(tmp_path, trust)))
    word, said, _ = await told(found, credential(exhibits().good))
    assert (word, said) == ("Valid", "Authentic and unaltered; its issuer had not revoked it.")
    assert found.problems == []


async def test_any_changed_byte_is_noticed(chromium: Any, file: Path) -> None:
    found = await ready(await opened(chromium, file))
    good = exhibits().good
    for at in range(7, len(good), len(good) // 60):
        changed = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        assert (await told(found, changed))[0] in REFUSED, at
    assert found.problems == []


@pytest.mark.parametrize(
    ("spelt", "word"),
    [
        (lambda text: text, "Status unknown"),
        (lambda text: text.replace("\x1d", "<GS>").replace("\x1f", "<US>"), "Status unknown"),
        (lambda text: text.replace("LE GOFF", "LE COFF"), "Not valid"),
        (lambda text: text.replace("ZZ00", "FR01"), "Unknown issuer"),
        (lambda text: text[:-1], "Not valid"),
    ],
)
async def test_a_scanned_2d_doc_is_read(
    chromium: Any, tmp_path: Path, spelt: Callable[[str], str], word: str
) -> None:
    issued = world().issue(RECORD, DIPLOMA, NOW)
    found = await ready(await opened(chromium, written(tmp_path, world().trust())))
    await found.fill("#text", spelt(issued.twoddoc))
    await found.click("form button")
    await found.wait_for_selector(".verdict")
    assert await found.inner_text(".verdict h2") == word
    if word == "Status unknown":
        assert "LE GOFF" in await found.inner_text(".verdict dl")
        assert "2D-Doc is authentic" in await found.inner_text(".head p")
    assert found.problems == []


async def test_what_a_proof_shows_is_read(chromium: Any, file: Path) -> None:
    def proof(pdf: bytes) -> str:
        whole = read_seal(pdf).pdf.attachments()[selective.ATTACHMENT].decode()
        return choose(whole, {"given_names", "birth_date", "result_mention"})

    found = await ready(await opened(chromium, file))
    good = proof(exhibits().good)
    trust = exhibits().trust
    word, said, facts = await told(found, good.encode())
    known = check_disclosure(good.encode(), trust, trust.made_at)
    assert said == known.sentence("en")
    assert word == "Valid"
    assert isinstance(known, Disclosed)
    born = dt.date.fromisoformat(known.claims["birth_date"])
    for shown in (" ".join(known.claims["given_names"]), date_en(born), "Honours"):
        assert shown in facts
    subject = check_file(exhibits().good, trust, trust.made_at).subject
    assert subject is not None
    assert subject.family_name not in facts
    assert "Its owner chose" in await found.inner_text(".verdict")
    assert (await told(found, proof(exhibits().revoked).encode()))[0] == "Revoked"
    jwt, *disclosures = good.split("~")
    head, body, signature = jwt.split(".")
    letter = "A" if signature[5] != "A" else "B"
    forged = {
        "its signature": f"{head}.{body}.{signature[:5]}{letter}{signature[6:]}~",
        "signed by nobody": f"{head}.{body}.~",
        "another's fact": good + selective.encode(b'["salt","family_name","Durand"]') + "~",
        "a fact twice": good + disclosures[0] + "~",
        "a key binding": good + "ey",
        "no algorithm": good.replace(head, selective.encode(b'{"alg":"none","typ":"dc+sd-jwt"}')),
        "letters at its end": good.replace("~", "=~", 1),
    }
    for name, text in forged.items():
        word, said, _ = await told(found, text.encode())
        answer = check_disclosure(text.encode(), trust, trust.made_at)
        assert isinstance(answer, Answer), name
        assert (word, said) == ("Not valid", answer.sentence("en")), name
    assert found.problems == []


async def test_a_snapshot_that_was_altered_verifies_nothing(chromium: Any, file: Path) -> None:
    text = file.read_text("utf-8")
    key = re.search(r'"name": "([0-9a-f]{64})"', text)
    assert key
    file.write_text(text.replace(key[1], "0" * 64, 1), "utf-8")
    found = await opened(chromium, file)
    await found.wait_for_selector(".verdict")
    assert "not signed by the expected institution" in await found.inner_text(".head p")
    assert await found.query_selector("html[data-ready]") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_no_violation(chromium: Any, file: Path, axe: str, scheme: str) -> None:
    found = await ready(
        await opened(chromium, file, color_scheme=scheme, bypass_csp=True, locale="fr-FR",
                     viewport={"width": 360, "height": 740})
    )  # fmt: skip
    for data in (exhibits().good, exhibits().revoked, exhibits().replaced):
        await told(found, data)
        await found.add_script_tag(content=axe)
        run = "async () => (await axe.run()).violations.map((v) => v.id + v.nodes[0].html)"
        assert await found.evaluate(run) == []
        assert await found.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_file_is_whole_and_strict(file: Path) -> None:
    text = file.read_text("utf-8")
    assert "default-src 'none'" in text
    head = text.split("</head>")[0]
    assert "'wasm-unsafe-eval'" in head
    assert head.count("unsafe") == 1
    assert not re.search(r"(?:src|href)=", text.split('<script type="application/json"')[0])
    assert not re.search(r"^import ", text.split('<script type="module">')[1], re.M)
    names = {path.stem for path in (Path(page.__code__.co_filename).parent).glob("*.js")}
    assert names == set(MODULES)
    assert json.loads(text.split('id="data">')[1].split("</script>")[0])["snapshot"]
