/**
 * What a hub answers about one host. Imports `envelope`.
 * @module
 */
import { FACT_NAME, nodeName, unixMillis } from "../../envelope/statements/body_fields.ts";
import {
  base64,
  boolean,
  literal,
  object,
  optional,
  record,
  type Schema,
  text,
} from "../../envelope/encoding/schema.ts";

/** One host that is known. */
export interface HostAnswer {
  /** Tells it from the other answers. */
  readonly kind: "host";
  /** Its name. */
  readonly name: string;
  /** Its agent's key, in base64. */
  readonly key: string;
  /** The version of its agent. */
  readonly version: string;
  /** Whether it is attached. */
  readonly attached: boolean;
  /** Since when it is attached, or away, in Unix milliseconds. */
  readonly since: number;
  /** When it was seen for the first time. */
  readonly firstSeen: number;
  /** Where it is attached from. */
  readonly remote?: string;
  /** What its agent says of it. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** The form of a {@linkcode HostAnswer}. */
export const hostAnswer: Schema<HostAnswer> = object<HostAnswer>({
  kind: literal("host"),
  name: nodeName,
  key: base64({ min: 32, max: 32 }),
  version: text({ maxBytes: 64 }),
  attached: boolean(),
  since: unixMillis,
  firstSeen: unixMillis,
  remote: optional(text({ maxBytes: 4_096 })),
  facts: optional(record({ name: FACT_NAME, value: text({ maxBytes: 1_024 }), max: 256 })),
});
