import assert from "node:assert/strict";
import { installation, installedAs } from "../../lib/app/installation.ts";
import { asStarted, type Invocation, programName, startedAs } from "../../lib/cli/invocation.ts";

/** Runs `body` as if the user had started this process so. */
function started(how: Invocation, body: () => void): void {
  startedAs(how);
  try {
    body();
  } finally {
    startedAs({ kind: "deno" });
  }
}

const clone = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

Deno.test("commands in messages start as the program did, by its name or by its path", () => {
  started({ kind: "program", word: "nightdrop" }, () => {
    assert.equal(asStarted("Run `nightdrop init`"), "Run `nightdrop init`");
  });
  started({ kind: "program", word: "./my dir/nightdrop" }, () => {
    assert.equal(asStarted("Run nightdrop list web1"), "Run './my dir/nightdrop' list web1");
    assert.equal(programName(), "'./my dir/nightdrop'");
  });
});

Deno.test("commands in messages are tasks where a task was started, with the path of the clone elsewhere", () => {
  started({ kind: "task", from: `${clone}/fleet` }, () => {
    assert.equal(
      asStarted("`nightdrop list` and `nightdrop verify`"),
      "`deno task list` and `deno task verify`",
    );
    assert.equal(programName(), "deno task");
  });
  started({ kind: "task", from: `${clone}-2` }, () => {
    assert.equal(asStarted("nightdrop list"), `deno task --config ${clone}/deno.json list`);
  });
});

Deno.test("commands in messages start the script with the permissions of each, or the executable", () => {
  const before = installation();
  try {
    installedAs({ kind: "script", file: "/opt/nightdrop.js" });
    assert.match(asStarted("nightdrop list"), /deno run .*-P=reader \/opt\/nightdrop\.js list$/);
    assert.match(asStarted("nightdrop backup"), /deno run .*-P=host \/opt\/nightdrop\.js backup$/);
    installedAs({ kind: "executable", file: "/usr/local/bin/nightdrop" });
    assert.equal(asStarted("nightdrop list"), "/usr/local/bin/nightdrop list");
  } finally {
    installedAs(before);
  }
});

Deno.test("text that only looks like a command is not changed", () => {
  started({ kind: "program", word: "./x" }, () => {
    for (
      const text of [
        "nightdrop backups of web1",
        "nightdrop 0.2.0",
        "/opt/nightdrop list",
        "my-nightdrop list",
        "nightdrop lists",
        "nightdrop status-page",
      ]
    ) assert.equal(asStarted(text), text);
  });
});
