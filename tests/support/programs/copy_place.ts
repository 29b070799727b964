/**
 * The receiving host of a copy, in a temporary folder: runs the script of
 * `lib/trigger/requests/copy_script.ts`.
 * @module
 */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { copyCommand, type CopyPlan } from "../../../lib/trigger/requests/copy_script.ts";

/** The default content of the file. */
export const BYTES: Uint8Array = encodeUtf8("hello, world\n");

/** Its digest. */
export const SUM: string = hash("sha256", BYTES, "hex");

/** The private name of an incomplete copy, without the suffix that `mktemp` chooses. */
export const PRIVATE: string = `.file.${SUM.slice(0, 16)}.`;

/** Options for running the script. */
export interface Running {
  /** The shell, with its options; `/bin/sh` by default. */
  readonly shell?: readonly [string, ...string[]];
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The result of a copy. */
export interface Copied {
  /** The exit code. */
  readonly code: number;
  /** Its stdout. */
  readonly said: string;
  /** Its stderr. */
  readonly problem: string;
}

/** A folder, and the receiving host of a copy into it. */
export class CopyPlace implements AsyncDisposable {
  /** Its path. */
  readonly folder: string = Deno.makeTempDirSync();

  /** Returns the path of `name` in the folder. */
  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** Runs the copy with `bytes` as standard input. */
  async copy(
    change: Partial<CopyPlan> = {},
    bytes: Uint8Array = BYTES,
    { shell: [shell, ...options] = ["/bin/sh"], env = {} }: Running = {},
  ): Promise<Copied> {
    const size = BYTES.length;
    const plan = { name: "file", size, sha256: SUM, dest: this.folder, newMode: "644" };
    const [_sh, ...args] = copyCommand({ ...plan, ...change });
    const child = new Deno.Command(shell, {
      args: [...options, ...args],
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(bytes).then(() => writer.close()).catch(() => {});
    const { code, stdout, stderr } = await child.output();
    const text = (output: Uint8Array) => new TextDecoder().decode(output);
    return { code, said: text(stdout), problem: text(stderr) };
  }

  /** Returns the files in the folder: names with contents. */
  content(): Record<string, string> {
    const names = [...Deno.readDirSync(this.folder)].filter(({ isFile }) => isFile);
    return Object.fromEntries(
      names.map(({ name }) => [name, Deno.readTextFileSync(this.path(name))]),
    );
  }

  /** Returns the names in the folder, or in another. */
  names(folder: string = this.folder): string[] {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
  }

  /** Returns the content of an incomplete file. */
  part(start: string = PRIVATE): string | undefined {
    const [name, ...more] = this.names().filter((each) => each.startsWith(start));
    assert.deepEqual(more, [], "one private folder at most");
    return name && Deno.readTextFileSync(this.path(`${name}/copy.part`));
  }

  /** Returns the permission bits of `name`, in octal. */
  mode(name: string): string {
    return ((Deno.statSync(this.path(name)).mode ?? 0) & 0o7777).toString(8);
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Returns a GNU tar archive of a folder with these files, all of 2001. */
export async function archiveOf(content: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(content)) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  await Deno.chmod(folder, 0o755);
  const args = ["--mtime=@1000000000", "-cf", "-", "-C", folder, "."];
  const { stdout } = await new Deno.Command("tar", { args }).output();
  await Deno.remove(folder, { recursive: true });
  return stdout;
}

/** Returns the plan fields that differ for a folder. */
export function treePlan(archive: Uint8Array): Partial<CopyPlan> {
  const sha256 = hash("sha256", archive, "hex");
  return { name: "tree", size: archive.length, sha256, isFolder: true };
}
