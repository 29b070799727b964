/**
 * Decides which calls an operator may make: the one table of calls and the rights that they need.
 * The hub decides about its own jobs and hosts only; agents decide what runs.
 * @module
 */
import { fingerprint } from "../../envelope/keys/public_key.ts";
import type { HubRight } from "../../envelope/trust/hub_rights.ts";
import type { OperatorCall } from "../../protocol/operator/calls.ts";
import type { FailedReply } from "../../protocol/operator/replies.ts";
import type { JobRecord } from "../store/job_record.ts";
import type { JobStore } from "../store/job_table.ts";
import { rightsText, type TrustedOperator } from "./operator_trust.ts";
import { isJobOf, ownJobs, type ReadableJobs } from "./readable_jobs.ts";

/** The condition for a call. */
export type CallRule =
  /** Allowed before the login. */
  | { readonly kind: "open" }
  /** Allowed for every operator: it changes nothing, or belongs to an exchange that was allowed. */
  | { readonly kind: "any" }
  /** Needs a right. */
  | { readonly kind: "right"; readonly right: HubRight }
  /** Needs `run` and a key without restrictions, because no agent checks an unsigned command. */
  | { readonly kind: "unsigned" }
  /** Needs `read`, or else `run`, which shows the operator only their own jobs. */
  | { readonly kind: "list" }
  /** An own job needs `run`. Another job needs the right `others`, and is denied without one. */
  | { readonly kind: "job"; readonly others?: HubRight };

/** The rule for each call. A call without a rule does not compile. */
export const CALL_RULES: { readonly [K in OperatorCall["kind"]]: CallRule } = {
  hello: { kind: "open" },
  login: { kind: "open" },
  leave: { kind: "open" },
  nodes: { kind: "any" },
  block: { kind: "any" },
  begins: { kind: "any" },
  taken: { kind: "any" },
  hosts: { kind: "any" },
  ping: { kind: "any" },
  submit: { kind: "right", right: "run" },
  forget: { kind: "right", right: "hosts" },
  willing: { kind: "unsigned" },
  publish: { kind: "unsigned" },
  jobs: { kind: "list" },
  past: { kind: "list" },
  why: { kind: "list" },
  follow: { kind: "job", others: "read" },
  release: { kind: "job" },
  withhold: { kind: "job", others: "cancel" },
  cancel: { kind: "job", others: "cancel" },
  confirm: { kind: "job", others: "cancel" },
};

/** The reason for which a call is denied, as a reply without its kind. */
export type Denial = Omit<FailedReply, "kind">;

/** What the operator at the other end of a connection may do. */
export class OperatorAccess {
  /** The operator that has logged in; `undefined` for the hub's owner, who may do everything. */
  readonly operator: TrustedOperator | undefined;

  /** Creates the access of an operator, or of the hub's owner. */
  constructor(operator?: TrustedOperator) {
    this.operator = operator;
  }

  /** Returns why `call` is denied; `undefined` if it is allowed. */
  checkCall(call: OperatorCall, jobs: Pick<JobStore, "get">): Denial | undefined {
    const { operator } = this;
    if (!operator) return undefined;
    const rule = ruleOf(call);
    switch (rule.kind) {
      case "open":
      case "any":
        return undefined;
      case "right":
        return this.#has(rule.right) ? undefined : missingRight(operator, rule.right);
      case "unsigned":
        if (!this.#has("run")) return missingRight(operator, "run");
        return operator.isUnrestricted ? undefined : restrictedKey(operator); // check: unsigned-key
      case "list":
        // check: list-right
        return this.#has("run") || this.#has("read") ? undefined : missingRight(operator, "read");
      case "job": {
        const job = "id" in call && call.id !== undefined ? jobs.get(call.id) : undefined;
        if (!job || this.mayDirect(job, rule.others)) return undefined; // check: job-right
        return othersJob(operator, { job, right: rule.others });
      }
      default:
        return rule satisfies never;
    }
  }

  /** Whether the operator may act on `job`: an own job, or any job with the right `others`. */
  mayDirect(job: JobRecord, others?: HubRight): boolean {
    const { operator } = this;
    if (!operator || others !== undefined && this.#has(others)) return true; // check: others-jobs
    return this.#has("run") && isJobOf(fingerprint(operator.key), job); // check: own-job
  }

  /** Returns the jobs that the operator may read. */
  readable(jobs: JobStore): ReadableJobs {
    const { operator } = this;
    // check: readable-jobs
    return !operator || this.#has("read") ? jobs : ownJobs(jobs, fingerprint(operator.key));
  }

  #has(right: HubRight): boolean {
    return this.operator?.rights.has(right) ?? true; // check: operator-right
  }
}

/** A program that provides the standard input of a job acts for the operator of the job. */
function ruleOf(call: OperatorCall): CallRule {
  // check: input-owner
  if (call.kind === "follow" && call.input !== undefined) return { kind: "job" };
  return CALL_RULES[call.kind];
}

function missingRight(operator: TrustedOperator, right: HubRight): Denial {
  const message = `your key has no right "${right}" at this hub`;
  return { code: "refused", message, hint: hintFor(operator, right) };
}

function restrictedKey({ file }: TrustedOperator): Denial {
  const message = "your key has restrictions at this hub: it may not send unsigned commands";
  const hint = `have the hub's administrator remove the restrictions of your key in ${file}`;
  return { code: "refused", message, hint };
}

function othersJob(
  operator: TrustedOperator,
  { job, right }: { readonly job: JobRecord; readonly right: HubRight | undefined },
): Denial {
  const message = `job ${job.id.slice(0, 8)} is another operator's`;
  if (right === undefined) {
    return { code: "refused", message, hint: "use the key that signed or submitted it" };
  }
  const reason = `${message}, and your key has no right "${right}" at this hub`;
  return { code: "refused", message: reason, hint: hintFor(operator, right) };
}

/** Names all rights, because options in front of a key replace the default. */
function hintFor({ rights, file }: TrustedOperator, right: HubRight): string {
  const wanted = rightsText(new Set([...rights, right]));
  return `have the hub's administrator put ${wanted} in front of your key in ${file}`;
}
