/**
 * What an operator's program asks of a hub that was started with `--insecure`. Imports `envelope`.
 * @module
 */
import { nodeName } from "../../envelope/statements/body_fields.ts";
import { literal, object, optional, type Schema, text } from "../../envelope/encoding/schema.ts";
import { MAX_COMMAND_BYTES } from "../../envelope/statements/request.ts";

/** Say who is attached and runs unsigned commands, and how many there are who say no name. */
export interface WillingAsk {
  /** Tells it from the other asks. */
  readonly kind: "willing";
  /** Say it of this host alone. */
  readonly node?: string;
}

/** Send a command to the agents of the first program, who do not answer. */
export interface PublishAsk {
  /** Tells it from the other asks. */
  readonly kind: "publish";
  /** A host name or `ALL`. */
  readonly host: string;
  /** A text for `/bin/sh -c`. */
  readonly command: string;
}

/** Their forms. */
export const unsignedAsks: {
  readonly willing: Schema<WillingAsk>;
  readonly publish: Schema<PublishAsk>;
} = {
  willing: object<WillingAsk>({ kind: literal("willing"), node: optional(nodeName) }),
  publish: object<PublishAsk>({
    kind: literal("publish"),
    host: text({ maxBytes: 253, min: 1 }),
    command: text({ maxBytes: MAX_COMMAND_BYTES }),
  }),
};
