import { makeVolume } from "./volume.ts";
import { readVolume } from "./volume_contents.ts";

/** The jobs that threads can do, by name. */
export const JOBS = { makeVolume, readVolume };
