// A sealed PDF: the seal over every byte of it, and the credential inside.
//
// The seal has one form only and covers the whole file but its own digits. So whatever the file
// holds is the issuer's, and the credential may be found by looking for it.
import { Refused, fromHex, hex, inflated, joined, latin1, sha256 } from "./bytes.js";
import { withoutArchives } from "./archive.js";
import { checkCms } from "./cms.js";
import { checkCredential } from "./credential.js";
import { certificateFields } from "./der.js";
import { isKnown } from "./stamp.js";
import { covers, findKey } from "./trust.js";

const SEAL = new RegExp(
  "\\n\\d+ 0 obj\\n<</Type/Sig/Filter/Adobe\\.PPKLite/SubFilter/ETSI\\.CAdES\\.detached" +
    "/M\\(D:(\\d{14})Z\\)/Name<[0-9a-f]*>/Reason\\(([ !-'*-\\[\\]-~]*)\\)" +
    "/ByteRange\\[0 (\\d{10}) (\\d{10}) (\\d{10})\\]/Contents<([0-9a-f]*)>>>\\nendobj\\n",
);
const REASON = /^Parchemin (urn:uuid:[0-9a-f-]{36}) sha256:([0-9a-f]{64})$/;
const FILE = /\n\d+ 0 obj\n<<\/Length (\d+)\/Type\/EmbeddedFile([^\n]*)>>\nstream\n/g;

// `largest` is how many bytes a PDF may have.
export async function checkPdf(bytes, trust, now, largest) {
  if (latin1(bytes.subarray(0, 5)) !== "%PDF-") throw new Refused("not_a_pdf");
  if (bytes.length > largest) throw new Refused("too_large", { limit: largest / 2 ** 20 });
  let text = latin1(bytes);
  if (!text.endsWith("%%EOF\n")) throw new Refused("cut");
  ({ bytes, text } = await withoutArchives(bytes, text));
  const seal = await checkSeal(bytes, text);
  const found = findKey(trust, "seal", hex(await sha256(seal.certificate)));
  if (found === null) throw new Refused("foreign_seal", { name: nameOf(seal.certificate) });
  if (!covers(found.key, seal.at)) throw new Refused("seal_period");
  const result = await checkCredential(await attached(bytes, text), trust, now);
  if (result.issuer.id !== found.issuer.id) throw new Refused("mismatch");
  const named = REASON.exec(seal.reason);
  if (named?.[1] !== result.claims.id) throw new Refused("mismatch");
  if (named[2] !== result.claims.hash) throw new Refused("mismatch");
  return { ...result, sealedAt: seal.at, dated: seal.stamp && (await datedBy(seal.stamp, trust)) };
}

async function datedBy(stamp, trust) {
  return { at: stamp.at, name: nameOf(certificateFields(stamp.certificate).subject), known: await isKnown(stamp, trust.timestampRoots) };
}

async function checkSeal(bytes, text) {
  const seals = text.split("/ByteRange[").length - 1;
  if (seals === 0) throw new Refused("no_seal");
  if (seals > 1) throw new Refused("many_seals");
  const match = SEAL.exec(text);
  if (match === null) throw new Refused("seal_form");
  const [start, end, rest] = match.slice(3, 6).map(Number);
  if (end + rest < bytes.length) throw new Refused("added");
  if (end + rest > bytes.length) throw new Refused("cut");
  const opened = match.index + match[0].length - match[6].length - ">>>\nendobj\n".length - 1;
  if (start !== opened || end !== opened + match[6].length + 2) throw new Refused("not_covered");
  const contents = fromHex(match[6]);
  const length = derLength(contents);
  if (contents.subarray(length).some((byte) => byte !== 0)) throw new Refused("not_covered");
  const digest = await sha256(joined(bytes.subarray(0, start), bytes.subarray(end)));
  const { certificate, stamp } = await checkCms(contents.subarray(0, length), digest);
  return { certificate, stamp, at: momentOf(match[1]), reason: match[2] };
}

function derLength(data) {
  const size = data[1] & 127;
  if (data[0] !== 0x30 || (data[1] !== 0x82 && data[1] !== 0x83)) throw new Refused("seal_form");
  return data.subarray(2, 2 + size).reduce((sum, byte) => sum * 256 + byte, 0) + 2 + size;
}

function momentOf(digits) {
  const at = Date.parse(digits.replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6Z"));
  if (Number.isNaN(at)) throw new Refused("seal_form");
  return at;
}

// The only embedded file that is JSON.
async function attached(bytes, text) {
  const found = [];
  for (const match of text.matchAll(FILE)) {
    if (!match[2].includes("/Subtype/application#2Fjson")) continue;
    const start = match.index + match[0].length;
    const data = bytes.subarray(start, start + Number(match[1]));
    found.push(match[2].includes("/Filter/FlateDecode") ? await unpacked(data) : data);
  }
  if (found.length !== 1) throw new Refused("no_credential");
  return found[0];
}

async function unpacked(data) {
  try {
    return await inflated(data, "deflate", 1024 * 1024);
  } catch {
    throw new Refused("damaged");
  }
}

// What a stranger's certificate calls its owner, for the sentence that it is not known.
function nameOf(certificate) {
  const names = [...latin1(certificate).matchAll(/\x06\x03U\x04\x03[\x0c\x13]([\x01-\x7f])/g)];
  const last = names.at(-1);
  if (last === undefined) return "?";
  const start = last.index + last[0].length;
  return new TextDecoder().decode(certificate.subarray(start, start + last[1].charCodeAt(0)));
}
