/**
 * The log of a long-running program: LogTape to stderr, one line per event, as text for people or
 * as JSON for machines. A line holds the time (RFC 3339, UTC, milliseconds), the level, the event
 * and its fields.
 *
 * Text: `2026-11-23T05:14:48.120Z nanoexec: info: agent attached host=web1 addr=tcp://10.0.0.7:50112`.
 *
 * JSON: `{"host":"web1",…,"time":"…","level":"info","logger":"nanoexec.hub","message":"agent
 * attached"}`.
 * @module
 */

import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";
import { type Clock, systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import { RateLimitedLog } from "./rate_limited_log.ts";
import { safeJson } from "../terminal/escape.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** The format of log records. */
export type LogFormat = "text" | "json";

/** The settings of a {@linkcode Log}. */
export interface LogOptions {
  /** The program's name: the first part of every category. */
  readonly program: string;
  /** The terminal for the log lines. */
  readonly terminal: Terminal;
  /** The format of the lines. */
  readonly format: LogFormat;
  /** The number of `-v` flags. Warnings are always written, and each flag adds one level. */
  readonly verbosity: number;
  /** The clock for {@linkcode Log.peerEvents} and {@linkcode Log.failures}. */
  readonly clock: Clock;
}

/** A log level, from the least to the most important. */
export type LogLevel = "trace" | "debug" | "info" | "warning" | "error" | "fatal";

/** The fields of an event: values from peers too, which are escaped and cut when written. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes events of one part of the program. An event is a fixed phrase; what varies is a field, so
 * that a log can be searched for either.
 */
export type PartLogger = Readonly<Record<LogLevel, (event: string, fields?: LogFields) => void>>;

/** An open log. There is one per process, because LogTape's configuration is global. */
export class Log implements Disposable {
  readonly #program: string;
  /** The log of events that peers cause, valid or not: rate limited, at level `warning`. */
  readonly peerEvents: RateLimitedLog;
  /** The log of local failures that peers can trigger: rate limited, at level `error`. */
  readonly failures: RateLimitedLog;

  /** Configures LogTape and opens the log. */
  constructor(options: LogOptions) {
    this.#program = options.program;
    const format = options.format === "json" ? formatJson : textFormat(options.program);
    const lowestLevel = levelFor(options.verbosity);
    configureSync({
      reset: true,
      sinks: { terminal: (record) => options.terminal.log(format(record)) },
      loggers: [
        { category: [options.program], sinks: ["terminal"], lowestLevel },
        { category: ["logtape", "meta"], sinks: ["terminal"], lowestLevel: "error" },
      ],
    });
    const peers = getLogger([options.program, "peers"]);
    this.peerEvents = new RateLimitedLog((...event) => peers.warning(...event), options);
    const home = getLogger([options.program, "home"]);
    this.failures = new RateLimitedLog((...event) => home.error(...event), options);
  }

  /** Returns the logger for one part of the program, such as `hub` or `gate`. */
  logger(part: string): PartLogger {
    return getLogger([this.#program, part]);
  }

  /** Writes the summary of suppressed events and closes the log. */
  [Symbol.dispose](): void {
    this.peerEvents[Symbol.dispose]();
    this.failures[Symbol.dispose]();
    resetSync();
  }
}

/** Opens the log of `program` with the parsed log options and the system clock. */
export function openLog(
  program: string,
  { logFormat: format, verbosity }: { readonly logFormat: LogFormat; readonly verbosity: number },
  terminal: Terminal,
): Log {
  return new Log({ program, terminal, format, verbosity, clock: systemClock });
}

/** Returns the lowest level that is written with `verbosity` flags `-v`. */
function levelFor(verbosity: number): LogLevel {
  const levels: readonly LogLevel[] = ["warning", "info", "debug"];
  return levels[verbosity] ?? "trace";
}

function textFormat(program: string): (record: LogRecord) => string {
  return (record) => {
    const fields = Object.entries(record.properties).map(([name, value]) =>
      ` ${name}=${quoteValue(valueText(value))}`
    );
    const { level } = record;
    return `${timeText(record)} ${program}: ${level}: ${eventText(record)}${fields.join("")}`;
  };
}

function timeText({ timestamp }: LogRecord): string {
  return new Date(timestamp).toISOString();
}

/** Quotes a value that is empty or holds blanks or quotes, so that it cannot end its field. */
function quoteValue(value: string): string {
  return /^$|[\s"]/.test(value) ? `"${value.replaceAll(/["\\]/g, "\\$&")}"` : value;
}

function formatJson(record: LogRecord): string {
  const fields = {
    ...record.properties,
    time: timeText(record),
    level: record.level,
    logger: record.category.join("."),
    message: eventText(record),
  };
  return safeJson(Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, jsonField(field)]),
  ));
}

/** Returns a property as a JSON value. Values other than plain ones become text. */
function jsonField(field: unknown): unknown {
  return typeof field === "number" || typeof field === "boolean" ? field : valueText(field);
}

/** Returns the event of a record. LogTape splits a message at placeholders, and events have none. */
function eventText(record: LogRecord): string {
  return record.message.map(valueText).join("");
}

function valueText(value: unknown): string {
  return truncate(messageOf(value));
}

/** Truncates text, because it may be from an unauthenticated peer. */
function truncate(text: string): string {
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE - 1)}…`;
}

const MAX_VALUE = 500;
