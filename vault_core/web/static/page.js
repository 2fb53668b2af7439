// What every page gains from scripts: times in the reader's zone, buttons that copy and print,
// and the modules of what is on it. Each page works without.
import { listen as askFirst } from "./asking.js";
import { focus, listen } from "./navigation.js";

const PARTS = [
  ["[data-folder]", "./documents/folder.js"],
  ["[data-sheets]", "./sheets.js"],
];
// The page's language, with the reader's own region where it is theirs: 26 November, November 26.
const page = document.documentElement.lang;
const language = navigator.languages.find((tag) => tag.split("-")[0] === page) ?? page;
const day = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const moment = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });

function tellTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    time.title = moment.format(at);
    time.textContent = "day" in time.dataset ? day.format(at) : moment.format(at);
  }
}

async function copy(button) {
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
  const before = [...button.childNodes];
  button.textContent = button.dataset.copied;
  setTimeout(() => button.replaceChildren(...before), 2000);
}

// Of a telephone: its messages, mail and the like. Whoever closes that list again has done nothing.
function hand(button) {
  const url = document.querySelector(button.dataset.share).textContent.trim();
  navigator.share({ url }).catch(() => {});
}

function enableButtons(root) {
  for (const button of root.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  for (const button of root.querySelectorAll("button[data-share]")) {
    if (!navigator.share) continue;
    button.hidden = false;
    button.addEventListener("click", () => hand(button));
  }
  for (const button of root.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  askFirst(root);
}

// Renaming: the name is selected up to its ending.
function selectStems(root) {
  for (const input of root.querySelectorAll("input[data-stem]")) {
    const dot = input.value.lastIndexOf(".");
    input.focus();
    input.setSelectionRange(0, dot > 0 ? dot : input.value.length);
  }
}

// The browser's own control speaks the browser's language: ours stands over it, and says the names.
function tellFiles(root) {
  for (const input of root.querySelectorAll(".filepick input")) {
    const told = input.parentElement.querySelector(".chosen");
    const blank = told.textContent;
    const tell = () => {
      const names = [...input.files].map((file) => file.name);
      told.textContent = names.length > 3
        ? told.dataset.count.replace("#", names.length) : names.join(", ") || blank;
    };
    input.addEventListener("change", tell);
    if (input.files.length) tell();
  }
}

// A phrase typed on a telephone can be read over. Sent, it is a password again, which browsers offer
// to keep and do not keep among what was typed.
function revealPasswords(root) {
  for (const box of root.querySelectorAll("input[data-reveal]")) {
    const fields = box.form.querySelectorAll("input[type=password]");
    const show = (shown) => { for (const field of fields) field.type = shown ? "text" : "password"; };
    box.closest("label").hidden = false;
    box.addEventListener("change", () => show(box.checked));
    box.form.addEventListener("submit", () => show(false));
  }
}

// Also for content that came later; the modules are fetched only where they are needed.
// Awaited, it is all at work.
export function begin(root) {
  tellTimes(root);
  enableButtons(root);
  selectStems(root);
  tellFiles(root);
  revealPasswords(root);
  root.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  return Promise.all(PARTS.map(async ([selector, module]) => {
    const place = root.querySelector(selector);
    if (place) (await import(module)).begin(place);
  }));
}

document.documentElement.classList.add("js");
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
const begun = begin(document);
if (new URLSearchParams(location.search).has("at")) begun.then(() => focus(document.querySelector("#main")));
if (document.querySelector("#tray")) {
  listen(begin);
  import("./documents/interrupted.js").then((part) => part.begin());
}
