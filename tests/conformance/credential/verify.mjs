// Verifies credentials with Digital Bazaar's libraries: {credential, documents, now} on
// standard input, {verified, error, status} on standard output. No network: documents are handed in.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {decodeList} from '@digitalcredentials/vc-bitstring-status-list';
import {readFileSync} from 'node:fs';

const {credential, documents, now} = JSON.parse(readFileSync(0, 'utf8'));

async function documentLoader(url) {
  const [base] = url.split('#');
  const found = documents[base] ?? (await vc.defaultDocumentLoader(url)).document;
  return {contextUrl: null, documentUrl: url, document: part(found, url)};
}

// The libraries know Multikey's context and the older security context, not yet cid/v1.
function part(document, url) {
  const method = document.verificationMethod?.find(({id}) => id === url);
  if(method) {
    return {'@context': 'https://w3id.org/security/multikey/v1', ...method};
  }
  const {id, assertionMethod} = document;
  return assertionMethod ?
    {'@context': 'https://w3id.org/security/v2', id, assertionMethod} : document;
}

const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});

async function verified(document) {
  const checkStatus = async () => ({verified: true});
  const result = await vc.verifyCredential(
    {credential: document, suite, documentLoader, checkStatus, now});
  const errors = result.error?.errors ?? (result.error ? [result.error] : []);
  return {verified: result.verified, errors: errors.map(error => error.message)};
}

const result = await verified(credential);
const entry = credential.credentialStatus;
if(entry) {
  const list = documents[entry.statusListCredential];
  const {verified: listVerified} = await verified(list);
  const bits = await decodeList({encodedList: list.credentialSubject.encodedList});
  result.status = {listVerified, set: bits.getStatus(Number(entry.statusListIndex))};
}
console.log(JSON.stringify(result));
