import { CREDENTIAL_NAME } from "../app/service_credentials.ts";
import { Misuse } from "../model/failure.ts";
import { type ScheduledBackup, searchPathOf } from "./scheduled_backup.ts";

/** The state directory that systemd makes itself when it is missing. */
const SYSTEM_STATE = "/var/lib/nightdrop";

type Line = string | false;

/**
 * The service that a timer starts: a backup with low priority, in bounds as close as it can live in. They stand behind
 * Deno's sandbox, and hold for programs that it starts, too.
 */
export function serviceUnit(job: ScheduledBackup): string {
  return [
    "# Made by `nightdrop schedule`; `systemctl edit nightdrop.service` changes it for good.",
    section("Unit", [
      `Description=Backup of ${job.host}`,
      job.network && "Wants=network-online.target",
      job.network && "After=network-online.target",
      job.writes.length > 0 && `RequiresMountsFor=${job.writes.map(unitWord).join(" ")}`,
    ]),
    section("Service", [...whatRuns(job), "", ...howGently(), "", ...bounds(job)]),
  ].join("\n");
}

function whatRuns(job: ScheduledBackup): Line[] {
  const credentials = job.credentials === undefined
    ? []
    : ["--credentials", `\${CREDENTIALS_DIRECTORY}/${CREDENTIAL_NAME}`];
  const command = [...job.command.map(commandWord), ...credentials].join(" ");
  return [
    "Type=oneshot",
    job.uid !== 0 && `User=${job.uid}`,
    `ExecStart=${command}`,
    `Environment=${unitWord(`PATH=${searchPathOf(job)}`)}`,
    ...Object.entries(job.environment).map(([name, value]) => `Environment=${unitWord(`${name}=${value}`)}`),
    job.command[0]?.endsWith("/npx") === true && "Environment=npm_config_cache=%C/nightdrop/npm",
    job.credentials !== undefined && `LoadCredential=${CREDENTIAL_NAME}:${rawPath(job.credentials)}`,
    ...stateLines(job),
    "CacheDirectory=nightdrop",
    "CacheDirectoryMode=0700",
    "UMask=0077",
    "# Its memory holds secrets while it runs.",
    "LimitCORE=0",
  ];
}

function stateLines({ state, writes }: ScheduledBackup): Line[] {
  const own = state === SYSTEM_STATE;
  const paths = [...(own ? [] : [state]), ...writes];
  return [
    own && "StateDirectory=nightdrop",
    own && "StateDirectoryMode=0700",
    paths.length > 0 && `ReadWritePaths=${paths.map(unitWord).join(" ")}`,
  ];
}

function howGently(): Line[] {
  return ["Nice=19", "CPUWeight=10", "IOSchedulingClass=idle", "IOWeight=10", "OOMScoreAdjust=500"];
}

function bounds(job: ScheduledBackup): Line[] {
  const foreign = job.programs === "of others";
  const capabilities = [job.uid === 0 && "CAP_DAC_READ_SEARCH", foreign && "CAP_KILL CAP_SETGID CAP_SETUID"]
    .filter(
      Boolean,
    );
  return [
    job.programs !== "none" &&
    "# Dumps and hooks run in these bounds as well; ReadWritePaths= gives them more.",
    `CapabilityBoundingSet=${capabilities.join(" ")}`,
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=read-only",
    ...temporaryDirectories(job),
    "PrivateDevices=yes",
    "PrivateMounts=yes",
    ...network(job),
    "ProtectProc=invisible",
    job.programs === "none" && "ProcSubset=pid",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "KeyringMode=private",
    "RemoveIPC=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
    foreign && "SystemCallFilter=@setuid",
    "SystemCallErrorNumber=EPERM",
    "# Not MemoryDenyWriteExecute: V8 compiles while it runs. Not PrivateUsers: then root's files could not be read.",
  ];
}

/** Programs may want the network of the machine, even where nightdrop does not. */
function network(job: ScheduledBackup): Line[] {
  return job.network || job.programs !== "none"
    ? ["RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6"]
    : ["PrivateNetwork=yes", "IPAddressDeny=any", "RestrictAddressFamilies=AF_UNIX"];
}

/** A /tmp of its own would be backed up instead of the real one. */
function temporaryDirectories({ reads }: ScheduledBackup): Line[] {
  const backedUp = ["/tmp", "/var/tmp"].some((directory) =>
    reads.some((path) =>
      path === "/" || `${directory}/`.startsWith(`${path}/`) || path.startsWith(`${directory}/`)
    )
  );
  return [backedUp ? "# Not PrivateTmp: files in /tmp or /var/tmp are read." : "PrivateTmp=yes"];
}

function section(name: string, lines: readonly Line[]): string {
  return [`[${name}]`, ...lines.filter((line) => line !== false)].join("\n") + "\n";
}

/**
 * A path that systemd takes as it stands, to the end of the line: systemd.exec(5), `LoadCredential=`.
 *
 * @throws {Misuse} for one whose end would be taken for something else.
 */
function rawPath(path: string): string {
  if (!/[\s\\]$/.test(path)) return path.replaceAll("%", "%%");
  throw new Misuse(
    `Cannot write the path ${JSON.stringify(path)} into a unit: it ends in a blank or a backslash`,
    {
      hint: "Rename the file",
    },
  );
}

/** A word of a unit: in quotes where it has spaces, and without a sign that systemd replaces (systemd.syntax(7)). */
function unitWord(word: string): string {
  const plain = word.replaceAll("\\", "\\\\").replaceAll("%", "%%");
  return /[\s"';]/.test(plain) ? `"${plain.replaceAll('"', '\\"')}"` : plain;
}

/** In a command a dollar begins a variable as well: systemd.service(5). */
function commandWord(word: string): string {
  return unitWord(word).replaceAll("$", "$$$$");
}
