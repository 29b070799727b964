/**
 * Options for output and exit status: gathered, folded, compared, as JSON or written to files.
 * Options that exclude each other are refused.
 * @module
 */
import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "./local_option.ts";
import type { ReferenceRule } from "../../trigger/results/output_diff.ts";
import type { OptionParser } from "./command.ts";
import { type OptionConflict, refuseConflicts } from "./usage_checks.ts";
import { localPath, type Value, value } from "./values.ts";

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

const FORMAT_CONFLICTS: readonly OptionConflict<FormatOption>[] = [
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
  refuseConflicts({
    "-b": gather,
    "-B": gatherAll,
    "-L": byNode,
    "-N": noLabels,
    "-j": json,
    "--jsonl": jsonl,
    "--raw": raw,
    "--diff": flags.diff || (diff && noLabels),
    "--mask": mask,
  }, FORMAT_CONFLICTS);
  if (json) return { kind: "json" };
  if (jsonl) return { kind: "jsonl" };
  if (diff) {
    return { kind: "diff", reference: mask ? "majority" : "lowest code", withStderr: gatherAll };
  }
  if (!gathered) return { kind: "lines" };
  const fold = gather || gatherAll;
  return { kind: "gathered", fold, headers: fold && !byNode, withStderr: gatherAll };
}

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
  const folder = localPath("DIR", { type: "directory", access: "write" });
  return {
    outdir: optional(localOption(["--outdir"], folder, {
      description: message`also write what each host prints to a file DIR/HOST`,
    })),
    errdir: optional(localOption(["--errdir"], folder, {
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
