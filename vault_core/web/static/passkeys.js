// Passkeys: one touch signs in and opens the vault; its PRF output is the secret of a key slot.
const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";

function bytes(text) {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
  return Uint8Array.from(atob(padded), (character) => character.charCodeAt(0));
}

function text(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function send(where, facts) {
  const answer = await fetch(where, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(facts),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.title);
  return said;
}

function decoded(options) {
  const made = { ...options, challenge: bytes(options.challenge) };
  if (options.user) made.user = { ...options.user, id: bytes(options.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) made[list] = options[list].map((one) => ({ ...one, id: bytes(one.id) }));
  }
  made.extensions = { prf: { eval: { first: bytes(options.extensions.prf.eval.first) } } };
  return made;
}

function encoded(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
}

function prfOf(credential) {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  return first ? text(first) : "";
}

// Some authenticators give the PRF output only when they are asked again.
async function prfAgain(options, credential) {
  if (!credential.getClientExtensionResults().prf?.enabled) return "";
  const again = await navigator.credentials.get({ publicKey: {
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    rpId: options.rp.id,
    userVerification: "required",
    allowCredentials: [{ type: "public-key", id: credential.rawId }],
    extensions: { prf: { eval: { first: options.extensions.prf.eval.first } } },
  } });
  return prfOf(again);
}

async function add(form) {
  const { options, ticket } = await send("/account/security/passkeys/ask", {});
  const publicKey = decoded(options);
  const credential = await navigator.credentials.create({ publicKey });
  const prf = prfOf(credential) || (await prfAgain(publicKey, credential));
  const said = await send("/account/security/passkeys", {
    ticket, prf, label: form.elements.label.value, credential: encoded(credential),
  });
  location.assign(said.next);
}

async function use(form) {
  const { options, ticket } = await send("/sign-in/passkey/ask", {});
  const credential = await navigator.credentials.get({ publicKey: decoded(options) });
  const said = await send("/sign-in/passkey", {
    ticket, prf: prfOf(credential), next: form.dataset.passkey, credential: encoded(credential),
  });
  location.assign(said.next);
}

function attach(selector, act) {
  for (const form of document.querySelectorAll(selector)) {
    form.hidden = false;
    const note = form.querySelector("[role=alert]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      note.hidden = true;
      const button = form.querySelector("button");
      button.disabled = true;
      try {
        await act(form);
      } catch (error) {
        const said = note.querySelector("[data-problem]");
        said.textContent = error instanceof DOMException ? said.dataset.otherwise : error.message;
        note.hidden = false;
        button.disabled = false;
      }
    });
  }
}

if (window.PublicKeyCredential) {
  attach("form[data-new-passkey]", add);
  attach("form[data-passkey]", use);
}
