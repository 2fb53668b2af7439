// The French 2D-Doc (header DC04): its signature, and the fields of a diploma.
import { Refused, fromBase32, fromBase64, utf8 } from "./bytes.js";
import { findKey } from "./trust.js";

const HEADER = /^DC04([A-Z0-9]{4})([A-Z0-9]{4})[0-9A-F]{8}([A-Z0-9]{2})[A-Z0-9]{2}[A-Z]{2}/;
const CURVE = { name: "ECDSA", namedCurve: "P-256" };

// Scanners and clipboards write the separators in several ways.
export const scanned = (text) => text.trim().replace(/␝|<GS>/g, "\x1d").replace(/␟|<US>/g, "\x1f");

// `longest` maps field ids to their longest length.
export async function checkTwoDDoc(text, trust, longest) {
  const [signed, tail, ...more] = text.split("\x1f");
  const header = HEADER.exec(signed);
  if (header === null || more.length > 0 || text.length > 1500) throw new Refused("twoddoc_form", { what: "DC04" });
  if (!/^[A-Z2-7]{102}[AIQY]$/.test(tail ?? "")) throw new Refused("twoddoc_form", { what: "signature" });
  const name = header[1] + header[2];
  const found = findKey(trust, "twoddoc", name);
  if (found === null) throw new Refused("twoddoc_foreign", { name });
  const key = await crypto.subtle.importKey("spki", fromBase64(found.key.value), CURVE, false, ["verify"]);
  const signature = fromBase32(tail);
  if (!(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, utf8(signed)))) {
    throw new Refused("twoddoc_altered");
  }
  return { issuer: found.issuer, fields: header[3] === "B0" ? fieldsOf(signed.slice(26), longest) : {} };
}

function fieldsOf(body, longest) {
  const fields = {};
  for (let rest = body; rest !== ""; ) {
    const name = rest.slice(0, 2);
    if (!Object.hasOwn(longest, name) || Object.hasOwn(fields, name)) throw new Refused("twoddoc_form", { what: name });
    const most = rest.slice(2, 2 + longest[name]);
    const value = most.split("\x1d")[0];
    fields[name] = value;
    rest = rest.slice(2 + value.length + (rest[2 + value.length] === "\x1d" ? 1 : 0));
  }
  return fields;
}
