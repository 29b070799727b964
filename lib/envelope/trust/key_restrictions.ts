/**
 * The restrictions in front of a key in a trust file: `commands="systemctl restart
 * *",users="www,app",no-shell,expires="2027-01-31",need=2`.
 *
 * They are separated by commas, without spaces. A value is in double quotes, where `\"` is a quote,
 * `\\` a backslash, and any other backslash an error; or it is a bare run of letters, digits and
 * `_.:@+-`. An unknown restriction is an error.
 * @module
 */

import { parseTarget, type Target } from "../../nodeset/mod.ts";
import { parseResolvedTarget, USER_NAME } from "../statements/body_fields.ts";
import { type CommandPattern, parseCommandPattern } from "./command_pattern.ts";
import { MAX_SIGNATURES } from "../signing/dsse_envelope.ts";
import { EnvelopeError } from "../errors.ts";
import { quoteUntrusted } from "../../base/untrusted_text.ts";
import { type HubRight, isHubRight, type TrustFileReader } from "./hub_rights.ts";

/** The permissions of a key. */
export interface KeyRestrictions {
  /** Allows only commands that match one of these patterns, and no scripts; all if absent. */
  readonly commands?: readonly CommandPattern[];
  /** Allows only these users; any if absent. */
  readonly users?: readonly string[];
  /** Whether requests for a shell or with a script are refused. */
  readonly noShell: boolean;
  /** Allows only the hosts of this target, which holds no groups; any if absent. */
  readonly hosts?: Target;
  /** The time from which the key is not trusted, in Unix seconds; never if absent. */
  readonly expires?: number;
  /** The number of distinct trusted keys that must sign a request of this key: 1 to 8. */
  readonly need: number;
  /** The rights at a hub; only in a hub's own trust file, and never empty. */
  readonly rights?: readonly HubRight[];
}

/** The options of a line, and its rest. */
export interface RestrictionsAndRest {
  /** The permissions of the key. */
  readonly options: KeyRestrictions;
  /** The line from the key on. */
  readonly rest: string;
}

interface RawOption {
  readonly name: string;
  readonly value: string | undefined;
}

/** The permissions of a key without options: all. */
export const NO_RESTRICTIONS: KeyRestrictions = { noShell: false, need: 1 };

/** Returns whether a key with these options has all permissions, without end. */
export function isUnrestricted({ noShell, need, ...bounds }: KeyRestrictions): boolean {
  const { commands, users, hosts, expires, rights: _atHub, ...others } = bounds;
  others satisfies Record<string, never>; // a new option must be handled here
  return !noShell && need === 1 && !commands && !users && !hosts && expires === undefined;
}

/**
 * Parses the options at the beginning of `line` and the spaces behind them. Rights at a hub are
 * options for the reader `hub` only.
 * @throws {EnvelopeError} at the first error
 */
export function parseKeyRestrictions(
  line: string,
  reader: TrustFileReader = "agent",
): RestrictionsAndRest {
  const { raw, rest } = splitOptions(line);
  const rights = raw.flatMap((option) => isRight(option) ? option.name : []);
  // A bare `hosts` may be the restriction of that name, with its value missing.
  const foreign = reader === "agent" && rights.find((right) => right !== "hosts");
  if (foreign) { // check: rights-of-hubs
    throw restrictionError(`option "${foreign}" is a right at a hub, for the file hub_operators`);
  }
  const restrictions = raw.filter((option) => reader === "agent" || !isRight(option));
  refuseRepetition(rights);
  refuseRepetition(restrictions.map(({ name }) => name));
  const options = restrictions.reduce(withOption, NO_RESTRICTIONS);
  return {
    options: reader === "hub" && rights.length > 0 ? { ...options, rights } : options,
    rest,
  };
}

/**
 * Returns whether an option is a right. The right `hosts` has no value, the restriction has one.
 */
function isRight(option: RawOption): option is RawOption & { readonly name: HubRight } {
  return option.value === undefined && isHubRight(option.name);
}

function refuseRepetition(names: readonly string[]): void {
  const twice = names.find((name, index) => name !== "commands" && names.indexOf(name) < index);
  if (twice !== undefined) throw restrictionError(`duplicate option "${twice}"`);
}

function withOption(options: KeyRestrictions, { name, value }: RawOption): KeyRestrictions {
  switch (name) {
    case "commands": {
      const pattern = parseCommandPattern(requireValue(name, value));
      return { ...options, commands: [...(options.commands ?? []), pattern] };
    }
    case "users":
      return { ...options, users: parseUsers(requireValue(name, value)) };
    case "no-shell":
      if (value !== undefined) throw restrictionError('option "no-shell" takes no value');
      return { ...options, noShell: true };
    case "hosts":
      return { ...options, hosts: parseHosts(requireValue(name, value)) };
    case "expires":
      return { ...options, expires: parseDate(requireValue(name, value)) };
    case "need":
      return { ...options, need: parseNeed(requireValue(name, value)) };
    default:
      throw restrictionError(`unknown option ${quoteUntrusted(name)}`);
  }
}

function splitOptions(line: string): { raw: RawOption[]; rest: string } {
  const option = /([A-Za-z0-9-]+)(?:=(?:"((?:[^"\\]|\\["\\])*)"|([\w.:@+-]+)))?(,|[ \t]+)/y;
  const raw: RawOption[] = [];
  let separator: string | undefined;
  do {
    const at = option.lastIndex;
    const [, name, quoted, bare, end] = option.exec(line) ?? [];
    if (name === undefined) {
      throw restrictionError(`invalid option or key: ${quoteUntrusted(line.slice(at))}`);
    }
    raw.push({ name, value: quoted?.replace(/\\(.)/g, "$1") ?? bare });
    separator = end;
  } while (separator === ",");
  return { raw, rest: line.slice(option.lastIndex) };
}

function requireValue(name: string, value: string | undefined): string {
  if (value === undefined || value === "") throw restrictionError(`option "${name}" needs a value`);
  return value;
}

function parseUsers(value: string): readonly string[] {
  const users = value.split(",");
  const bad = users.find((user) => !USER_NAME.test(user));
  if (bad !== undefined) throw restrictionError(`invalid user name ${quoteUntrusted(bad)}`);
  return users;
}

function parseHosts(value: string): Target {
  const read = parseResolvedTarget(() => parseTarget(value));
  if (read.kind === "problem") throw restrictionError(`option "hosts": ${read.problem}`);
  return read.target;
}

function parseNeed(value: string): number {
  const need = /^[0-9]$/.test(value) ? Number(value) : 0;
  if (need < 1 || need > MAX_SIGNATURES) {
    throw restrictionError(
      `option "need" must be from 1 to ${MAX_SIGNATURES}: ${quoteUntrusted(value)}`,
    );
  }
  return need;
}

/** Returns Unix seconds. A date without a time is its first moment, in UTC. */
function parseDate(value: string): number {
  const moment = value.includes("T") ? value : `${value}T00:00:00Z`;
  const millis = Date.parse(moment);
  // Date.parse also accepts other formats, February 30 and hour 24: compare with the way back.
  if (Number.isNaN(millis) || new Date(millis).toISOString() !== moment.replace("Z", ".000Z")) {
    throw restrictionError(
      `invalid date ${quoteUntrusted(value)}: expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ`,
    );
  }
  return millis / 1_000;
}

function restrictionError(reason: string): EnvelopeError {
  return new EnvelopeError("trust", reason);
}
