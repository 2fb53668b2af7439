// A folder's page: picking rows, keys, and uploads one file after another with their progress.
const form = document.querySelector("#pick");
const token = document.querySelector("meta[name=csrf]").content;
const put = document.querySelector("#put");
const list = document.querySelector(".uploads");
const main = document.querySelector("main");

// -- picking ----------------------------------------------------------------------------------
const boxes = form ? [...form.querySelectorAll("input[name=item]")] : [];
const bar = document.querySelector(".selection");

function tell() {
  const count = boxes.filter((box) => box.checked).length;
  const text = bar.querySelector(".how-many");
  bar.classList.toggle("idle", count === 0);
  text.hidden = false;
  text.textContent = (count < 2 ? text.dataset.one : text.dataset.many).replace("#", count);
  bar.querySelector("[data-single]").hidden = count !== 1;
}
form?.addEventListener("change", tell);
if (form) tell();

function rowOf(element) {
  return element.closest?.("tbody tr");
}

form?.addEventListener("keydown", (event) => {
  const row = rowOf(event.target);
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = row.querySelector("input[name=item]");
  if (event.key === "F2" || event.key === "Delete") {
    event.preventDefault();
    if (!boxes.some((one) => one.checked) || event.key === "F2") {
      for (const one of boxes) one.checked = false;
      box.checked = true;
    }
    form.requestSubmit(bar.querySelector(event.key === "F2" ? "[data-single]" : "[data-delete]"));
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
    const selector = event.target.matches("input") ? "input[name=item]" : ".name a";
    if (next) {
      event.preventDefault();
      next.querySelector(selector).focus();
    }
  }
});

document.querySelector(".keys").hidden = !form || matchMedia("(pointer: coarse)").matches;
document.querySelector(".inline-form").addEventListener("toggle", (event) => {
  if (event.target.open) event.target.querySelector("input[name=name]").focus();
});

// -- uploads ----------------------------------------------------------------------------------
const target = put.getAttribute("action");
const pick = document.querySelector("[data-pick-files]");
const file = put.querySelector("input[type=file]");
pick.hidden = false;
pick.addEventListener("click", () => file.click());
file.addEventListener("change", () => {
  send([...file.files].map((one) => ({ file: one, path: one.name })));
  file.value = "";
});
put.addEventListener("submit", (event) => event.preventDefault());

const quoted = (path) => path.split("/").map(encodeURIComponent).join("/");

function sendOne({ file: content, path }) {
  const line = document.createElement("li");
  const name = document.createElement("bdi");
  const cancel = document.createElement("button");
  const meter = document.createElement("progress");
  name.textContent = path;
  cancel.type = "button";
  cancel.textContent = list.dataset.cancel;
  meter.max = Math.max(1, content.size);
  meter.value = 0;
  meter.setAttribute("aria-label", path);
  line.append(name, cancel, meter);
  list.append(line);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${target}?path=${encodeURIComponent("/" + quoted(path))}`);
    request.setRequestHeader("X-CSRF-Token", token);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => { meter.value = event.loaded; });
    request.addEventListener("loadend", () => {
      const stored = request.status === 201;
      let problem = list.dataset.failed;
      try { problem = JSON.parse(request.responseText).title ?? problem; } catch { /* not ours */ }
      meter.remove();
      cancel.replaceWith(Object.assign(document.createElement("span"), { textContent: stored ? list.dataset.done : problem }));
      resolve(stored);
    });
    cancel.addEventListener("click", () => request.abort());
    request.send(content);
  });
}

let waiting = Promise.resolve();
function send(files) {
  waiting = waiting.then(async () => {
    const queue = [...files];
    let stored = 0, failed = 0;
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        if (await sendOne(next)) stored += 1; else failed += 1;
      }
    };
    await Promise.all([work(), work(), work()]);
    if (stored && !failed) location.assign(`${location.pathname}?done=uploaded`);
  });
}

// -- dropping files and whole folders -----------------------------------------------------------
async function entriesOf(entry, above) {
  if (entry.isFile) {
    const content = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file: content, path: above + entry.name }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const one of some) found.push(...await entriesOf(one, `${above}${entry.name}/`));
  }
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
main.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  main.classList.add("over");
});
main.addEventListener("dragleave", (event) => {
  if (!main.contains(event.relatedTarget)) main.classList.remove("over");
});
main.addEventListener("drop", async (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  main.classList.remove("over");
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  const found = [];
  for (const entry of entries) found.push(...await entriesOf(entry, ""));
  send(found);
});
