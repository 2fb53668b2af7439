// What every page gains from scripts: times in the reader's zone, buttons that copy and print.
document.documentElement.classList.add("js");

const language = document.documentElement.lang;
const day = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const moment = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.valueOf())) {
    time.title = moment.format(at);
    time.textContent = "day" in time.dataset ? day.format(at) : moment.format(at);
  }
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    const before = [...button.childNodes];
    button.textContent = button.dataset.copied;
    setTimeout(() => button.replaceChildren(...before), 2000);
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });
}

// Renaming: the name is selected up to its ending.
for (const input of document.querySelectorAll("input[data-stem]")) {
  const dot = input.value.lastIndexOf(".");
  input.focus();
  input.setSelectionRange(0, dot > 0 ? dot : input.value.length);
}

// Search as you type: what is found takes the place of the page's content.
const field = document.querySelector(".find input");
let asked = 0, pending = 0;
field?.addEventListener("input", () => {
  clearTimeout(pending);
  pending = setTimeout(async () => {
    const mine = ++asked;
    const answer = await fetch(`/search?part=1&q=${encodeURIComponent(field.value)}`);
    if (!answer.ok || mine !== asked) return;
    const text = await answer.text();
    if (mine !== asked) return;
    const parsed = new DOMParser().parseFromString(text, "text/html");
    document.querySelector("main").replaceChildren(...parsed.body.childNodes);
  }, 180);
});
