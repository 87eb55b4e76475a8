import { makeVolume } from "../send/volume.ts";
import { readVolume } from "../read/volume_contents.ts";

/** The jobs that threads can do, by name. */
export const JOBS = { makeVolume, readVolume };
