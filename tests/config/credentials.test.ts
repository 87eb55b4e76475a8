import assert from "node:assert/strict";
import fc from "fast-check";
import { resolveCredentials } from "../../lib/config/credentials.ts";
import { parseCredentialsFile } from "../../lib/config/credentials_file.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";
import { foreignTest, must } from "../support/foreign.ts";

const ID = "AKIAIOSFODNN7EXAMPLE";
const KEY = "hunter2/K7MDENG+bPxRfiCY=#;x";
const TOKEN = "FwoGZXIvYXdzEBYaD//token==";

type Variables = Record<string, string>;

function fromEnvironment(prefix: string, variables: Variables): ReturnType<typeof resolveCredentials> {
  return resolveCredentials({ env: prefix }, { env: (name) => variables[name] });
}

async function fromFile(text: string, mode = 0o600): Promise<ReturnType<typeof resolveCredentials>> {
  return await withDirectory(async (directory) => {
    const file = `${directory}/credentials`;
    await Deno.writeTextFile(file, text);
    await Deno.chmod(file, mode);
    return resolveCredentials({ file }, { env: () => assert.fail("the environment is not asked") });
  });
}

function refuses(thrown: unknown, message: RegExp, hint?: RegExp): true {
  assert.ok(thrown instanceof Misuse, `a Misuse and not ${thrown}`);
  assert.match(thrown.message, message);
  if (hint !== undefined) assert.match(thrown.hint ?? "", hint);
  assert.doesNotMatch(`${thrown.message} ${thrown.hint}`, /hunter2/);
  return true;
}

Deno.test("credentials are read from the variables with the prefix", () => {
  const found = fromEnvironment("BACKUP", {
    BACKUP_ACCESS_KEY_ID: ID,
    BACKUP_SECRET_ACCESS_KEY: KEY,
    BACKUP_SESSION_TOKEN: TOKEN,
    AWS_ACCESS_KEY_ID: "other",
  });
  assert.equal(found.accessKeyId, ID);
  assert.equal(found.secretAccessKey.reveal(), KEY);
  assert.equal(found.sessionToken?.reveal(), TOKEN);
});

for (const token of [{}, { AWS_SESSION_TOKEN: "" }] as Variables[]) {
  Deno.test(`an ${"AWS_SESSION_TOKEN" in token ? "empty" : "absent"} session token is ignored`, () => {
    const found = fromEnvironment("AWS", { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: KEY, ...token });
    assert.ok(!("sessionToken" in found));
  });
}

for (
  const [title, variables, message] of [
    ["no variable", {}, /Cannot find an access key ID/],
    [
      "an empty access key ID",
      { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: KEY },
      /Cannot find an access key ID/,
    ],
    ["no secret", { AWS_ACCESS_KEY_ID: ID }, /Cannot find a secret access key/],
    ["no access key ID", { AWS_SECRET_ACCESS_KEY: KEY }, /Cannot find an access key ID/],
    [
      "a line end after the ID",
      { AWS_ACCESS_KEY_ID: `${ID}\n`, AWS_SECRET_ACCESS_KEY: KEY },
      /access key ID .* space/,
    ],
    [
      "a space before the secret",
      { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: ` ${KEY}` },
      /secret access key .* space/,
    ],
    ["a header in the token", {
      AWS_ACCESS_KEY_ID: ID,
      AWS_SECRET_ACCESS_KEY: KEY,
      AWS_SESSION_TOKEN: "a\r\nb: hunter2",
    }, /session token .* space/],
  ] as [string, Variables, RegExp][]
) {
  Deno.test(`an environment with ${title} is refused`, () => {
    assert.throws(() => fromEnvironment("AWS", variables), (thrown) => refuses(thrown, message));
  });
}

Deno.test("the hint names missing variables", () => {
  assert.throws(
    () => fromEnvironment("BACKUP", {}),
    (thrown) => refuses(thrown, /environment/, /BACKUP_ACCESS_KEY_ID and BACKUP_SECRET_ACCESS_KEY/),
  );
});

Deno.test("credentials are read from an AWS credentials file", async () => {
  const found = await fromFile(`\uFEFF# comment\r
; another
[prod]
aws_access_key_id = other
s3 =
  max_concurrent_requests = 20
nonsense
[ default ] # mine
  aws_access_key_id=${ID}
AWS_Secret_Access_Key  =  ${KEY}  \r
aws_session_token = ${TOKEN}
region = eu-central-1

[prod2]
aws_secret_access_key = other
`);
  assert.equal(found.accessKeyId, ID);
  assert.equal(found.secretAccessKey.reveal(), KEY);
  assert.equal(found.sessionToken?.reveal(), TOKEN);
});

for (
  const [title, text, message] of [
    ["nothing in it", "", /Cannot find the profile \[default\]/],
    ["other profiles only", "[prod]\naws_access_key_id = a\n", /Cannot find the profile \[default\]/],
    ["no profile", `aws_access_key_id = ${ID}\n`, /Line 1 .* before the first/],
    ["a line that is none", "[default]\n\nhunter2\n", /Line 3 .* name = value/],
    ["a second default", "[default]\n[x]\n[default]\n", /Line 3 .* second \[default\]/],
    [
      "a key twice",
      "[default]\naws_access_key_id = a\nAWS_ACCESS_KEY_ID = b\n",
      /Line 3 .* "aws_access_key_id" a second time/,
    ],
    ["no secret", `[default]\naws_access_key_id = ${ID}\n`, /Cannot find a secret access key in the file/],
    [
      "an empty secret",
      `[default]\naws_access_key_id = ${ID}\naws_secret_access_key =\n`,
      /Cannot find a secret access key/,
    ],
    [
      "a comment after a value",
      `[default]\naws_access_key_id = ${ID} # mine\naws_secret_access_key = ${KEY}\n`,
      /has a space/,
    ],
  ] as const
) {
  Deno.test(`a credentials file with ${title} is refused`, async () => {
    await assert.rejects(fromFile(text), (thrown) => refuses(thrown, message));
  });
}

const GOOD = `[default]\naws_access_key_id = ${ID}\naws_secret_access_key = ${KEY}\n`;

for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o777]) {
  Deno.test(`a credentials file with mode ${mode.toString(8)} is refused with the command that fixes it`, async () => {
    await assert.rejects(
      fromFile(GOOD, mode),
      (thrown) =>
        refuses(thrown, new RegExp(`its mode is 0${mode.toString(8)}`), /^Run: chmod 600 \/.*credentials$/),
    );
  });
}

for (const mode of [0o600, 0o400, 0o700]) {
  Deno.test(`a credentials file with mode ${mode.toString(8)} is read`, async () => {
    assert.equal((await fromFile(GOOD, mode)).accessKeyId, ID);
  });
}

Deno.test("a link to a credentials file is checked by the mode of the file", async () => {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/it's open`, GOOD);
    await Deno.chmod(`${directory}/it's open`, 0o644);
    await Deno.symlink("it's open", `${directory}/it's a link`);
    assert.throws(
      () => resolveCredentials({ file: `${directory}/it's a link` }, { env: () => undefined }),
      (thrown) => refuses(thrown, /0644/, /^Run: chmod 600 '\/.*it'\\''s a link'$/),
    );
  });
});

Deno.test("a missing credentials file or a directory is refused", () => {
  for (const file of ["/nonexistent", "/"]) {
    assert.throws(() => resolveCredentials({ file }, { env: () => undefined }), Misuse);
  }
});

Deno.test("messages of the parser contain no value", () => {
  const line = fc.constantFrom(
    "[default]",
    "[x]",
    "aws_access_key_id = hunter2",
    "hunter2",
    " hunter2 = 1",
    "=",
    "#",
  );
  fc.assert(fc.property(fc.array(line), (lines) => {
    try {
      parseCredentialsFile(lines.filter((it) => !it.startsWith(" ")).join("\n"), "FILE");
    } catch (thrown) {
      refuses(thrown, /FILE/);
    }
  }));
});

foreignTest(
  ["python3"],
  "a credentials file is read as Python's configparser reads it, which the AWS CLI uses",
  async () => {
    const text =
      `# c\n[other]\na=1\n[default]\nAWS_Access_Key_Id = ${ID}\n; c\naws_secret_access_key=${KEY}\nx.y-z =  a b = c\n`;
    const script = `
import configparser, json, sys
parser = configparser.RawConfigParser(default_section="none")
parser.read_string(sys.stdin.read())
print(json.dumps(dict(parser.items("default"))))`;
    const { text: output } = await must("python3", ["-c", script], { stdin: text });
    assert.deepEqual(Object.fromEntries(parseCredentialsFile(text, "FILE")), JSON.parse(output));
  },
);

Deno.test({
  name: "root does not read credentials from a directory that another user can change",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withDirectory((directory) => {
      const file = `${directory}/open/credentials`;
      Deno.mkdirSync(`${directory}/open`);
      Deno.writeTextFileSync(file, `[default]\naws_access_key_id=${ID}\naws_secret_access_key=${KEY}\n`);
      Deno.chmodSync(file, 0o600);
      const read = (): unknown => resolveCredentials({ file }, { env: () => undefined });
      read();
      for (
        const change of [(): void => Deno.chmodSync(`${directory}/open`, 0o777), (): void => {
          Deno.chmodSync(`${directory}/open`, 0o755);
          Deno.chownSync(`${directory}/open`, 1000, 1000);
        }, (): void => {
          Deno.chownSync(`${directory}/open`, 0, 0);
          Deno.chownSync(file, 1000, 1000);
        }]
      ) {
        change();
        assert.throws(read, (thrown) =>
          refuses(thrown, /^Cannot use the secret in ".*" as root: /, /^ch(mod|own) /));
      }
      return Promise.resolve();
    }),
});
