/**
 * Every rule of a request's body and of its times. May import `mutant.ts`.
 * @module
 */

import { changed, type MutatedFile, never, without } from "./mutant.ts";

function tests(...names: readonly string[]): readonly string[] {
  return names.map((name) => `tests/envelope/${name}_test.ts`);
}

/** The rules of bodies. */
export const BODY: readonly MutatedFile[] = [
  {
    file: "lib/envelope/schema.ts",
    tests: tests("schema", "one_spelling", "request"),
    changes: [
      never("a literal", "value !== expected"),
      never("one of some words", "found === undefined"),
      never("true or false", 'typeof value !== "boolean"'),
      changed("whole numbers", "!Number.isSafeInteger(value) || ", ""),
      changed("the least number", "|| Number(value) < min ", ""),
      changed("the greatest number", " || Number(value) > max", ""),
      never("that a text is one", 'typeof value !== "string"'),
      never("the least length of texts", "value.length < min"),
      never("the length of texts", "value.length * 3 > maxBytes && utf8Length(value) > maxBytes"),
      never("half characters", "!value.isWellFormed()"),
      never("NUL", 'value.includes("\\0")'),
      never("the form of texts", "pattern?.test(value) === false"),
      changed("hex digits", "&& pattern.test(value)) return", ") return"),
      changed("the beginning of hex digits", "RegExp(`^[0-9a-f]", "RegExp(`[0-9a-f]"),
      changed("the end of hex digits", "}$`);", "}`);"),
      never("base64", "length === undefined"),
      changed("the least length of base64", "length < min || length > max", "length > max"),
      changed("the length of base64", "length < min || length > max", "length < min"),
      never("that a list is one", "!Array.isArray(value)"),
      changed("the least length of lists", "value.length < min || value", "value"),
      changed("the length of lists", " || value.length > max", ""),
      without(
        "how many names there are",
        "if (names.length > entry.max) throw new SchemaError(path, `has more than ${entry.max} names`);",
      ),
      without(
        "the form of names",
        "if (!entry.name.test(name)) throw new SchemaError(path, `has a bad name ${quote(name)}`);",
      ),
      changed("the order of names", "Object.keys(source).sort()", "Object.keys(source)"),
      changed(
        "names of a record's values",
        "rebuilt[name] = entry.value(source[name], `${path}.${name}`)",
        "rebuilt[name] = source[name] as T",
      ),
      never("unknown fields", "unknown !== undefined"),
      changed(
        "fields that must be there",
        '} else if (typeof field === "function") {',
        "} else if (false) {",
      ),
      never("unknown variants", "variant === undefined"),
      never("rules on whole values", "problem !== undefined"),
      changed("null for an object", " || value === null || Array", " || Array"),
      changed("lists for an object", " || Array.isArray(value)) {", ") {"),
    ],
  },
  {
    file: "lib/envelope/body_fields.ts",
    tests: tests("body_fields", "request", "result"),
    changes: [
      changed("the beginning of user names", "/^[A-Za-z_]", "/^[A-Za-z_0-9#-]"),
      changed("the end of user names", "{0,62}\\$?$/;", "{0,62}\\$?/;"),
      changed(
        "the form of ids",
        "requestId: Schema<string> = hex(16)",
        "requestId: Schema<string> = text({ maxBytes: 99 })",
      ),
      changed(
        "times before 1970",
        "integer(0, MAX_UNIX_MILLIS)",
        "integer(-1e15, MAX_UNIX_MILLIS)",
      ),
      changed("times after 9999", "integer(0, MAX_UNIX_MILLIS)", "integer(0)"),
      changed(
        "the spelling of targets",
        'read.kind === "problem" ?',
        "read.kind === undefined as unknown ?",
      ),
      changed("the length of notes", "text({ maxBytes: 200 })", "text({ maxBytes: 2_000 })"),
    ],
  },
  {
    file: "lib/envelope/result.ts",
    tests: tests("result"),
    changes: [
      changed("that it ends after it begins", "endMs < startMs ?", "endMs < 0 ?"),
    ],
  },
  {
    file: "lib/envelope/request.ts",
    tests: [...tests("request"), "tests/agent/hostile_body_test.ts"],
    changes: [
      changed("the version", "v: literal(1)", "v: integer(0)"),
      changed("the form of user names", ", pattern: USER_NAME ", " "),
      changed("the beginning of folders", ", pattern: /^\\// ", " "),
      changed("the length of folders", "maxBytes: 4_096", "maxBytes: 40_960"),
      changed("the form of variables", "name: /^[A-Z_][A-Z0-9_]{0,63}$/", "name: /^/"),
      changed("the length of variables", "maxBytes: 32_768", "maxBytes: 327_680"),
      changed("how many variables there are", "max: 128,", "max: 1_280,"),
      changed("the length of stdin", "base64({ max: MAX_STDIN_BYTES })", "base64({ max: 1e9 })"),
      changed("no time limit", "integer(1, MAX_TIMEOUT_MS)", "integer(0, MAX_TIMEOUT_MS)"),
      changed("long time limits", "integer(1, MAX_TIMEOUT_MS)", "integer(1)"),
      changed(
        "negative output limits",
        "integer(0, MAX_OUTPUT_BYTES)",
        "integer(-9, MAX_OUTPUT_BYTES)",
      ),
      changed("large output limits", "integer(0, MAX_OUTPUT_BYTES)", "integer(0)"),
      changed("the mode", 'oneOf("run", "check")', 'oneOf("run", "check", "force" as "run")'),
      changed(
        "that there are words",
        "{ min: 1, max: MAX_ARGV_ITEMS }",
        "{ min: 0, max: MAX_ARGV_ITEMS }",
      ),
      changed(
        "how many words there are",
        "{ min: 1, max: MAX_ARGV_ITEMS }",
        "{ min: 1, max: 1e9 }",
      ),
      changed(
        "that a shell has a command",
        "text({ min: 1, maxBytes: MAX_COMMAND_BYTES })",
        "text({ maxBytes: MAX_COMMAND_BYTES })",
      ),
      changed(
        "the length of shell commands",
        "text({ min: 1, maxBytes: MAX_COMMAND_BYTES })",
        "text({ min: 1, maxBytes: 1e9 })",
      ),
      changed("programs without a name", 'argv[0] === "" ? "names no program" : ', ""),
      changed("the length of all words", "bytes > MAX_COMMAND_BYTES ?", "bytes > 1e9 ?"),
    ],
  },
  {
    file: "lib/envelope/freshness.ts",
    tests: tests("freshness"),
    changes: [
      never("times that are no numbers", "Number.isNaN(now + floor + greatestIssued + maxLife)"),
      never("no life", "life <= 0"),
      never("a long life", "life > longest"),
      changed("the longest life of all", "Math.min(maxLife, LONGEST_MAX_LIFE)", "maxLife"),
      never("the future", "issued > now + MAX_SKEW"),
      never("the end", "now > expires"),
      never("the floor", "issued < floor"),
      never("a clock that is behind", "now < greatestIssued - MAX_SKEW"),
    ],
  },
  {
    file: "lib/envelope/command_pattern.ts",
    tests: tests("command_pattern"),
    changes: [
      never("the form of the program", "programProblem(program) !== undefined"),
      changed("that the program is found", "path === undefined || path !==", "path !=="),
      changed("the program", " || path !== toPath(pattern.program, resolve)", ""),
      changed("how many words there are", "words.length !== fixed.length", "false"),
      changed("that there are enough words", "open ? words.length < fixed.length", "open ? false"),
      changed("the words", 'word.kind !== "literal" || word.text === words[index]', "true"),
      never("programs without a name", 'program === ""'),
      never("NUL in programs", 'program.includes("\\0")'),
      never("relative programs", 'parts.length > 1 && parts[0] !== ""'),
      changed("empty parts of paths", 'part === "" || part === "."', 'part === "."'),
      changed("the part .", 'part === "." || part', "part"),
      changed("the part ..", ' || part === ".."', ""),
      never("** in the middle", 'words.slice(0, -1).some((word) => word.kind === "rest")'),
      never("patterns that name no program", 'program.kind !== "literal"'),
    ],
  },
];
