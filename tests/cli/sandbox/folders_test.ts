import assert from "node:assert/strict";
import {
  type FolderEnvironment,
  type ProgramFolders,
  userFolders,
} from "../../../lib/cli/sandbox/folders.ts";

const rows: readonly (readonly [string, FolderEnvironment, ProgramFolders | undefined])[] = [
  ["the defaults below HOME", { HOME: "/h" }, {
    config: "/h/.config/nanoexec",
    state: "/h/.local/state/nanoexec",
  }],
  ["the XDG variables first", { HOME: "/h", XDG_CONFIG_HOME: "/c/", XDG_STATE_HOME: "/s" }, {
    config: "/c/nanoexec",
    state: "/s/nanoexec",
  }],
  ["relative XDG variables as if unset", { HOME: "/h", XDG_CONFIG_HOME: "c", XDG_STATE_HOME: "" }, {
    config: "/h/.config/nanoexec",
    state: "/h/.local/state/nanoexec",
  }],
  ["a HOME of /", { HOME: "/" }, {
    config: "/.config/nanoexec",
    state: "/.local/state/nanoexec",
  }],
  ["nothing without HOME", {}, undefined],
  ["nothing with a relative HOME", { HOME: "h" }, undefined],
];

for (const [name, environment, folders] of rows) {
  Deno.test(`userFolders: ${name}`, () => {
    assert.deepEqual(userFolders(environment), folders);
  });
}
