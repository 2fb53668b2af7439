// The trust snapshot: issuers' keys and status lists, signed by the institution.
import { Refused, fromBase64, fromBase64Url, inflated, latin1 } from "./bytes.js";
import { checkProof, isObject } from "./proofs.js";

const PLACES = 131072;
const STATES = ["valid", "revoked", "replaced", "suspended"];
const MINUTE = 60_000;
const TEST_NAME = "Parchemin TEST authority - not for production";

// Raises snapshot_forged unless `method` (a did:key) signed the snapshot.
export async function checkSnapshot(snapshot, method) {
  try {
    const signer = await checkProof(snapshot, (named) => named.slice("did:key:".length).split("#")[0]);
    if (signer !== method || snapshot.version !== 1) throw new Refused("snapshot_forged");
  } catch {
    throw new Refused("snapshot_forged");
  }
}

// The key of that kind and name, and whose it is; null if nobody's.
export function findKey(trust, kind, name) {
  for (const issuer of trust.issuers) {
    for (const key of issuer.keys) {
      if (key.kind === kind && key.name === name) return { issuer, key };
    }
  }
  return null;
}

// Whether a key was in use at a moment (ms); a minute's difference of clocks is allowed.
export function covers(key, moment) {
  const until = key.until === null ? Infinity : Date.parse(key.until) + MINUTE;
  return Date.parse(key.since) - MINUTE <= moment && moment <= until;
}

// Whether what the issuer sealed then is certified by the test authority alone: its name says so.
export function sealedForTests(issuer, moment) {
  const seals = issuer.keys.filter((key) => key.kind === "seal" && covers(key, moment));
  if (seals.length === 0) return false;
  const newest = seals.reduce((a, b) => (Date.parse(b.since) >= Date.parse(a.since) ? b : a));
  return latin1(fromBase64(newest.value)).includes(TEST_NAME);
}

// State of a place by its issuer's lists; raises no_status if they cannot tell.
export async function stateOf(trust, issuer, entry) {
  const url = String(entry?.statusListCredential);
  const index = String(entry?.statusListIndex);
  const fits = isObject(entry) && entry.type === "BitstringStatusListEntry" && url.endsWith("/revocation");
  if (!fits || !/^[0-9]{1,9}$/.test(index)) throw new Refused("no_status");
  const base = url.slice(0, -"/revocation".length);
  const messages = await readList(trust, issuer, `${base}/message`, "message", 2, Number(index));
  if (messages !== null) return STATES[messages];
  const revoked = await readList(trust, issuer, url, "revocation", 1, Number(index));
  if (revoked === null) throw new Refused("no_status");
  if (revoked) return "revoked";
  const suspended = await readList(trust, issuer, `${base}/suspension`, "suspension", 1, Number(index));
  return suspended ? "suspended" : "valid";
}

async function readList(trust, issuer, url, purpose, width, index) {
  if (!Object.hasOwn(trust.statusLists, url)) return null;
  const list = trust.statusLists[url];
  await checkProof(list, (method) => {
    const found = findKey(trust, "credential", method);
    if (found?.issuer !== issuer) throw new Refused("no_status");
    return found.key.value;
  });
  const subject = list.credentialSubject;
  if (subject?.statusPurpose !== purpose) throw new Refused("no_status");
  const bits = await decoded(String(subject.encodedList));
  const at = index * width;
  if (bits.length * 8 < PLACES * width || at >= bits.length * 8) throw new Refused("no_status");
  return (bits[at >> 3] >> (8 - width - (at % 8))) & ((1 << width) - 1);
}

async function decoded(text) {
  if (!text.startsWith("u")) throw new Refused("no_status");
  try {
    return await inflated(fromBase64Url(text.slice(1)), "gzip", 1024 * 1024);
  } catch {
    throw new Refused("no_status");
  }
}
