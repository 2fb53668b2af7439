// Uploads that a closed page interrupted. The browser keeps where each goes on, under a hash of the
// file's name, size and parts of its content: nobody who looks at this computer later reads a name there,
// and a file that was changed meanwhile does not go on where another one stopped.
const KEY = "parchemin-uploads";
const DAYS = 1;
const tray = document.querySelector("#tray");

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const oldest = Date.now() - DAYS * 86_400_000;
    return Object.fromEntries(Object.entries(kept).filter(([, one]) => one.at > oldest));
  } catch {
    return {};
  }
}

function write(kept) {
  try {
    if (Object.keys(kept).length) localStorage.setItem(KEY, JSON.stringify(kept));
    else localStorage.removeItem(KEY);
  } catch { /* a browser that keeps nothing resumes nothing */ }
}

// None where the page is not in a secure context: then nothing is remembered.
async function mark(...facts) {
  if (!globalThis.crypto?.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(facts)));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

const PART = 65_536; // bytes looked at, at the beginning, in the middle and at the end
const prints = new WeakMap();

function print(file) {
  if (!prints.has(file)) prints.set(file, printed(file));
  return prints.get(file);
}

async function printed(file) {
  const starts = [0, Math.floor(file.size / 2), Math.max(0, file.size - PART)];
  const parts = new Blob(starts.map((start) => file.slice(start, start + PART)));
  const digest = await crypto.subtle.digest("SHA-256", await parts.arrayBuffer());
  return [...new Uint8Array(digest)].join();
}

const ofFile = async (file) => (globalThis.crypto?.subtle ? mark(file.name, file.size, await print(file)) : null);
const ofPlace = async (folder, file, path) => (globalThis.crypto?.subtle ? mark(folder, path, file.size, await print(file)) : null);

// Where the upload goes on; without a folder: to whichever it was meant for.
export async function known(folder, file, path) {
  if (folder !== null) return read()[await ofPlace(folder, file, path)]?.url ?? null;
  const wanted = await ofFile(file);
  return Object.values(read()).find((one) => wanted && one.file === wanted)?.url ?? null;
}

export async function remember(folder, file, path, url) {
  const key = await ofPlace(folder, file, path);
  if (key) write({ ...read(), [key]: { url, file: await ofFile(file), at: Date.now() } });
}

export function forget(url) {
  write(Object.fromEntries(Object.entries(read()).filter(([, one]) => one.url !== url)));
}

// Offer to go on: the browser gives a page no way to open the same files by itself.
function offer() {
  const kept = Object.values(read());
  const line = tray.querySelector(".tray-again");
  line.hidden = kept.length === 0;
  if (!kept.length) return;
  tray.hidden = false;
  tray.querySelector(".tray-total").hidden = true;
  line.querySelector("span").textContent = tray.dataset.interrupted.replace("#count", kept.length);
  line.querySelector("[data-tray=again]").addEventListener("click", choose);
  line.querySelector("[data-tray=forget]").addEventListener("click", () => {
    for (const { url } of kept) fetch(url, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0", "X-CSRF-Token": document.querySelector("meta[name=csrf]").content } }).catch(() => {});
    write({});
    tray.hidden = true;
  });
}

function choose() {
  const input = Object.assign(document.createElement("input"), { type: "file", multiple: true });
  input.addEventListener("change", async () => {
    const [{ add }, { filesOf }] = await Promise.all([import("./uploads.js"), import("./entries.js")]);
    const chosen = filesOf(input.files);
    const urls = await Promise.all(chosen.map(({ file }) => known(null, file)));
    const same = chosen.filter((_, at) => urls[at]);
    if (!same.length) {
      tray.querySelector(".tray-again span").textContent = tray.dataset.others;
      document.querySelector("#announce").textContent = tray.dataset.others;
      return;
    }
    tray.querySelector(".tray-again").hidden = true;
    tray.querySelector(".tray-total").hidden = false;
    add(null, same);
  });
  input.dataset.again = "";
  input.hidden = true;
  tray.append(input); // for tests, and for browsers that collect an input nobody holds
  input.click();
}

export function begin() {
  if (tray && tray.hidden) offer();
}
