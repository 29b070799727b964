/**
 * Questions about what a hub knows, which change nothing. Imports `envelope`.
 * @module
 */
import { nodeName, requestId } from "../../envelope/statements/body_fields.ts";
import {
  boolean,
  integer,
  literal,
  object,
  optional,
  type Schema,
  text,
} from "../../envelope/encoding/schema.ts";

/** List jobs, the newest first. */
export interface JobsAsk {
  /** Tells it from the other asks. */
  readonly kind: "jobs";
  /** How many at most. */
  readonly limit: number;
  /** Only those whose id begins so. */
  readonly prefix?: string;
  /** Only those that are meant for this host. */
  readonly node?: string;
}

/** List the hosts that are known: those that were named before, or all. */
export interface HostsAsk {
  /** Tells it from the other asks. */
  readonly kind: "hosts";
  /** Whether to say what the agents have said of their hosts, too. */
  readonly facts: boolean;
  /** Whether to go on with what changes. */
  readonly watch: boolean;
}

/** Name the hosts of a past job that are meant, as in a target after `@job:`. */
export interface PastAsk {
  /** Tells it from the other asks. */
  readonly kind: "past";
  /** Such as `last:failed`. */
  readonly reference: string;
}

/** Tell what is known of one host in one job, and of the host itself. */
export interface WhyAsk {
  /** Tells it from the other asks. */
  readonly kind: "why";
  /** The host. */
  readonly node: string;
  /** The id of the request; the newest job that is meant for the host if absent. */
  readonly id?: string;
}

/** Every such question. */
export type Inquiry = JobsAsk | HostsAsk | PastAsk | WhyAsk;

const MAX_REFERENCE = 4_096;

/** Their forms. */
export const inquiries: { readonly [K in Inquiry["kind"]]: Schema<Extract<Inquiry, { kind: K }>> } =
  {
    jobs: object<JobsAsk>({
      kind: literal("jobs"),
      limit: integer(1, 100_000),
      prefix: optional(text({ maxBytes: 32, pattern: /^[0-9a-f]+$/ })),
      node: optional(nodeName),
    }),
    hosts: object<HostsAsk>({ kind: literal("hosts"), facts: boolean(), watch: boolean() }),
    past: object<PastAsk>({ kind: literal("past"), reference: text({ maxBytes: MAX_REFERENCE }) }),
    why: object<WhyAsk>({ kind: literal("why"), node: nodeName, id: optional(requestId) }),
  };
