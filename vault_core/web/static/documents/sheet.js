// Pages of one small form (rename, new folder, move, copy) as a dialog above the folder.
import { begin } from "../page.js";

const sheet = document.querySelector("#sheet");
const body = document.querySelector("#sheet-body");
let opener = null;

const isForm = (path) => /^\/(rename|move|copy|new-folder)\//.test(path);

// Links and forms in it stay in it; what its form leads to is a page again.
function adopt() {
  const card = body.querySelector("[data-sheet]");
  if (!card) return;
  card.querySelector("[data-close]")?.addEventListener("click", (event) => {
    event.preventDefault();
    sheet.close();
  });
  card.querySelector("form").addEventListener("submit", send);
  begin(card);
  (card.querySelector("[data-stem], [autofocus]") ?? card.querySelector(".choose button") ?? card.querySelector("a, button"))?.focus();
}

function show(text) {
  const parsed = new DOMParser().parseFromString(text, "text/html");
  const card = parsed.querySelector("[data-sheet]") ?? parsed.querySelector("#main > *");
  body.replaceChildren(card ?? "");
  adopt();
  if (!sheet.open) sheet.showModal();
}

async function load(address, fields) {
  const body = fields && new URLSearchParams(fields);
  const answer = await fetch(address, body ? { method: "POST", body } : {});
  if (!isForm(new URL(answer.url).pathname)) location.assign(answer.url);
  else show(await answer.text());
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  const { show: turn, lost } = await import("../navigation.js");
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
  if (!answer) {
    sheet.close();
    return lost();
  }
  const { pathname, search } = new URL(answer.url);
  if (!answer.redirected) return show(await answer.text());
  sheet.close();
  turn(pathname + search, await answer.text());
}

export function openSheet(address, fields) {
  opener = document.activeElement;
  load(address, fields);
}

export function opensSheets(place) {
  for (const link of place.querySelectorAll("[data-dialog]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      openSheet(link.getAttribute("href"));
    });
  }
}

sheet.addEventListener("close", () => {
  body.replaceChildren();
  if (opener?.isConnected) opener.focus();
});
sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
