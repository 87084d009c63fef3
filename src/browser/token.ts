// Reading a signed token from the text of a QR code, and writing one at a desk. The bytes are laid down in docs/token-format.md.

import { fromNine } from "./number";

export interface Holder {
  birth_year: number;
  id_type: string;
  id_end: string;
}

export interface Claims {
  number: string;
  revision: number;
  slot: number;
  serial: number;
  centre: number;
  /** UTC seconds. */
  starts: number;
  minutes: number;
  dose: number;
  /** UTC seconds. */
  issued: number;
  holder: Holder | null;
}

export interface Slip {
  kid: number;
  claims: Claims;
  /** What the signature covers, and the signature. */
  signed: Uint8Array<ArrayBuffer>;
  signature: Uint8Array<ArrayBuffer>;
}

/** The key that signs practice slips. No real key has this name. */
export const PRACTICE_KID = 0;

/** No genuine token is longer. */
const MAX_BYTES = 118;
const FIRST_YEAR = 1900;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Kinds of photo ID by their code, from 1. */
export const ID_TYPES = [
  "aadhaar",
  "voter_id",
  "passport",
  "driving_licence",
  "pan",
  "npr_card",
  "pension",
  "disability",
  "ration",
];

/** Takes a QR code's text apart: `foreign` for somebody else's code, `malformed` for one that we never wrote so. */
export function readSlip(text: string): Slip | "foreign" | "malformed" {
  const at = text.lastIndexOf("/T/");
  const bytes = at < 0 ? null : base32(text.slice(at + 3));
  if (!bytes) return "foreign";
  if (bytes.length > MAX_BYTES) return "malformed";
  try {
    return parse(bytes);
  } catch {
    return "malformed";
  }
}

/** Canonical base32 without padding; `null` for anything else. */
function base32(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let buffer = 0;
  let bits = 0;
  let length = 0;
  for (const letter of text) {
    const value = LETTERS.indexOf(letter);
    if (value < 0) return null;
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (buffer >> bits) & 0xff;
    }
  }
  const leftOver = buffer & ((1 << bits) - 1);
  return leftOver !== 0 || bits >= 5 ? null : bytes;
}

/** Reads deterministic CBOR and nothing else: a longer spelling of a number than needed is an error. */
class Reader {
  private at = 0;
  constructor(private readonly bytes: Uint8Array<ArrayBuffer>) {}

  get rest(): number {
    return this.bytes.length - this.at;
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Error("cut short");
    return byte;
  }

  /** The argument of an item that must be of a major type. */
  head(major: number): number {
    const first = this.byte();
    if (first >> 5 !== major) throw new Error("another kind of item");
    const short = first & 31;
    if (short < 24) return short;
    if (short > 26) throw new Error("too large");
    const width = 1 << (short - 24);
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + this.byte();
    if (value < (width === 1 ? 24 : 256 ** (width / 2))) throw new Error("not the shortest form");
    return value;
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    if (this.rest < length) throw new Error("cut short");
    return this.bytes.slice(this.at, (this.at += length));
  }

  expect(...bytes: number[]): void {
    for (const byte of bytes) if (this.byte() !== byte) throw new Error("another structure");
  }
}

function parse(bytes: Uint8Array<ArrayBuffer>): Slip {
  const reader = new Reader(bytes);
  reader.expect(0xd2, 0x84);
  const protectedHeader = reader.take(reader.head(2));
  const kid = readHeader(new Reader(protectedHeader));
  reader.expect(0xa0);
  const payload = reader.take(reader.head(2));
  const claims = readClaims(new Reader(payload));
  const signature = reader.take(reader.head(2));
  if (signature.length !== 64 || reader.rest !== 0) throw new Error("another structure");
  return { kid, claims, signed: sigStructure(protectedHeader, payload), signature };
}

/** `{1: -7, 4: kid}` */
function readHeader(reader: Reader): number {
  reader.expect(0xa2, 0x01, 0x26, 0x04);
  const kid = reader.take(reader.head(2));
  if (reader.rest !== 0 || kid.length < 1 || kid.length > 2 || (kid.length === 2 && kid[0] === 0)) throw new Error("bad kid");
  return kid.reduce((value, byte) => value * 256 + byte, 0);
}

function readClaims(reader: Reader): Claims {
  const items = reader.head(4);
  if (items !== 9 && items !== 12) throw new Error("another structure");
  const int = (least: number, most: number): number => {
    const value = reader.head(0);
    if (value < least || value > most) throw new Error("out of range");
    return value;
  };
  const claims: Claims = {
    number: fromNine(int(0, 999_999_999)),
    revision: int(1, 255),
    slot: int(1, 0xffffffff),
    serial: int(1, 65_535),
    centre: int(1, 65_535),
    starts: int(0, 0xffffffff) * 60,
    minutes: int(1, 255),
    dose: int(1, 9),
    issued: int(0, 0xffffffff),
    holder: null,
  };
  if (items === 12) {
    const birth_year = int(0, 255) + FIRST_YEAR;
    const id_type = ID_TYPES[int(1, ID_TYPES.length) - 1] ?? "";
    const id_end = new TextDecoder().decode(reader.take(reader.head(3)));
    if (!/^[0-9A-Z]{4}$/.test(id_end)) throw new Error("bad end of an ID");
    claims.holder = { birth_year, id_type, id_end };
  }
  if (reader.rest !== 0) throw new Error("more than a token");
  return claims;
}

/** The Sig_structure of RFC 9052: `["Signature1", protected, h'', payload]`. */
function sigStructure(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const context = new TextEncoder().encode("Signature1");
  return new Uint8Array([
    0x84,
    ...head(3, context.length),
    ...context,
    ...head(2, protectedHeader.length),
    ...protectedHeader,
    ...head(2, 0),
    ...head(2, payload.length),
    ...payload,
  ]);
}

/** A public key from its uncompressed point in base64url. */
export async function importKey(point: string): Promise<CryptoKey> {
  const bytes = Uint8Array.from(atob(point.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return crypto.subtle.importKey("raw", bytes, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
}

/** Whether the holder of the key signed exactly this. */
export function verify(slip: Slip, key: CryptoKey): Promise<boolean> {
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, slip.signature, slip.signed);
}

/** What is signed at a desk, with its protected header. */
export function toSign(
  kid: number,
  claims: Claims,
): { header: Uint8Array; payload: Uint8Array; signed: Uint8Array<ArrayBuffer> } {
  const name = kid < 256 ? [kid] : [kid >> 8, kid & 0xff];
  const header = new Uint8Array([0xa2, 0x01, 0x26, 0x04, ...head(2, name.length), ...name]);
  const payload = writeClaims(claims);
  return { header, payload, signed: sigStructure(header, payload) };
}

/** The whole token: a tagged COSE_Sign1. */
export function envelope(header: Uint8Array, payload: Uint8Array, signature: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = (bytes: Uint8Array) => [...head(2, bytes.length), ...bytes];
  return new Uint8Array([0xd2, 0x84, ...text(header), 0xa0, ...text(payload), ...text(signature)]);
}

/** The text of the QR code. */
export function qrText(address: string, cose: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of cose) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += LETTERS[(buffer >> (bits - 5)) & 31];
  }
  if (bits > 0) text += LETTERS[(buffer << (5 - bits)) & 31];
  return `${address.toUpperCase()}/T/${text}`;
}

function writeClaims(claims: Claims): Uint8Array {
  const { number, revision, slot, serial, centre, starts, minutes, dose, issued, holder } = claims;
  const numbers = [Number(number.slice(0, 9)), revision, slot, serial, centre, starts / 60, minutes, dose, issued];
  if (!holder) return new Uint8Array([...head(4, 9), ...numbers.flatMap((value) => head(0, value))]);
  numbers.push(holder.birth_year - FIRST_YEAR, ID_TYPES.indexOf(holder.id_type) + 1);
  const end = new TextEncoder().encode(holder.id_end);
  return new Uint8Array([...head(4, 12), ...numbers.flatMap((value) => head(0, value)), ...head(3, end.length), ...end]);
}

/** The head of a CBOR item in its shortest form. */
function head(major: number, value: number): number[] {
  const first = major << 5;
  if (value < 24) return [first | value];
  if (value < 256) return [first | 24, value];
  if (value < 65_536) return [first | 25, value >> 8, value & 0xff];
  return [first | 26, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
