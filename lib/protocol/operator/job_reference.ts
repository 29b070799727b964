/**
 * Parses references to hosts of a past job, such as `@job:last:failed` or `@job:3fa9:rc=3` in a
 * target, from the part after `@job:`. The selector is one of these:
 *
 * - `all`
 * - `ok`, `failed`, `refused`, `lost` or `pending`
 * - an exit code such as `rc=3`, also with `!=`, `<`, `<=`, `>` and `>=`
 * - `out~REGEX` or `err~REGEX`, for hosts whose output has a line that matches
 * @module
 */
import { TargetError } from "../../nodeset/parsing/errors.ts";
import { LinearRegex } from "../../nodeset/targets/linear_regex.ts";
import type { OutcomeClass } from "../job/host_state.ts";

/** The class of a host's outcome, or `pending` before it has ended. */
export type HostClass = OutcomeClass | "pending";

/** Selects hosts of a past job. */
export type JobSelector =
  | { readonly kind: "all" }
  | { readonly kind: "state"; readonly state: HostClass }
  | { readonly kind: "code"; readonly operator: CodeOperator; readonly code: number }
  | { readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly regex: LinearRegex };

/** The comparison of an exit code. */
export type CodeOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** One host of a past job. */
export interface PastHost {
  /** The class of its outcome. */
  readonly state: HostClass;
  /** The exit code; absent if the command did not exit by itself. */
  readonly code?: number;
  /** Returns the stored output. Called only for a selector of output. */
  output(stream: "stdout" | "stderr"): string;
}

/** A selector, or why a text is not one. */
export type ParsedSelector =
  | { readonly kind: "selector"; readonly selector: JobSelector }
  | { readonly kind: "problem"; readonly problem: string };

const STATES: readonly HostClass[] = ["ok", "failed", "refused", "lost", "pending"];
const CODE = /^rc(=|!=|<=|>=|<|>)([0-9]{1,9})$/;
const OUTPUT = /^(out|err)~(.+)$/s;

/** Parses a selector. */
export function parseSelector(text: string): ParsedSelector {
  if (text === "all") return { kind: "selector", selector: { kind: "all" } };
  const state = STATES.find((each) => each === text);
  if (state !== undefined) return { kind: "selector", selector: { kind: "state", state } };
  const [, operator, digits] = CODE.exec(text) ?? [];
  if (operator !== undefined) {
    const selector = { kind: "code", operator, code: Number(digits) } as JobSelector; // CODE says so
    return { kind: "selector", selector };
  }
  const [, stream, source] = OUTPUT.exec(text) ?? [];
  if (source !== undefined) return outputSelector(stream === "out" ? "stdout" : "stderr", source);
  const choices = `all, ${STATES.join(", ")}, rc=CODE, out~REGEX or err~REGEX`;
  return { kind: "problem", problem: `unknown selector ${JSON.stringify(text)}: use ${choices}` };
}

function outputSelector(stream: "stdout" | "stderr", source: string): ParsedSelector {
  try {
    const regex = new LinearRegex(source);
    return { kind: "selector", selector: { kind: "output", stream, regex } };
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const place = `at character ${error.position + 1} of ${JSON.stringify(source)}`;
    return { kind: "problem", problem: `${error.message}, ${place}` };
  }
}

/** Returns whether `selector` selects `host`. */
export function matchesSelector(selector: JobSelector, host: PastHost): boolean {
  switch (selector.kind) {
    case "all":
      return true;
    case "state":
      return host.state === selector.state;
    case "code":
      return host.code !== undefined && holds(host.code, selector.operator, selector.code);
    case "output":
      return host.output(selector.stream).split("\n").some((line) => selector.regex.test(line));
    default:
      return selector satisfies never;
  }
}

function holds(code: number, operator: CodeOperator, wanted: number): boolean {
  switch (operator) {
    case "=":
      return code === wanted;
    case "!=":
      return code !== wanted;
    case "<":
      return code < wanted;
    case "<=":
      return code <= wanted;
    case ">":
      return code > wanted;
    case ">=":
      return code >= wanted;
    default:
      return operator satisfies never;
  }
}

/** The name of the group source that looks up past jobs. */
export const JOB_SOURCE = "job";

/** Refers to hosts of one past job. */
export interface JobReference {
  readonly kind: "job";
  /** The newest job, or the one whose id begins with these 4 to 32 hex digits. */
  readonly job: "last" | { readonly idPrefix: string };
  /** Selects its hosts. */
  readonly selector: JobSelector;
}

/** Why a text is not a reference. */
export interface ReferenceProblem {
  readonly kind: "problem";
  /** A phrase for a person. */
  readonly problem: string;
}

const ID_PREFIX = /^[0-9a-f]{4,32}$/;

/** Parses `last:failed` or `ID:SELECTOR`. Without a selector it refers to all hosts of the job. */
export function parseJobReference(text: string): JobReference | ReferenceProblem {
  const colon = text.indexOf(":");
  const id = colon < 0 ? text : text.slice(0, colon);
  const parsed = parseSelector(colon < 0 ? "all" : text.slice(colon + 1));
  if (id !== "last" && !ID_PREFIX.test(id)) {
    const shown = JSON.stringify(id);
    const problem = `not a job id: ${shown}: use "last" or the first 4 to 32 hex digits`;
    return { kind: "problem", problem };
  }
  if (parsed.kind === "problem") return parsed;
  return { kind: "job", job: id === "last" ? id : { idPrefix: id }, selector: parsed.selector };
}
