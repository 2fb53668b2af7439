// A certificate that is chosen, dropped anywhere on the page, or scanned is verified at once.
import { codeIn, isTwoDDoc } from "./scanning/codes.js";
import { ScanDialog } from "./scanning/dialog.js";

const form = document.querySelector(".drop form");
const input = document.querySelector("#file");
const code = document.querySelector("#code");
const place = document.querySelector(".drop");
for (const hint of document.querySelectorAll(".with-script")) hint.hidden = false;

// -- scanning ---------------------------------------------------------------------------------

const element = document.querySelector("#scanner");
const waiting = new Map();
let worker = null;
let asked = 0;

// The reader is fetched when something is scanned first.
function decode({ data, width, height }) {
  worker ??= started();
  return new Promise((done, failed) => {
    const id = (asked += 1);
    waiting.set(id, { done, failed });
    worker.postMessage({ id, width, height, pixels: data }, [data.buffer]);
  });
}

function started() {
  const made = new Worker(element.dataset.worker);
  made.addEventListener("message", ({ data: { id, texts, error } }) => {
    const { done, failed } = waiting.get(id);
    waiting.delete(id);
    if (error) failed(new Error(error));
    else done(texts);
  });
  made.addEventListener("error", () => {
    for (const { failed } of waiting.values()) failed(new Error("the reader of codes did not start"));
    waiting.clear();
    worker = null;
  });
  return made;
}

// The code is worth more: with it its issuer tells how the certificate stands.
function accept(texts) {
  const found = texts.map(codeIn).find(Boolean) ?? texts.find(isTwoDDoc);
  if (found) return found;
  if (texts.length > 0) scanner.tell("other");
  return null;
}

function use(text) {
  if (!isTwoDDoc(text)) {
    code.value = text;
    code.form.requestSubmit();
    return;
  }
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  submit([new File([bytes], "2d-doc.txt", { type: "text/plain" })]);
}

const scanner = new ScanDialog(element, { decode, accept, use, say: (name) => element.dataset[name] });
document.querySelector("#scan").addEventListener("click", () => scanner.open());

// A link's secret stays out of what is sent, and of the history.
code.form.addEventListener("submit", (event) => {
  const [, secret] = code.value.split("/open#");
  if (secret === undefined) return;
  event.preventDefault();
  location.assign(`/open#${encodeURIComponent(secret.trim())}`);
});

// -- files ------------------------------------------------------------------------------------

function submit(files) {
  const carried = new DataTransfer();
  for (const file of files) carried.items.add(file);
  input.files = carried.files;
  form.requestSubmit();
}

// A photograph of a certificate proves nothing, but the codes on it lead to what does.
function take(files) {
  if (files.length === 0) return;
  if (!files[0].type.startsWith("image/")) {
    submit(files);
    return;
  }
  input.value = "";
  scanner.look(files[0]);
}

input.addEventListener("change", () => take([...input.files]));
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  place.classList.add("over");
});
document.addEventListener("dragleave", () => place.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  place.classList.remove("over");
  take([...event.dataTransfer.files]);
});
