/**
 * Encodes commands of the first nanoexec (C, 2014): `host:command` and a NUL, unsigned, over
 * PUB/SUB. The host ends at the first `:`, the command at the first NUL. Agents of that program
 * subscribe to two prefixes, their own name and `ALL`, and check nothing else.
 * @module
 */
import { hash } from "node:crypto";
import { concat, decodeUtf8, encodeUtf8 } from "../base/bytes.ts";
import { EnvelopeError } from "../envelope/errors.ts";

/** A command of the first program. */
export interface LegacyCommand {
  /** A host name, or `ALL`. */
  readonly host: string;
  /** A text for `/bin/sh -c`. */
  readonly command: string;
}

/** The name that addresses every host. */
export const LEGACY_ALL_HOSTS = "ALL";

/** Which agents of the first program would run a command for another host. */
export type PrefixHazard =
  | { readonly kind: "none" }
  /** Every agent, because the host name begins with `ALL`. */
  | { readonly kind: "everybody" }
  /** These agents, whose names are prefixes of the host name. */
  | { readonly kind: "prefix"; readonly agents: readonly string[] };

const COLON = 0x3a;

/**
 * Encodes a command. The NUL at the end is required, because agents of the first program read up to
 * it.
 * @throws {EnvelopeError} `legacy` if the host is empty or holds `:`, or either text holds a NUL
 * or half of a surrogate pair
 */
export function encodeLegacyCommand({ host, command }: LegacyCommand): Uint8Array<ArrayBuffer> {
  if (host === "") throw new EnvelopeError("legacy", "host name is empty");
  if (host.includes(":")) throw new EnvelopeError("legacy", `host must not hold ":"`);
  for (const [what, text] of [["host", host], ["command", command]] as const) {
    if (text.includes("\0")) throw new EnvelopeError("legacy", `${what} must not hold a NUL`);
    if (!text.isWellFormed()) {
      throw new EnvelopeError("legacy", `${what} holds half of a surrogate pair`);
    }
  }
  return concat([encodeUtf8(`${host}:${command}`), Uint8Array.of(0)]);
}

/** Returns the hex SHA-256 of a command, which a signed result repeats. */
export function legacyDigest({ host, command }: LegacyCommand): string {
  return hash("sha256", `${host}:${command}`, "hex");
}

/**
 * Decodes a message. Tolerates a missing NUL, and ignores bytes after it.
 * @returns the command; `undefined` if there is no `:` or a text is not UTF-8
 */
export function decodeLegacyCommand(bytes: Uint8Array): LegacyCommand | undefined {
  const nul = bytes.indexOf(0);
  const message = nul === -1 ? bytes : bytes.subarray(0, nul);
  const colon = message.indexOf(COLON);
  if (colon === -1) return undefined;
  try {
    return {
      host: decodeUtf8(message.subarray(0, colon)),
      command: decodeUtf8(message.subarray(colon + 1)),
    };
  } catch {
    return undefined;
  }
}

/**
 * Returns which agents of the first program would wrongly run a command for `host`.
 * @param agents the known names of such agents
 */
export function findPrefixHazard(host: string, agents: readonly string[]): PrefixHazard {
  if (host === LEGACY_ALL_HOSTS) return { kind: "none" };
  if (host.startsWith(LEGACY_ALL_HOSTS)) return { kind: "everybody" };
  const wrong = agents.filter((name) => name !== host && host.startsWith(name));
  return wrong.length === 0 ? { kind: "none" } : { kind: "prefix", agents: wrong };
}
