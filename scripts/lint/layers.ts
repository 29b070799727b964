/**
 * The layer table: the allowed imports between folders under `lib`, between rooms of a folder, and
 * from other folders.
 * @module
 */

import { posix, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder under `lib`. */
export interface Layer {
  /** The other folders under `lib` that its files may import. */
  readonly mayImport: readonly string[];
  /**
   * Its rooms (folders directly in it), each with the other rooms that it may import; `.` stands
   * for the files directly in the layer's folder. Those may import every room. No rooms: no rule.
   */
  readonly rooms?: Readonly<Record<string, readonly string[]>>;
  /** Whether it may import npm packages. */
  readonly packages: boolean;
  /** The files that may use `Deno.*` and `node:` built-ins. */
  readonly runtime: "any" | readonly string[];
  /** Built-ins without access to the machine, for all files. */
  readonly builtins: readonly string[];
}

const PURE = { packages: false, runtime: [], builtins: [] } as const;
const CRYPTO_ONLY = { packages: true, runtime: [], builtins: ["node:crypto"] } as const;
const ANY_RUNTIME = { packages: true, runtime: "any", builtins: [] } as const;
const SHARED = ["base", "sp", "nodeset", "envelope", "protocol"] as const;

/** The table, lowest layer first; a layer may import only layers above it in this list. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  base: {
    mayImport: [],
    ...PURE,
    runtime: [
      "database_file.ts",
      "durable_file.ts",
      "private_file.ts",
      "private_folder.ts",
    ],
  },
  sp: {
    mayImport: ["base"],
    packages: true,
    runtime: ["transports/ipc.ts", "transports/node_socket.ts", "transports/tcp.ts"],
    builtins: ["node:buffer"],
    rooms: {
      endpoints: ["patterns", "wire"],
      patterns: ["wire"],
      transports: ["wire"],
      wire: [],
    },
  },
  nodeset: {
    mayImport: ["base"],
    ...PURE,
    rooms: {
      parsing: [],
      sets: ["parsing"],
      targets: ["parsing", "sets"],
    },
  },
  envelope: {
    mayImport: ["base", "nodeset"],
    ...CRYPTO_ONLY,
    rooms: {
      encoding: ["."],
      keys: ["."],
      signing: [".", "encoding", "keys"],
      statements: [".", "encoding", "keys", "signing"],
      trust: [".", "keys", "signing", "statements"],
    },
  },
  protocol: {
    mayImport: ["base", "nodeset", "envelope"],
    ...CRYPTO_ONLY,
    rooms: {
      session: [],
      agent: ["session"],
      job: ["agent"],
      operator: ["job", "session"],
    },
  },
  agent: {
    mayImport: SHARED,
    ...ANY_RUNTIME,
    rooms: {
      admission: ["exec", "records"],
      detached: ["admission", "exec", "os"],
      exec: ["os"],
      hub_link: ["exec"],
      jobs: ["admission", "detached", "exec", "hub_link", "records"],
      os: [],
      records: [],
    },
  },
  hub: {
    mayImport: SHARED,
    ...CRYPTO_ONLY,
    runtime: ["store/database.ts"],
    rooms: {
      agents: ["store"],
      input: ["agents"],
      jobs: ["agents", "input", "store"],
      operators: ["agents", "input", "jobs", "store"],
      store: [],
    },
  },
  trigger: {
    mayImport: [...SHARED, "hub"],
    ...CRYPTO_ONLY,
    builtins: ["node:crypto", "node:zlib"],
    rooms: {
      queue: ["results"],
      requests: ["queue"],
      results: [],
      rollout: ["targets"],
      targets: ["queue"],
    },
  },
  cli: {
    mayImport: [...SHARED, "agent", "hub", "trigger"],
    ...ANY_RUNTIME,
    rooms: {
      args: ["files", "log", "process", "render", "sandbox", "terminal"],
      commands: [
        "args",
        "facts",
        "files",
        "keys",
        "log",
        "present",
        "process",
        "render",
        "sandbox",
        "session",
        "shell",
        "targets",
        "terminal",
      ],
      facts: ["process", "sandbox"],
      files: ["render", "terminal"],
      keys: ["args", "files", "log", "process", "sandbox", "terminal"],
      log: ["render", "terminal"],
      present: ["args", "files", "render", "terminal"],
      process: ["render", "terminal"],
      render: ["terminal"],
      sandbox: [],
      session: [
        "args",
        "files",
        "keys",
        "log",
        "present",
        "process",
        "render",
        "sandbox",
        "targets",
        "terminal",
      ],
      shell: ["render", "sandbox", "targets", "terminal"],
      targets: ["args", "files", "sandbox", "terminal"],
      terminal: ["sandbox"],
    },
  },
};

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Returns the path of `filename` relative to the project's root; a relative one already is. */
export function pathInProject(filename: string): string {
  return relative(ROOT, resolve(ROOT, filename));
}

/** The room of the files directly in a layer's folder. */
const TOP = ".";

/** The part of the project that a file belongs to. */
export type Place =
  | { readonly kind: "layer"; readonly layer: string; readonly room: string }
  | { readonly kind: "stray in lib" | "main" | "scripts" | "tests" | "elsewhere" };

/** Returns the place of `path`, which is relative to the project's root. */
export function placeOf(path: string): Place {
  const [top = "", ...rest] = posix.normalize(path).split("/");
  const [folder = ""] = rest;
  if (top === "lib") {
    const known = rest.length > 1 && Object.hasOwn(LAYERS, folder);
    if (!known) return { kind: "stray in lib" };
    const room = rest.length > 2 ? rest[1] ?? TOP : TOP;
    const rooms = LAYERS[folder]?.rooms;
    if (rooms !== undefined && room !== TOP && !Object.hasOwn(rooms, room)) {
      return { kind: "stray in lib" };
    }
    return { kind: "layer", layer: folder, room };
  }
  if (rest.length === 0) return { kind: /^main_\w+\.ts$/.test(top) ? "main" : "elsewhere" };
  return { kind: top === "scripts" || top === "tests" ? top : "elsewhere" };
}

/** Returns why `file` may not import `specifier`; `undefined` if it may. */
export function importComplaint(file: string, specifier: string): string | undefined {
  const from = placeOf(file);
  if (!specifier.startsWith(".")) {
    const allowed = mayImportExternal(from, specifier);
    return allowed ? undefined : `${nameOf(file)} may not import ${specifier}`;
  }
  const target = posix.join(posix.dirname(file), specifier);
  const to = placeOf(target);
  if (!mayImportPlace(from, to)) return `${nameOf(file)} may not import ${nameOf(target)}`;
  if (mayImportRoom(from, to)) return undefined;
  return `${roomName(from)} may not import ${roomName(to)} (rooms in scripts/lint/layers.ts)`;
}

/** Returns whether `file` may use `Deno.*` and `node:` built-ins. */
export function mayTouchRuntime(file: string): boolean {
  const place = placeOf(file);
  if (place.kind !== "layer") return true;
  const runtime = LAYERS[place.layer]?.runtime ?? [];
  return runtime === "any" || runtime.includes(posix.relative(`lib/${place.layer}`, file));
}

/** Returns whether `file` may import the built-in `specifier`, such as `node:crypto`. */
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

/** Returns a room that imports itself through others; `undefined` if no room does. */
export function roomCycle(rooms: Readonly<Record<string, readonly string[]>>): string | undefined {
  return Object.keys(rooms).find((room) => {
    const reached = new Set<string>();
    const toVisit = [...rooms[room] ?? []];
    for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      toVisit.push(...rooms[next] ?? []);
    }
    return reached.has(room);
  });
}

/** Returns whether the rooms of one layer allow an import between two of its files. */
function mayImportRoom(from: Place, to: Place): boolean {
  if (from.kind !== "layer" || to.kind !== "layer" || from.layer !== to.layer) return true;
  const rooms = LAYERS[from.layer]?.rooms;
  if (rooms === undefined || from.room === TOP || from.room === to.room) return true;
  return rooms[from.room]?.includes(to.room) === true;
}

function roomName(place: Place): string {
  if (place.kind !== "layer") return place.kind;
  return place.room === TOP ? `lib/${place.layer}/*.ts` : `lib/${place.layer}/${place.room}`;
}

/**
 * Returns `lib/sp` for `lib/sp/tcp.ts`, `scripts` for `scripts/run.ts`, and a file in the root
 * unchanged.
 */
function nameOf(path: string): string {
  const folders = posix.dirname(path).split("/");
  if (folders[0] === ".") return posix.basename(path);
  return folders.slice(0, folders[0] === "lib" ? 2 : 1).join("/");
}
