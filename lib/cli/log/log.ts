/**
 * The log of a long-running program: LogTape to stderr, one line per record, as text for people or
 * as JSON for machines.
 *
 * Text: `nanoexec: warning: link to tcp://master:4444 lost`.
 *
 * JSON: `{"time":"…","level":"warning","logger":"nanoexec.link","message":"…","url":"…"}`.
 * @module
 */

import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";
import { type Clock, systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import { RateLimitedLog } from "./rate_limited_log.ts";
import { safeJson } from "../terminal/escape.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** How log records are written. */
export type LogFormat = "text" | "json";

/** What a {@linkcode Log} is made of. */
export interface LogOptions {
  /** The program's name: the first part of every category. */
  readonly program: string;
  /** Where the lines go. */
  readonly terminal: Terminal;
  /** How they look. */
  readonly format: LogFormat;
  /** How often `-v` was given: warnings are written without, and each adds one level. */
  readonly verbosity: number;
  /** The time for {@linkcode Log.peerEvents} and {@linkcode Log.failures}. */
  readonly clock: Clock;
}

/** A level of the log, from the least to the most important. */
export type LogLevel = "trace" | "debug" | "info" | "warning" | "error" | "fatal";

/**
 * Writes records of one part of the program. A `{name}` in the message stands for the property of
 * that name.
 */
export type PartLogger = Readonly<
  Record<LogLevel, (message: string, properties?: Record<string, unknown>) => void>
>;

/** An open log. There is one per process, because LogTape's configuration is global. */
export class Log implements Disposable {
  readonly #program: string;
  /** Events that peers cause, valid or not: bounded, at level `warning`. */
  readonly peerEvents: RateLimitedLog;
  /** What goes wrong at home as often as peers do something: bounded, at level `error`. */
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
    this.peerEvents = new RateLimitedLog((text) => peers.warning`${text}`, options);
    const home = getLogger([options.program, "home"]);
    this.failures = new RateLimitedLog((text) => home.error`${text}`, options);
  }

  /** The logger for one part of the program, such as `link` or `journal`. */
  logger(part: string): PartLogger {
    return getLogger([this.#program, part]);
  }

  /** Sums up what was held back and closes the log. */
  [Symbol.dispose](): void {
    this.peerEvents[Symbol.dispose]();
    this.failures[Symbol.dispose]();
    resetSync();
  }
}

/** Opens the log of `program` as its log options say, with the machine's clock. */
export function openLog(
  program: string,
  { logFormat: format, verbosity }: { readonly logFormat: LogFormat; readonly verbosity: number },
  terminal: Terminal,
): Log {
  return new Log({ program, terminal, format, verbosity, clock: systemClock });
}

/** The lowest level that is written when `-v` was given so often. */
function levelFor(verbosity: number): LogLevel {
  const levels: readonly LogLevel[] = ["warning", "info", "debug"];
  return levels[verbosity] ?? "trace";
}

function textFormat(program: string): (record: LogRecord) => string {
  return (record) => `${program}: ${record.level}: ${messageText(record)}`;
}

function formatJson(record: LogRecord): string {
  const fields = {
    ...record.properties,
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    logger: record.category.join("."),
    message: messageText(record),
  };
  return safeJson(Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, jsonField(field)]),
  ));
}

/** Properties are plain values; anything else is written as text. */
function jsonField(field: unknown): unknown {
  return typeof field === "number" || typeof field === "boolean" ? field : valueText(field);
}

/** LogTape hands over the message with texts at even places and values between them. */
function messageText(record: LogRecord): string {
  return record.message.map(valueText).join("");
}

function valueText(value: unknown): string {
  return truncate(messageOf(value));
}

/** A stranger's text may be in it: a log line is not the place for a megabyte. */
function truncate(text: string): string {
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE - 1)}…`;
}

const MAX_VALUE = 500;
