"""Every page and state that pictures are taken of, and that axe looks at.

A scene leaves a page open, by what its reader would do. Each of the cast has a browser of their
own: nobody, ada with a full vault, bob with a long folder, zoe with nothing, chief of the console.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from tests.browser.stage import Stage
from tests.browser.troubles import OWN_TROUBLES, TROUBLES
from tests.web.site import PASSWORD

Scene = Callable[[Any, Stage], Awaitable[None]]
WIDER: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def sign_in(page: Any, username: str = "ada") -> None:
    """Through the form."""
    await page.goto("/sign-in")
    await page.fill("#username", username)
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url("**/files/**")


async def goto(page: Any, address: str) -> None:
    """The page, once its own scripts have done what they do at first."""
    await page.goto(quote(address, safe="/?=&#:"))
    if await page.locator("[data-folder]").count():
        await page.wait_for_selector("[data-folder][data-ready]")
    if await page.locator("[data-sheets]").count():
        await page.wait_for_selector(".stage canvas[data-drawn]")


def at(address: str) -> Scene:
    """A page by its address; `{…}` stands for what the stage knows."""

    async def scene(page: Any, stage: Stage) -> None:
        await goto(
            page,
            address.format(
                diploma=stage.diploma, expired=stage.expired, **stage.console, **stage.codes
            ),
        )

    return scene


def sent(address: str, **fields: str) -> Scene:
    """A form, filled in and sent, that comes back with an answer."""

    async def scene(page: Any, stage: Stage) -> None:
        await goto(page, address.format(diploma=stage.diploma))
        for name, value in fields.items():
            await page.fill(f"main #{name}", value)
        async with page.expect_navigation():
            await page.click("main form button.main, main form button:not([hidden])")

    return scene


def opened(link: str, pin: str = "") -> Scene:
    """What a link shows; with a PIN that is wrong, that."""

    async def scene(page: Any, stage: Stage) -> None:
        await page.goto("about:blank")
        await page.goto(f"/open#{stage.links[link].code}")
        if stage.links[link].pin:
            await page.wait_for_selector("#pin")
            if pin:
                await page.fill("#pin", pin)
                await page.click("main button.main")
                await page.wait_for_selector("[role=alert]")
        elif link in ("revoked", "used-up", "over"):
            await page.wait_for_selector("text=/410/")
        else:
            await page.wait_for_url("**/l/*/")

    return scene


async def deposited(page: Any, stage: Stage) -> None:
    """A drop box that took something."""
    await opened("box")(page, stage)
    await page.fill("#sender", "Grace Le Bihan")
    await page.set_input_files(
        "#file", [{"name": "Attestation d'assurance.pdf", "mimeType": "application/pdf",
                   "buffer": b"%PDF-1.7 " + bytes(81_000)}]
    )  # fmt: skip
    await page.click("main button.main")
    await page.wait_for_selector("main .hash")


def of_link(link: str) -> Scene:
    """A link's page for its owner."""

    async def scene(page: Any, stage: Stage) -> None:
        await goto(page, f"/links/{stage.links[link].id.hex()}")

    return scene


async def open_dialog(page: Any, by: str) -> None:
    """A dialog above the documents, by what is clicked or the key that is pressed on a row."""
    await goto(page, "/files/?view=list")
    if len(by) > 2:
        await page.click(by)
    else:
        await page.focus('.listing .name a:has-text("CV.pdf")')
        await page.keyboard.press(by)
    await page.wait_for_selector("#sheet[open] h1")


def dialog(by: str) -> Scene:
    """A dialog above the documents."""

    async def scene(page: Any, stage: Stage) -> None:
        await open_dialog(page, by)

    return scene


async def refused_name(page: Any, stage: Stage) -> None:
    """A name that is taken."""
    await open_dialog(page, "F2")
    await page.fill("#sheet #name", "Budget.csv")
    await page.press("#sheet #name", "Enter")
    await page.wait_for_selector("#sheet .wrong")


async def picked(page: Any, stage: Stage) -> None:
    """Some rows are picked, and the keys are told."""
    await goto(page, "/files/?view=list")
    await page.focus('.listing .name a:has-text("CV.pdf")')
    await page.keyboard.press("Control+a")
    await page.wait_for_selector(".selection:not(.idle)")
    if page.viewport_size["width"] > 1000:
        await page.click(".keys summary")


async def all_picked(page: Any, stage: Stage) -> None:
    """All of a long folder, of which not all rows are in the page."""
    await goto(page, "/files/Long/?view=list")
    await page.focus(".listing .name a")
    await page.keyboard.press("Control+a")
    await page.wait_for_selector(".selection:not(.idle)")


async def deleted(page: Any, stage: Stage) -> None:
    """Something went to the trash, and can be brought back; it is."""
    await goto(page, "/files/?view=list")
    await page.focus('.listing .name a:has-text("Budget.csv")')
    await page.keyboard.press("Delete")
    await page.wait_for_url("**done=deleted**")
    await page.wait_for_selector("[data-undo]")


async def brought_back(page: Any, stage: Stage) -> None:
    """The way back from `deleted`."""
    await page.click("[data-undo]")
    await page.wait_for_selector('.listing .name a:has-text("Budget.csv")')


async def fill_tray(page: Any) -> None:
    """Uploads that are on their way, paused, and cancelled."""
    await goto(page, "/files/?view=list")
    await page.route("**/upload/**", lambda route: None)  # never answered: on their way
    files = [
        {"name": f"Photo {number}.jpg", "mimeType": "image/jpeg", "buffer": b"x" * 300_000}
        for number in range(4)
    ]
    await page.set_input_files("#file", files)
    await page.wait_for_selector("#tray-list li >> nth=3")
    await page.click("#tray-list li >> nth=1 >> [data-one=pause]")
    await page.click("#tray-list li >> nth=2 >> [data-one=cancel]")


async def tray(page: Any, stage: Stage) -> None:
    """The tray, above the documents."""
    await fill_tray(page)


async def tray_folded(page: Any, stage: Stage) -> None:
    """The same, after `tray`, folded."""
    await page.click("[data-tray=fold]")


PUBLIC: Final[Mapping[str, Scene]] = {
    "landing": at("/"),
    "help": at("/help"),
    "sign-in": at("/sign-in"),
    "sign-in-refused": sent("/sign-in", username="ada", password="wrong wrong wrong"),
    "activate": at("/activate"),
    "activate-weak": sent(
        "/activate", username="bob", code="AAAA-BBBB", password="password1234", again="password1234"
    ),
    "recover": at("/recover"),
    "verify": at("/verify"),
    "verify-valid": at("/verify/{valid}"),
    "verify-revoked": at("/verify/{revoked}"),
    "verify-unknown": at("/verify/7QK2-M3XP-9TBD-4"),
    "not-found": at("/nowhere"),
    "open": at("/open"),
    "open-unknown": sent("/open", link="nothing"),
    "open-pin": opened("pin"),
    "open-pin-wrong": opened("pin", "0000"),
    "open-revoked": opened("revoked"),
    "open-used-up": opened("used-up"),
    "open-expired": opened("over"),
    "open-proof-pin": opened("proof-pin"),
    "shared-folder": opened("folder"),
    "shared-document": opened("document"),
    "drop-box": opened("box"),
    "drop-box-received": deposited,
    "proof": opened("proof"),
    "proof-expired": opened("proof-expired"),
    "proof-revoked": opened("proof-revoked"),
    "reference": at("/api/docs"),
    **TROUBLES,
}
ADA: Final[Mapping[str, Scene]] = {
    "documents": at("/files/?view=list"),
    "documents-grid": at("/files/?view=grid"),
    "folder": at("/files/Scolarité/?view=list"),
    "folder-empty": at("/files/Scolarité/Vide/"),
    "folder-details": at("/details/Scolarité"),
    "picture": at("/files/Photos/Rade de Brest.png"),
    "text": at("/files/Lettre de motivation.md"),
    "pdf": at("/files/CV.pdf"),
    "diploma": at("/files{diploma}"),
    "sound": at("/files/Entretien.wav"),
    "rename": at("/rename/?item=CV.pdf"),
    "move": at("/move/?item=CV.pdf"),
    "copy": at("/copy/?item=CV.pdf"),
    "new-folder": at("/new-folder/"),
    "dialog-new-folder": dialog("a[data-dialog]"),
    "dialog-rename": dialog("F2"),
    "dialog-move": dialog("m"),
    "dialog-refused": refused_name,
    "picked": picked,
    "deleted": deleted,
    "deleted-undone": brought_back,
    "trash": at("/trash"),
    "search": at("/search?q=lettre"),
    "search-nothing": at("/search?q=zanzibar"),
    "search-empty": at("/search"),
    "certificates": at("/certificates"),
    "certificates-expired": at("/certificates?state=expired"),
    "expired": at("/files{expired}"),
    "prove-expired": at("/prove{expired}"),
    "prove": at("/prove{diploma}"),
    "share": at("/share/Photos"),
    "drop-box-form": at("/drop-box/Scolarité"),
    "links": at("/links"),
    "link-proof": of_link("proof"),
    "link-box": of_link("box"),
    "link-pin": of_link("pin"),
    "link-used-up": of_link("used-up"),
    "devices": at("/account/devices"),
    "device-made": sent("/account/devices", label="Téléphone"),
    "tokens": at("/account/devices/tokens"),
    "account": at("/account"),
    "safety": at("/account/security"),
    "totp": at("/account/security/totp"),
    "trusted": at("/account/trusted"),
    "entrusted": at("/account/entrusted"),
    "confirm": at("/account/confirm"),
    "password": at("/account/password"),
    "password-refused": sent(
        "/account/password", present="wrong wrong", password=PASSWORD, again=PASSWORD
    ),
    "recovery": at("/account/recovery"),
    "notices": at("/account/notices"),
    "journal": at("/account/journal"),
    "journal-nothing": at("/account/journal?until=2001-01-01"),
    "export": at("/account/export"),
    "closing": at("/account/closing"),
    "closing-refused": sent("/account/closing", username="somebody else"),
    "not-found-inside": at("/files/Nulle part.pdf"),
    "tray": tray,
    "tray-folded": tray_folded,
    **OWN_TROUBLES,
}
BOB: Final[Mapping[str, Scene]] = {"long": at("/files/Long/?view=list"), "long-picked": all_picked}
ZOE: Final[Mapping[str, Scene]] = {
    "new-documents": at("/files/"),
    "new-certificates": at("/certificates"),
    "new-trash": at("/trash"),
    "new-links": at("/links"),
    "new-account": at("/account"),
}
CHIEF: Final[Mapping[str, Scene]] = {
    "console": at("/admin/"),
    "console-deliver": at("/admin/deliver"),
    "console-batches": at("/admin/batches"),
    "console-batch": at("{batch}"),
    "console-held": at("{held}"),
    "console-reviews": at("/admin/reviews"),
    "console-review": at("{review}"),
    "console-certificates": at("/admin/certificates"),
    "console-persons": at("/admin/persons"),
    "console-person": at("/admin/persons/ada"),
    "console-person-new": at("/admin/person-new"),
    "console-issuers": at("/admin/issuers"),
    "console-storage": at("/admin/storage"),
    "console-webhooks": at("/admin/webhooks"),
    "console-health": at("/admin/health"),
    "console-journal": at("/admin/journal"),
}
CAST: Final[Mapping[str, Mapping[str, Scene]]] = {
    "": PUBLIC, "ada": ADA, "bob": BOB, "zoe": ZOE, "chief": CHIEF,
}  # fmt: skip
"""Scenes by who is signed in; "" is nobody."""
WINDOW: Final = frozenset(
    {
        "tray", "tray-folded", "picked", "long-picked", "reference",
        "dialog-new-folder", "dialog-rename", "dialog-move", "dialog-refused",
    }
)  # fmt: skip
"""Pictures of the window alone: something lies above the page, or it is very long."""
