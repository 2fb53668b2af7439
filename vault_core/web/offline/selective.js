// What somebody chose to show of a certificate: an SD-JWT without key binding (RFC 9901, section 7.1).
import { Refused, fromBase64Url, latin1, sha256, utf8 } from "./bytes.js";
import { faultOf, form, parsed, text } from "./credential.js";
import { ed25519, isObject } from "./proofs.js";
import { covers, findKey } from "./trust.js";

const LARGEST_PROOF = 256 * 1024;
const MOST_DISCLOSURES = 256;
const FACT = "result_";

export const isDisclosure = (start, bytes) => start.startsWith("ey") && bytes.includes("~".charCodeAt(0));

// What its issuer signed of what is shown; `fault` is null only if it also holds now.
export async function checkDisclosure(bytes, trust, now) {
  const whole = latin1(bytes).trim();
  if (whole.length > LARGEST_PROOF || /[^\x00-\x7f]/.test(whole)) form("size");
  const [jwt, ...disclosures] = whole.split("~");
  const { payload, issuer } = await signedPayload(jwt, trust);
  const hashes = hashesOf(payload);
  if (disclosures.pop() !== "" || disclosures.length > MOST_DISCLOSURES) form("disclosures");
  const values = await opened(disclosures, hashes);
  const shown = {
    id: typeof payload.jti === "string" ? payload.jti : form("jti"),
    title: text(payload.name, "name"),
    from: second(payload.iat, "iat"),
    until: payload.exp === undefined ? null : second(payload.exp, "exp"),
    claims: [...values].filter(([name]) => !name.startsWith(FACT)),
    facts: [...values].filter(([name]) => name.startsWith(FACT)).map(([name, value]) => stated(name, value)),
    hidden: hashes.size > values.size,
  };
  return { shown, issuer, fault: await faultOf(payload, shown, issuer, trust, now) };
}

async function signedPayload(jwt, trust) {
  const parts = jwt.split(".");
  if (parts.length !== 3) form("JWT");
  const [header, payload] = parts.slice(0, 2).map((part) => parsed(plainly(part)));
  if (header.typ !== "dc+sd-jwt" || header.alg !== "EdDSA" || "crit" in header) throw new Refused("proof_form");
  const found = findKey(trust, "credential", header.kid);
  if (found === null || found.issuer.url !== payload.iss) throw new Refused("foreign_issuer", { name: String(payload.iss).slice(0, 200) });
  const key = await ed25519(found.key.value);
  const held = await crypto.subtle.verify("Ed25519", key, plainly(parts[2]), utf8(`${parts[0]}.${parts[1]}`));
  if (!held) throw new Refused("credential_altered");
  if (!covers(found.key, second(payload.iat, "iat"))) throw new Refused("key_period");
  return { payload, issuer: found.issuer };
}

function hashesOf(payload) {
  const listed = payload._sd;
  if (payload._sd_alg !== "sha-256" || !Array.isArray(listed)) form("_sd");
  const hashes = new Set(listed.filter((one) => typeof one === "string"));
  if (hashes.size !== listed.length || listed.length > MOST_DISCLOSURES) form("_sd");
  return hashes;
}

// Every disclosure must be among the hashes, and no name twice (section 7.1, steps 3 to 5).
async function opened(disclosures, hashes) {
  const read = disclosures.map(disclosureOf);
  for (const one of disclosures) {
    if (!hashes.has(toBase64Url(await sha256(utf8(one))))) throw new Refused("credential_altered");
  }
  const values = new Map(read);
  if (values.size !== disclosures.length) form("disclosure");
  return values;
}

// An array of salt, name and value.
function disclosureOf(part) {
  let found;
  try {
    found = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(plainly(part)));
  } catch (error) {
    if (error instanceof Refused) throw error;
    form("disclosure");
  }
  const fits = Array.isArray(found) && found.length === 3 && typeof found[0] === "string" && typeof found[1] === "string";
  if (!fits || found[1] === "_sd" || found[1] === "...") form("disclosure");
  return [found[1], found[2]];
}

function stated(name, value) {
  const id = name.slice(FACT.length);
  const { title, value: said } = isObject(value) ? value : {};
  return { title: text(title, id), value: text(said, id) };
}

function second(value, what) {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 36) form(what);
  return value * 1000;
}

const toBase64Url = (bytes) => btoa(latin1(bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

// URL-safe base64 without padding, in its one spelling.
function plainly(part) {
  let bytes = null;
  try {
    bytes = fromBase64Url(part);
  } catch {
    // told below
  }
  if (bytes === null || toBase64Url(bytes) !== part) form("base64url");
  return bytes;
}
