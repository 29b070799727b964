/**
 * The checks of `lib/base`: files and folders that must be relied on. May import `mutant.ts`.
 * @module
 */

import { changed, type MutatedFile, never } from "./mutant.ts";

/** Files and folders of root and of this user. */
export const BASE: readonly MutatedFile[] = [
  {
    file: "lib/base/private_file.ts",
    tests: ["tests/base/private_file_test.ts"],
    changes: [
      changed("links", "look(path, rules, Deno.lstat)", "look(path, rules)"),
      never("what kind of file it is", "!info.isFile"),
      never("the mode of files", "(info.mode ?? 0) & forbidden"),
      changed(
        "the mode of secrets",
        "secret ? OPEN_TO_OTHERS : WRITABLE_BY_OTHERS",
        "WRITABLE_BY_OTHERS",
      ),
      never("the length", "info.size > maxBytes"),
      changed("the owner of files", "return ownerProblem(info);\n}", "return undefined;\n}"),
      never("the mode of folders", "(info.mode ?? 0) & WRITABLE_BY_OTHERS"),
      changed(
        "the owner of folders",
        "const owner = ownerProblem(info);",
        "const owner = undefined as Problem | undefined;",
      ),
      changed("the folder", " ?? folderProblem(await look(folder, rules), folder)", ""),
      changed(
        "that it is UTF-8",
        "fromUtf8(await Deno.readFile(path))",
        "await Deno.readTextFile(path)",
      ),
    ],
  },
  {
    file: "lib/base/locked_folder.ts",
    tests: ["tests/base/locked_folder_test.ts"],
    changes: [
      changed("that nobody else has it", "if (this.#lock.tryLockSync(true)) return;", "return;"),
      never("who may write to it", "problem"),
    ],
  },
];
