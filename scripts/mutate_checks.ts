/**
 * Takes out every single check between the bytes that reach an agent or a hub and what it does, one
 * at a time, and runs the tests that must notice. Lists the checks that nothing missed.
 *
 *     deno task mutate [PART OF A FILE'S NAME…]
 *
 * Works on copies of the tree in a temporary folder, two at a time.
 * @module
 */

import { ALL_MUTANTS } from "./mutate/all_mutants.ts";
import type { Change, MutatedFile } from "./mutate/mutant.ts";
import { openWorkshop } from "./mutate/workshop.ts";

const PARALLEL = 2;

/** One check of one file. */
interface Task {
  readonly mutated: MutatedFile;
  readonly change: Change;
}

const USAGE = `usage: deno task mutate [PART OF A FILE'S NAME…]
Takes out every check, one at a time, and lists those that the tests do not miss.
All of them take 5 to 15 minutes on two cores; status 0 says that none survived.`;

async function main(parts: readonly string[]): Promise<number> {
  if (parts.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const files = ALL_MUTANTS.filter(({ file }) =>
    parts.length === 0 || parts.some((part) => file.includes(part))
  );
  if (!await isSound(files)) return 1;
  const tasks = files.flatMap((mutated) => mutated.changes.map((change) => ({ mutated, change })));
  const survivors: string[] = [];
  const queue = tasks.values();
  await Promise.all(Array.from({ length: PARALLEL }, () => work(queue, survivors)));
  for (const survivor of survivors) console.log(`survived: ${survivor}`);
  console.log(`${tasks.length} checks taken out, ${survivors.length} survived`);
  return tasks.length > 0 && survivors.length === 0 ? 0 : 1;
}

/** Tests that fail anyway would notice everything. */
async function isSound(files: readonly MutatedFile[]): Promise<boolean> {
  await using workshop = await openWorkshop();
  if (await workshop.isSound(files)) return true;
  console.log("the tests fail although nothing was taken out");
  return false;
}

/** Takes tasks until there are none left. */
async function work(queue: Iterator<Task> & Iterable<Task>, survivors: string[]): Promise<void> {
  await using workshop = await openWorkshop();
  for (const task of queue) {
    const verdict = await workshop.mutate(task.mutated, task.change);
    const title = `${task.mutated.file}: ${task.change.name}`;
    console.log(`${verdict.kind === "killed" ? "ok" : "SURVIVED"}  ${title}`);
    if (verdict.kind === "survived") survivors.push(title);
    if (verdict.kind === "invalid") survivors.push(`${title} (${verdict.reason})`);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
