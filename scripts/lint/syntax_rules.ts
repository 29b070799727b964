/**
 * The lint rules about single expressions: what the house does not write.
 * @module
 */

import { type Place, placeOf } from "./layers.ts";
import { pathInProject } from "./project.ts";

const TOP_LEVEL = ":matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration";

/** Functions at the top of a file are declared as such. */
export const noTopLevelArrowRule: Deno.lint.Rule = forbid(
  `${TOP_LEVEL} > VariableDeclarator > :matches(ArrowFunctionExpression, FunctionExpression)`,
  { message: "a function at the top of a file is written as a function declaration" },
);

/** No state that all callers of a module share. */
export const noModuleStateRule: Deno.lint.Rule = forbid(
  `${TOP_LEVEL}[kind!="const"]`,
  { message: "a module has no state of its own", except: ["tests"] },
);

/** `#field` is private at run time too; `private` is a promise of the compiler's only. */
export const noPrivateKeywordRule: Deno.lint.Rule = forbid(
  ':matches(PropertyDefinition, MethodDefinition)[accessibility="private"]',
  { message: "write #name instead of private" },
);

/** An export has one name, the same wherever it is imported. */
export const noDefaultExportRule: Deno.lint.Rule = forbid(
  "ExportDefaultDeclaration",
  { message: "an export needs a name" },
);

/** A test gets no permissions unless it names some (`tests/support/test_defaults.ts`). */
export const testPermissionsRule: Deno.lint.Rule = forbid(
  'CallExpression[callee.object.name="Deno"][callee.property.name="test"] ' +
    'Property[key.name="permissions"] > Literal',
  { message: "a test names the permissions that it needs; none is the default" },
);

/** Makes a rule that reports whatever `selector` finds. */
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
