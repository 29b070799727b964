/**
 * The version of both programs, and the settings that `deno task compile` builds into an
 * executable. A host thus needs one file only. A run from source has no such settings. A build
 * replaces `baked.json` through an import map (`scripts/compile.ts`).
 * @module
 */
import data from "./baked.json" with { type: "json" };

/** The version, as semver.org defines it. */
export const VERSION = "0.2.0";

/** The settings of one build. */
export interface BuildSettings {
  /** Public keys of operators, one `nanoexec-ed25519 BASE64 COMMENT` line each. */
  readonly keys: readonly string[];
  /** The default queue of an agent. */
  readonly url?: string;
  /** The permission flags of the executable; empty when run from source. */
  readonly permissions: readonly string[];
}

/** The settings of this build. */
export const buildSettings: BuildSettings = parseBuildSettings(data);

/**
 * Parses the JSON settings of a build.
 * @throws {TypeError} if they have another shape or an unknown name
 */
export function parseBuildSettings(json: unknown): BuildSettings {
  if (typeof json !== "object" || json === null) {
    throw new TypeError("built-in data is not an object");
  }
  const { keys, url, permissions, ...unknown }: Partial<Record<string, unknown>> = { ...json };
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new TypeError(`built-in data has an unknown name: "${name}"`);
  if (url !== undefined && typeof url !== "string") {
    throw new TypeError("built-in url is not a text");
  }
  return {
    keys: stringList("keys", keys),
    ...(url === undefined ? {} : { url }),
    permissions: stringList("permissions", permissions),
  };
}

function stringList(name: string, value: unknown): readonly string[] {
  const isText = (item: unknown): item is string => typeof item === "string";
  if (Array.isArray(value) && value.every(isText)) return value;
  throw new TypeError(`built-in ${name} is not a list of texts`);
}
