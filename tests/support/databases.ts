/** Servers of databases in a folder of their own, reached by a socket there; they end with the test. */
import { must, run } from "./foreign.ts";
import { withFolder } from "./folder.ts";

/** A server, and how to talk to it. */
export interface Database {
  /** The folder of its socket. */
  readonly folder: string;
  /** Who has to run its clients: neither server runs as root. Undefined where the test is not root's. */
  readonly user: string | undefined;
  /** Runs statements and gives what they print. */
  sql(text: string): Promise<string>;
}

/** Runs `body` with a new PostgreSQL. */
export function withPostgres<T>(body: (database: Database) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const { user, as } = await ownedBy("postgres", folder);
    const [version] = [...Deno.readDirSync("/usr/lib/postgresql")].map(({ name }) => name).sort().reverse();
    const bin = `/usr/lib/postgresql/${version}/bin`;
    const data = `${folder}/data`;
    await as(`${bin}/initdb`, "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "--locale=C.UTF-8");
    const options = `-k ${folder} -c listen_addresses= -F`;
    await as(`${bin}/pg_ctl`, "-D", data, "-l", `${folder}/log`, "-o", options, "-w", "start");
    try {
      return await body({
        folder,
        user,
        sql: (text) => as("psql", "-h", folder, "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-qAtc", text),
      });
    } finally {
      await as(`${bin}/pg_ctl`, "-D", data, "-m", "immediate", "-w", "stop");
    }
  });
}

/** Runs `body` with a new MariaDB. */
export function withMariadb<T>(body: (database: Database) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const { user, as, words } = await ownedBy("mysql", folder);
    const data = `--datadir=${folder}/data`;
    await as(
      "mariadb-install-db",
      "--no-defaults",
      data,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
    );
    const socket = `--socket=${folder}/socket`;
    const [program = "", ...args] = [
      ...words,
      "/usr/sbin/mariadbd",
      "--no-defaults",
      data,
      socket,
      `--pid-file=${folder}/pid`,
      "--skip-networking",
      "--innodb-flush-log-at-trx-commit=0",
    ];
    const server = new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
    const client = ["mariadb", "--no-defaults", socket, "-u", "root", "-N"] as const;
    try {
      await until(async () =>
        (await run("mariadb-admin", ["--no-defaults", socket, "-u", "root", "ping"])).code === 0
      );
      return await body({ folder, user, sql: (text) => as(...client, "-e", text) });
    } finally {
      server.kill("SIGKILL");
      await server.status;
    }
  });
}

interface Owner {
  readonly user: string | undefined;
  /** What has to stand before a command. */
  readonly words: readonly string[];
  /** Runs a program as the owner; gives what it prints. */
  as(...command: string[]): Promise<string>;
}

/** Gives a folder to the user of a server where root makes it. */
async function ownedBy(user: string, folder: string): Promise<Owner> {
  const isRoot = Deno.uid() === 0;
  if (isRoot) await must("chown", [user, folder]);
  const words = isRoot ? ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"] : [];
  return {
    user: isRoot ? user : undefined,
    words,
    as: async (...command) => {
      const [program = "", ...args] = [...words, ...command];
      return (await must(program, args, { cwd: "/" })).text;
    },
  };
}

/** Waits, a minute at most. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("The database does not start");
}
