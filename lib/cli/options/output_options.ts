/**
 * Options about what comes back, and how it is shown. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { OptionParser } from "./command_line.ts";
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
  /** One JSON document at the end. */
  | { readonly kind: "json" }
  /** One JSON object per line, as it comes. */
  | { readonly kind: "jsonl" };

/** How results are shown. */
export interface OutputChoice {
  /** The shape of it. */
  readonly format: OutputFormat;
  /** Host names are shown in front of lines and above blocks. */
  readonly labels: boolean;
  /** Output is not escaped, even on a terminal. */
  readonly raw: boolean;
  /** The exit status is the largest of the commands' exit codes. */
  readonly maxrc: boolean;
}

interface RawOutputOptions {
  readonly gather: boolean;
  readonly gatherAll: boolean;
  readonly byNode: boolean;
  readonly noLabels: boolean;
  readonly json: boolean;
  readonly jsonl: boolean;
  readonly raw: boolean;
  readonly maxrc: boolean;
}

/**
 * `-b`, `-B`, `-L`, `-N`, `-j`, `--jsonl`, `--raw` and `-S`. Those that exclude each other are
 * refused with a {@linkcode UserError}.
 */
export function outputOptions(): OptionParser<OutputChoice> {
  const options = group(
    "What comes back",
    object({
      gather: option("-b", "--gather", {
        description: message`gather, then show equal output once for all hosts that gave it`,
      }),
      gatherAll: option("-B", "--gatherall", {
        description: message`like -b, with stderr as part of the output`,
      }),
      byNode: option("-L", "--by-node", {
        description: message`gather, then show lines ordered by host; with -b folded`,
      }),
      noLabels: option("-N", "--nolabel", { description: message`show no host names` }),
      json: option("-j", "--json", { description: message`one JSON document, nothing else` }),
      jsonl: option("--jsonl", {
        description: message`a stream of JSON objects, one per line, nothing else`,
      }),
      raw: option("--raw", {
        description: message`do not escape control characters on a terminal`,
      }),
      maxrc: option("-S", "--maxrc", {
        description:
          message`exit with the largest exit code of any host, as pdsh and clush do (for expressions see --select)`,
      }),
    }),
  );
  return map(options, outputChoice);
}

type OutputOption = "-b" | "-B" | "-L" | "-N" | "-j" | "--jsonl" | "--raw";

const JSON_IS_WHOLE = "JSON carries the whole output of every host; leave the other option out";

const PAIRS: readonly ForbiddenPair<OutputOption>[] = [
  { pair: ["-j", "--jsonl"], hint: "-j is one document at the end, --jsonl a stream; choose one" },
  ...(["-j", "--jsonl"] as const).flatMap((json) =>
    (["-b", "-B", "-L", "-N", "--raw"] as const).map((other) => ({
      pair: [json, other] as const,
      hint: JSON_IS_WHOLE,
    }))
  ),
];

function outputChoice(raw: RawOutputOptions): OutputChoice {
  refusePairs({
    "-b": raw.gather,
    "-B": raw.gatherAll,
    "-L": raw.byNode,
    "-N": raw.noLabels,
    "-j": raw.json,
    "--jsonl": raw.jsonl,
    "--raw": raw.raw,
  }, PAIRS);
  return { format: outputFormat(raw), labels: !raw.noLabels, raw: raw.raw, maxrc: raw.maxrc };
}

function outputFormat(raw: RawOutputOptions): OutputFormat {
  if (raw.json) return { kind: "json" };
  if (raw.jsonl) return { kind: "jsonl" };
  const fold = raw.gather || raw.gatherAll;
  if (!fold && !raw.byNode) return { kind: "lines" };
  return { kind: "gathered", fold, headers: fold && !raw.byNode, withStderr: raw.gatherAll };
}
