/**
 * The checks of `lib/base`: files and folders that must be relied on. May import `mutant.ts`.
 * @module
 */

import { changed, type MutatedFile, never, without } from "./mutant.ts";

/** Files and folders of root and of this user. */
export const BASE: readonly MutatedFile[] = [
  {
    file: "lib/base/private_file.ts",
    tests: ["tests/base/private_file_test.ts"],
    changes: [
      changed("links", "Deno.lstatSync(path)", "Deno.statSync(path)"),
      changed("the folders above", "above ?? kindProblem(named)", "kindProblem(named)"),
      changed("what kind of file it is", "above ?? kindProblem(named)", "above"),
      never("that it is the file that was looked at", "!isSame"),
      never("the mode of files", "(opened.mode ?? 0) & forbidden"),
      changed(
        "the mode of secrets",
        "secret ? OPEN_TO_OTHERS : WRITABLE_BY_OTHERS",
        "WRITABLE_BY_OTHERS",
      ),
      never("the length", "opened.size > maxBytes"),
      changed("the owner of files", 'return ownerProblem(opened.uid, "it");', "return undefined;"),
      changed(
        "that it is UTF-8",
        "fromUtf8(await readAll(file, rules.maxBytes))",
        "new TextDecoder().decode(await readAll(file, rules.maxBytes))",
      ),
    ],
  },
  {
    file: "lib/base/folder_chain.ts",
    tests: ["tests/base/folder_chain_test.ts"],
    changes: [
      changed("the mode of folders", "(mode & WRITABLE_BY_OTHERS) === 0 || ", "true || "),
      changed("the mode of folders above", "names.length > 0);", "names.length > 0 && false);"),
      changed("the sticky folder itself", "isAbove && mode & STICKY", "mode & STICKY"),
      changed("sticky folders", "isAbove && mode & STICKY", "isAbove"),
      changed("the owner of links", "ownerProblem(entry.uid, `the link ${path}`)", "undefined"),
      changed("the owner of folders", "ownerProblem(entry.uid, `the folder ${path}`) ??", ""),
      changed("where links lead", 'names.unshift(...entry.target.split("/"));', ""),
      changed("links without end", "++links > MAX_LINKS", "++links > 1e4"),
      changed("what was never looked at", "this.#sound.get(path) ?? HIDDEN", "MISSING"),
    ],
  },
  {
    file: "lib/base/private_folder.ts",
    tests: ["tests/base/private_folder_test.ts"],
    changes: [
      changed(
        "before it is made",
        "refuse(folders, path);\n  Deno.mkdirSync",
        "Deno.mkdirSync",
      ),
      never("the folder", "found"),
    ],
  },
  {
    file: "lib/base/silence.ts",
    tests: ["tests/base/silence_test.ts"],
    changes: [
      without("what was heard", "this.#heardMs = this.#clock.monotonic();"),
      without("that it was stopped", "if (!slept) return;"),
      changed("that a question may still come", " - MAX_BEAT_MS - 1_250", ""),
    ],
  },
  {
    file: "lib/base/locked_folder.ts",
    tests: ["tests/base/locked_folder_test.ts"],
    changes: [
      changed("that nobody else has it", "if (this.#lock.tryLockSync(true)) return;", "return;"),
      without("who may write to it", "makePrivateFolder(path);"),
    ],
  },
];
