/**
 * Encodes the state of one host in a job as a reply of the hub.
 * @module
 */
import {
  base64,
  literal,
  object,
  oneOf,
  optional,
  type Schema,
  text,
} from "../../envelope/encoding/schema.ts";
import { nodeName, unixMillis } from "../../envelope/statements/body_fields.ts";
import { type DatedHostState, type HostState, STATE_KINDS } from "../job/host_state.ts";

/** The fields of a state. */
export interface StateFields<Kind extends HostState["kind"] = HostState["kind"]> {
  /** The kind of the state. */
  readonly state: Kind;
  /** Why the host is lost, or why the request was not delivered. */
  readonly reason?: string;
  /** The envelope of the signed result, in base64. */
  readonly result?: string;
}

/** The state of one host in the followed job. */
export interface StateReply extends StateFields {
  readonly kind: "state";
  /** The host. */
  readonly node: string;
  /** The start of the state, in Unix milliseconds by the hub's clock. */
  readonly at: number;
  /** The agent's key that the hub has pinned, in base64, once the agent has the request. */
  readonly key?: string;
}

/** Reads a {@linkcode StateReply}. */
export const stateReplySchema: Schema<StateReply> = object<StateReply>({
  kind: literal("state"),
  node: nodeName,
  state: oneOf(...STATE_KINDS),
  at: unixMillis,
  reason: optional(text({ maxBytes: 4_096 })),
  result: optional(base64({ max: 655_360 })),
  key: optional(base64({ min: 32, max: 32 })),
});

/**
 * The states that carry a key. An operator's program that has pinned another key of the host must
 * not show its output.
 */
const KINDS_WITH_KEY: ReadonlySet<HostState["kind"]> = new Set(["delivered", "started", "ended"]);

/** Converts `state` to a reply. `keyOf` returns the pinned key of an agent, in base64. */
export function toReply(
  node: string,
  state: DatedHostState,
  keyOf: (node: string) => string | undefined,
): StateReply {
  const key = KINDS_WITH_KEY.has(state.kind) ? keyOf(node) : undefined;
  return {
    kind: "state",
    node,
    at: state.at,
    ...toFields(state),
    ...(key !== undefined && { key }),
  };
}

/** Converts `state` to fields. */
export function toFields<S extends HostState>(state: S): StateFields<S["kind"]> {
  const { kind } = state;
  const reason = "reason" in state ? state.reason : undefined;
  return {
    state: kind,
    ...(reason !== undefined && { reason }),
    ...(state.kind === "ended" && { result: state.envelope.toBase64() }),
  };
}

/** Converts fields to a state, without verifying its result. */
export function fromReply({ state: kind, reason, result = "" }: StateFields): HostState {
  switch (kind) {
    case "ended":
      return { kind, envelope: Uint8Array.fromBase64(result) };
    case "lost":
      return { kind, reason: reason ?? "" };
    case "expired":
      return { kind, ...(reason !== undefined && { reason }) };
    case "pending":
    case "delivered":
    case "started":
    case "unconfirmed":
    case "skipped":
      return { kind };
    default:
      return kind satisfies never;
  }
}
