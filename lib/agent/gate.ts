/**
 * The way into the agent: whatever asks it to run something is judged here and nowhere else.
 * Imports `envelope`.
 * @module
 */
import { hash } from "node:crypto";
import { LEGACY_ALL } from "../envelope/legacy.ts";
import type { UnsignedCommand } from "../envelope/session.ts";
import type { Admission } from "./admission.ts";
import type { Journal } from "./journal.ts";

/** What a gate needs to know. */
export interface GateOptions {
  /** The agent's name, compared exactly. */
  readonly name: string;
  /** Whether commands that nobody has signed may run. */
  readonly insecure: boolean;
  readonly journal: Journal;
}

/** The longest that a command of the first program runs: a day, in milliseconds. */
const UNSIGNED_TIMEOUT_MS = 86_400_000;
/** How long the id of an unsigned command is remembered, in milliseconds. */
const UNSIGNED_LIFE_MS = 300_000;

/** Judges what comes in. */
export class Gate {
  readonly #options: GateOptions;

  /** Makes a gate. */
  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Judges a command of the first program. Never throws on what a stranger sent. */
  unsigned({ id, host, command }: Omit<UnsignedCommand, "kind">): Admission {
    const { name, insecure, journal } = this.#options;
    if (!insecure) return { kind: "ignore", reason: "an unsigned command without --insecure" };
    if (host !== name && host !== LEGACY_ALL) return { kind: "ignore", reason: "for another host" };
    const digest = unsignedDigest({ host, command });
    const now = Date.now();
    const request = { id, digest, issued: now, expires: now + UNSIGNED_LIFE_MS };
    if (journal.accept(request).kind !== "new") return { kind: "repeated", id };
    const run = { kind: "shell", command } as const;
    const limits = { timeoutMs: UNSIGNED_TIMEOUT_MS, maxOutput: null, survive: false };
    return { kind: "run", id, job: { id, digest, run, ...limits } };
  }
}

/** Hex SHA-256 of an unsigned command, as its result repeats it. */
export function unsignedDigest({ host, command }: { host: string; command: string }): string {
  return hash("sha256", `${host}:${command}`, "hex");
}
