/**
 * A copy by root into a folder of another user; needs root.
 * @module
 */
import { CopyPlace, type Running } from "./copy_place.ts";

/** The user whose folder it is: `nobody`. */
export const UID = 65_534;

/** A folder `in` of another user's. */
export class OthersPlace extends CopyPlace {
  /** The user's folder. */
  readonly in: string = this.path("in");

  /** Makes the folder. */
  constructor() {
    super();
    Deno.chmodSync(this.folder, 0o711);
    this.give("in");
  }

  /** Makes a folder, or a file with `content`, and gives it to the user. */
  give(name: string, content?: string, uid: number = UID): void {
    if (content === undefined) Deno.mkdirSync(this.path(name), { mode: 0o755 });
    else Deno.writeTextFileSync(this.path(name), content);
    Deno.chownSync(this.path(name), uid, uid);
  }

  /** The user whose `name` is. */
  owner(name: string): number | null {
    return Deno.lstatSync(this.path(name)).uid;
  }

  /** What is in `name`. */
  text(name: string): string {
    return Deno.readTextFileSync(this.path(name));
  }

  /** A PATH in which `program` is this line of shell. */
  async without(program: string, line: string): Promise<Running> {
    await Deno.mkdir(this.path("bin"), { recursive: true });
    await Deno.writeTextFile(this.path(`bin/${program}`), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    return { env: { PATH: `${this.path("bin")}:${Deno.env.get("PATH")}` } };
  }
}
