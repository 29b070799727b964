/**
 * Notes of the commands that may have to be undone, so that an agent that was started again knows of
 * them: one file for each, in a folder of their own. How far one is stands in the name of its file,
 * because a file can be renamed on a full disk, too. Imports `base` and `envelope`.
 * @module
 */
import { syncFolder, writeDurably } from "../base/durable_file.ts";
import { requestId, sha256, unixMillis } from "../envelope/statements/body_fields.ts";
import {
  type CanonicalForm,
  decodeCanonicalJson,
  encodeCanonicalJson,
} from "../envelope/encoding/canonical_json.ts";
import { outputSummary } from "../envelope/statements/result.ts";
import { integer, list, object, optional, record, text } from "../envelope/encoding/schema.ts";
import { type Undo, undo } from "../envelope/statements/request.ts";
import type { Job } from "./admission.ts";
import type { Figures } from "./result_signer.ts";

/** What of a job is needed to undo it; secrets are not, they are never written down. */
export type UndoableJob =
  & Pick<Job, "id" | "digest" | "signers" | "user" | "cwd" | "env" | "timeoutMs">
  & { readonly undo: Undo };

/** How far a job is. */
export type UndoPhase =
  /** Its command has been begun. */
  | "running"
  /** It has ended well and can be confirmed. */
  | "waiting"
  /** It is being undone, which happens once at most. */
  | "undoing";

/** A job on probation. */
export interface Waiting {
  /** When nobody can confirm it any more, in milliseconds since 1970. */
  readonly deadlineMs: number;
  /** What its result says once it is confirmed. */
  readonly figures: Figures;
}

/** What an earlier process has left. */
export interface LeftUndo {
  /** The job. */
  readonly job: UndoableJob;
  /** How far it was. */
  readonly phase: UndoPhase;
  /** There in the phase `waiting`. */
  readonly waiting?: Waiting;
}

interface Note {
  readonly job: UndoableJob;
  readonly waiting?: Waiting;
}

const NOTE: CanonicalForm<Note> = {
  title: "note",
  code: "body",
  maxBytes: 16_777_216,
  schema: object<Note>({
    job: object<UndoableJob>({
      id: requestId,
      digest: sha256,
      signers: list(text({ maxBytes: 128 }), { min: 0, max: 8 }),
      user: optional(text({ maxBytes: 64 })),
      cwd: optional(text({ maxBytes: 4_096 })),
      env: optional(
        record({ name: /^[A-Z_][A-Z0-9_]*$/, value: text({ maxBytes: 32_768 }), max: 128 }),
      ),
      timeoutMs: integer(1),
      undo,
    }),
    waiting: optional(object<Waiting>({
      deadlineMs: unixMillis,
      figures: object<Figures>({
        startMs: unixMillis,
        endMs: unixMillis,
        out: outputSummary,
        err: outputSummary,
      }),
    })),
  }),
};

/** From the least to the most that is known. */
const PHASES: readonly UndoPhase[] = ["running", "waiting", "undoing"];

/** The notes in one folder. Everything is on disk when a function returns; all throw if it cannot be. */
export class UndoNotes {
  readonly #path: string;

  /** Keeps its notes in the folder at `path`, making it if it is not there. */
  constructor(path: string) {
    this.#path = path;
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** The command of `job` is about to be run. */
  running(job: UndoableJob): void {
    this.#write(job.id, "running", { job });
  }

  /** The command of `job` has ended well. */
  waiting(job: UndoableJob, waiting: Waiting): void {
    this.#write(job.id, "waiting", { job, waiting });
    this.#remove(job.id, "running");
  }

  /** `job` is about to be undone. */
  undoing({ id }: Pick<UndoableJob, "id">): void {
    const from = this.#has(id, "waiting") ? "waiting" : "running";
    Deno.renameSync(this.#file(id, from), this.#file(id, "undoing"));
    this.#remove(id, "running");
    syncFolder(this.#path);
  }

  /** Nothing more can happen to the job of this id. */
  forget(id: string): void {
    PHASES.forEach((phase) => this.#remove(id, phase));
  }

  /** What an earlier process has left; a note that cannot be read is not among it. */
  left(): LeftUndo[] {
    const ids = new Set([...Deno.readDirSync(this.#path)].map(({ name }) => name.split(".")[0]));
    return [...ids].flatMap((id = "") => {
      const phase = PHASES.findLast((each) => this.#has(id, each));
      const note = phase && this.#read(id, phase);
      return phase && note ? [{ phase, ...note }] : [];
    });
  }

  #write(id: string, phase: UndoPhase, note: Note): void {
    const draft = `${this.#path}/${id}.draft`;
    writeDurably(this.#file(id, phase), encodeCanonicalJson(note, NOTE), draft);
  }

  #read(id: string, phase: UndoPhase): Note | undefined {
    try {
      return decodeCanonicalJson(Deno.readFileSync(this.#file(id, phase)), NOTE);
    } catch {
      return undefined;
    }
  }

  #has(id: string, phase: UndoPhase): boolean {
    try {
      return Deno.lstatSync(this.#file(id, phase)).isFile;
    } catch {
      return false;
    }
  }

  #remove(id: string, phase: UndoPhase): void {
    try {
      Deno.removeSync(this.#file(id, phase));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  #file(id: string, phase: UndoPhase): string {
    return `${this.#path}/${id}.${phase}`;
  }
}
