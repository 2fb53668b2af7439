// A folder's page: what is picked, what is dragged, what is dropped, and files that are chosen.
import { dragging } from "./dragging.js";
import { dropped, filesOf } from "./entries.js";
import { picking } from "./picking.js";
import { Rows } from "./rows.js";
import { opensSheets } from "./sheet.js";
import { add } from "./uploads.js";

function choosing(place, button, input) {
  const opener = place.querySelector(button);
  const field = place.querySelector(input);
  if (!opener || !field) return;
  if (input === "#file-folder" && !("webkitdirectory" in field)) return;
  opener.hidden = false;
  opener.addEventListener("click", () => field.click());
  const take = () => {
    add(place.dataset.folder, filesOf(field.files));
    field.value = "";
  };
  field.addEventListener("change", take);
  if (field.files.length) take(); // chosen before this script came over a slow line
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

function dropping(place) {
  const main = document.querySelector("#main");
  main.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    place.classList.add("over");
  });
  main.addEventListener("dragleave", (event) => {
    if (!main.contains(event.relatedTarget)) place.classList.remove("over");
  });
  main.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    place.classList.remove("over");
    add(place.dataset.folder, await dropped(event.dataTransfer));
  });
}

// A picture that is pasted comes without a name of its own: it gets the moment's.
function named({ file, path }) {
  if (path !== "image.png") return { file, path };
  const now = new Date();
  const local = new Date(now - now.getTimezoneOffset() * 60_000).toISOString();
  const name = `${local.slice(0, 10)} ${local.slice(11, 19).replaceAll(":", "-")}.png`;
  return { file: new File([file], name, { type: file.type, lastModified: now.valueOf() }), path: name };
}

function pasting(place) {
  const onPaste = (event) => {
    if (!place.isConnected) return document.removeEventListener("paste", onPaste);
    const files = event.clipboardData?.files ?? [];
    if (!files.length || event.target.closest?.("input, textarea, dialog")) return;
    event.preventDefault();
    add(place.dataset.folder, filesOf(files).map(named));
  };
  document.addEventListener("paste", onPaste);
}

export function begin(place) {
  if ("ready" in place.dataset) return; // a page that was gone back to is told of twice
  choosing(place, "[data-pick-files]", "#file");
  choosing(place, "[data-pick-folder]", "#file-folder");
  place.querySelector("#put").addEventListener("submit", (event) => event.preventDefault());
  dropping(place);
  pasting(place);
  opensSheets(place);
  const form = place.querySelector("#pick");
  if (form) {
    dragging(place, form, picking(place, form, new Rows(form)));
  }
  place.dataset.ready = "";
}
