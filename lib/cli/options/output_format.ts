/**
 * The shapes of output, and which options ask for which. Pure; imports nothing beyond this folder
 * and `trigger`.
 * @module
 */

import type { ReferenceRule } from "../../trigger/results/output_diff.ts";
import { type ForbiddenPair, refusePairs } from "./forbidden_pairs.ts";

/** The shape of the output. */
export type OutputFormat =
  /** `host: line`, as it comes. */
  | { readonly kind: "lines" }
  /** Gathered first, then shown by host. */
  | {
    readonly kind: "gathered";
    /** Equal output with equal outcome is shown once. */
    readonly fold: boolean;
    /** A header above each block, instead of a label before each line. */
    readonly headers: boolean;
    /** stderr is part of what is gathered, instead of being shown as it comes. */
    readonly withStderr: boolean;
  }
  /** Gathered first, then what differs from a reference. */
  | {
    readonly kind: "diff";
    /** What the others are compared with. */
    readonly reference: ReferenceRule;
    /** stderr is part of what is compared, instead of being shown as it comes. */
    readonly withStderr: boolean;
  }
  /** One JSON document at the end. */
  | { readonly kind: "json" }
  /** One JSON object per line, as it comes. */
  | { readonly kind: "jsonl" };

/** The options that decide about it. */
export interface FormatFlags {
  /** `-b` */
  readonly gather: boolean;
  /** `-B` */
  readonly gatherAll: boolean;
  /** `-L` */
  readonly byNode: boolean;
  /** `--diff` */
  readonly diff: boolean;
  /** `--mask`, or what implies it. */
  readonly mask: boolean;
  /** `-N` */
  readonly noLabels: boolean;
  /** `-j` */
  readonly json: boolean;
  /** `--jsonl` */
  readonly jsonl: boolean;
  /** `--raw` */
  readonly raw: boolean;
}

type FormatOption = "-b" | "-B" | "-L" | "-N" | "-j" | "--jsonl" | "--raw" | "--diff" | "--mask";

const JSON_IS_WHOLE = "JSON carries the whole output of every host; leave the other option out";

const PAIRS: readonly ForbiddenPair<FormatOption>[] = [
  { pair: ["-j", "--jsonl"], hint: "-j is one document at the end, --jsonl a stream; choose one" },
  ...(["-j", "--jsonl"] as const).flatMap((json) =>
    (["-b", "-B", "-L", "-N", "--raw", "--diff", "--mask"] as const).map((other) => ({
      pair: [json, other] as const,
      hint: JSON_IS_WHOLE,
    }))
  ),
  {
    pair: ["-L", "--diff"],
    hint: "-L shows what each host printed, --diff what differs; choose one",
  },
  { pair: ["-N", "--diff"], hint: "without names nobody knows what a diff compares" },
];

/**
 * Finds the shape that `flags` ask for. Masking alone asks for a comparison.
 * @throws {UserError} if they exclude each other
 */
export function outputFormat(flags: FormatFlags): OutputFormat {
  const { gather, gatherAll, byNode, noLabels, json, jsonl, raw, mask } = flags;
  const gathered = gather || gatherAll || byNode;
  const diff = flags.diff || (mask && !gathered);
  refusePairs({
    "-b": gather,
    "-B": gatherAll,
    "-L": byNode,
    "-N": noLabels,
    "-j": json,
    "--jsonl": jsonl,
    "--raw": raw,
    "--diff": flags.diff || (diff && noLabels),
    "--mask": mask,
  }, PAIRS);
  if (json) return { kind: "json" };
  if (jsonl) return { kind: "jsonl" };
  if (diff) {
    return { kind: "diff", reference: mask ? "majority" : "lowest code", withStderr: gatherAll };
  }
  if (!gathered) return { kind: "lines" };
  const fold = gather || gatherAll;
  return { kind: "gathered", fold, headers: fold && !byNode, withStderr: gatherAll };
}
