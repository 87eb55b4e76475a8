import { CREDENTIAL_NAME } from "../app/service_credentials.ts";
import { Misuse } from "../model/failure.ts";
import { type ScheduledBackup, searchPathOf } from "./scheduled_backup.ts";

/** State directory that systemd creates if it is missing. */
const SYSTEM_STATE = "/var/lib/nightdrop";

type Line = string | false;

/** Capabilities with which root restores files of any owner, with their modes and file capabilities. */
const RESTORING = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_MKNOD CAP_SETFCAP";

/**
 * Returns the unit of the service: a backup with low priority and with the strictest restrictions that it works with.
 * They are a second line behind Deno's sandbox, and also apply to programs that the backup starts.
 */
export function serviceUnit(job: ScheduledBackup, about: ServiceName = nameOf(job)): string {
  return [
    `# Created by \`nightdrop schedule\`. Use \`systemctl edit ${about.unit}.service\` for your own changes.`,
    section("Unit", [
      `Description=${about.description}`,
      job.network && "Wants=network-online.target",
      job.network && "After=network-online.target",
      job.writes.length > 0 && `RequiresMountsFor=${job.writes.map(unitWord).join(" ")}`,
    ]),
    section("Service", [...execution(job), "", ...priority(), "", ...restrictions(job)]),
  ].join("\n");
}

/** Name of a service. */
interface ServiceName {
  /** Name of the unit without its ending. */
  readonly unit: string;
  readonly description: string;
}

function nameOf({ host }: ScheduledBackup): ServiceName {
  return { unit: "nightdrop", description: `Backup of ${host}` };
}

function execution(job: ScheduledBackup): Line[] {
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
    "# No core dumps: the memory holds secrets.",
    "LimitCORE=0",
  ];
}

function stateLines({ state, writes, cache }: ScheduledBackup): Line[] {
  const own = state === SYSTEM_STATE;
  const paths = [...(own ? [] : [state]), ...writes];
  return [
    own && "StateDirectory=nightdrop",
    own && "StateDirectoryMode=0700",
    paths.length > 0 && `ReadWritePaths=${paths.map(unitWord).join(" ")}`,
    cache !== undefined && `ReadWritePaths=${unitWord(`-${cache}`)}`,
  ];
}

function priority(): Line[] {
  return ["Nice=19", "CPUWeight=10", "IOSchedulingClass=idle", "IOWeight=10", "OOMScoreAdjust=500"];
}

/** Returns the restrictions of the service. Long because each one is a line. */
function restrictions(job: ScheduledBackup): Line[] {
  const foreign = job.programs === "of others";
  return [
    job.programs !== "none" &&
    "# The restrictions also apply to dumps and hooks; add paths with ReadWritePaths=.",
    `CapabilityBoundingSet=${capabilities(job).join(" ")}`,
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
    !job.restores && "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "KeyringMode=private",
    "RemoveIPC=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
    foreign && "SystemCallFilter=@setuid",
    job.restores === true && "SystemCallFilter=@chown",
    "SystemCallErrorNumber=EPERM",
    "# No MemoryDenyWriteExecute: V8 compiles at run time. No PrivateUsers: the backup must read root's files.",
  ];
}

function capabilities({ uid, restores, programs }: ScheduledBackup): Line[] {
  return [
    uid === 0 && "CAP_DAC_READ_SEARCH",
    uid === 0 && restores === true && RESTORING,
    programs === "of others" && "CAP_KILL CAP_SETGID CAP_SETUID",
  ].filter((line) => line !== false);
}

/** Returns the network restrictions. Dumps and hooks may need the network even if nightdrop does not. */
function network(job: ScheduledBackup): Line[] {
  return job.network || job.programs !== "none"
    ? ["RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6"]
    : ["PrivateNetwork=yes", "IPAddressDeny=any", "RestrictAddressFamilies=AF_UNIX"];
}

/** Returns the setting for a private /tmp: with it, the private directory would be backed up instead of the real one. */
function temporaryDirectories({ reads }: ScheduledBackup): Line[] {
  const backedUp = ["/tmp", "/var/tmp"].some((directory) =>
    reads.some((path) =>
      path === "/" || `${directory}/`.startsWith(`${path}/`) || path.startsWith(`${directory}/`)
    )
  );
  return [backedUp ? "# No PrivateTmp: files in /tmp or /var/tmp are backed up." : "PrivateTmp=yes"];
}

function section(name: string, lines: readonly Line[]): string {
  return [`[${name}]`, ...lines.filter((line) => line !== false)].join("\n") + "\n";
}

/**
 * Returns a path for `LoadCredential=`, which systemd reads unquoted to the end of the line: systemd.exec(5).
 *
 * @throws {Misuse} if the path ends in a blank or a backslash.
 */
function rawPath(path: string): string {
  if (!/[\s\\]$/.test(path)) return path.replaceAll("%", "%%");
  throw new Misuse(
    `Cannot write the path ${JSON.stringify(path)} to a unit: it ends in a blank or a backslash`,
    {
      hint: "Rename the file",
    },
  );
}

/** Returns a word of a unit, quoted and escaped as systemd.syntax(7) requires. */
function unitWord(word: string): string {
  const plain = word.replaceAll("\\", "\\\\").replaceAll("%", "%%");
  return /[\s"';]/.test(plain) ? `"${plain.replaceAll('"', '\\"')}"` : plain;
}

/** Returns a word of a command, in which a dollar sign is also escaped: systemd.service(5). */
function commandWord(word: string): string {
  return unitWord(word).replaceAll("$", "$$$$");
}
