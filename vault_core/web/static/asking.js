// Asks in the page's own dialog before what cannot be undone. The server asks whoever has no scripts.

// Whether the reader says yes; `label` are the nodes of the button that does it, or its text.
export function sure(question, label, opener) {
  const dialog = document.querySelector("#sure");
  dialog.querySelector("h2").textContent = question;
  dialog.querySelector("[value=yes]").replaceChildren(...label);
  dialog.returnValue = "";
  const { promise, resolve } = withResolvers();
  dialog.addEventListener("close", () => {
    const yes = dialog.returnValue === "yes";
    if (!yes) opener?.focus();
    resolve(yes);
  }, { once: true });
  dialog.showModal();
  return promise;
}

function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => { resolve = settle; });
  return { promise, resolve };
}

async function ask(event) {
  const form = event.currentTarget;
  if (form.elements.sure) return;
  event.preventDefault();
  const { submitter } = event;
  const label = [...submitter.childNodes].map((node) => node.cloneNode(true));
  if (!(await sure(form.dataset.confirm, label, submitter))) return;
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "sure", value: "1" });
  form.append(field);
  form.requestSubmit(submitter);
  field.remove();
}

export function listen(root) {
  for (const form of root.querySelectorAll("form[data-confirm]")) form.addEventListener("submit", ask);
}
