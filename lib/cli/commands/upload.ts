import type { Command } from "commander";
import { printable } from "../../model/printable.ts";
import { uploadSet } from "../../permissions/sets.ts";
import { upload, type Uploaded } from "../../upload/upload.ts";
import { act, command } from "../command.ts";
import { formatBytes } from "../format.ts";
import { circumstances, holdSandbox, hostOption } from "../permission_check.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly sealed?: boolean;
}

/** `upload`: any file, under a name that carries its SHA-256. */
export function uploadCommand(): Command {
  return command(
    "upload",
    "put files into a bucket, each under a name that carries its SHA-256",
    "Puts files into a bucket with credentials that can put and nothing else, and never replaces an object. Region, " +
      "endpoint and credentials are those of the host's store in the config.",
  )
    .argument("<bucket>", "the bucket, or BUCKET/DIRECTORY")
    .argument("<file...>", "the files")
    .option("--sealed", "encrypt for the host's recipients; each part is then an object of its own")
    .option(
      "--host <name>",
      "the host of the config that this is; by default the one named like this machine",
    )
    .example("upload web1-dumps /var/dumps/db.sql.gz", "as <sha256>-db.sql.gz")
    .example("upload web1-dumps/secret --sealed /root/keys.tar", "gpg opens it")
    .action((bucket: string, files: string[], options: Options) =>
      act(options, (session) => run(session, bucket, files, options), hostOption(options))
    );
}

async function run(
  session: Session,
  place: string,
  files: readonly string[],
  options: Options,
): Promise<void> {
  const host = await session.host(options.host);
  const [bucket = "", ...directories] = place.replace(/^s3:\/\//, "").replace(/\/$/, "").split("/");
  await holdSandbox(session, host, await uploadSet(host, circumstances(session)));
  const request = { host, bucket, prefix: directories.join("/"), sealed: options.sealed ?? false };
  session.cleansUp = true;
  for (const file of files) {
    const uploaded = await upload(request, file, environment, session.run);
    session.output.data(line(uploaded), { event: "uploaded", ...uploaded });
  }
}

function line({ file, objects, bytes, existed }: Uploaded): string {
  const what = `${printable(file)}: ${formatBytes(bytes)}`;
  const names = objects.map(printable).join(" ");
  return existed ? `There already: ${what} as ${names}` : `Stored: ${what} as ${names}`;
}
