/**
 * Lint rules about single expressions.
 * @module
 */

import { pathInProject, type Place, placeOf } from "./layers.ts";

const TOP_LEVEL = ":matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration";

/** Requires function declarations at the top of a file. */
export const noTopLevelArrowRule: Deno.lint.Rule = forbid(
  `${TOP_LEVEL} > VariableDeclarator > :matches(ArrowFunctionExpression, FunctionExpression)`,
  { message: "write a function declaration at the top of a file" },
);

/** Forbids state that all users of a module share. */
export const noModuleStateRule: Deno.lint.Rule = forbid(
  `${TOP_LEVEL}[kind!="const"]`,
  { message: "module state is not allowed", except: ["tests"] },
);

/** Forbids `private`, which holds for the compiler only: `#field` is private at run time, too. */
export const noPrivateKeywordRule: Deno.lint.Rule = forbid(
  ':matches(PropertyDefinition, MethodDefinition)[accessibility="private"]',
  { message: "write #name instead of private" },
);

/** Forbids default exports: an export has one name everywhere. */
export const noDefaultExportRule: Deno.lint.Rule = forbid(
  "ExportDefaultDeclaration",
  { message: "export without a name" },
);

/** Requires a list of permissions; none is the default (`tests/support/test_defaults.ts`). */
export const testPermissionsRule: Deno.lint.Rule = forbid(
  'CallExpression[callee.object.name="Deno"][callee.property.name="test"] ' +
    'Property[key.name="permissions"] > Literal',
  { message: "name the permissions of a test; none is the default" },
);

/** Makes a rule that reports all matches of `selector`. */
function forbid(
  selector: string,
  options: { readonly message: string; readonly except?: readonly Place["kind"][] },
): Deno.lint.Rule {
  return {
    create(context) {
      const { kind } = placeOf(pathInProject(context.filename));
      if (options.except?.includes(kind)) return {};
      return {
        [selector](node: Deno.lint.Node) {
          context.report({ node, message: options.message });
        },
      };
    },
  };
}
