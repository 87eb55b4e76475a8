/** Dumps that a drill loads into real databases. */
import assert from "node:assert/strict";
import { DEFAULT_DRILL, type DumpCheck } from "../../lib/config/drill.ts";
import type { Command } from "../../lib/config/settings.ts";
import { directory, file } from "../source/tree.ts";
import { type Database, withMariadb, withPostgres } from "../support/databases.ts";
import { withDirectory } from "../support/directory.ts";
import { withDrill } from "../support/drill.ts";
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
  await withDrill(directory({ a: file("a") }), async (it) => {
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

foreignTest(
  ["sqlite3"],
  "a drill loads a dump into SQLite and fails when rows are missing",
  () =>
    withDirectory(async (at) => {
      const source = `${at}/app.db`;
      const sql = async (text: string): Promise<string> => (await must("sqlite3", [source, text])).text;
      await drillsDump(["sqlite3", source, ".dump"], sql, (body) =>
        body({
          load: ["sqlite3", "{directory}/app.db", ".read '{file}'"],
          check: ["sqlite3", "{directory}/app.db", COUNT],
        }));
    }),
);

foreignTest(
  ["psql", "setpriv"],
  "a drill loads a dump into PostgreSQL and fails when rows are missing",
  () =>
    withPostgres(async ({ directory, sql }) => {
      const client = (
        at: string,
      ): [string, ...string[]] => ["psql", "-h", at, "-U", "postgres", "-v", "ON_ERROR_STOP=1"];
      const server = ["-h", directory, "-U", "postgres"];
      await drillsDump(["pg_dump", ...server, "postgres"], sql, async (body) => {
        await must("psql", [
          ...server,
          "-qc",
          "DROP DATABASE IF EXISTS drill",
          "-c",
          "CREATE DATABASE drill",
        ]);
        await body({
          load: [...client(directory), "-q", "-d", "drill", "-f", "{file}"],
          check: [...client(directory), "-d", "drill", "-qAtc", COUNT],
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
      await sql("CREATE DATABASE app");
      const inApp = (text: string): Promise<string> => sql(`USE app; ${text}`);
      await drillsDump(["mariadb-dump", ...server, "app"], inApp, async (body) => {
        await sql("DROP DATABASE IF EXISTS drill; CREATE DATABASE drill");
        await body({
          load: ["mariadb", ...server, "drill", "-e", "source {file}"],
          check: ["mariadb", ...server, "-N", "drill", "-e", COUNT],
        });
      });
    }),
);
