/** A real systemd, which boots in a container made of this machine's `/usr` and nothing else. */
import { must } from "./foreign.ts";

/** Runs a script as a boot would, and ends the container. */
const PROBE = `[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh DIRECTORY/probe.sh
ExecStopPost=/bin/systemctl --no-block poweroff
StandardOutput=append:DIRECTORY/journal
StandardError=inherit
TimeoutStartSec=100
`;

/** Container to boot. */
export interface Boot {
  /** Directory of this machine that it has, outside of `/tmp`: there a service with a private `/tmp` would not see it. */
  readonly directory: string;
  /** Other directories that it has, and cannot write to. */
  readonly reads?: readonly string[];
  /** Directory with its units. */
  readonly units: string;
  /** Shell script that runs in it. */
  readonly script: string;
}

/** Boots, and returns the lines that the script has printed. */
export async function boot({ directory, reads = [], units, script }: Boot): Promise<string[]> {
  Deno.writeTextFileSync(`${directory}/probe.sh`, script);
  Deno.writeTextFileSync(`${units}/probe.service`, PROBE.replaceAll("DIRECTORY", directory));
  await must("timeout", [
    "120",
    "systemd-nspawn",
    "--quiet",
    "--directory=/",
    "--volatile=yes",
    "--register=no",
    "--keep-unit",
    `--machine=${directory.split("/").at(-1)}`,
    `--bind=${directory}`,
    ...reads.map((path) => `--bind-ro=${path}`),
    `--bind-ro=${units}:/etc/systemd/system`,
    "--boot",
    "systemd.unit=probe.service",
    "systemd.firstboot=off",
  ]);
  return Deno.readTextFileSync(`${directory}/journal`).trimEnd().split("\n");
}

/** Lets tests create their directories outside of `/tmp`. */
export async function outsideOfTmp<T>(body: () => Promise<T>): Promise<T> {
  Deno.env.set("TMPDIR", "/srv");
  try {
    return await body();
  } finally {
    Deno.env.delete("TMPDIR");
  }
}
