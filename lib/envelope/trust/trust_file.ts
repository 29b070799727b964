/**
 * The trust file: the keys that an agent trusts, in the style of OpenSSH's `authorized_keys`. A
 * line is a key with its restrictions in front: `commands="uptime",no-shell nanoexec-ed25519
 * AAAB... monitoring`. Empty lines and lines that begin with `#` are ignored.
 *
 * One error refuses the whole file, because a skipped line could be the one that forbids. Also the
 * list of revoked keys. Owner and mode of the files are the agent's business.
 * @module
 */

import { EnvelopeError, TrustError } from "../errors.ts";
import { parsePublicKey, PUBLIC_KEY_TAG, type PublicKey } from "../keys/public_key.ts";
import type { TrustFileReader } from "./hub_rights.ts";
import { type KeyRestrictions, NO_RESTRICTIONS, parseKeyRestrictions } from "./key_restrictions.ts";

/** One trusted key and its permissions. */
export interface TrustedKey extends KeyRestrictions {
  /** The key. */
  readonly key: PublicKey;
  /** The comment of the key: a name for people, proves nothing. May be empty. */
  readonly comment: string;
  /** The line number, counted from 1. */
  readonly line: number;
}

/** The longest trust file or list of revoked keys, in characters. */
export const MAX_TRUST_FILE_LENGTH = 1_048_576;

/** The longest line, in characters. */
export const MAX_TRUST_FILE_LINE_LENGTH = 16_384;

/**
 * Parses a trust file. Returns the entries in the order of the lines, each key at most once.
 * @throws {TrustError} about the first invalid line
 */
export function parseTrustFile(text: string): readonly TrustedKey[] {
  return parseEntries(text, "agent");
}

/**
 * Reads a hub's own trust file, `hub_operators`: a trust file whose options can also be rights.
 * @throws {TrustError} about the first line that is not understood
 */
export function parseHubOperators(text: string): readonly TrustedKey[] {
  return parseEntries(text, "hub");
}

function parseEntries(text: string, reader: TrustFileReader): readonly TrustedKey[] {
  const entries = new Map<string, TrustedKey>();
  for (const { content, line } of meaningfulLines(text)) {
    const entry = withLineNumber(line, () => parseEntry(content, line, reader));
    const earlier = entries.get(entry.key.keyid);
    if (earlier) throw new TrustError(line, `duplicate key, first on line ${earlier.line}`);
    entries.set(entry.key.keyid, entry);
  }
  return [...entries.values()];
}

/**
 * Parses a list of revoked keys, which override the trust file: on each line a public key line or a
 * keyid of 64 hex digits.
 * @returns the keyids
 * @throws {TrustError} about the first invalid line
 */
export function parseRevokedKeys(text: string): ReadonlySet<string> {
  const keyids = new Set<string>();
  for (const { content, line } of meaningfulLines(text)) {
    const isKeyid = /^[0-9a-f]{64}$/.test(content);
    keyids.add(isKeyid ? content : withLineNumber(line, () => parsePublicKey(content).key.keyid));
  }
  return keyids;
}

interface Line {
  /** The text without spaces at its ends; not empty. */
  readonly content: string;
  readonly line: number;
}

function* meaningfulLines(text: string): Generator<Line> {
  if (text.length > MAX_TRUST_FILE_LENGTH) {
    throw new TrustError(1, `file is longer than ${MAX_TRUST_FILE_LENGTH} characters`);
  }
  for (const [index, raw] of text.split("\n").entries()) {
    const line = index + 1;
    const problem = checkLine(raw);
    if (problem !== undefined) throw new TrustError(line, problem);
    const content = raw.trim();
    if (content !== "" && !content.startsWith("#")) yield { content, line };
  }
}

function checkLine(line: string): string | undefined {
  if (line.length > MAX_TRUST_FILE_LINE_LENGTH) {
    return `line is longer than ${MAX_TRUST_FILE_LINE_LENGTH} characters`;
  }
  if (line.endsWith("\r")) return "line ends with CR LF";
  if (/(?!\t)\p{Cc}/u.test(line)) return "line holds a control character";
  if (!line.isWellFormed()) return "line holds a lone surrogate";
  return undefined;
}

function parseEntry(content: string, line: number, reader: TrustFileReader): TrustedKey {
  const { options, rest } = content.startsWith(PUBLIC_KEY_TAG)
    ? { options: NO_RESTRICTIONS, rest: content }
    : parseKeyRestrictions(content, reader);
  return { ...options, ...parsePublicKey(rest), line };
}

/** Runs `parse`, and adds the line number to its error. */
function withLineNumber<T>(line: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    throw new TrustError(line, error.message, { cause: error });
  }
}
