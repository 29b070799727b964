/**
 * A copy by root into a folder of another user; needs root.
 * @module
 */
import { CopyPlace, type Running } from "./copy_place.ts";

/** The user whose folder it is: `nobody`. */
export const UID = 65_534;

/** The folder `in`, which another user owns. */
export class OthersPlace extends CopyPlace {
  /** The user's folder. */
  readonly in: string = this.path("in");

  /** Creates the folder. */
  constructor() {
    super();
    Deno.chmodSync(this.folder, 0o711);
    this.give("in");
  }

  /** Creates a folder, or a file with `content`, and gives it to the user. */
  give(name: string, content?: string, uid: number = UID): void {
    if (content === undefined) Deno.mkdirSync(this.path(name), { mode: 0o755 });
    else Deno.writeTextFileSync(this.path(name), content);
    Deno.chownSync(this.path(name), uid, uid);
  }

  /** Returns the owner of `name`. */
  owner(name: string): number | null {
    return Deno.lstatSync(this.path(name)).uid;
  }

  /** Returns the content of `name`. */
  text(name: string): string {
    return Deno.readTextFileSync(this.path(name));
  }

  /** Returns an environment whose PATH replaces `program` by this shell line. */
  async without(program: string, line: string): Promise<Running> {
    await Deno.mkdir(this.path("bin"), { recursive: true });
    await Deno.writeTextFile(this.path(`bin/${program}`), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    return { env: { PATH: `${this.path("bin")}:${Deno.env.get("PATH")}` } };
  }
}
