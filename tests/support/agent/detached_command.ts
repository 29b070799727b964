/**
 * The processes and files of a detached command, seen from outside.
 * @module
 */
import assert from "node:assert/strict";
import { findLeft } from "./run_command.ts";

/** The only command in an agent's folder for detached commands. */
export interface DetachedCommandFiles {
  /** The id of the request. */
  readonly job: string;
  /** The folder of its supervisor. */
  readonly folder: string;
  /** The process id of its supervisor. */
  readonly supervisor: number;
  /** The process id of the command. */
  readonly command: number;
}

/** Finds the only detached command in the state folder `state`; waits until it has started. */
export async function findDetachedCommand(state: string): Promise<DetachedCommandFiles> {
  while (true) {
    const [job, second] = names(`${state}/survivors`);
    assert.equal(second, undefined, "there is more than one detached command");
    const folder = `${state}/survivors/${job}`;
    if (job !== undefined && names(folder).includes("running")) {
      const [supervisor, command] = ["keeper", "command.pid"]
        .map((name) => Number.parseInt(Deno.readTextFileSync(`${folder}/${name}`)));
      assert.ok(supervisor && command);
      return { job, folder, supervisor, command };
    }
    await nextLook();
  }
}

/** A spool file: a part of a stream. */
export interface SpoolPart {
  readonly offset: number;
  readonly size: number;
}

/** Returns the parts of a stream in a supervisor's folder, in order. */
export function spoolPartsIn(folder: string, stream: "stdout" | "stderr"): SpoolPart[] {
  return names(folder).filter((name) => name.startsWith(`${stream}.`)).flatMap((name) => {
    const size = sizeOf(`${folder}/${name}`);
    return size === undefined ? [] : [{ offset: Number(name.split(".")[1]), size }];
  }).toSorted((one, other) => one.offset - other.offset);
}

/** Returns how many bytes a folder holds. */
export function spoolBytesIn(folder: string): number {
  return names(folder)
    .map((name) => sizeOf(`${folder}/${name}`) ?? 0)
    .reduce((sum, size) => sum + size, 0);
}

/** Returns the size of a file; `undefined` if the supervisor has removed it since it was listed. */
function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return undefined;
  }
}

/** Waits until the supervisor of `folder` has recorded the end of its command. */
export async function waitUntilSpooled(folder: string): Promise<void> {
  while (!names(folder).some((name) => /^(exited|signalled)\./.test(name))) await nextLook();
}

/** Waits until the text of a file matches. */
export async function waitForFile(path: string, pattern: RegExp): Promise<void> {
  while (!pattern.test(await Deno.readTextFile(path).catch(() => ""))) await nextLook();
}

/**
 * Waits until the folder for detached commands of `state` is empty, and no process of its job is
 * left.
 */
export async function waitUntilRemoved(
  state: string,
  { job, command }: DetachedCommandFiles,
): Promise<void> {
  while (names(`${state}/survivors`).length > 0) await nextLook();
  while ((await findLeft(job, command)).length > 0) await nextLook();
}

function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return [];
  }
}

function nextLook(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
