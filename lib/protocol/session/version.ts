/**
 * The version of the protocol between agents, hubs and operators' programs, and the capabilities
 * of an agent.
 *
 * The first message of each side (the hub's welcome and greeting, the operator's hello) is unsigned
 * and may have fields that its reader does not know. The reply (the agent's hello, the operator's
 * login) is signed, has exactly the fields of the protocol number that both sides speak, and is the
 * last message whose form depends on the reader's guess. A program speaks its own protocol number
 * and the one before it.
 * @module
 */
import {
  type Fields,
  list,
  object,
  type Optional,
  optional,
  type Schema,
  SchemaError,
  text,
} from "../../envelope/encoding/schema.ts";
import {
  capabilityList,
  protocolNumber,
  type SpokenProtocol,
} from "../../envelope/statements/session_statements.ts";

/** The protocol number of this program. Increased by every change that an older peer cannot read. */
export const PROTOCOL = 2;

/** The protocol number of nanoexec 0.1, whose messages carry none. */
export const FIRST_PROTOCOL = 1;

/** The oldest protocol number that this program speaks: the one before its own, but not the first. */
export const OLDEST_PROTOCOL: number = Math.max(FIRST_PROTOCOL + 1, PROTOCOL - 1);

/** The first version of nanoexec that speaks {@linkcode OLDEST_PROTOCOL}. */
export const OLDEST_VERSION = "0.2";

/** A part of a request that an agent may lack. Names stay as they are once they are released. */
export type Capability = "hold" | "input" | "secrets" | "splay" | "survive" | "undo";

/** The fields of a request, or of its plan, that decide which capabilities it needs. */
export interface RequestFeatures {
  /** Whether hosts wait for a signed release. */
  readonly hold?: true | undefined;
  /** Standard input in blocks. */
  readonly input?: unknown;
  /** Environment variables with secret values. */
  readonly secrets?: unknown;
  /** The time over which hosts are spread. */
  readonly splayMs?: number | undefined;
  /** Whether the command outlives its agent. */
  readonly survive?: boolean | undefined;
  /** The rollback. */
  readonly undo?: unknown;
}

/** Which requests need a capability. A new capability is a new line here and in its type. */
const NEEDED_BY: Readonly<Record<Capability, (request: RequestFeatures) => boolean>> = {
  hold: ({ hold }) => hold === true,
  input: ({ input }) => input !== undefined,
  secrets: ({ secrets }) => secrets !== undefined,
  splay: ({ splayMs }) => splayMs !== undefined,
  survive: ({ survive }) => survive === true,
  undo: ({ undo }) => undo !== undefined,
};

/** The capabilities of this program, sorted. */
export const CAPABILITIES: readonly Capability[] = Object.keys(NEEDED_BY).sort() as Capability[];

/** What this program says of itself in its first message and in its reply. */
export const SPOKEN: Required<SpokenProtocol> = { protocol: PROTOCOL, capabilities: CAPABILITIES };

/** Returns the capabilities that an agent needs for `request`, sorted. */
export function neededCapabilities(request: RequestFeatures): readonly Capability[] {
  return CAPABILITIES.filter((capability) => NEEDED_BY[capability](request));
}

/**
 * Returns the protocol number to speak with a peer: the smaller of both. `undefined` if the peer is
 * too old. A peer without a number speaks the first protocol.
 */
export function agreeProtocol(peer: number | undefined): number | undefined {
  const common = Math.min(PROTOCOL, peer ?? FIRST_PROTOCOL);
  return common < OLDEST_PROTOCOL ? undefined : common; // check: oldest-protocol
}

/** Returns what this program says in its reply to a peer with which it speaks `protocol`. */
export function spokenAt(protocol: number): Required<SpokenProtocol> {
  return { ...SPOKEN, protocol };
}

/** Describes a peer that is too old, for a log or an error: `nanoexec 0.1 is too old: …`. */
export function outdatedText(program: "nanoexec" | "nanotrigger", version: string): string {
  const release = /^\d+\.\d+/.exec(version)?.[0] ?? version;
  return `${program} ${release} is too old: upgrade it to ${OLDEST_VERSION}`;
}

/** The fields of a first message about its sender's protocol, for {@linkcode firstMessage}. */
export const spokenFields: {
  readonly protocol: Optional<number>;
  readonly capabilities: Optional<readonly string[]>;
} = { protocol: optional(protocolNumber), capabilities: optional(capabilityList) };

/** The most unknown fields of a first message. */
const MAX_UNKNOWN_FIELDS = 32;
const MAX_UNKNOWN_BYTES = 1_024;
const unknownText = text({ maxBytes: MAX_UNKNOWN_BYTES });
const unknownList = list(unknownText, { min: 0, max: 64 });

/**
 * Reads the first message of a connection. Fields that a later protocol adds follow the known ones.
 * Each is a text, a number, a truth value or a list of texts; they are kept as they are, so that the
 * message keeps its one spelling.
 */
export function firstMessage<T extends object>(fields: Fields<T>): Schema<T> {
  const known = object<T>(fields);
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return known(value, path);
    }
    const entries = Object.entries<unknown>({ ...value });
    const isKnown = ([name]: readonly [string, unknown]) => Object.hasOwn(fields, name);
    const others = entries.filter((entry) => !isKnown(entry));
    if (others.length > MAX_UNKNOWN_FIELDS) { // check: unknown-fields
      throw new SchemaError(path, `has more than ${MAX_UNKNOWN_FIELDS} unknown fields`);
    }
    const rebuilt = known(Object.fromEntries(entries.filter(isKnown)), path);
    const kept = others.map(([name, field]) => [name, readUnknown(field, `${path}.${name}`)]);
    return Object.assign(rebuilt, Object.fromEntries(kept));
  };
}

/** Bounds the value of an unknown field, since a peer may send anything. */
function readUnknown(value: unknown, path: string): unknown {
  if (typeof value === "number" || typeof value === "boolean") return value;
  return Array.isArray(value) ? unknownList(value, path) : unknownText(value, path);
}
