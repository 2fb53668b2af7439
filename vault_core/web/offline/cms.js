// The CMS of a seal: DER that there is one way to write (see vault_core/issuing/cms.py).
import { Refused, fromHex, joined, same, sha256 } from "./bytes.js";

const DATA = fromHex("06092a864886f70d010701");
const SIGNED_DATA = fromHex("06092a864886f70d010702");
const CONTENT_TYPE = fromHex("06092a864886f70d010903");
const MESSAGE_DIGEST = fromHex("06092a864886f70d010904");
const SIGNING_CERTIFICATE = fromHex("060b2a864886f70d010910022f");
const SIGNATURE_TIME_STAMP = fromHex("060b2a864886f70d010910020e");
const TST_INFO = fromHex("060b2a864886f70d0109100104");
const SHA256 = fromHex("300b0609608648016503040201");
const ECDSA_SHA256 = fromHex("300a06082a8648ce3d040302");
const VERSION = fromHex("020101");
const EC = { name: "ECDSA", namedCurve: "P-256" };

// The signer's certificate (DER), once its key signed `digest`.
export async function checkCms(der, digest) {
  const signed = parse(der);
  const certificate = signed.chain[0];
  const attributes = await attributesFor(signed.digest, certificate);
  if (!same(attributes, signed.attributes) || !same(await written(signed), der)) throw new Refused("seal_form");
  if (!same(signed.digest, digest)) throw new Refused("altered");
  if (signed.token !== null && !same(digestInToken(signed.token), await sha256(signed.signature))) throw new Refused("stamp");
  const key = await publicKey(certificate);
  const verified = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, raw(signed.signature), tlv(0x31, attributes));
  if (!verified) throw new Refused("seal_forged");
  return certificate;
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

// What a timestamp token is about (RFC 3161, section 2.4.2): a SHA-256.
export function digestInToken(token) {
  const content = new Reader(new Reader(token).one(0x30));
  content.skip(SIGNED_DATA);
  const signed = new Reader(new Reader(content.one(0xa0)).one(0x30));
  signed.one(0x02);
  signed.one(0x31);
  const encapsulated = new Reader(signed.one(0x30));
  encapsulated.skip(TST_INFO);
  const info = new Reader(new Reader(new Reader(encapsulated.one(0xa0)).one(0x04)).one(0x30));
  info.one(0x02);
  info.one(0x06);
  const imprint = new Reader(info.one(0x30));
  imprint.one(0x30);
  return imprint.one(0x04);
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

// RFC 5280, section 4.1: version, serialNumber, signature, issuer, validity, subject, key.
function certificateFields(certificate) {
  const body = new Reader(new Reader(new Reader(certificate).one(0x30)).one(0x30));
  body.one(0xa0);
  const serial = body.one(0x02);
  body.one(0x30);
  const issuer = body.one(0x30);
  body.one(0x30);
  const subject = body.one(0x30);
  return { serial, issuer, subject, key: tlv(0x30, body.one(0x30)) };
}

async function publicKey(certificate) {
  try {
    return await crypto.subtle.importKey("spki", certificateFields(certificate).key, EC, false, ["verify"]);
  } catch {
    throw new Refused("seal_form");
  }
}

// WebCrypto wants r and s side by side, CMS has them as a DER sequence of integers.
function raw(signature) {
  const pair = new Reader(new Reader(signature).one(0x30));
  const numbers = [pair.one(0x02), pair.one(0x02)];
  if (!pair.ended || numbers.some((number) => number.length > 33)) throw new Refused("seal_form");
  return joined(...numbers.map((number) => {
    const digits = number.length === 33 ? number.subarray(1) : number;
    return joined(new Uint8Array(32 - digits.length), digits);
  }));
}

function tlv(tag, content) {
  const length = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const head = content.length < 128 ? [content.length] : [128 | length.length, ...length];
  return joined(Uint8Array.from([tag, ...head]), content);
}

class Reader {
  constructor(data) {
    this.data = data;
    this.at = 0;
  }

  get ended() {
    return this.at >= this.data.length;
  }

  one(tag) {
    const { data } = this;
    let length = data[this.at + 1];
    let start = this.at + 2;
    if (data[this.at] !== tag || length === undefined) throw new Refused("seal_form");
    if (length >= 128) {
      const size = length & 127;
      if (size < 1 || size > 3) throw new Refused("seal_form");
      length = data.subarray(start, start + size).reduce((sum, byte) => sum * 256 + byte, 0);
      start += size;
    }
    if (start + length > data.length) throw new Refused("seal_form");
    this.at = start + length;
    return data.subarray(start, this.at);
  }

  skip(expected) {
    if (!same(this.data.subarray(this.at, this.at + expected.length), expected)) throw new Refused("seal_form");
    this.at += expected.length;
  }
}
