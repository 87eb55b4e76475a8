/** Limits on work that hold on a busy machine as on an idle one. */
import process from "node:process";

/** Milliseconds of processor time that this process has used so far: time that other programs take does not count. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
