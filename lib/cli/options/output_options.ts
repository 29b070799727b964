/**
 * Options about what comes back, and how it is shown. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { OptionParser } from "./command_line.ts";
import { type FormatFlags, type OutputFormat, outputFormat } from "./output_format.ts";
import { path, type Value, value } from "./values.ts";

/** How results are shown. */
export interface OutputChoice {
  /** The shape of it. */
  readonly format: OutputFormat;
  /**
   * What hosts print is masked before it is compared: by the usual rules and these expressions.
   * Absent: it is compared as it is.
   */
  readonly mask: readonly RegExp[] | undefined;
  /** Host names are shown in front of lines and above blocks. */
  readonly labels: boolean;
  /** Output is not escaped, even on a terminal. */
  readonly raw: boolean;
  /** Only results and errors are shown. */
  readonly quiet: boolean;
  /** A line about how far it is, on a terminal. */
  readonly progress: boolean;
  /** A folder for what each host prints to stdout. */
  readonly outdir: string | undefined;
  /** A folder for what each host prints to stderr. */
  readonly errdir: string | undefined;
  /** The exit status is the largest of the commands' exit codes. */
  readonly maxrc: boolean;
  /** Hosts that are lost or were not reached do not count in the exit status. */
  readonly okIfLost: boolean;
}

interface RawOutputOptions extends FormatFlags {
  readonly maskRe: readonly RegExp[];
  readonly quiet: boolean;
  readonly noProgress: boolean;
  readonly outdir: string | undefined;
  readonly errdir: string | undefined;
  readonly maxrc: boolean;
  readonly okIfLost: boolean;
}

/**
 * `-b`, `-B`, `-L`, `--diff`, `--mask`, `-N`, `-j`, `--jsonl`, `--outdir`, `-q`, `-S` and their like.
 * Those that exclude each other are refused with a {@linkcode UserError}.
 */
export function outputOptions(): OptionParser<OutputChoice> {
  const options = group(
    "What comes back",
    object({ ...gatheringFields(), ...programFields(), ...placeFields(), ...statusFields() }),
  );
  return map(options, outputChoice);
}

function gatheringFields() {
  return {
    gather: option("-b", "--gather", {
      description: message`gather, then show equal output once for all hosts that gave it`,
    }),
    gatherAll: option("-B", "--gatherall", {
      description: message`like -b, with stderr as part of the output`,
    }),
    byNode: option("-L", "--by-node", {
      description: message`gather, then show lines ordered by host; with -b folded`,
    }),
    diff: option("--diff", {
      description:
        message`gather, then show only what differs from the hosts with the lowest exit code, of which most agree`,
    }),
    mask: option("--mask", {
      description:
        message`take for equal what differs only in the host's own name, times, pids, addresses and hex ids; without -b or -L, count and show what differs from most`,
    }),
    maskRe: multiple(option("--mask-re", maskExpression(), {
      description: message`like --mask, and what this expression finds; repeatable`,
    })),
    noLabels: option("-N", "--nolabel", { description: message`show no host names` }),
  };
}

function programFields() {
  return {
    json: option("-j", "--json", { description: message`one JSON document, nothing else` }),
    jsonl: option("--jsonl", {
      description: message`a stream of JSON objects, one per line, nothing else`,
    }),
    raw: option("--raw", {
      description: message`do not escape control characters on a terminal`,
    }),
  };
}

function placeFields() {
  return {
    outdir: optional(option("--outdir", path("DIR", "directory"), {
      description: message`also write what each host prints to a file DIR/HOST`,
    })),
    errdir: optional(option("--errdir", path("DIR", "directory"), {
      description: message`the same for stderr`,
    })),
    quiet: option("-q", "--quiet", {
      description: message`show results and errors only: no progress, no summary`,
    }),
    noProgress: option("--no-progress", {
      description:
        message`show no progress on a terminal, and do not read from it: for jobs in the background`,
    }),
  };
}

function statusFields() {
  return {
    maxrc: option("-S", "--maxrc", {
      description:
        message`exit with the largest exit code of any host, as pdsh and clush do (for expressions see --select)`,
    }),
    okIfLost: option("--ok-if-lost", {
      description: message`leave hosts that are lost or were not reached out of the exit status`,
    }),
  };
}

function outputChoice(
  { maskRe, noLabels, noProgress, quiet, ...raw }: RawOutputOptions,
): OutputChoice {
  const mask = raw.mask || maskRe.length > 0;
  return {
    format: outputFormat({ ...raw, mask, noLabels }),
    mask: mask ? maskRe : undefined,
    labels: !noLabels,
    raw: raw.raw,
    quiet,
    progress: !noProgress && !quiet,
    outdir: raw.outdir,
    errdir: raw.errdir,
    maxrc: raw.maxrc,
    okIfLost: raw.okIfLost,
  };
}

function maskExpression(): Value<RegExp> {
  return value("REGEX", (input) => {
    const pattern = compiled(input);
    if (!"".match(pattern)) return pattern;
    throw new SyntaxError(
      `${JSON.stringify(input)} also finds nothing at all, between any two characters`,
    );
  });
}

function compiled(input: string): RegExp {
  try {
    return new RegExp(input, "gu");
  } catch (cause) {
    throw new SyntaxError(`${JSON.stringify(input)} is not a regular expression`, { cause });
  }
}
