/**
 * Loaded before all tests (`--preload`). A test without `permissions` gets none, which proves the
 * code under test pure. A test that exceeds its `timeout` fails. Deno's own `timeout` ends the
 * whole run if a test has `permissions` ("pledge test permissions called before restoring previous
 * pledge"), and loses the report of all others.
 * @module
 */

/** The least value of Deno's own limit, for tests that never yield to a timer. */
const LAST_RESORT_MS = 600_000;

type Registration = (...args: readonly unknown[]) => unknown;

const register = new Proxy(Deno.test, {
  apply: (original, self, args) =>
    Reflect.apply(original as Registration, self, limited(restricted(args))),
});
Object.defineProperty(Deno, "test", { value: register });

/** Returns the arguments of `Deno.test` with `permissions: "none"` where none are named. */
function restricted(args: readonly unknown[]): unknown[] {
  const at = args.findIndex((argument) => typeof argument === "object" && argument !== null);
  if (at >= 0) return args.with(at, { permissions: "none", ...args[at] as object });
  const test = args.findIndex(isTest);
  return args.toSpliced(test, 0, { permissions: "none" });
}

/**
 * Returns the arguments of `Deno.test` in any of their forms, with the limit moved from `timeout`
 * into the test.
 */
function limited(args: readonly unknown[]): unknown[] {
  const ms = args.find(isTimed)?.timeout;
  if (ms === undefined) return [...args];
  return args.map((argument) => {
    if (isTest(argument)) return withinTime(argument, ms);
    if (!isTimed(argument)) return argument;
    const { fn } = argument;
    // A long test may take longer than that; our own limit must fire first.
    const timeout = Math.max(LAST_RESORT_MS, 2 * ms);
    return { ...argument, timeout, ...(fn && { fn: withinTime(fn, ms) }) };
  });
}

type Test = Deno.TestDefinition["fn"];
type Timed = Partial<Deno.TestDefinition> & { readonly timeout: number };

function isTest(value: unknown): value is Test {
  return typeof value === "function";
}

function isTimed(value: unknown): value is Timed {
  return typeof value === "object" && value !== null && "timeout" in value;
}

function withinTime(fn: Test, ms: number): Test {
  return async (context) => {
    const late = Promise.withResolvers<never>();
    const error = new Error(`the test took longer than ${ms} ms`);
    const timer = setTimeout(() => late.reject(error), ms);
    try {
      await Promise.race([fn(context), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}
