import { makeVolume } from "./volume.ts";

/** The jobs that threads can do, by name. */
export const JOBS = { makeVolume };
