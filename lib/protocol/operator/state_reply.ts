/**
 * The reply of a hub that tells the state of one host in the job that is followed.
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

/** The fields of a reply that hold a state. */
export interface StateFields<Kind extends HostState["kind"] = HostState["kind"]> {
  /** The kind of the state. */
  readonly state: Kind;
  /** Why the host is lost, or why the request was not delivered. */
  readonly reason?: string;
  /** The envelope of a host that has ended, in base64. */
  readonly result?: string;
}

/** The state of one host in the job that is followed. */
export interface StateReply extends StateFields {
  readonly kind: "state";
  /** The host. */
  readonly node: string;
  /** Since when, in Unix milliseconds by the hub's clock. */
  readonly at: number;
  /** The key by which the hub knows the agent, in base64, once it has the request. */
  readonly key?: string;
}

/** The form of a {@linkcode StateReply}. */
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
 * The states that are told with a key: an operator's program that knows another key of the host must
 * not show its output.
 */
const KINDS_WITH_KEY: ReadonlySet<HostState["kind"]> = new Set(["delivered", "started", "ended"]);

/** The reply that tells `state`; `keyOf` finds the key of an agent, in base64. */
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

/** The fields that hold `state`. */
export function toFields<S extends HostState>(state: S): StateFields<S["kind"]> {
  const { kind } = state;
  const reason = "reason" in state ? state.reason : undefined;
  return {
    state: kind,
    ...(reason !== undefined && { reason }),
    ...(state.kind === "ended" && { result: state.envelope.toBase64() }),
  };
}

/** The state in a reply. Nothing of it is verified. */
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
