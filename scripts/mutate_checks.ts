/**
 * Takes out every single check between the bytes that reach an agent or a hub and what it does, one
 * at a time, and runs the tests that must notice. Lists the checks that no test misses.
 *
 *     deno task mutate [--list] [PART…]
 *
 * Each check is marked in the source with `// check: NAME`; `mutate/*_mutants.ts` say how it is taken
 * out. Works on copies of the tree in a temporary folder, two at a time.
 * @module
 */

import { ALL_MUTANTS } from "./mutate/all_mutants.ts";
import { applyAll, type Mutation } from "./mutate/mutation.ts";
import { openWorkshop, ROOT } from "./mutate/workshop.ts";

const PARALLEL = 2;

const USAGE = `usage: deno task mutate [--list] [PART…]
Takes out every check, one at a time, and lists the checks that no test misses.
  PART    only mutants with a word in GROUP: MARKER: NAME, or a file, that starts so
  --list  lists the mutants, and their tests, without a run
All of them take 5 to 15 minutes on two cores. Status 0: none survived.`;

async function main(args: readonly string[]): Promise<number> {
  const parts = args.filter((arg) => !arg.startsWith("-"));
  const [option, ...more] = args.filter((arg) => arg.startsWith("-"));
  if (option === "--help") return print(USAGE, 0);
  if (more.length > 0 || (option !== undefined && option !== "--list")) return print(USAGE, 2);
  const { mutations, problems } = await applyAll(ROOT, ALL_MUTANTS);
  for (const problem of problems) console.log(`not applied: ${problem}`);
  if (problems.length > 0) return 1;
  const chosen = mutations.filter((mutation) =>
    parts.length === 0 || parts.some((part) => isNamed(mutation, part))
  );
  if (chosen.length === 0) return print(`no mutant is named ${parts.join(" or ")}`, 1);
  return option === "--list" ? list(chosen) : await run(chosen);
}

/** Whether a word of the title, or the path from one of its folders on, begins with `part`. */
function isNamed({ file, title }: Mutation, part: string): boolean {
  return ` ${title}`.includes(` ${part}`) || `/${file}`.includes(`/${part}`);
}

function print(text: string, status: number): number {
  console.log(text);
  return status;
}

function list(mutations: readonly Mutation[]): number {
  for (const { file, line, title, tests } of mutations) {
    console.log(`${file}:${line}: ${title} (${tests.join(" ")})`);
  }
  return print(`${mutations.length} mutants`, 0);
}

async function run(mutations: readonly Mutation[]): Promise<number> {
  if (!await isSound(mutations)) return print("the tests fail with every check in place", 1);
  const survivors: string[] = [];
  const queue = mutations.values();
  await Promise.all(Array.from({ length: PARALLEL }, () => work(queue, survivors)));
  for (const survivor of survivors) console.log(`survived: ${survivor}`);
  console.log(`${mutations.length} checks taken out, ${survivors.length} survived`);
  return survivors.length === 0 ? 0 : 1;
}

/** Tests that fail anyway would notice everything. */
async function isSound(mutations: readonly Mutation[]): Promise<boolean> {
  await using workshop = await openWorkshop();
  return await workshop.isSound(mutations);
}

/** Takes mutations from the queue until there are none left. */
async function work(queue: IteratorObject<Mutation>, survivors: string[]): Promise<void> {
  await using workshop = await openWorkshop();
  for (const mutation of queue) {
    const verdict = await workshop.mutate(mutation);
    const title = `${mutation.file}: ${mutation.title}`;
    console.log(`${verdict.kind === "killed" ? "ok" : "SURVIVED"}  ${title}`);
    if (verdict.kind === "survived") survivors.push(title);
    if (verdict.kind === "invalid") survivors.push(`${title} (${verdict.reason})`);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
