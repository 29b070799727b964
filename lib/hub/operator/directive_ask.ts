/**
 * What operators ask of a hub about a job that is under way. Imports `envelope`.
 * @module
 */
import { nodeName, requestId } from "../../envelope/statements/body_fields.ts";
import { base64, literal, object, optional, type Schema } from "../../envelope/encoding/schema.ts";

/** Have agents told about a job: to stop it, or that what it has changed may stay. */
export interface DirectiveAsk<Kind extends "cancel" | "confirm"> {
  /** Tells it from the other asks. */
  readonly kind: Kind;
  /** The id of the request. */
  readonly id: string;
  /** The signed directive that agents ask for, in base64. */
  readonly envelope: string;
  /** The one host that is to be told, if not all of them. */
  readonly node?: string;
}

/** Reads such an ask, whose envelope has at most `max` bytes. */
export function directiveAsk<const Kind extends "cancel" | "confirm">(
  kind: Kind,
  max: number,
): Schema<DirectiveAsk<Kind>> {
  return object<DirectiveAsk<"cancel" | "confirm">>({
    kind: literal(kind),
    id: requestId,
    envelope: base64({ max }),
    node: optional(nodeName),
  }) as Schema<DirectiveAsk<Kind>>;
}
