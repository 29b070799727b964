/**
 * Lint rules about imports and access to the runtime, from the layer table.
 * @module
 */

import {
  importComplaint,
  mayImportBuiltin,
  mayTouchRuntime,
  pathInProject,
  placeOf,
} from "./layers.ts";

/** The one file that writes to the terminal. */
const PRINTER = "lib/cli/terminal/terminal.ts";

/** Enforces the layer table, for every kind of import: type-only, dynamic, re-export. */
export const layersRule: Deno.lint.Rule = {
  create(context) {
    const file = pathInProject(context.filename);
    return {
      Program() {
        if (placeOf(file).kind !== "stray in lib") return;
        const message = `${file} is in no folder of the layer table (scripts/lint/layers.ts)`;
        context.report({ range: [0, 0], message });
      },
      ...onImport((node, specifier) => {
        const message = specifier === undefined
          ? "import without a literal path: its layer is unknown"
          : importComplaint(file, specifier);
        if (message !== undefined) context.report({ node, message });
      }),
    };
  },
};

/** Keeps `Deno.*` and `node:` built-ins in the files that the layer table names. */
export const runtimeAccessRule: Deno.lint.Rule = {
  create(context) {
    const file = pathInProject(context.filename);
    if (mayTouchRuntime(file)) return {};
    const hint = "use Deno in the files that scripts/lint/layers.ts lists";
    return {
      'Identifier[name="Deno"]'(node: Deno.lint.Identifier) {
        context.report({ node, message: `${file} may not use Deno`, hint });
      },
      ...onImport((node, specifier) => {
        if (!specifier?.startsWith("node:") || mayImportBuiltin(file, specifier)) return;
        context.report({ node, message: `${file} may not import ${specifier}`, hint });
      }),
    };
  },
};

/** Forbids `node:child_process` in lib: programs are started with `Deno.Command` only. */
export const noChildProcessRule: Deno.lint.Rule = {
  create(context) {
    if (placeOf(pathInProject(context.filename)).kind !== "layer") return {};
    return onImport((node, specifier) => {
      if (specifier !== "node:child_process" && specifier !== "child_process") return;
      context.report({ node, message: "lib starts programs with Deno.Command only" });
    });
  },
};

/** Allows one file in lib to print. Scripts and tests may print, too. */
export const noPrintRule: Deno.lint.Rule = {
  create(context) {
    const file = pathInProject(context.filename);
    const { kind } = placeOf(file);
    if ((kind !== "layer" && kind !== "main") || file === PRINTER) return {};
    const report = (node: Deno.lint.Node) => {
      context.report({ node, message: `only ${PRINTER} prints` });
    };
    return {
      'Identifier[name="console"]': report,
      'MemberExpression[object.name="Deno"][property.name=/^std(out|err)$/]': report,
    };
  },
};

/** Receives each import of any kind; without a specifier if that is not a literal. */
type ImportListener = (node: Deno.lint.Node, specifier: string | undefined) => void;

function onImport(listener: ImportListener): Deno.lint.LintVisitor {
  return {
    ImportDeclaration: (node) => listener(node, node.source.value),
    ExportAllDeclaration: (node) => listener(node, node.source.value),
    ExportNamedDeclaration(node) {
      if (node.source) listener(node, node.source.value);
    },
    ImportExpression: (node) => listener(node, literalText(node.source)),
    TSImportType: (node) => listener(node, literalText(node.argument)),
  };
}

function literalText(node: Deno.lint.Node): string | undefined {
  if (node.type === "TSLiteralType") return literalText(node.literal);
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}
