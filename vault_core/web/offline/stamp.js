// Timestamp tokens (RFC 3161): who signed one, and that every byte is as they wrote it.
//
// A token is held to the certificate inside it, and its other certificates to those above. Whether
// its authority is known is told beside the verdict (see dating.py).
import { Refused, fromBase64, fromHex, hex, joined, latin1, same, utf8 } from "./bytes.js";
import { Reader, certificateFields, signedBy, tlv } from "./der.js";

const TOKEN = fromHex("06092a864886f70d010702");
const TST_INFO = fromHex("060b2a864886f70d0109100104");
const DIGEST = fromHex("06092a864886f70d010904");
const NAMING = [fromHex("060b2a864886f70d010910022f"), fromHex("060b2a864886f70d010910020c")];
const NAMED_BY = ["SHA-256", "SHA-1", "SHA-384", "SHA-512"];
const HASHES = { "608648016503040201": "SHA-256", "608648016503040202": "SHA-384", "608648016503040203": "SHA-512" };
const SIGNATURES = {
  "2a864886f70d010101": null, // RSA, with the digest that is named beside it
  "2a864886f70d01010b": "SHA-256", "2a864886f70d01010c": "SHA-384", "2a864886f70d01010d": "SHA-512",
  "2a8648ce3d040302": "SHA-256", "2a8648ce3d040303": "SHA-384", "2a8648ce3d040304": "SHA-512",
};

const TIMING_ONLY = "0603551d250101ff040c300a06082b06010505070308"; // extKeyUsage, critical
const LONGEST_CHAIN = 6;

// The token's time and its authority. Raises stamp_altered, and stamp if the token is about anything else than `digest` (a SHA-256).
export async function checkToken(token, digest) {
  const read = parsedToken(token);
  let certificate;
  try {
    certificate = await checkWhole(read);
  } catch {
    throw new Refused("stamp_altered");
  }
  if (!same(read.digest, digest)) throw new Refused("stamp");
  return { at: read.at, certificate, pool: read.pool };
}

// Whether a root of the snapshot is above the authority of a token (RFC 3161, section 2.3).
export async function isKnown({ at, certificate, pool }, roots) {
  const known = (roots ?? []).map(fromBase64);
  if (!hex(certificate).includes(TIMING_ONLY)) return false;
  for (let count = 0; count < LONGEST_CHAIN; count += 1) {
    const [since, until] = periodOf(certificate);
    if (!(since <= at && at <= until)) return false;
    if (known.some((root) => same(root, certificate))) return true;
    const below = certificate;
    certificate = await firstThat([...known, ...pool], async (one) => !same(one, below) && issuedBy(below, one));
    if (certificate === undefined) return false;
  }
  return false;
}

// Both ends of a certificate's time (ms); NaN for what is no time.
function periodOf(certificate) {
  const period = new Reader(certificateFields(certificate).period);
  return [0, 1].map(() => {
    if (period.comes(0x18)) return generalized(period.one(0x18));
    const digits = period.one(0x17);
    return generalized(joined(utf8(latin1(digits) < "50" ? "20" : "19"), digits));
  });
}

// GeneralizedTime, fractions left out.
function generalized(data) {
  const digits = latin1(data).replace(/(\.\d+)?Z$/, "");
  return Date.parse(digits.replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6Z"));
}

// Section 2.4.2, and RFC 5652, section 5.1.
function parsedToken(token) {
  const outer = new Reader(token);
  const content = new Reader(outer.one(0x30));
  content.skip(TOKEN);
  const body = new Reader(new Reader(content.one(0xa0)).one(0x30));
  body.skip(fromHex("020103"));
  const digests = body.one(0x31);
  const encapsulated = new Reader(body.one(0x30));
  encapsulated.skip(TST_INFO);
  const info = new Reader(encapsulated.one(0xa0)).one(0x04);
  const pool = [];
  const brought = new Reader(body.comes(0xa0) ? body.one(0xa0) : new Uint8Array());
  while (!brought.ended) pool.push(tlv(0x30, brought.one(0x30)));
  if (body.comes(0xa1)) body.one(0xa1); // revocation lists
  const signers = new Reader(body.one(0x31));
  const signer = signers.one(0x30);
  if (!outer.ended || !content.ended || !body.ended || !signers.ended) throw new Refused("seal_form");
  return { info, pool, signer, digests, ...said(info) };
}

// What the token is about, and when it was made.
function said(info) {
  const reader = new Reader(new Reader(info).one(0x30));
  reader.one(0x02);
  reader.one(0x06);
  const about = new Reader(reader.one(0x30));
  const hash = new Reader(about.one(0x30)).one(0x06);
  if (HASHES[hex(hash)] !== "SHA-256") throw new Refused("seal_form");
  const digest = about.one(0x04);
  reader.one(0x02);
  return { digest, at: generalized(reader.one(0x18)) };
}

// The certificate that signed. Throws unless the signature fits, over exactly what the token says.
async function checkWhole({ info, pool, signer, digests }) {
  const reader = new Reader(signer);
  reader.skip(fromHex("020101"));
  const name = new Reader(reader.one(0x30));
  const [issuer, serial] = [name.one(0x30), name.one(0x02)];
  const algorithm = reader.one(0x30);
  const hash = HASHES[hex(new Reader(algorithm).one(0x06))];
  const attributes = reader.one(0xa0);
  const kind = hex(new Reader(reader.one(0x30)).one(0x06));
  const signature = reader.one(0x04);
  const fits = hash !== undefined && kind in SIGNATURES && (SIGNATURES[kind] ?? hash) === hash;
  if (!fits || !reader.ended || !same(tlv(0x30, algorithm), digests)) throw new Error("signed in another way");
  const certificate = pool.find((one) => {
    const fields = certificateFields(one);
    return same(fields.issuer, issuer) && same(fields.serial, serial);
  });
  if (certificate === undefined) throw new Error("without its certificate");
  const stated = new Reader(attributeValues(attributes, DIGEST)).one(0x04);
  if (!same(stated, await digested(hash, info))) throw new Error("another text was signed");
  if (!(await signedBy(certificateFields(certificate).key, hash, signature, tlv(0x31, attributes)))) throw new Error("forged");
  const named = hex(attributeValues(attributes, NAMING[0])) + hex(attributeValues(attributes, NAMING[1]));
  const names = await Promise.all(NAMED_BY.map((one) => digested(one, certificate)));
  if (!names.some((one) => named.includes(hex(one)))) throw new Error("names another certificate");
  await checkAbove(certificate, pool.filter((one) => !same(one, certificate)));
  return certificate;
}

// Throws unless the other certificates lead up from the signer's, the uppermost one unaltered.
async function checkAbove(certificate, rest) {
  while (rest.length > 0) {
    const above = await firstThat(rest, (one) => issuedBy(certificate, one));
    if (above === undefined) throw new Error("certificates that do not belong to it");
    rest = rest.filter((one) => one !== above);
    certificate = above;
  }
  if (saysRoot(certificate) && !(await issuedBy(certificate, certificate))) throw new Error("altered root");
}

// By its names or by its key identifiers: an altered one may say so in one way only.
function saysRoot(certificate) {
  const { issuer, subject } = certificateFields(certificate);
  const own = /0603551d0e04160414([0-9a-f]{40})/.exec(hex(certificate));
  const above = /0603551d23041830168014([0-9a-f]{40})/.exec(hex(certificate));
  return same(issuer, subject) || (own !== null && own[1] === above?.[1]);
}

async function issuedBy(certificate, authority) {
  const [fields, above] = [certificateFields(certificate), certificateFields(authority)];
  const hash = SIGNATURES[hex(fields.algorithm)];
  if (!same(fields.issuer, above.subject) || !hash) return false;
  return signedBy(above.key, hash, fields.signature, fields.signed);
}

async function firstThat(items, holds) {
  for (const item of items) {
    if (await holds(item)) return item;
  }
  return undefined;
}

// The values of a signed attribute; nothing if it is not there.
function attributeValues(attributes, kind) {
  const reader = new Reader(attributes);
  while (!reader.ended) {
    const attribute = reader.one(0x30);
    if (!same(attribute.subarray(0, kind.length), kind)) continue;
    const inner = new Reader(attribute);
    inner.skip(kind);
    return inner.one(0x31);
  }
  return new Uint8Array();
}

const digested = async (name, data) => new Uint8Array(await crypto.subtle.digest(name, data));
