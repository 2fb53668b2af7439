// The CMS of a seal: DER that there is one way to write (see vault_core/issuing/seals/cms.py).
import { Refused, fromHex, joined, same, sha256 } from "./bytes.js";
import { Reader, certificateFields, raw, tlv } from "./der.js";
import { checkToken } from "./stamp.js";

const DATA = fromHex("06092a864886f70d010701");
const SIGNED_DATA = fromHex("06092a864886f70d010702");
const CONTENT_TYPE = fromHex("06092a864886f70d010903");
const MESSAGE_DIGEST = fromHex("06092a864886f70d010904");
const SIGNING_CERTIFICATE = fromHex("060b2a864886f70d010910022f");
const SIGNATURE_TIME_STAMP = fromHex("060b2a864886f70d010910020e");
const SHA256 = fromHex("300b0609608648016503040201");
const ECDSA_SHA256 = fromHex("300a06082a8648ce3d040302");
const VERSION = fromHex("020101");
const EC = { name: "ECDSA", namedCurve: "P-256" };

// The signer's certificate (DER), once its key signed `digest`, and the timestamp on it or null.
export async function checkCms(der, digest) {
  const signed = parse(der);
  const certificate = signed.chain[0];
  const attributes = await attributesFor(signed.digest, certificate);
  if (!same(attributes, signed.attributes) || !same(await written(signed), der)) throw new Refused("seal_form");
  if (!same(signed.digest, digest)) throw new Refused("altered");
  const stamp = signed.token === null ? null : await checkToken(signed.token, await sha256(signed.signature));
  const key = await publicKey(certificate);
  const verified = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, raw(signed.signature, 32), tlv(0x31, attributes));
  if (!verified) throw new Refused("seal_forged");
  return { certificate, stamp };
}

function parse(der) {
  const content = new Reader(new Reader(der).one(0x30));
  content.skip(SIGNED_DATA);
  const body = new Reader(new Reader(content.one(0xa0)).one(0x30));
  body.skip(joined(VERSION, tlv(0x31, SHA256), tlv(0x30, DATA)));
  const certificates = new Reader(body.one(0xa0));
  const chain = [];
  while (!certificates.ended) chain.push(tlv(0x30, certificates.one(0x30)));
  const signer = new Reader(new Reader(body.one(0x31)).one(0x30));
  signer.skip(VERSION);
  signer.one(0x30);
  signer.skip(SHA256);
  const attributes = signer.one(0xa0);
  signer.skip(ECDSA_SHA256);
  if (chain.length === 0) throw new Refused("seal_form");
  const signature = signer.one(0x04);
  const token = signer.ended ? null : tokenIn(signer.one(0xa1));
  return { chain, attributes, digest: digestIn(attributes), signature, token };
}

// The timestamp on the signature, the one unsigned attribute there may be.
function tokenIn(attributes) {
  const attribute = new Reader(new Reader(attributes).one(0x30));
  attribute.skip(SIGNATURE_TIME_STAMP);
  return tlv(0x30, new Reader(attribute.one(0x31)).one(0x30));
}

function digestIn(attributes) {
  const reader = new Reader(attributes);
  reader.one(0x30);
  const attribute = new Reader(reader.one(0x30));
  attribute.skip(MESSAGE_DIGEST);
  return new Reader(attribute.one(0x31)).one(0x04);
}

async function attributesFor(digest, certificate) {
  const reference = tlv(0x04, await sha256(certificate));
  const essence = tlv(0x30, tlv(0x30, tlv(0x30, reference)));
  return joined(
    tlv(0x30, joined(CONTENT_TYPE, tlv(0x31, DATA))),
    tlv(0x30, joined(MESSAGE_DIGEST, tlv(0x31, tlv(0x04, digest)))),
    tlv(0x30, joined(SIGNING_CERTIFICATE, tlv(0x31, essence))),
  );
}

async function written({ chain, attributes, signature, token }) {
  const fields = certificateFields(chain[0]);
  const serial = tlv(0x30, joined(tlv(0x30, fields.issuer), tlv(0x02, fields.serial)));
  const signer = tlv(0x30, joined(VERSION, serial, SHA256, tlv(0xa0, attributes), ECDSA_SHA256, tlv(0x04, signature), stamped(token)));
  const body = joined(VERSION, tlv(0x31, SHA256), tlv(0x30, DATA), tlv(0xa0, joined(...chain)), tlv(0x31, signer));
  return tlv(0x30, joined(SIGNED_DATA, tlv(0xa0, tlv(0x30, body))));
}

function stamped(token) {
  return token === null ? new Uint8Array() : tlv(0xa1, tlv(0x30, joined(SIGNATURE_TIME_STAMP, tlv(0x31, token))));
}

async function publicKey(certificate) {
  try {
    return await crypto.subtle.importKey("spki", certificateFields(certificate).key, EC, false, ["verify"]);
  } catch {
    throw new Refused("seal_form");
  }
}
