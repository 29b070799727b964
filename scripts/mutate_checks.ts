/**
 * Mutation testing: removes the security checks of agent and hub one at a time, and runs the tests
 * that must fail without the check. Lists the mutants that survive.
 *
 *     deno task mutate [--list] [PART…]
 *
 * Each check is marked in the source with `// check: NAME`; `mutate/*_mutants.ts` say how it is
 * removed. Works on copies of the tree in a temporary folder, two at a time.
 * @module
 */

import { ALL_MUTANTS } from "./mutate/all_mutants.ts";
import { applyAll, type Mutation } from "./mutate/mutation.ts";
import { copySourceTree, ROOT } from "./mutate/source_copy.ts";

const PARALLEL = 2;

const USAGE = `usage: deno task mutate [--list] [PART…]
Remove the marked checks one at a time, run their tests, and list the mutants that survive.
  PART    run only mutants with a word of GROUP: MARKER: NAME, or a file, that starts with PART
  --list  list the mutants and their tests, run nothing
All mutants take 5 to 15 minutes on two cores. Exit status 0: none survived.`;

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
  if (chosen.length === 0) return print(`no such mutant: ${parts.join(" or ")}`, 1);
  return option === "--list" ? list(chosen) : await run(chosen);
}

/** Returns whether a word of the title, or a part of the path, begins with `part`. */
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
  if (!await testsPass(mutations)) return print("tests fail without any mutation", 1);
  const survivors: string[] = [];
  const queue = mutations.values();
  await Promise.all(Array.from({ length: PARALLEL }, () => work(queue, survivors)));
  for (const survivor of survivors) console.log(`survived: ${survivor}`);
  console.log(`${mutations.length} mutants, ${survivors.length} survived`);
  return survivors.length === 0 ? 0 : 1;
}

/** Returns whether the tests pass unchanged: tests that always fail would kill every mutant. */
async function testsPass(mutations: readonly Mutation[]): Promise<boolean> {
  await using copy = await copySourceTree();
  return await copy.passes(mutations);
}

/** Takes mutations from the queue until it is empty. */
async function work(queue: IteratorObject<Mutation>, survivors: string[]): Promise<void> {
  await using copy = await copySourceTree();
  for (const mutation of queue) {
    const verdict = await copy.mutate(mutation);
    const title = `${mutation.file}: ${mutation.title}`;
    console.log(`${verdict.kind === "killed" ? "ok" : "SURVIVED"}  ${title}`);
    if (verdict.kind === "survived") survivors.push(title);
    if (verdict.kind === "invalid") survivors.push(`${title} (${verdict.reason})`);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
