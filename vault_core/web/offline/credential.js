// A credential: its form, its proof, its dates and its status.
import { Refused, fromUtf8, hex, sha256, utf8 } from "./bytes.js";
import { canonical, checkProof, isObject } from "./proofs.js";
import { covers, findKey, stateOf } from "./trust.js";

const CONTEXTS = [
  "https://www.w3.org/ns/credentials/v2",
  "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
];
const URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const CLOCKS = 5 * 60_000;
const ENDED = { revoked: "revoked", replaced: "replaced", suspended: "suspended" };

// What a credential says, if it is genuine; `fault` is null only if it also holds now.
export async function checkCredential(bytes, trust, now) {
  const document = parsed(bytes);
  const claims = await readClaims(document);
  const issuer = await checkIssuer(document, claims, trust);
  return { claims, issuer, fault: await faultOf(document, claims, issuer, trust, now) };
}

// Issued credentials are canonical; any other spelling could hide a name that stands twice.
export function parsed(bytes) {
  try {
    const text = fromUtf8(bytes);
    const document = JSON.parse(text);
    if (isObject(document) && canonical(document) === text) return document;
  } catch {
    // told below
  }
  throw new Refused("credential_form", { what: "JSON" });
}

async function readClaims(document) {
  const contexts = array(document["@context"], "@context");
  if (canonical(contexts.slice(0, 2)) !== canonical(CONTEXTS)) form("@context");
  const types = array(document.type, "type");
  if (!types.includes("VerifiableCredential") || !types.includes("OpenBadgeCredential")) form("type");
  if (!URN.test(string(document.id, "id"))) form("id");
  const evidence = array(document.evidence, "evidence");
  if (evidence.length !== 1) form("evidence");
  const record = object(object(evidence[0], "evidence").record, "record");
  const hash = hex(await sha256(utf8(canonical(record))));
  if (hash !== evidence[0].recordHash) throw new Refused("record_hash");
  if (record.certificate !== document.id) throw new Refused("mismatch");
  return {
    id: document.id,
    hash,
    issuer: string(object(document.issuer, "issuer").id, "issuer"),
    title: text(document.name, "name"),
    record,
    subject: object(record.subject, "subject"),
    facts: facts(object(document.credentialSubject, "credentialSubject")),
    from: moment(document.validFrom, "validFrom"),
    until: document.validUntil === undefined ? null : moment(document.validUntil, "validUntil"),
    proved: moment(object(document.proof, "proof").created, "created"),
  };
}

async function checkIssuer(document, claims, trust) {
  let found = null;
  await checkProof(document, (method) => {
    found = findKey(trust, "credential", method);
    if (found === null || found.issuer.url !== claims.issuer) throw new Refused("foreign_issuer", { name: claims.issuer });
    return found.key.value;
  });
  if (!covers(found.key, claims.proved) || !covers(found.key, claims.from)) throw new Refused("key_period");
  if (claims.record.issuer !== found.issuer.id) throw new Refused("mismatch");
  return found.issuer;
}

// Why a genuine credential does not hold now: a Refused, or null.
export async function faultOf(document, claims, issuer, trust, now) {
  const day = (at) => new Date(at).toISOString().slice(0, 10);
  if (now + CLOCKS < claims.from) return new Refused("not_yet", { date: day(claims.from) });
  if (claims.until !== null && claims.until < now) return new Refused("expired", { date: day(claims.until) });
  try {
    const state = await stateOf(trust, issuer, document.credentialStatus);
    return state === "valid" ? null : new Refused(ENDED[state]);
  } catch (error) {
    return error instanceof Refused ? error : new Refused("no_status");
  }
}

function facts(subject) {
  const achievement = object(subject.achievement, "achievement");
  const described = array(achievement.resultDescription ?? [], "resultDescription");
  const titles = new Map(described.map((item) => [object(item, "resultDescription").id, text(item.name, "resultDescription")]));
  return array(subject.result ?? [], "result").map((item) => {
    const title = titles.get(object(item, "result").resultDescription);
    if (title === undefined) form("result");
    return { title, value: text(item.value, "result") };
  });
}

export function form(what) {
  throw new Refused("credential_form", { what });
}

const object = (value, what) => (isObject(value) ? value : form(what));
const array = (value, what) => (Array.isArray(value) ? value : form(what));
const string = (value, what) => (typeof value === "string" ? value : form(what));
export const text = (value, what) => ({ fr: string(object(value, what).fr, what), en: string(value.en, what) });

function moment(value, what) {
  const at = MOMENT.test(string(value, what)) ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? form(what) : at;
}
