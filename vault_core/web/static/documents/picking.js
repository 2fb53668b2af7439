// Picking what lies in a folder: boxes, clicks with Shift and Ctrl, and the keyboard. What is picked is
// kept by name, for of a long folder not every row is in the page.
import { go } from "../navigation.js";
import { openSheet } from "./sheet.js";

const BOX = "input[name=item]";
const MOST = 10_000; // what one form changes; the server's bound
const rowOf = (element) => element.closest?.("tr[data-kind]");
const boxOf = (row) => row.querySelector(BOX);
const nameOf = (row) => boxOf(row).value;
const focusRow = (row) => row?.querySelector(".name a").focus();

class Picking {
  constructor(form, rows) {
    Object.assign(this, { form, rows, names: new Set(), anchor: null });
    this.bar = form.querySelector(".selection");
    this.all = form.querySelector("[data-pick-all] input");
  }

  tell() {
    const count = this.names.size;
    this.mark(this.form);
    const text = this.bar.querySelector(".how-many");
    this.bar.classList.toggle("idle", count === 0);
    this.form.classList.toggle("picking", count > 0);
    text.hidden = false;
    text.textContent = count ? (count < 2 ? text.dataset.one : text.dataset.many).replace("#", count) : "";
    this.bar.querySelector("[data-single]").hidden = count !== 1;
    this.all.checked = count > 0 && count === this.rows.total;
    this.all.indeterminate = count > 0 && count < this.rows.total;
  }

  // Show on these rows which are picked.
  mark(root) {
    for (const box of root.querySelectorAll(BOX)) {
      box.checked = this.names.has(box.value);
      rowOf(box).classList.toggle("picked", box.checked);
    }
  }

  take(names) {
    this.names = new Set(names.slice(0, MOST));
    this.tell();
  }

  only(row) {
    this.anchor = row && this.rows.indexOf(row);
    this.take(row ? [nameOf(row)] : []);
  }

  toggle(row) { this.set(row, !this.names.has(nameOf(row))); }

  set(row, picked) {
    if (picked) this.names.add(nameOf(row));
    else this.names.delete(nameOf(row));
    this.anchor = this.rows.indexOf(row);
    this.tell();
  }

  // From the last row that was picked alone to this one, in place of what was picked.
  async through(row) {
    const index = this.rows.indexOf(row);
    const [from, to] = [this.anchor ?? index, index].sort((a, b) => a - b);
    const here = Array.from({ length: to - from + 1 }, (_, at) => this.rows.present(from + at));
    this.take(here.every(Boolean) ? here.map(nameOf) : (await this.rows.names()).slice(from, to + 1));
  }

  async everything(checked) { this.take(checked ? await this.rows.names() : []); }
}

function act(picking, name) {
  const button = picking.bar.querySelector(`[data-act=${name}]`);
  picking.form.requestSubmit(button);
}

function onSubmit(picking, event) {
  const button = event.submitter;
  if (!button?.dataset.act) return;
  event.preventDefault();
  const names = [...picking.names];
  if (!names.length) return;
  const target = button.getAttribute("formaction");
  const csrf = picking.form.elements.csrf.value;
  if (button.dataset.act === "delete") go(target, { csrf, item: names });
  else if (button.dataset.act === "rename") openSheet(`${target}?${new URLSearchParams({ item: names[0] })}`);
  else openSheet(target, [["csrf", csrf], ...names.map((name) => ["item", name])]);
}

function onClick(picking, event) {
  const row = rowOf(event.target);
  if (!row || event.target.closest("a, label, button")) {
    if (row && event.shiftKey && event.target.closest("label")) return;
    return;
  }
  if (event.shiftKey) picking.through(row);
  else if (event.ctrlKey || event.metaKey) picking.toggle(row);
  else picking.only(row);
  focusRow(row);
}

async function step(picking, row, by, event) {
  event.preventDefault();
  const index = picking.rows.indexOf(row);
  const next = await picking.rows.row(Math.min(Math.max(index + by, 0), picking.rows.total - 1));
  if (!next) return;
  if (event.shiftKey) {
    picking.anchor ??= index;
    await picking.through(next);
  }
  focusRow(next);
}

function perLine(row) {
  if (!row.closest(".listing.grid")) return 1;
  const rows = [...row.parentElement.rows];
  return Math.max(1, rows.findIndex((one) => one.offsetTop !== rows[0].offsetTop));
}

function onKey(picking, event) {
  const row = rowOf(event.target);
  if (!row) return;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const line = perLine(row);
  const moves = { ArrowDown: line, ArrowUp: -line, ArrowRight: 1, ArrowLeft: -1, Home: -1e9, End: 1e9 };
  if (plain && event.key in moves) step(picking, row, moves[event.key], event);
  else if (plain && event.key === " " && !event.target.matches("input, button")) {
    event.preventDefault();
    picking.toggle(row);
  } else if (plain && ["F2", "Delete", "m"].includes(event.key)) {
    event.preventDefault();
    if (event.key === "F2" || !picking.names.size) picking.only(row);
    act(picking, { F2: "rename", Delete: "delete", m: "move" }[event.key]);
  } else if (event.key === "Escape") picking.everything(false);
  else if ((event.ctrlKey || event.metaKey) && event.key === "a") {
    event.preventDefault();
    picking.everything(true);
  }
}

// Outside of the list: an arrow goes into it, Ctrl+Z takes back what was just done.
async function onPageKey(place, rows, event) {
  if (!place.isConnected || event.target.closest("input, textarea, select, dialog")) return;
  if (event.key === "ArrowDown" && !rowOf(event.target) && !event.target.closest("details, .tray")) {
    event.preventDefault();
    focusRow(await rows.row(0));
  }
}

function undoKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || event.target.closest("input, textarea")) return;
  const button = document.querySelector("[data-undo]");
  if (!button) return;
  event.preventDefault();
  button.click();
}
document.addEventListener("keydown", undoKey);

export function picking(place, form, rows) {
  const found = new Picking(form, rows);
  form.querySelector("[data-pick-all]").hidden = false;
  form.querySelector("[data-unpick]").hidden = false;
  place.querySelector(".keys").hidden = matchMedia("(pointer: coarse)").matches;
  form.addEventListener("change", (event) => {
    if (event.target === found.all) found.everything(found.all.checked);
    else if (event.target.matches(BOX)) found.set(rowOf(event.target), event.target.checked);
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-unpick]")) found.everything(false);
    else onClick(found, event);
  });
  form.addEventListener("submit", (event) => onSubmit(found, event));
  form.addEventListener("formdata", ({ formData }) => { // what is picked and not in the page goes along
    formData.delete("item");
    for (const name of found.names) formData.append("item", name);
  });
  form.addEventListener("keydown", (event) => onKey(found, event));
  const onPage = (event) => (place.isConnected ? onPageKey(place, rows, event) : document.removeEventListener("keydown", onPage));
  document.addEventListener("keydown", onPage);
  found.names = new Set(rows.here.filter((row) => boxOf(row).checked).map(nameOf)); // kept by the browser
  rows.onRows((root) => { if (found.names.size) found.mark(root); });
  found.tell();
  return found;
}
