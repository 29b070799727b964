/**
 * Records on disk which commands may have to be rolled back, so that the agent's next process knows
 * of them: one file per job in one folder. The phase stands in the file's name, because a file can
 * be renamed on a full disk, too.
 * @module
 */
import { syncFolder, writeDurably } from "../../base/durable_file.ts";
import { requestId, sha256, unixMillis } from "../../envelope/statements/body_fields.ts";
import {
  type CanonicalForm,
  decodeCanonicalJson,
  encodeCanonicalJson,
} from "../../envelope/encoding/canonical_json.ts";
import { givenInput, outputSummary } from "../../envelope/statements/result.ts";
import { integer, list, object, optional, record, text } from "../../envelope/encoding/schema.ts";
import { type Undo, undo } from "../../envelope/statements/request.ts";
import type { AdmittedJob } from "../admission/admission.ts";
import type { ResultFigures } from "./result_signer.ts";

/** The fields of a job that its rollback needs. Secrets are never stored. */
export type RollbackJob =
  & Pick<AdmittedJob, "id" | "digest" | "signers" | "user" | "cwd" | "env" | "timeoutMs">
  & { readonly undo: Undo };

/** The phase of a job with a rollback command. */
export type RollbackPhase =
  /** Its command has started. */
  | "running"
  /** It has succeeded and can be confirmed. */
  | "waiting"
  /** It is being rolled back, at most once. */
  | "undoing";

/** A job that waits for a confirmation. */
export interface ConfirmWait {
  /** The end of the confirm window, in milliseconds since 1970. */
  readonly deadlineMs: number;
  /** The figures of its result after a confirmation. */
  readonly figures: ResultFigures;
}

/** An unfinished rollback of an earlier process. */
export interface UnfinishedRollback {
  /** The job. */
  readonly job: RollbackJob;
  /** Its phase. */
  readonly phase: RollbackPhase;
  /** Present in the phase `waiting`. */
  readonly waiting?: ConfirmWait;
}

interface RollbackRecord {
  readonly job: RollbackJob;
  readonly waiting?: ConfirmWait;
}

const RECORD_FORMAT: CanonicalForm<RollbackRecord> = {
  title: "note",
  code: "body",
  maxBytes: 16_777_216,
  schema: object<RollbackRecord>({
    job: object<RollbackJob>({
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
    waiting: optional(object<ConfirmWait>({
      deadlineMs: unixMillis,
      figures: object<ResultFigures>({
        startMs: unixMillis,
        endMs: unixMillis,
        out: outputSummary,
        err: outputSummary,
        input: optional(givenInput),
      }),
    })),
  }),
};

/** The phases in order of progress. */
const PHASES: readonly RollbackPhase[] = ["running", "waiting", "undoing"];

/**
 * The records in one folder. Every change is on disk on return; all functions throw if it fails.
 */
export class RollbackStore {
  readonly #path: string;

  /** Opens the folder at `path`, creating it if it is missing. */
  constructor(path: string) {
    this.#path = path;
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** Records that the command of `job` is about to start. */
  recordRunning(job: RollbackJob): void {
    this.#write(job.id, "running", { job });
  }

  /** Records that the command of `job` has succeeded. */
  recordWaiting(job: RollbackJob, waiting: ConfirmWait): void {
    this.#write(job.id, "waiting", { job, waiting });
    this.#remove(job.id, "running");
  }

  /** Records that `job` is about to be rolled back. */
  recordUndoing({ id }: Pick<RollbackJob, "id">): void {
    const from = this.#has(id, "waiting") ? "waiting" : "running";
    Deno.renameSync(this.#file(id, from), this.#file(id, "undoing"));
    this.#remove(id, "running");
    syncFolder(this.#path);
  }

  /** Removes the record of a job that is over. */
  forget(id: string): void {
    PHASES.forEach((phase) => this.#remove(id, phase));
  }

  /** Returns the unfinished rollbacks of an earlier process; skips unreadable records. */
  unfinished(): UnfinishedRollback[] {
    const ids = new Set([...Deno.readDirSync(this.#path)].map(({ name }) => name.split(".")[0]));
    return [...ids].flatMap((id = "") => {
      const phase = PHASES.findLast((each) => this.#has(id, each));
      const record = phase && this.#read(id, phase);
      return phase && record ? [{ phase, ...record }] : [];
    });
  }

  #write(id: string, phase: RollbackPhase, record: RollbackRecord): void {
    const draft = `${this.#path}/${id}.draft`;
    writeDurably(this.#file(id, phase), encodeCanonicalJson(record, RECORD_FORMAT), draft);
  }

  #read(id: string, phase: RollbackPhase): RollbackRecord | undefined {
    try {
      return decodeCanonicalJson(Deno.readFileSync(this.#file(id, phase)), RECORD_FORMAT);
    } catch {
      return undefined;
    }
  }

  #has(id: string, phase: RollbackPhase): boolean {
    try {
      return Deno.lstatSync(this.#file(id, phase)).isFile;
    } catch {
      return false;
    }
  }

  #remove(id: string, phase: RollbackPhase): void {
    try {
      Deno.removeSync(this.#file(id, phase));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  #file(id: string, phase: RollbackPhase): string {
    return `${this.#path}/${id}.${phase}`;
  }
}
