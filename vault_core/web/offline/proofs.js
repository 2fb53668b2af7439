// Data Integrity proofs with eddsa-jcs-2022 (W3C vc-di-eddsa, section 3.3).
import { Refused, fromBase58, joined, sha256, utf8 } from "./bytes.js";

// RFC 8785: JavaScript's own spelling of numbers and strings, and the order of its code units.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const hashed = (value) => sha256(utf8(canonical(value)));

// Verify the proof of a document; `keyOf` gives the Multikey of a method, or throws.
export async function checkProof(document, keyOf) {
  const { proof, ...unsecured } = document;
  if (!isObject(proof)) throw new Refused("proof_form");
  const { proofValue, ...options } = proof;
  const kind = [options.type, options.cryptosuite, options.proofPurpose];
  if (canonical(kind) !== '["DataIntegrityProof","eddsa-jcs-2022","assertionMethod"]') throw new Refused("proof_form");
  if (typeof options.verificationMethod !== "string") throw new Refused("proof_form");
  if ("@context" in options) {
    if (!startsWith(document["@context"], options["@context"])) throw new Refused("proof_form");
    unsecured["@context"] = options["@context"];
  }
  const signature = multibase(proofValue);
  if (signature.length !== 64) throw new Refused("proof_form");
  const key = await ed25519(keyOf(options.verificationMethod));
  const signed = joined(await hashed(options), await hashed(unsecured));
  if (!(await crypto.subtle.verify("Ed25519", key, signature, signed))) throw new Refused("credential_altered");
  return options.verificationMethod;
}

function startsWith(contexts, start) {
  const whole = Array.isArray(contexts) ? contexts : [contexts];
  const first = Array.isArray(start) ? start : [start];
  return canonical(whole.slice(0, first.length)) === canonical(first);
}

function multibase(text) {
  if (typeof text !== "string" || !text.startsWith("z")) throw new Refused("proof_form");
  return fromBase58(text.slice(1));
}

// An Ed25519 Multikey: 0xed 0x01, then 32 bytes.
export async function ed25519(multikey) {
  const bytes = multibase(multikey);
  if (bytes.length !== 34 || bytes[0] !== 0xed || bytes[1] !== 0x01) throw new Refused("proof_form");
  return crypto.subtle.importKey("raw", bytes.subarray(2), "Ed25519", false, ["verify"]);
}
