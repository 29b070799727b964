/**
 * The checks of `lib/base`: files and folders that must be relied on.
 * @module
 */

import { becomes, type CheckGroup, never, removed, withoutOperand } from "./mutant.ts";
import {
  argument,
  call,
  condition,
  conditional,
  initialValue,
  operand,
  returned,
  whole,
} from "./selector.ts";

/** Files and folders of root and of this user. */
export const BASE: readonly CheckGroup[] = [
  {
    name: "private-file",
    tests: ["private_file"],
    checks: {
      "file-link": [becomes("symbolic links", call(), "Deno.statSync($2)")],
      "file-kind": [
        withoutOperand("the folders above", 1),
        withoutOperand("the kind of file", 2),
      ],
      "file-replaced": [never("that the opened file is the inspected file")],
      "file-mode": [never("the mode of files")],
      "secret-mode": [becomes("the mode of secrets", conditional, "$3")],
      "file-length": [never("the length")],
      "file-owner": [becomes("the owner of files", returned, "undefined")],
      "file-utf8": [becomes("that the text is UTF-8", call(), "new TextDecoder().decode($2)")],
    },
  },
  {
    name: "folder-chain",
    tests: ["private_folder_ownership"],
    checks: {
      "folder-mode": [
        becomes("the mode of folders", operand(1), "true"),
        withoutOperand("that a sticky folder is above", 1, operand(2)),
        withoutOperand("that a folder above is sticky", 2, operand(2)),
      ],
      "folder-above": [becomes("the mode of folders above", argument(3), "$0 && false")],
      "link-owner": [becomes("the owner of links", returned, "undefined")],
      "folder-owner": [withoutOperand("the owner of folders", 1)],
      "link-target": [removed("the folders that a link leads through")],
      "link-count": [becomes("endless links", condition, "$1 > 1e4")],
      "folder-hidden": [becomes("folders that were never inspected", returned, "MISSING")],
    },
  },
  {
    name: "private-folder",
    tests: ["private_folder"],
    checks: {
      "folder-made": [removed("the folder before it is made")],
      "folder-refused": [never("the folder")],
    },
  },
  {
    name: "database-file",
    tests: ["database_file"],
    checks: {
      "database-mode": [never("that a new database is made private")],
      "database-tightened": [becomes("the mode of a database", initialValue, "[]")],
    },
  },
  {
    name: "silence",
    tests: ["idle_timeout"],
    checks: {
      "last-heard": [removed("when a message was heard")],
      "heartbeat-stopped": [removed("that the timer was stopped")],
      "heartbeat-time": [becomes("the time that a heartbeat may take", initialValue, "$1.1")],
    },
  },
  {
    name: "locked-folder",
    tests: ["private_folder_locked"],
    checks: {
      "folder-lock": [becomes("the lock", whole, "return;")],
      "folder-private": [removed("who may write to the folder")],
    },
  },
];
