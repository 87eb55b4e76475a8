/** Dumps of real databases: what comes back makes the same database again. */
import assert from "node:assert/strict";
import { backup } from "../../lib/backup/backup.ts";
import type { Dump } from "../../lib/config/types.ts";
import { type Database, withMariadb, withPostgres } from "../support/databases.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { bash, foreignTest } from "../support/foreign.ts";
import { directory, file } from "../source/tree.ts";

const TREE = directory({ a: file("a") });

/** Backs up, verifies to the bottom and restores; gives the file of the dump. */
async function thereAndBack(scenario: Scenario, name: string): Promise<string> {
  assert.equal((await scenario.backup()).unread, 0, JSON.stringify(scenario.events));
  assert.deepEqual((await scenario.verify({ identities: scenario.identities })).findings, []);
  await scenario.restore();
  return `${scenario.directory}/back/nightdrop-dumps/${name}`;
}

const ROWS = `SELECT count(*), min(text), max(text), sum(length(text)) FROM words`;

/** Some megabytes, with what dumps have to quote. */
async function fill({ sql }: Database, series: string): Promise<void> {
  await sql("CREATE TABLE words (id INT PRIMARY KEY, text VARCHAR(200))");
  await sql(
    `INSERT INTO words SELECT n, concat('it''s "quoted" \\\\ é ', md5(concat(n, '')), md5(concat(n, 'x'))) FROM ${series}`,
  );
}

function pgDump({ directory, user }: Database): Dump {
  return {
    name: "postgres.sql",
    command: ["pg_dumpall", "-h", directory, "-U", "postgres"],
    user,
    timeLimit: 60_000,
  };
}

foreignTest(
  ["pg_dumpall", "setpriv"],
  "the output of pg_dumpall is restored and fills a new PostgreSQL",
  () =>
    withPostgres(async (database) => {
      await fill(database, "generate_series(1, 20000) AS n");
      await database.sql("CREATE ROLE app LOGIN");
      await withScenario(TREE, async (scenario) => {
        const at = await thereAndBack(scenario, "postgres.sql");
        const text = Deno.readTextFileSync(at);
        assert.match(text, /-- PostgreSQL database cluster dump complete\n/);
        await withPostgres(async (fresh) => {
          Deno.writeTextFileSync(`${fresh.directory}/dump.sql`, text.replace(/^CREATE ROLE postgres;$/m, ""));
          await fresh.sql(`\\i ${fresh.directory}/dump.sql`);
          assert.equal(await fresh.sql(ROWS), await database.sql(ROWS));
          assert.match(await fresh.sql("SELECT rolname FROM pg_roles"), /^app$/m);
        });
      }, { dumps: [pgDump(database)] });
    }),
);

foreignTest(
  ["pg_dumpall", "setpriv"],
  "a pg_dumpall whose connection is cut half-way leaves no dump",
  () =>
    withPostgres(async (database) => {
      await fill(database, "generate_series(1, 100000) AS n");
      await withScenario(TREE, async (scenario) => {
        let cut: Promise<string> | undefined;
        const put: typeof scenario.store.writer.put = async (...args) => {
          // All parts wait for it: the dump would be through before.
          await (cut ??= database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pg_dump'",
          ));
          return await scenario.store.writer.put(...args);
        };
        const result = await backup(scenario.host, { ...scenario.store.writer, put }, scenario.run);
        assert.equal(result.unread, 1);
        assert.match(
          JSON.stringify(scenario.events),
          /pg_dumpall\\" ended with exit code 1.*pg_dump failed on database/,
        );
        const { receipt } = await scenario.snapshot();
        assert.ok(receipt.volumes[0]!.entries === 0 && receipt.volumes[0]!.parts.length > 0);
        assert.deepEqual((await scenario.verify({ identities: scenario.identities })).findings, []);
        await scenario.restore();
        assert.throws(
          () => Deno.statSync(`${scenario.directory}/back/nightdrop-dumps`),
          Deno.errors.NotFound,
        );
      }, { dumps: [pgDump(database)] });
    }),
);

foreignTest(
  ["mariadb-dump", "mariadb-install-db", "setpriv"],
  "the output of mariadb-dump is restored and fills a new MariaDB",
  () =>
    withMariadb(async (database) => {
      await database.sql("CREATE DATABASE app");
      const inApp: Database = { ...database, sql: (text) => database.sql(`USE app; ${text}`) };
      await fill(inApp, "(SELECT seq AS n FROM seq_1_to_20000) AS series");
      const client = ["--no-defaults", `--socket=${database.directory}/socket`, "-u", "root"];
      const command: Dump["command"] = [
        "mariadb-dump",
        ...client,
        "--single-transaction",
        "--databases",
        "app",
      ];
      await withScenario(TREE, async (scenario) => {
        const at = await thereAndBack(scenario, "mariadb.sql");
        assert.match(Deno.readTextFileSync(at), /-- Dump completed on/);
        const before = await inApp.sql(ROWS);
        await database.sql("DROP DATABASE app");
        await bash(`mariadb ${client.join(" ")} < ${at}`);
        assert.equal(await inApp.sql(ROWS), before);
      }, { dumps: [{ name: "mariadb.sql", command, user: database.user, timeLimit: 60_000 }] });
    }),
);

foreignTest(
  ["sqlite3"],
  "a dump of SQLite is restored and makes the same database",
  () =>
    withScenario(TREE, async (scenario) => {
      const at = `${scenario.directory}/app.db`;
      await bash(`sqlite3 ${at} "CREATE TABLE words (id INTEGER PRIMARY KEY, text); WITH RECURSIVE n(i) AS
      (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO words SELECT i, 'it''s ' || hex(i * 7919) FROM n;"`);
      const host = {
        ...scenario.host,
        dumps: [{
          name: "app.sql",
          command: ["sqlite3", at, ".dump"],
          user: undefined,
          timeLimit: 60_000,
        }] as const,
      };
      assert.equal((await backup(host, scenario.store.writer, scenario.run)).unread, 0);
      await scenario.restore();
      const back = `${scenario.directory}/back/nightdrop-dumps/app.sql`;
      await bash(
        `sqlite3 ${scenario.directory}/new.db < ${back}; diff <(sqlite3 ${at} .dump) <(sqlite3 ${scenario.directory}/new.db .dump)`,
      );
      const missing = {
        ...host,
        dumps: [{
          name: "app.sql",
          command: ["sqlite3", "-readonly", `${at}.none`, ".dump"],
          user: undefined,
          timeLimit: 60_000,
        }] as const,
      };
      assert.equal((await backup(missing, scenario.store.writer, scenario.run)).unread, 1);
    }),
);
