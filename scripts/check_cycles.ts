/**
 * Finds import cycles among the given files and their imports, also type-only and dynamic ones.
 * Prints each cycle and exits with 1 if there is one.
 *
 *     deno task cycles
 * @module
 */

import { pathToFileURL } from "node:url";

/** Each file with the files that it imports. Paths are relative to the project's root. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The fields of the output of `deno info --json` that are used here. */
export interface ModuleInfo {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

/**
 * Turns `modules` into a graph of the files below `root`, a `file:` URL with a `/` at its end.
 * @throws {Error} if a module of the project cannot be read
 */
export function importGraph(modules: readonly ModuleInfo[], root: string): ImportGraph {
  const local = modules.filter(({ specifier }) => specifier.startsWith(root));
  const broken = local.find(({ error }) => error !== undefined);
  if (broken) throw new Error(broken.error);
  return new Map(local.map(({ specifier, dependencies = [] }) => {
    const targets = dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier])
      .filter((target) => target !== undefined)
      .filter((target) => target.startsWith(root))
      .map((target) => target.slice(root.length));
    return [specifier.slice(root.length), [...new Set(targets)]];
  }));
}

/** Finds cycles: each as the files along it, the first file not repeated at the end. */
export function findCycles(graph: ImportGraph): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const path: string[] = [];
  visitAll(graph.keys());
  return cycles;

  function visitAll(files: Iterable<string>): void {
    for (const file of files) visit(file);
  }

  function visit(file: string): void {
    if (finished.has(file)) return;
    const start = path.indexOf(file);
    if (start >= 0) {
      cycles.push(path.slice(start));
      return;
    }
    path.push(file);
    visitAll(graph.get(file) ?? []);
    path.pop();
    finished.add(file);
  }
}

/** Reads the modules of `files` and of their imports from `deno info`, each once. */
async function readModules(files: readonly string[]): Promise<ModuleInfo[]> {
  const known = new Map<string, ModuleInfo>();
  for (const file of files) {
    if (known.has(pathToFileURL(file).href)) continue;
    for (const module of await denoInfo(file)) known.set(module.specifier, module);
  }
  return [...known.values()];
}

async function denoInfo(file: string): Promise<readonly ModuleInfo[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", file],
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).modules;
}

async function main(files: readonly string[]): Promise<number> {
  const root = pathToFileURL(`${Deno.cwd()}/`).href;
  const graph = importGraph(await readModules(files), root);
  const cycles = findCycles(graph);
  for (const cycle of cycles) console.error(`import cycle: ${[...cycle, cycle[0]].join(" → ")}`);
  console.log(`${graph.size} files, ${cycles.length} import cycles`);
  return cycles.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
