/** Database servers in their own directories, reached by a socket; they end with the test. */
import { must, run } from "./foreign.ts";
import { withDirectory } from "./directory.ts";

/** Running server. */
export interface Database {
  /** Directory of its socket. */
  readonly directory: string;
  /** Who has to run its clients: neither server runs as root. Undefined where the test is not root's. */
  readonly user: string | undefined;
  /** Runs statements and returns their output. */
  sql(text: string): Promise<string>;
}

/** Runs `body` with a new PostgreSQL. */
export function withPostgres<T>(body: (database: Database) => Promise<T>): Promise<T> {
  return withDirectory(async (directory) => {
    const { user, as } = await ownedBy("postgres", directory);
    const [version] = [...Deno.readDirSync("/usr/lib/postgresql")].map(({ name }) => name).sort().reverse();
    const bin = `/usr/lib/postgresql/${version}/bin`;
    const data = `${directory}/data`;
    await as(`${bin}/initdb`, "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "--locale=C.UTF-8");
    const options = `-k ${directory} -c listen_addresses= -F`;
    await as(`${bin}/pg_ctl`, "-D", data, "-l", `${directory}/log`, "-o", options, "-w", "start");
    try {
      return await body({
        directory,
        user,
        sql: (text) => as("psql", "-h", directory, "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-qAtc", text),
      });
    } finally {
      await as(`${bin}/pg_ctl`, "-D", data, "-m", "immediate", "-w", "stop");
    }
  });
}

/** Runs `body` with a new MariaDB. */
export function withMariadb<T>(body: (database: Database) => Promise<T>): Promise<T> {
  return withDirectory(async (directory) => {
    const { user, as, words } = await ownedBy("mysql", directory);
    const data = `--datadir=${directory}/data`;
    await as(
      "mariadb-install-db",
      "--no-defaults",
      data,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
    );
    const socket = `--socket=${directory}/socket`;
    const [program = "", ...args] = [
      ...words,
      "/usr/sbin/mariadbd",
      "--no-defaults",
      data,
      socket,
      `--pid-file=${directory}/pid`,
      "--skip-networking",
      "--innodb-flush-log-at-trx-commit=0",
    ];
    const server = new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
    const client = ["mariadb", "--no-defaults", socket, "-u", "root", "-N"] as const;
    try {
      await until(async () =>
        (await run("mariadb-admin", ["--no-defaults", socket, "-u", "root", "ping"])).code === 0
      );
      return await body({ directory, user, sql: (text) => as(...client, "-e", text) });
    } finally {
      server.kill("SIGKILL");
      await server.status;
    }
  });
}

interface Owner {
  readonly user: string | undefined;
  /** Prefix of a command. */
  readonly words: readonly string[];
  /** Runs a program as the owner and returns its output. */
  as(...command: string[]): Promise<string>;
}

/** Gives a directory to the user of a server where root makes it. */
async function ownedBy(user: string, directory: string): Promise<Owner> {
  const isRoot = Deno.uid() === 0;
  if (isRoot) await must("chown", [user, directory]);
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
