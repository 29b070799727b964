/**
 * A host's end of a copy, in a temporary folder: runs the script of `lib/trigger/requests/copy_script.ts`.
 * @module
 */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { copyCommand, type CopyPlan } from "../../../lib/trigger/requests/copy_script.ts";

/** What is copied if nothing else is said. */
export const BYTES: Uint8Array = encodeUtf8("hello, world\n");

/** Its digest. */
export const SUM: string = hash("sha256", BYTES, "hex");

/** The private folder of a copy that is not whole, without the end that `mktemp` chooses. */
export const PRIVATE: string = `.file.${SUM.slice(0, 16)}.`;

/** How the script is run. */
export interface Running {
  /** The shell, with its options; `/bin/sh` if nothing else is said. */
  readonly shell?: readonly [string, ...string[]];
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of a copy. */
export interface Copied {
  /** The exit code. */
  readonly code: number;
  /** What was said on stdout. */
  readonly said: string;
  /** What was said on stderr. */
  readonly problem: string;
}

/** A folder, and a host's end of a copy into it. */
export class CopyPlace implements AsyncDisposable {
  /** Its path. */
  readonly folder: string = Deno.makeTempDirSync();

  /** The path of `name` in the folder. */
  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** What happens when the host reads `bytes`. */
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

  /** The files in the folder: names with contents. */
  content(): Record<string, string> {
    const names = [...Deno.readDirSync(this.folder)].filter(({ isFile }) => isFile);
    return Object.fromEntries(
      names.map(({ name }) => [name, Deno.readTextFileSync(this.path(name))]),
    );
  }

  /** The names of what is in the folder, or in another. */
  names(folder: string = this.folder): string[] {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
  }

  /** What has come of a file that is not whole. */
  part(start: string = PRIVATE): string | undefined {
    const [name, ...more] = this.names().filter((each) => each.startsWith(start));
    assert.deepEqual(more, [], "one private folder at most");
    return name && Deno.readTextFileSync(this.path(`${name}/copy.part`));
  }

  /** The permission bits of `name`, in octal. */
  mode(name: string): string {
    return ((Deno.statSync(this.path(name)).mode ?? 0) & 0o7777).toString(8);
  }

  /** Removes all. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The archive of a folder with these files, by GNU tar, all of 2001. */
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

/** What is different about the copy of a folder. */
export function treePlan(archive: Uint8Array): Partial<CopyPlan> {
  const sha256 = hash("sha256", archive, "hex");
  return { name: "tree", size: archive.length, sha256, isFolder: true };
}
