/**
 * The project's own lint rules, loaded by `deno lint` through `lint.plugins` in deno.json.
 * For an exception write `// deno-lint-ignore nanoexec/RULE -- REASON`.
 * @module
 */

import { fileLengthRule, fileNameRule, moduleCommentRule } from "./file_rules.ts";
import { layersRule, noChildProcessRule, noPrintRule, runtimeAccessRule } from "./import_rules.ts";
import {
  noDefaultExportRule,
  noModuleStateRule,
  noPrivateKeywordRule,
  noTopLevelArrowRule,
  testPermissionsRule,
} from "./syntax_rules.ts";

/** All rules by name. */
export const plugin: Deno.lint.Plugin = {
  name: "nanoexec",
  rules: {
    "layers": layersRule,
    "runtime-access": runtimeAccessRule,
    "no-child-process": noChildProcessRule,
    "no-print": noPrintRule,
    "file-length": fileLengthRule,
    "file-name": fileNameRule,
    "module-comment": moduleCommentRule,
    "no-top-level-arrow": noTopLevelArrowRule,
    "no-module-state": noModuleStateRule,
    "no-private-keyword": noPrivateKeywordRule,
    "no-default-export": noDefaultExportRule,
    "test-permissions": testPermissionsRule,
  },
};

// deno-lint-ignore nanoexec/no-default-export -- Deno loads a plugin by its default export
export default plugin;
