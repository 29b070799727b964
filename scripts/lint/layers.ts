/**
 * The layer table: which folder under `lib` may import which, and who may import `lib`.
 * Pure; imports `node:path` only.
 * @module
 */

import { posix } from "node:path";

/** A folder under `lib`. */
export interface Layer {
  /** The other folders under `lib` that it may import. */
  readonly mayImport: readonly string[];
  /** Whether it may import npm packages. */
  readonly packages: boolean;
  /** The files that may touch the machine: `Deno.*` and `node:` built-ins. */
  readonly runtime: "any" | readonly string[];
  /** Built-ins that touch nothing, for all files. */
  readonly builtins: readonly string[];
}

const PURE = { packages: false, runtime: [], builtins: [] } as const;
const CRYPTO_ONLY = { packages: true, runtime: [], builtins: ["node:crypto"] } as const;
const ANY_RUNTIME = { packages: true, runtime: "any", builtins: [] } as const;
const SHARED = ["base", "sp", "nodeset", "envelope"] as const;

/** The table, lowest layer first; a layer may import only layers above it in this list. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  base: {
    mayImport: [],
    ...PURE,
    runtime: [
      "damaged_database.ts",
      "durable_file.ts",
      "folder_chain.ts",
      "locked_folder.ts",
      "private_file.ts",
      "private_folder.ts",
    ],
  },
  sp: {
    mayImport: ["base"],
    packages: true,
    runtime: ["ipc.ts", "node_socket.ts", "node_stream.ts", "tcp.ts"],
    builtins: ["node:buffer"],
  },
  nodeset: { mayImport: ["base"], ...PURE },
  envelope: { mayImport: ["base", "nodeset"], ...CRYPTO_ONLY },
  agent: { mayImport: SHARED, ...ANY_RUNTIME },
  hub: { mayImport: SHARED, ...CRYPTO_ONLY, runtime: ["store/database.ts"] },
  trigger: { mayImport: [...SHARED, "hub"], ...CRYPTO_ONLY },
  cli: { mayImport: [...SHARED, "agent", "hub", "trigger"], ...ANY_RUNTIME },
};

/** What part of the project a file belongs to. */
export type Place =
  | { readonly kind: "layer"; readonly layer: string }
  | { readonly kind: "stray in lib" | "main" | "scripts" | "tests" | "elsewhere" };

/** Finds the place of `path`, which is relative to the project's root. */
export function placeOf(path: string): Place {
  const [top = "", ...rest] = posix.normalize(path).split("/");
  const [folder = ""] = rest;
  if (top === "lib") {
    const known = rest.length > 1 && Object.hasOwn(LAYERS, folder);
    return known ? { kind: "layer", layer: folder } : { kind: "stray in lib" };
  }
  if (rest.length === 0) return { kind: /^main_\w+\.ts$/.test(top) ? "main" : "elsewhere" };
  return { kind: top === "scripts" || top === "tests" ? top : "elsewhere" };
}

/** Says why `file` may not import `specifier`, or `undefined` when it may. */
export function importObjection(file: string, specifier: string): string | undefined {
  const from = placeOf(file);
  if (!specifier.startsWith(".")) {
    const allowed = mayImportExternal(from, specifier);
    return allowed ? undefined : `${nameOf(file)} may not import ${specifier}`;
  }
  const target = posix.join(posix.dirname(file), specifier);
  const allowed = mayImportPlace(from, placeOf(target));
  return allowed ? undefined : `${nameOf(file)} may not import ${nameOf(target)}`;
}

/** Says whether `file` may touch the machine (`Deno.*`, `node:`). */
export function mayTouchRuntime(file: string): boolean {
  const place = placeOf(file);
  if (place.kind !== "layer") return true;
  const runtime = LAYERS[place.layer]?.runtime ?? [];
  return runtime === "any" || runtime.includes(posix.relative(`lib/${place.layer}`, file));
}

/** Says whether `file` may import the built-in `specifier`, such as `node:crypto`. */
export function mayImportBuiltin(file: string, specifier: string): boolean {
  const place = placeOf(file);
  if (mayTouchRuntime(file) || place.kind !== "layer") return true;
  return LAYERS[place.layer]?.builtins.includes(specifier) === true;
}

function mayImportExternal(from: Place, specifier: string): boolean {
  if (specifier.startsWith("node:")) return true; // in lib, the runtime-access rule decides
  if (from.kind === "main" || /^(\/|file:|https?:)/.test(specifier)) return false;
  return from.kind !== "layer" || LAYERS[from.layer]?.packages === true;
}

function mayImportPlace(from: Place, to: Place): boolean {
  switch (from.kind) {
    case "layer":
      return to.kind === "layer" &&
        (to.layer === from.layer || LAYERS[from.layer]?.mayImport.includes(to.layer) === true);
    case "main":
      return to.kind === "layer";
    case "scripts":
      return to.kind !== "tests" && to.kind !== "main";
    case "stray in lib": // reported as such
    case "tests":
    case "elsewhere":
      return true;
    default:
      return from satisfies never;
  }
}

/** `lib/sp` for `lib/sp/transports/tcp.ts`, `scripts` for `scripts/run.ts`, a file in the root as it is. */
function nameOf(path: string): string {
  const folders = posix.dirname(path).split("/");
  if (folders[0] === ".") return posix.basename(path);
  return folders.slice(0, folders[0] === "lib" ? 2 : 1).join("/");
}
