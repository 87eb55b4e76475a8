/** How often something of an entry could not be kept. */
export interface Losses {
  owners: number;
  setIds: number;
  modes: number;
  times: number;
  devices: number;
  fifos: number;
}

/** Nothing lost yet. */
export function noLosses(): Losses {
  return { owners: 0, setIds: 0, modes: 0, times: 0, devices: 0, fifos: 0 };
}

/** Adds `more` to `losses`. */
export function addLosses(losses: Losses, more: Losses): void {
  for (const kind of Object.keys(losses) as (keyof Losses)[]) losses[kind] += more[kind];
}

/** What was lost, each kind once with its number. */
export function notes(losses: Losses): string[] {
  const reported: [string, number][] = [
    ["Owners not set, which takes root", losses.owners],
    ["Set-ID bits dropped, which would have been those of another owner", losses.setIds],
    ["Modes not set, which the file system did not take", losses.modes],
    ["Times not set, which the file system did not take", losses.times],
    ["Devices left out, which are never made on the word of a backup", losses.devices],
    ["Fifos left out, since the program mkfifo could not be run", losses.fifos],
  ];
  return reported.filter(([, count]) => count > 0).map(([what, count]) => `${what}: ${count}`);
}
