/**
 * Points at which a program kills itself with SIGKILL. Nothing of the program knows of this: methods
 * of its parts are wrapped before it is put together. The point is the text of the file `crash` in a
 * folder; without that file the program is like any other.
 * @module
 */

/** A call of a method that marks a place. */
export interface CrashPoint {
  /** The object whose method it is. */
  readonly owner: object;
  readonly method: string;
  readonly when: "before" | "after";
  /** Only when the JSON of the arguments holds this. */
  readonly having?: string;
}

/** A point at a method of a class. */
export function crashPoint<Owner extends object>(
  { prototype }: { readonly prototype: Owner },
  method: keyof Owner & string,
  when: CrashPoint["when"],
  having?: string,
): CrashPoint {
  return { owner: prototype, method, when, ...(having !== undefined && { having }) };
}

/** Has this process die at the point that the file in `folder` names. */
export function markCrashPoints(
  points: Readonly<Record<string, CrashPoint>>,
  folder: string,
): void {
  for (const [name, point] of Object.entries(points)) mark(name, point, folder);
}

/** Dies now if the file in `folder` names this point. */
export function reachCrashPoint(name: string, folder: string): void {
  try {
    if (Deno.readTextFileSync(`${folder}/crash`) !== name) return;
  } catch {
    return;
  }
  Deno.kill(Deno.pid, "SIGKILL");
}

/** Wraps the method of a point, beside what may be around it for other points. */
function mark(
  name: string,
  { owner, method, when, having = "" }: CrashPoint,
  folder: string,
): void {
  const original: (...args: unknown[]) => unknown = Reflect.get(owner, method);
  if (typeof original !== "function") throw new TypeError(`${name}: no such method: ${method}`);
  const reach = () => reachCrashPoint(name, folder);
  Reflect.set(owner, method, function (this: unknown, ...args: unknown[]): unknown {
    const here = JSON.stringify(args).includes(having);
    if (here && when === "before") reach();
    const returned = Reflect.apply(original, this, args);
    if (!here || when === "before") return returned;
    if (returned instanceof Promise) return returned.finally(reach);
    reach();
    return returned;
  });
}
