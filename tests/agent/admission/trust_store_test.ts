import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { type TrustSources, TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import keys from "../../vectors/ed25519_keys.json" with { type: "json" };
import { alice, bob, mallory } from "../../support/envelope_fixtures.ts";
import { inFastFolder } from "../../support/fast_folder.ts";
import { trustLine } from "../../support/agent/signed_request.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, sys: ["uid"] };
const ALICE = trustLine(alice, "alice");
const BOB = trustLine(bob, "bob");

/** A store with one trust file and one list of revoked keys, and their contents. */
interface Scene {
  readonly store: TrustStore;
  readonly trusted: string;
  readonly revoked: string;
  readonly folder: string;
  write(path: string, ...lines: readonly string[]): Promise<void>;
}

function names(store: TrustStore): string[] {
  return [...store.values()].map(({ comment }) => comment).sort();
}

Deno.test("TrustStore trusts nobody until it is loaded", async () => {
  const store = new TrustStore({ baked: [ALICE], given: [], files: [], revoked: [] });
  assert.equal(store.size, 0);
  assert.equal(store.get(alice.publicKey.keyid), undefined);
  await store.load();
  assert.equal(store.size, 1);
  assert.equal(store.get(alice.publicKey.keyid)?.comment, "alice");
  assert.equal(store.get(bob.publicKey.keyid), undefined);
});

Deno.test("TrustStore gathers from all sources", { permissions }, async () => {
  await inScene(async ({ trusted, folder, write }) => {
    await write(trusted, "# operators", ALICE);
    await write(`${folder}/given`, BOB);
    const carol = trustLine(mallory, "carol", "no-shell");
    const store = new TrustStore({
      baked: [ALICE],
      given: [`${folder}/given`, carol],
      files: [trusted, `${folder}/absent`],
      revoked: [`${folder}/absent too`],
    });
    await store.load();
    assert.deepEqual(names(store), ["alice", "bob", "carol"]);
    assert.equal(store.get(mallory.publicKey.keyid)?.noShell, true);
  });
});

Deno.test("TrustStore trusts no revoked key, wherever it is trusted", { permissions }, async () => {
  await inScene(async ({ store, trusted, revoked, write }) => {
    await write(trusted, ALICE, BOB);
    await write(revoked, "# lost", alice.publicKey.keyid);
    await store.load();
    assert.deepEqual(names(store), ["bob"]);
    await write(revoked, trustLine(bob, "by its line"), alice.publicKey.keyid);
    await store.load();
    assert.deepEqual(names(store), []);
    const sources = { baked: [ALICE], given: [BOB], files: [], revoked: [revoked] };
    const elsewhere = new TrustStore(sources);
    await elsewhere.load();
    assert.equal(elsewhere.size, 0);
  });
});

/** The trust file, the list of revoked keys, and the expected error. */
const BROKEN: Readonly<Record<string, readonly [readonly string[], readonly string[], RegExp]>> = {
  "a line that is no key": [[ALICE, "", "nonsense"], [], /trusted: line 3: invalid option or key/],
  "an unknown option": [[`no-shells ${ALICE}`], [], /trusted: line 1: unknown option "no-shells"/],
  "an option of the future": [[`source="10.0.0.0/8" ${ALICE}`], [], /line 1: unknown option/],
  "a bad option value": [[BOB, `need=9 ${ALICE}`], [], /trusted: line 2: option "need" must be/],
  "a number for a user": [[`users="0" ${ALICE}`], [], /trusted: line 1: invalid user name "0"/],
  "a group of hosts": [[`hosts="@web" ${ALICE}`], [], /trusted: line 1: option "hosts":/],
  "a glob in a command": [
    [`commands="/bin/*" ${ALICE}`],
    [],
    /trusted: line 1: "\*" must be a whole word/,
  ],
  "a catastrophic pattern": [
    [`hosts="/(a+)+(a+)+$/" ${ALICE}`.replace("(a+)+(a+)+", "(?=a)(a|a)*\\1")],
    [],
    /trusted: line 1: /,
  ],
  "the same key twice": [
    [ALICE, BOB, ALICE],
    [],
    /trusted: line 3: duplicate key, first on line 1/,
  ],
  "the same key with other options": [
    [ALICE, `no-shell ${ALICE}`],
    [],
    /trusted: line 2: duplicate key, first on line 1/,
  ],
  "CR LF": [[`${ALICE}\r`], [], /trusted: line 1: line ends with CR LF/],
  "a control character": [[`${ALICE}\x1b[2J`], [], /trusted: line 1: line holds a control/],
  "a comment of 10 kB": [
    [trustLine(alice, "a".repeat(10_000))],
    [],
    /trusted: line 1: key line is/,
  ],
  "a line of 20 kB": [["#" + "a".repeat(20_000)], [], /trusted: line 1: line is longer/],
  "a secret key": [["nanoexec-ed25519-secret", "comment: a"], [], /trusted: line 1: /],
  "a truncated key": [[ALICE.slice(0, 40)], [], /trusted: line 1: /],
  "too much": [new Array(70).fill("#" + "a".repeat(16_000)), [], /longer than 1048576 bytes/],
  "an unreadable revoked line": [[ALICE], ["nonsense"], /revoked: line 1: not a public key/],
  "a revoked keyid in capitals": [[ALICE], ["A".repeat(64)], /revoked: line 1: /],
};

for (const [what, [trust, revocations, message]] of Object.entries(BROKEN)) {
  Deno.test(`TrustStore trusts nobody for ${what}`, { permissions }, async () => {
    await inScene(async ({ store, trusted, revoked, write }) => {
      await write(trusted, BOB);
      await store.load();
      await write(trusted, ...trust);
      await write(revoked, ...revocations);
      await nobody(store, message);
    });
  });
}

Deno.test("TrustStore refuses keys under which anybody could sign", { permissions }, async (t) => {
  const weak = [...keys.smallOrder, ...keys.nonCanonical];
  assert.equal(weak.length >= 14, true);
  for (const { note, publicKey } of weak) {
    await t.step(note, async () => {
      const line = `nanoexec-ed25519 ${Uint8Array.fromHex(publicKey).toBase64()} weak`;
      const store = new TrustStore({ baked: [line], given: [], files: [], revoked: [] });
      await nobody(store, /^the key in this executable: line 1: public key/);
    });
  }
});

Deno.test("TrustStore trusts nobody when a file must not be relied on", {
  permissions,
}, async () => {
  await inScene(async ({ store, trusted, revoked, write }) => {
    for (const path of [trusted, revoked]) {
      await write(trusted, ALICE);
      await write(revoked, "");
      await store.load();
      await Deno.chmod(path, 0o666);
      await nobody(store, /cannot use .*: others may write it/);
      await Deno.chmod(path, 0o600);
    }
  });
});

Deno.test("TrustStore wants the same key to have the same options in every source", async () => {
  const pair = async (a: string, b: string) => {
    const baked = [trustLine(alice, "alice", a), trustLine(alice, "alice", b)];
    const store = new TrustStore({ baked, given: [], files: [], revoked: [] });
    await store.load();
    return store.size;
  };
  assert.equal(await pair("", ""), 1);
  assert.equal(await pair('no-shell,users="a"', 'users="a",no-shell'), 1);
  assert.equal(await pair('hosts="web[1-2]"', 'hosts="web[1-2]"'), 1);
  const others = [
    ...["no-shell", 'users="a"', 'users="b"', 'commands="id"', 'commands="id -u"'],
    ...['hosts="web1"', 'hosts="web2"', 'expires="2030-01-01"', 'expires="2031-01-01"', "need=2"],
  ];
  for (const [index, options] of others.entries()) {
    for (const other of ["", ...others.slice(index + 1)]) {
      await assert.rejects(pair(options, other), /the key has other options in another entry/);
    }
  }
});

Deno.test("TrustStore needs the files that it was given", { permissions }, async () => {
  await inScene(async ({ folder }) => {
    const given = [`${folder}/absent`];
    const store = new TrustStore({ baked: [ALICE], given, files: [], revoked: [] });
    const error = await nobody(store, /^no such trust file: .*absent$/);
    assert.match(error.hint ?? "", /a key that begins with "nanoexec-ed25519"/);
  });
});

Deno.test("TrustStore takes a path for a path whatever it holds", { permissions }, async () => {
  await inScene(async ({ folder, write }) => {
    const path = `${folder}/nanoexec-ed25519.pub`;
    await write(path, ALICE);
    const given = [path, `no-shell ${BOB.replace(" ", "\t")}`];
    const store = new TrustStore({ baked: [], given, files: [], revoked: [] });
    await store.load();
    assert.deepEqual(names(store), ["alice", "bob"]);
  });
});

Deno.test("TrustStore trusts those whom it trusted while it reads again", {
  permissions,
}, async () => {
  await inScene(async ({ store, trusted, write }) => {
    await write(trusted, ALICE);
    await store.load();
    await write(trusted, BOB);
    const loading = store.load();
    assert.deepEqual(names(store), ["alice"]);
    await loading;
    assert.deepEqual(names(store), ["bob"]);
  });
});

Deno.test("TrustStore goes by the last of several readings at once", { permissions }, async () => {
  await inScene(async ({ store, trusted, revoked, write }) => {
    await write(trusted, ALICE, BOB);
    const open = Deno.open;
    const first = Promise.withResolvers<void>();
    let opened = 0;
    Deno.open = async (...args) => {
      const isFirst = ++opened === 1;
      const file = await open(...args);
      if (isFirst) await first.promise;
      return file;
    };
    try {
      const slow = store.load();
      await write(revoked, alice.publicKey.keyid);
      await store.load();
      first.resolve();
      await slow;
    } finally {
      Deno.open = open;
    }
    assert.deepEqual(names(store), ["bob"]);
  });
});

Deno.test("TrustStore trusts again when the files are mended", { permissions }, async () => {
  await inScene(async ({ store, trusted, write }) => {
    await write(trusted, "nonsense");
    await nobody(store, /line 1/);
    await write(trusted, ALICE);
    await store.load();
    assert.deepEqual(names(store), ["alice"]);
  });
});

async function nobody(
  store: TrustStore,
  message: RegExp,
): Promise<UserError> {
  let refusal: UserError | undefined;
  await assert.rejects(store.load(), (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, message);
    assert.equal(error.message.length < 400, true);
    refusal = error;
    return true;
  });
  assert.equal(store.size, 0);
  assert.deepEqual(names(store), []);
  assert.ok(refusal);
  return refusal;
}

async function inScene(act: (scene: Scene) => Promise<void>): Promise<void> {
  await inFastFolder(async (folder) => {
    const [trusted, revoked] = [`${folder}/trusted`, `${folder}/revoked`];
    const sources: TrustSources = { baked: [], given: [], files: [trusted], revoked: [revoked] };
    const write = (path: string, ...lines: readonly string[]) =>
      Deno.writeTextFile(path, `${lines.join("\n")}\n`, { mode: 0o600 });
    await act({ store: new TrustStore(sources), trusted, revoked, folder, write });
  });
}
