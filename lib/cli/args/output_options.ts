/**
 * Options for output and exit status: gathered, folded, compared, as JSON or written to files.
 * Refuses options that exclude each other.
 * @module
 */
import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "./local_option.ts";
import type { ReferenceRule } from "../../trigger/results/result_groups.ts";
import type { OptionParser } from "./command.ts";
import { type OptionConflict, refuseConflicts } from "./usage_checks.ts";
import { localPath, type Value, value } from "./values.ts";

/** The format of the output. */
export type OutputFormat =
  /** `host: line`, as it arrives. */
  | { readonly kind: "lines" }
  /** Gathered first, then shown by host. */
  | {
    readonly kind: "gathered";
    /** Whether equal output with equal outcome is shown once. */
    readonly fold: boolean;
    /** Whether each block has a header. Otherwise each line has a label. */
    readonly headers: boolean;
    /** Whether stderr is gathered too. Otherwise it is shown as it arrives. */
    readonly withStderr: boolean;
  }
  /** Gathered first, then compared with a reference. */
  | {
    readonly kind: "diff";
    /** The output that the others are compared with. */
    readonly reference: ReferenceRule;
    /** Whether stderr is compared too. Otherwise it is shown as it arrives. */
    readonly withStderr: boolean;
  }
  /** One JSON document at the end. */
  | { readonly kind: "json" }
  /** One JSON object per line, as it arrives. */
  | { readonly kind: "jsonl" };

/** The options that decide the format. */
export interface FormatFlags {
  /** `-b` */
  readonly gather: boolean;
  /** `-B` */
  readonly gatherAll: boolean;
  /** `-L` */
  readonly byNode: boolean;
  /** `--diff` */
  readonly diff: boolean;
  /** `--mask`, or an option that implies it. */
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

const JSON_IS_WHOLE = "remove the other option: JSON has the whole output of every host";

const FORMAT_CONFLICTS: readonly OptionConflict<FormatOption>[] = [
  { pair: ["-j", "--jsonl"], hint: "use -j for one document at the end, --jsonl for a stream" },
  ...(["-j", "--jsonl"] as const).flatMap((json) =>
    (["-b", "-B", "-L", "-N", "--raw", "--diff", "--mask"] as const).map((other) => ({
      pair: [json, other] as const,
      hint: JSON_IS_WHOLE,
    }))
  ),
  {
    pair: ["-L", "--diff"],
    hint: "use -L for the output of each host, --diff for differences",
  },
  { pair: ["-N", "--diff"], hint: "remove -N: a diff needs host names" },
];

/**
 * Returns the format that `flags` select. Masking alone selects a comparison.
 * @throws {UserError} if flags exclude each other
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

/** The presentation of results. */
export interface OutputChoice {
  /** The format. */
  readonly format: OutputFormat;
  /**
   * Expressions that mask output before it is compared, in addition to the usual rules. If absent,
   * output is compared unmasked.
   */
  readonly mask: readonly RegExp[] | undefined;
  /** Whether host names are shown in front of lines and above blocks. */
  readonly labels: boolean;
  /** Whether output is shown without escaping, even on a terminal. */
  readonly raw: boolean;
  /** Whether only results and errors are shown. */
  readonly quiet: boolean;
  /** Whether a terminal shows a progress line. */
  readonly progress: boolean;
  /** A folder for the stdout of each host. */
  readonly outdir: string | undefined;
  /** A folder for the stderr of each host. */
  readonly errdir: string | undefined;
  /** Whether the exit status is the largest exit code of the commands. */
  readonly maxrc: boolean;
  /** Whether the exit status ignores hosts that are lost or that the command did not reach. */
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
 * Parses `-b`, `-B`, `-L`, `--diff`, `--mask`, `-N`, `-j`, `--jsonl`, `--outdir`, `-q`, `-S` and
 * similar options. Refuses options that exclude each other with a {@linkcode UserError}.
 */
export function outputOptions(): OptionParser<OutputChoice> {
  const options = group(
    "Output",
    object({ ...gatheringFields(), ...programFields(), ...placeFields(), ...statusFields() }),
  );
  return map(options, outputChoice);
}

function gatheringFields() {
  return {
    gather: option("-b", "--gather", {
      description: message`gather, then show equal output once`,
    }),
    gatherAll: option("-B", "--gatherall", {
      description: message`gather stdout and stderr, then show equal output once`,
    }),
    byNode: option("-L", "--by-node", {
      description: message`gather, then show lines ordered by host; fold with -b`,
    }),
    diff: option("--diff", {
      description: message`gather, then show differences from the common output`,
    }),
    mask: option("--mask", {
      description: message`ignore differences in host name, times, PIDs, addresses`,
    }),
    maskRe: multiple(option("--mask-re", maskExpression(), {
      description: message`ignore differences that match REGEX, too (repeatable)`,
    })),
    noLabels: option("-N", "--nolabel", { description: message`omit host names` }),
  };
}

function programFields() {
  return {
    json: option("-j", "--json", { description: message`print one JSON document` }),
    jsonl: option("--jsonl", {
      description: message`print a stream of JSON objects, one per line`,
    }),
    raw: option("--raw", {
      description: message`print control characters unescaped on a terminal`,
    }),
  };
}

function placeFields() {
  const folder = localPath("DIR", { type: "directory", access: "write" });
  return {
    outdir: optional(localOption(["--outdir"], folder, {
      description: message`write each host's stdout to DIR/HOST as well`,
    })),
    errdir: optional(localOption(["--errdir"], folder, {
      description: message`write each host's stderr to DIR/HOST as well`,
    })),
    quiet: option("-q", "--quiet", {
      description: message`print results and errors only`,
    }),
    noProgress: option("--no-progress", {
      description: message`show no progress and ignore the keyboard`,
    }),
  };
}

function statusFields() {
  return {
    maxrc: option("-S", "--maxrc", {
      description: message`exit with the largest exit code of any host`,
    }),
    okIfLost: option("--ok-if-lost", {
      description: message`ignore lost and unreached hosts in the exit status`,
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
      `${JSON.stringify(input)} matches the empty text`,
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
