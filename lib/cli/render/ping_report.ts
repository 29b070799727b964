/**
 * The report of a ping, in words and as JSON: round-trip times, clock offsets, and hosts without a
 * valid answer.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { AliveHost, PingReport } from "../../trigger/queue/ping.ts";
import { escapeText } from "../terminal/escape.ts";

/**
 * The clock offset that is reported, in milliseconds. With a larger offset agents refuse requests,
 * or soon will.
 */
const FAR_OFF_MS = 5_000;
const MAX_REASON = 300;

/** Returns one line per kind of answer. */
export function pingLines(report: PingReport): readonly string[] {
  const { alive, away, unproven, silent } = report;
  return [
    ...aliveLines(alive),
    ...alive.filter(({ clockAheadMs }) => Math.abs(clockAheadMs) > FAR_OFF_MS)
      .map(({ name, clockAheadMs }) => `${name}: clock is ${skewText(clockAheadMs)}`),
    ...[...unproven].map(([name, why]) => `${name}: not verified: ${escapeText(why, MAX_REASON)}`),
    ...stateLine("not attached", away),
    ...stateLine("no answer", silent),
  ];
}

/** Returns the report as JSON; times in milliseconds. */
export function pingJson({ alive, away, unproven, silent }: PingReport): Record<string, unknown> {
  return {
    alive: alive.map(({ name: host, roundTripMs, clockAheadMs }) => ({
      host,
      roundTripMs: Math.round(roundTripMs * 1_000) / 1_000,
      clockAheadMs,
    })),
    unproven: [...unproven].map(([host, reason]) => ({ host, reason })),
    away,
    silent,
  };
}

function aliveLines(alive: readonly AliveHost[]): readonly string[] {
  if (alive.length === 0) return [];
  const times = alive.map(({ roundTripMs }) => roundTripMs).sort((a, b) => a - b);
  const clocks = alive.map(({ clockAheadMs }) => clockAheadMs);
  const [least = 0, middle = 0, most = 0] = [times[0], times[times.length >> 1], times.at(-1)];
  const trips = times.length === 1
    ? `round trip ${millis(least)} ms`
    : `round trip ${millis(least)} / ${millis(middle)} / ${millis(most)} ms (min / median / max)`;
  return [`${foldedNames(alive.map(({ name }) => name))}: ok, ${trips}, ${clockText(clocks)}`];
}

function clockText(aheadMs: readonly number[]): string {
  const most = aheadMs.reduce((worst, ms) => Math.max(worst, Math.abs(ms)), 0);
  return `clock offset within ${seconds(most)} s`;
}

/** Formats `12.5 s ahead`. */
function skewText(aheadMs: number): string {
  return `${seconds(Math.abs(aheadMs))} s ${aheadMs > 0 ? "ahead" : "behind"}`;
}

function stateLine(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${foldedNames(names)}: ${what}`];
}

function foldedNames(names: readonly string[]): string {
  return `${foldNodes(names)}${names.length > 1 ? ` (${names.length})` : ""}`;
}

function millis(ms: number): string {
  return ms.toFixed(1);
}

/** Formats seconds, rounded up so that "within" stays true. */
function seconds(ms: number): string {
  return (Math.ceil(ms / 100) / 10).toFixed(1);
}
