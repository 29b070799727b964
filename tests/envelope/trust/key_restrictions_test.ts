import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import {
  isUnrestricted,
  parseKeyRestrictions,
} from "../../../lib/envelope/trust/key_restrictions.ts";
import { matchesTarget } from "../../../lib/nodeset/mod.ts";
import { resultOrRefusal } from "../../support/envelope_fixtures.ts";

const KEY = "nanoexec-ed25519 AAAA comment";

function options(text: string): ReturnType<typeof parseKeyRestrictions>["options"] {
  const { options, rest } = parseKeyRestrictions(`${text} ${KEY}`);
  strictEqual(rest, KEY);
  return options;
}

Deno.test("parseKeyRestrictions reads every option", () => {
  const all = options(
    'commands="systemctl restart *",no-shell,users="www,app-1",commands="uptime",' +
      'hosts="web[1-3]",expires="2027-01-31",need=2',
  );
  deepStrictEqual(all.commands?.map(({ text }) => text), ["systemctl restart *", "uptime"]);
  deepStrictEqual(all.users, ["www", "app-1"]);
  strictEqual(all.noShell, true);
  strictEqual(all.expires, Date.UTC(2027, 0, 31) / 1_000);
  strictEqual(all.need, 2);
  if (all.hosts === undefined) throw new Error("no hosts");
  strictEqual(matchesTarget(all.hosts, { name: "web2", facts: new Map() }), true);
  strictEqual(matchesTarget(all.hosts, { name: "web4", facts: new Map() }), false);
});

Deno.test("a hub reads rights as options, and agents refuse them", () => {
  const atHub = (text: string) => parseKeyRestrictions(`${text} ${KEY}`, "hub").options;
  const problem = (text: string, reader: "agent" | "hub") => {
    const refused = resultOrRefusal(() => parseKeyRestrictions(`${text} ${KEY}`, reader));
    return refused instanceof EnvelopeError ? refused.message : "it was read";
  };
  deepStrictEqual(atHub("run"), { noShell: false, need: 1, rights: ["run"] });
  const both = atHub('read,hosts,hosts="web*",expires="2027-01-31"');
  deepStrictEqual([both.rights, both.hosts !== undefined], [["read", "hosts"], true]);
  deepStrictEqual(atHub("no-shell"), { noShell: true, need: 1 });
  strictEqual(isUnrestricted(atHub("read,run,cancel,hosts")), true);
  for (const right of ["read", "run", "cancel"]) {
    strictEqual(
      problem(`no-shell,${right}`, "agent"),
      `option "${right}" is a right at a hub, for the file hub_operators`,
    );
  }
  strictEqual(problem("hosts,run", "agent"), problem("run", "agent"));
  match(problem("hosts", "agent"), /"hosts" needs a value/);
  match(problem("run,run", "hub"), /duplicate option "run"/);
  match(problem('run="yes"', "hub"), /unknown option "run"/);
  match(problem("write", "hub"), /unknown option "write"/);
});

Deno.test("parseKeyRestrictions leaves out what is not said", () => {
  deepStrictEqual(options("no-shell"), { noShell: true, need: 1 });
  for (const need of [1, 2, 8]) {
    deepStrictEqual(options(`need=${need}`), { noShell: false, need });
  }
});

Deno.test("parseKeyRestrictions takes values in quotes, with two escapes, or bare", async (t) => {
  const commands = (text: string) => options(text).commands?.[0]?.text;
  await t.step("bare", () => strictEqual(commands("commands=uptime"), "uptime"));
  await t.step("quotes", () => strictEqual(commands('commands="uptime"'), "uptime"));
  await t.step("spaces", () => strictEqual(commands('commands="ls -l  *"'), "ls -l  *"));
  await t.step("commas", () => strictEqual(commands('commands="ls a,b"'), "ls a,b"));
  await t.step("equals sign", () => strictEqual(commands('commands="ls a=b"'), "ls a=b"));
  await t.step("hash", () => strictEqual(commands('commands="ls #"'), "ls #"));
  await t.step("escaped quotes", () => {
    strictEqual(commands(String.raw`commands="logger \"a b\""`), 'logger "a b"');
  });
  await t.step("escaped backslash", () => {
    strictEqual(commands(String.raw`commands="ls a\\"`), "ls a\\");
  });
  await t.step("both", () => {
    strictEqual(commands(String.raw`commands="ls \\\"'\""`.replace("'", "'x'")), `ls \\"'x'"`);
  });
});

Deno.test("parseKeyRestrictions takes spaces or tabs before the key", () => {
  for (const space of [" ", "\t", " \t "]) {
    strictEqual(parseKeyRestrictions(`no-shell${space}${KEY}`).rest, KEY);
  }
});

Deno.test("parseKeyRestrictions reads moments to the second, in UTC", async (t) => {
  const moments: readonly (readonly [string, number])[] = [
    ["2027-01-31", Date.UTC(2027, 0, 31)],
    ["2027-01-31T23:59:59Z", Date.UTC(2027, 0, 31, 23, 59, 59)],
    ["2028-02-29", Date.UTC(2028, 1, 29)],
    ["1970-01-01", 0],
    ["9999-12-31T00:00:00Z", Date.UTC(9999, 11, 31)],
  ];
  for (const [text, millis] of moments) {
    await t.step(text, () => strictEqual(options(`expires="${text}"`).expires, millis / 1_000));
  }
});

Deno.test("parseKeyRestrictions refuses everything that it does not understand", async (t) => {
  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ["nothing", "", /invalid option or key/],
    ["unknown option", "allow-all", /unknown option "allow-all"/],
    ["OpenSSH's option", 'command="x"', /unknown option "command"/],
    ["other case", "No-Shell", /unknown option "No-Shell"/],
    ["__proto__", "__proto__", /invalid option or key/],
    ["constructor", "constructor", /unknown option/],
    ["space behind a comma", "no-shell, need=2", /invalid option or key: " need=2/],
    ["comma at the end", "no-shell,", /invalid option or key/],
    ["comma in front", ",no-shell", /invalid option or key/],
    ["two commas", "no-shell,,need=2", /invalid option or key/],
    ["space before =", 'need ="2"', /"need" needs a value/],
    ["space behind =", "need= 2", /invalid option or key/],
    ["open quote", 'commands="uptime', /invalid option or key/],
    ["text behind a quote", 'commands="uptime"x', /invalid option or key/],
    ["quote within a bare value", 'need=2"', /invalid option or key/],
    ["single quotes", "commands='uptime'", /invalid option or key/],
    ["other escape", String.raw`commands="a\nb"`, /invalid option or key/],
    ["backslash before the last quote", String.raw`commands="uptime\"`, /invalid option or key/],
    ["no-shell with a value", "no-shell=yes", /takes no value/],
    ["no-shell twice", "no-shell,no-shell", /duplicate option "no-shell"/],
    ["users twice", "users=a,users=b", /duplicate option "users"/],
    ["hosts twice", "hosts=a,hosts=b", /duplicate option "hosts"/],
    ["need twice", "need=2,need=1", /duplicate option "need"/],
    ["expires twice", "expires=2027-01-01,expires=2028-01-01", /duplicate option "expires"/],
    ["commands without a value", "commands", /"commands" needs a value/],
    ["empty commands", 'commands=""', /"commands" needs a value/],
    ["bad pattern", 'commands="/usr/bin/*"', /whole word/],
    ["bad second pattern", 'commands="uptime",commands="*"', /has no program/],
    ["empty users", 'users=""', /"users" needs a value/],
    ["user by number", 'users="0"', /invalid user name "0"/],
    ["user -1", 'users="-1"', /invalid user name/],
    ["user #0", 'users="#0"', /invalid user name/],
    ["every user", 'users="*"', /invalid user name/],
    ["empty user", 'users="a,,b"', /invalid user name ""/],
    ["space between users", 'users="a, b"', /invalid user name " b"/],
    ["hosts without a value", "hosts", /"hosts" needs a value/],
    ["hosts that cannot be read", 'hosts="web["', /option "hosts"/],
    ["hosts of a group", 'hosts="@rack4"', /option "hosts".*group/],
    ["need 0", "need=0", /from 1 to 8/],
    ["need 9", "need=9", /from 1 to 8/],
    ["need 10", "need=10", /from 1 to 8/],
    ["need 02", "need=02", /from 1 to 8/],
    ["need two", "need=two", /from 1 to 8/],
    ["need nothing", "need", /"need" needs a value/],
    ["need -1", "need=-1", /from 1 to 8/],
    ["expires never", "expires=never", /invalid date/],
    ["expires without a value", "expires", /"expires" needs a value/],
    ["February 30", 'expires="2027-02-30"', /invalid date/],
    ["February 29 of an odd year", 'expires="2027-02-29"', /invalid date/],
    ["month 13", 'expires="2027-13-01"', /invalid date/],
    ["hour 24", 'expires="2027-01-31T24:00:00Z"', /invalid date/],
    ["second 60", 'expires="2027-01-31T23:59:60Z"', /invalid date/],
    ["no zone", 'expires="2027-01-31T00:00:00"', /invalid date/],
    ["other zone", 'expires="2027-01-31T00:00:00+01:00"', /invalid date/],
    ["milliseconds", 'expires="2027-01-31T00:00:00.000Z"', /invalid date/],
    ["day first", 'expires="31-01-2027"', /invalid date/],
    ["OpenSSH's date", 'expires="20270131"', /invalid date/],
    ["Unix seconds", 'expires="1790000000"', /invalid date/],
    ["lower-case letters", 'expires="2027-01-31t00:00:00z"', /invalid date/],
    ["ESC in the name", "\x1b[2J", /invalid option or key: "\\u001b/],
  ];
  for (const [name, text, message] of hostile) {
    await t.step(name, () => {
      const refused = resultOrRefusal(() => parseKeyRestrictions(`${text} ${KEY}`));
      match(refused instanceof EnvelopeError ? refused.message : "it was read", message);
    });
  }
});

Deno.test("parseKeyRestrictions needs something behind the options", () => {
  for (const text of ["no-shell", "need=2", 'users="a"']) {
    strictEqual(resultOrRefusal(() => parseKeyRestrictions(text)) instanceof EnvelopeError, true);
  }
});

Deno.test("parseKeyRestrictions of any text refuses or reads it", () => {
  const pieces = [
    "need",
    "=",
    "2",
    ",",
    " ",
    '"',
    "\\",
    "users",
    "www",
    "no-shell",
    "*",
    "\t",
    "é",
  ];
  const near = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((words) =>
    words.join("")
  );
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: "binary" })), (text) => {
      const read = resultOrRefusal(() => parseKeyRestrictions(text));
      if (!(read instanceof EnvelopeError)) strictEqual(text.endsWith(read.rest), true);
    }),
    { numRuns: 2_000 },
  );
});
