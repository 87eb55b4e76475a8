import type { Command } from "commander";
import { printable } from "../../model/printable.ts";
import { uploadSet } from "../../permissions/sets.ts";
import { upload, type Uploaded } from "../../upload/upload.ts";
import { act, command } from "../command.ts";
import { formatBytes } from "../format.ts";
import { checkSandbox, hostOption, runContext } from "../permission_check.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly sealed?: boolean;
}

/** `upload`: stores single files under names that contain their SHA-256. */
export function uploadCommand(): Command {
  return command(
    "upload",
    "upload files to a bucket under names that contain their SHA-256",
    "Uploads files to a bucket with put-only credentials, and never replaces an object. Region, endpoint and credentials " +
      "come from the host's store in the config.",
  )
    .argument("<bucket>", "bucket, or BUCKET/DIRECTORY")
    .argument("<file...>", "files to upload")
    .option("--sealed", "encrypt to the host's recipients; each part is stored as a separate object")
    .option(
      "--host <name>",
      "host of the config (default: the one with the name of this machine)",
    )
    .example("upload web1-dumps /var/dumps/db.sql.gz", "as <sha256>-db.sql.gz")
    .example("upload web1-dumps/secret --sealed /root/keys.tar", "encrypted; gpg can decrypt it")
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
  await checkSandbox(session, host, await uploadSet(host, runContext(session)));
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
  return existed ? `Already stored: ${what} as ${names}` : `Stored: ${what} as ${names}`;
}
