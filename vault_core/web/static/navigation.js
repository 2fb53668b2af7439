// Going about the documents without loading the whole page: htmx fetches, this decides what a
// swapped page needs besides. An answer from any other part of the site is a full page load.
const OURS = /^\/(files|details|search|rename|move|copy|new-folder|zip|trash)(\/|$)/;
let starting = () => {};
export const begin = (root) => starting(root);

const pathOf = (request) => new URL(request.responseURL || location.href).pathname;

function tell(main) {
  document.querySelector("#announce").textContent = main.querySelector(".note[role=status] p")?.textContent ?? "";
}

// Where the reader goes on: at what was changed, at a field that waits, else at the title.
export function focus(main) {
  const at = new URLSearchParams(location.search).get("at");
  const found = (at && document.getElementById(`n-${at}`)) || main.querySelector("[autofocus]") || main.querySelector("h1");
  found?.focus({ preventScroll: !at });
  if (at) found?.scrollIntoView({ block: "center" });
}

async function settled() {
  const main = document.querySelector("#main");
  await begin(main);
  focus(main);
  tell(main);
}

// A page that was fetched takes the place of this one.
export function show(address, text) {
  const parsed = new DOMParser().parseFromString(text, "text/html");
  const main = document.adoptNode(parsed.querySelector("#main"));
  if (!history.state?.htmx) history.replaceState({ htmx: true }, "");
  history.pushState({ htmx: true }, "", address);
  document.title = parsed.title;
  document.querySelector("#main").replaceWith(main);
  window.htmx.process(main);
  settled();
}

// Go to an address, or send `fields` there; lists are fields of one name.
export async function go(address, fields) {
  const before = location.href;
  const body = fields && new URLSearchParams(Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one])));
  const answer = await fetch(address, body ? { method: "POST", body } : {}).catch(() => null);
  if (!answer) return lost();
  const { pathname, search } = new URL(answer.url);
  if (!OURS.test(pathname)) return location.assign(answer.url);
  show(pathname + search, await answer.text());
  if (!fields && location.href !== before && !new URLSearchParams(search).has("at")) window.scrollTo(0, 0);
}

export function lost() {
  const words = document.querySelector("#tray").dataset.lost;
  const note = Object.assign(document.createElement("p"), { className: "note bad", textContent: words });
  document.querySelector("#main > .note.bad")?.remove();
  document.querySelector("#main").prepend(note);
  document.querySelector("#announce").textContent = words;
}

export function listen(beginning) {
  starting = beginning;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (target.id !== "main" || OURS.test(pathOf(xhr))) return;
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "main") return;
    if (event.detail.requestConfig?.elt?.type === "search") begin(document.querySelector("#main"));
    else settled();
  });
  document.body.addEventListener("htmx:historyRestore", settled);
  for (const failure of ["htmx:sendError", "htmx:timeout"]) document.body.addEventListener(failure, lost);
}
