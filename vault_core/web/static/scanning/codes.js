// What the codes of a certificate say: the QR code its verification address, the DataMatrix a 2D-Doc.

// The verification code in an address of any server: whoever reads it asks where they are.
export function codeIn(text) {
  const match = /(?:^|\/verify\/)([0-9A-Z]{4}-?[0-9A-Z]{4}-?[0-9A-Z]{4}-?[0-9A-Z])\/?$/i.exec(text.trim());
  return match === null ? null : match[1];
}

export const isTwoDDoc = (text) => /^DC0[1-9]/.test(text);
