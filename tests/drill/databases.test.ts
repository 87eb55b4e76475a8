/** Dumps that a drill loads into real databases. */
import assert from "node:assert/strict";
import { DEFAULT_DRILL, type DumpCheck } from "../../lib/config/drill.ts";
import type { Command } from "../../lib/config/settings.ts";
import { checkDump } from "../../lib/drill/dump_check.ts";
import { directory, file } from "../source/tree.ts";
import { type Database, withMariadb, withPostgres } from "../support/databases.ts";
import { withDirectory } from "../support/directory.ts";
import { withScenario } from "../support/scenario.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { checksOf, rehearse } from "./rehearsal.ts";

const LIMIT = { timeLimit: 60_000 };
const COUNT = "SELECT count(*) FROM words";

/** Drills a host with a dump, with rows and without; `load` is called before each drill and makes an empty database. */
async function drillsDump(
  dump: Command,
  sql: (text: string) => Promise<string>,
  fresh: (body: (commands: { load: Command; check: Command }) => Promise<void>) => Promise<void>,
): Promise<void> {
  await sql("CREATE TABLE words (id INT PRIMARY KEY, text VARCHAR(200))");
  await sql("INSERT INTO words VALUES (1, 'it''s'), (2, 'é')");
  await withScenario(directory({ a: file("a") }), async (it) => {
    const found = async (): Promise<(string | undefined)[]> => {
      await it.backup();
      let result: (string | undefined)[] = [];
      await fresh(async (commands) => {
        const check: DumpCheck = { name: "app.sql", ...commands, expect: ">= 2", ...LIMIT };
        const drilled = await rehearse(it, { host: { drill: { ...DEFAULT_DRILL, dumps: [check] } } });
        const dumped = checksOf(drilled).find(({ subject }) => subject === "dump");
        result = [drilled.state, dumped?.state, dumped?.reason];
      });
      return result;
    };
    assert.deepEqual(await found(), ["ok", "ok", 'the check printed "2"']);
    await sql("DELETE FROM words WHERE id = 2");
    assert.deepEqual(await found(), ["failed", "failed", 'the check printed "1", expected >= 2']);
    await sql("DROP TABLE words");
    assert.deepEqual((await found()).slice(0, 2), ["failed", "failed"]);
  }, { dumps: [{ name: "app.sql", command: dump, user: undefined, ...LIMIT }] });
}

/** A dump that names a program to run: clients that are told to refuse it fail, and the program does not run. */
async function refusesPrograms(load: Command, statement: string): Promise<void> {
  await withDirectory(async (at) => {
    const dump = { file: `${at}/dump`, directory: at, environment: {} };
    Deno.writeTextFileSync(dump.file, `SELECT 1;\n${statement} touch ${at}/harmed\n`);
    const check = { name: "d", load, check: undefined, expect: undefined, ...LIMIT };
    const run = { report: () => {}, signal: new AbortController().signal, now: () => new Date() };
    const { state, reason } = await checkDump(check, dump, run);
    assert.equal(state, "failed", reason);
    assert.match(reason!, /safe mode|sandbox/i);
    assert.throws(() => Deno.statSync(`${at}/harmed`), Deno.errors.NotFound);
  });
}

foreignTest(
  ["sqlite3"],
  "a drill loads a dump into SQLite and fails when rows are missing",
  () =>
    withDirectory(async (at) => {
      const source = `${at}/app.db`;
      const sql = async (text: string): Promise<string> => (await must("sqlite3", [source, text])).text;
      const load = ["sqlite3", "-safe", "-bail", "{directory}/app.db"] as const;
      const check = ["sqlite3", "{directory}/app.db", COUNT] as const;
      await drillsDump(["sqlite3", source, ".dump"], sql, (body) => body({ load, check }));
      await refusesPrograms(load, ".shell");
    }),
);

foreignTest(
  ["psql", "setpriv"],
  "a drill loads a dump into PostgreSQL and fails when rows are missing",
  () =>
    withPostgres(async ({ directory, sql }) => {
      const server = ["-h", directory, "-U", "postgres"];
      await drillsDump(["pg_dump", ...server, "--format=custom", "postgres"], sql, async (body) => {
        await must("psql", [
          ...server,
          "-qc",
          "DROP DATABASE IF EXISTS drill",
          "-c",
          "CREATE DATABASE drill",
        ]);
        await body({
          load: ["pg_restore", ...server, "--exit-on-error", "--no-owner", "-d", "drill", "{file}"],
          check: ["psql", ...server, "-d", "drill", "-qAtc", COUNT],
        });
      });
    }),
);

foreignTest(
  ["mariadbd", "setpriv"],
  "a drill loads a dump into MariaDB and fails when rows are missing",
  () =>
    withMariadb(async ({ directory, sql }: Database) => {
      const server = ["--no-defaults", `--socket=${directory}/socket`, "-u", "root"];
      const load = ["mariadb", ...server, "--sandbox", "drill"] as [string, ...string[]];
      await sql("CREATE DATABASE app");
      const inApp = (text: string): Promise<string> => sql(`USE app; ${text}`);
      await drillsDump(["mariadb-dump", ...server, "app"], inApp, async (body) => {
        await sql("DROP DATABASE IF EXISTS drill; CREATE DATABASE drill");
        await body({ load, check: ["mariadb", ...server, "-N", "drill", "-e", COUNT] });
      });
      await refusesPrograms(load, "\\!");
    }),
);
