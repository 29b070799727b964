/**
 * Runs commands for the tests of `lib/agent`, and checks that no process of them is left.
 * @module
 */

import assert from "node:assert/strict";
import { concat } from "../../../lib/base/bytes.ts";
import type {
  Command,
  CommandSettings,
  ExecEnd,
  ExecEvent,
  ExecReport,
  Invocation,
  StreamName,
} from "../../../lib/agent/exec/command.ts";
import { runCommand, type RunCommandOptions } from "../../../lib/agent/jobs/run_command.ts";
import { detectHostTools } from "../../../lib/agent/os/host_tools.ts";

/** Whether the tests run as root. */
export const AS_ROOT: boolean = Deno.build.os === "linux" && Deno.uid() === 0;

/** The folders of the fixed PATH, for `permissions.read`. */
export const PROGRAM_FOLDERS: readonly string[] = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
];

/** The permissions of an agent that may run every program. */
export const AGENT_PERMISSIONS: Deno.PermissionOptionsObject = {
  run: true,
  sys: ["uid"],
  read: [...PROGRAM_FOLDERS],
};

/** A command in a test: a shell text, or the fields that differ from the defaults. */
export type TestCommand = string | Invocation & Partial<CommandSettings>;

/** The result of a command. */
export interface Ran {
  readonly job: string;
  readonly pid: number | undefined;
  readonly end: ExecEnd;
  readonly stdout: string;
  readonly stderr: string;
}

/** Completes a test's command; by default with ten seconds and 1 MiB. */
export function complete(command: TestCommand): Command {
  const given = typeof command === "string" ? { kind: "shell" as const, command } : command;
  return { timeoutMs: 10_000, maxOutput: 1024 * 1024, ...given };
}

/** Starts `command` as an agent on this host would. */
export async function start(
  command: TestCommand,
  options: Partial<RunCommandOptions> = {},
): Promise<{ readonly job: string; readonly events: AsyncGenerator<ExecEvent, void, void> }> {
  const job = options.job ?? crypto.randomUUID();
  const host = options.host ?? await detectHostTools();
  return {
    job,
    events: runCommand(complete(command), { hostName: "web1", ...options, host, job }),
  };
}

/** Runs `command` to its end. */
export async function runToEnd(
  command: TestCommand,
  options: Partial<RunCommandOptions> = {},
): Promise<Ran> {
  const { job, events } = await start(command, options);
  const output: Record<StreamName, Uint8Array[]> = { stdout: [], stderr: [] };
  let pid: number | undefined;
  for await (const event of events) {
    if (event.kind === "started") pid = event.pid;
    else if (event.kind === "output") output[event.stream].push(event.bytes);
    else {
      const text = (stream: StreamName) => new TextDecoder().decode(concat(output[stream]));
      return { job, pid, end: event, stdout: text("stdout"), stderr: text("stderr") };
    }
  }
  assert.fail("a command ended without an end");
}

/** Returns the report of an end that has one. */
export function reportOf(end: ExecEnd): ExecReport {
  assert.ok("report" in end, JSON.stringify(end));
  return end.report;
}

/**
 * Waits until no live process has the job's mark in its environment or is in its process group. The
 * kernel needs a moment for a SIGKILL; two seconds are enough.
 */
export async function assertNothingLeft({ job, pid }: Pick<Ran, "job" | "pid">): Promise<void> {
  const deadline = performance.now() + 2_000;
  let left = await findLeft(job, pid);
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    left = await findLeft(job, pid);
  }
  assert.deepEqual(left, []);
}

/** Returns the ids of live processes of a job. */
export async function findLeft(job: string, group?: number): Promise<readonly number[]> {
  const marked = await shell(
    'grep -lzxF -- "NANOEXEC_JOB=$1" /proc/[0-9]*/environ 2>/dev/null; true',
    job,
  );
  const stats = await shell("cat /proc/[0-9]*/stat 2>/dev/null; true");
  const pids = [...marked.matchAll(/^\/proc\/(\d+)\//gm)].map(([, pid]) => Number(pid));
  // The format is "PID (NAME) STATE PPID PGRP …", proc(5). Z and X are dead.
  const members = [...stats.matchAll(/^(\d+) \(.*\) [^ZX] \d+ (\d+) /gm)]
    .filter(([, , pgrp]) => Number(pgrp) === group)
    .map(([, pid]) => Number(pid));
  return [...new Set([...pids, ...members])];
}

async function shell(script: string, ...args: readonly string[]): Promise<string> {
  const command = new Deno.Command("/bin/sh", {
    args: ["-c", script, "sh", ...args],
    clearEnv: true,
    stderr: "inherit",
  });
  return new TextDecoder().decode((await command.output()).stdout);
}
