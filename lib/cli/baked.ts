/**
 * What `deno task compile` puts into an executable, so that one file is all a host needs. Running
 * from source nothing is baked in. Imports nothing but `baked.json`, which a build replaces by its
 * own through an import map (`scripts/compile.ts`).
 * @module
 */

import data from "./baked.json" with { type: "json" };

/** The settings of one build. */
export interface Baked {
  /** Public keys of operators, one `nanoexec-ed25519 BASE64 COMMENT` line each. */
  readonly keys: readonly string[];
  /** The queue that an agent dials when the command line names none. */
  readonly url?: string;
  /** The permission flags that the executable was built with; empty when run from source. */
  readonly permissions: readonly string[];
}

/** The settings of this build. */
export const baked: Baked = parseBaked(data);

/**
 * Checks the parsed JSON of a build.
 * @throws {TypeError} if it is of another shape, or has an unknown name in it
 */
export function parseBaked(json: unknown): Baked {
  if (typeof json !== "object" || json === null) throw new TypeError("baked data is not an object");
  const { keys, url, permissions, ...unknown }: Partial<Record<string, unknown>> = { ...json };
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new TypeError(`baked data has an unknown name: "${name}"`);
  if (url !== undefined && typeof url !== "string") throw new TypeError("baked url is not a text");
  return {
    keys: texts("keys", keys),
    ...(url === undefined ? {} : { url }),
    permissions: texts("permissions", permissions),
  };
}

function texts(name: string, value: unknown): readonly string[] {
  const isText = (item: unknown): item is string => typeof item === "string";
  if (Array.isArray(value) && value.every(isText)) return value;
  throw new TypeError(`baked ${name} is not a list of texts`);
}
