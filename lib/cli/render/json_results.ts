/**
 * Results for programs: one JSON document (`-j`), or one JSON object per line (`--jsonl`).
 *
 * Every `--jsonl` line has a `kind`: `output` for each chunk, `result` once per host, `summary`
 * last. The document holds what `result` and `summary` hold. Bytes are text if they are UTF-8 and
 * base64 otherwise, never both: `stdout` or `stdoutBase64`.
 * @module
 */

import { decodeUtf8 } from "../../base/bytes.ts";
import type { HostResult, HostResultWithOutput } from "../../trigger/results/host_result.ts";
import type { HostOutcome } from "../../protocol/job/host_state.ts";
import type { RolloutStop } from "../../trigger/rollout/rollout.ts";
import { countOutcomes, type OutcomeCounts } from "./run_summary.ts";
import { safeJson } from "../terminal/escape.ts";

/** The summary of a finished run. */
export interface RunSummary {
  /** The job's id at the hub, if it has one. */
  readonly job?: string;
  /** The reason why the rollout stopped, if it did. */
  readonly stopped?: RolloutStop["kind"];
  /** The hosts that have not ended, if the program no longer waits for them. */
  readonly underWay?: readonly string[];
  /** The exit status of the program. */
  readonly exitStatus: number;
}

/**
 * Yields the document of `-j` in pieces, with a final newline. The whole can be much larger than
 * its parts when many hosts have printed the same.
 */
export function* jsonDocument(
  results: Iterable<HostResultWithOutput>,
  summary: RunSummary,
): Iterable<string> {
  const outcomes: HostOutcome[] = [];
  yield '{\n  "results": [';
  for (const result of results) {
    yield outcomes.length === 0 ? "\n    " : ",\n    ";
    outcomes.push(result.outcome);
    yield indentedJson({ host: result.node, ...endFields(result), ...outputFields(result) }, 4);
  }
  yield outcomes.length === 0 ? "],\n" : "\n  ],\n";
  yield `  "summary": ${indentedJson(summaryFields(outcomes, summary), 2)}\n}\n`;
}

/** Returns JSON with all lines but the first indented. Its strings contain no newline. */
function indentedJson(value: unknown, by: number): string {
  return safeJson(value, 2).replaceAll("\n", `\n${" ".repeat(by)}`);
}

/** Returns a `--jsonl` line with a chunk of a host's output. */
export function jsonOutputLine(
  node: string,
  stream: "stdout" | "stderr",
  chunk: Uint8Array,
): string {
  return `${safeJson({ kind: "output", host: node, stream, ...bytesField("data", chunk) })}\n`;
}

/** Returns a `--jsonl` line with a host's result. Its output was written in chunks before. */
export function jsonResultLine(node: string, end: HostResult): string {
  return `${safeJson({ kind: "result", host: node, ...endFields(end) })}\n`;
}

/** Returns the last `--jsonl` line. */
export function jsonSummaryLine(outcomes: Iterable<HostOutcome>, summary: RunSummary): string {
  return `${safeJson({ kind: "summary", ...summaryFields(outcomes, summary) })}\n`;
}

type JsonFields = Readonly<Record<string, unknown>>;

function endFields({ outcome, droppedBytes, durationMs, auditHead }: HostResult): JsonFields {
  return {
    state: outcome.kind,
    ...outcomeFields(outcome),
    droppedBytes,
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(auditHead === undefined ? {} : { auditHead }),
  };
}

/** Returns the fields of an outcome. `code` is always an exit code. */
function outcomeFields(outcome: HostOutcome): JsonFields {
  switch (outcome.kind) {
    case "exited":
      return { code: outcome.code };
    case "signalled":
      return { signal: outcome.signal };
    case "refused":
      return { refusal: outcome.code, reason: outcome.reason };
    case "allowed":
      return { rule: outcome.rule, summary: outcome.summary };
    case "undone": {
      const { reason, code, said } = outcome;
      return { reason, ...(code === undefined ? {} : { undoCode: code }), undoSaid: said };
    }
    case "expired": {
      const { reason, canRunUntil } = outcome;
      return {
        ...(reason === undefined ? {} : { reason }),
        ...(canRunUntil === undefined ? {} : { canRunUntil: new Date(canRunUntil).toISOString() }),
      };
    }
    case "lost":
      return outcome.reason === undefined ? {} : { reason: outcome.reason };
    default:
      return {};
  }
}

function outputFields({ stdout, stderr }: HostResultWithOutput): JsonFields {
  return { ...bytesField("stdout", stdout), ...bytesField("stderr", stderr) };
}

function summaryFields(
  outcomes: Iterable<HostOutcome>,
  summary: RunSummary,
): OutcomeCounts & RunSummary {
  return { ...countOutcomes(outcomes), ...summary };
}

function bytesField(name: string, bytes: Uint8Array): JsonFields {
  try {
    return { [name]: decodeUtf8(bytes) };
  } catch {
    return { [`${name}Base64`]: bytes.toBase64() };
  }
}
