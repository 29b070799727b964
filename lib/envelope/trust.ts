/**
 * The file that says whom an agent trusts, in the style of OpenSSH's `authorized_keys`:
 *
 *     # the operators
 *     nanoexec-ed25519 AAAA... alice
 *     commands="uptime",no-shell nanoexec-ed25519 AAAB... monitoring
 *
 * One key per line with options in front; empty lines and lines that begin with `#` say nothing.
 * One error anywhere refuses the whole file: a line that is skipped could be the one that forbids.
 * Pure: the file's owner, mode and reading are the agent's business. Imports its siblings.
 * @module
 */

import { EnvelopeError, TrustError } from "./errors.ts";
import { parsePublicKey, PUBLIC_KEY_TAG, type PublicKey } from "./public_key.ts";
import { NO_OPTIONS, parseTrustOptions, type TrustOptions } from "./trust_options.ts";

/** One trusted key and what it may do. */
export interface TrustEntry extends TrustOptions {
  /** The key. */
  readonly key: PublicKey;
  /** What stands behind the key: a name for people, proves nothing. May be empty. */
  readonly comment: string;
  /** Where the entry stands, counted from 1. */
  readonly line: number;
}

/** The longest trust file or list of revoked keys, in characters. */
export const MAX_TRUST_LENGTH = 1_048_576;

/** The longest line, in characters. */
export const MAX_TRUST_LINE_LENGTH = 16_384;

/**
 * Reads a trust file. The entries are in the order of the lines, each key at most once.
 * @throws {TrustError} about the first line that is not understood
 */
export function parseTrust(text: string): readonly TrustEntry[] {
  const entries = new Map<string, TrustEntry>();
  for (const { content, line } of meaningfulLines(text)) {
    const entry = atLine(line, () => parseEntry(content, line));
    const earlier = entries.get(entry.key.keyid);
    if (earlier) throw new TrustError(line, `the key is already on line ${earlier.line}`);
    entries.set(entry.key.keyid, entry);
  }
  return [...entries.values()];
}

/**
 * Reads a list of keys that are trusted no more, whatever the trust file says: on each line a public
 * key line or a keyid of 64 hex digits.
 * @returns the keyids
 * @throws {TrustError} about the first line that is neither
 */
export function parseRevokedKeys(text: string): ReadonlySet<string> {
  const keyids = new Set<string>();
  for (const { content, line } of meaningfulLines(text)) {
    const isKeyid = /^[0-9a-f]{64}$/.test(content);
    keyids.add(isKeyid ? content : atLine(line, () => parsePublicKey(content).key.keyid));
  }
  return keyids;
}

interface Line {
  /** Without spaces at its ends, not empty. */
  readonly content: string;
  readonly line: number;
}

function* meaningfulLines(text: string): Generator<Line> {
  if (text.length > MAX_TRUST_LENGTH) {
    throw new TrustError(1, `file is longer than ${MAX_TRUST_LENGTH} characters`);
  }
  for (const [index, raw] of text.split("\n").entries()) {
    const line = index + 1;
    const problem = lineProblem(raw);
    if (problem !== undefined) throw new TrustError(line, problem);
    const content = raw.trim();
    if (content !== "" && !content.startsWith("#")) yield { content, line };
  }
}

function lineProblem(line: string): string | undefined {
  if (line.length > MAX_TRUST_LINE_LENGTH) {
    return `line is longer than ${MAX_TRUST_LINE_LENGTH} characters`;
  }
  if (line.endsWith("\r")) return "line ends with CR LF";
  if (/(?!\t)\p{Cc}/u.test(line)) return "line holds a control character";
  if (!line.isWellFormed()) return "line holds half of a surrogate pair";
  return undefined;
}

function parseEntry(content: string, line: number): TrustEntry {
  const { options, rest } = content.startsWith(PUBLIC_KEY_TAG)
    ? { options: NO_OPTIONS, rest: content }
    : parseTrustOptions(content);
  return { ...options, ...parsePublicKey(rest), line };
}

/** Runs `parse` and says on which line it failed. */
function atLine<T>(line: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    throw new TrustError(line, error.message, { cause: error });
  }
}
