/**
 * What threads run: all their jobs, which no other file knows. Nothing of OpenPGP's keys is loaded: whoever orders a job
 * brings the session key.
 *
 * @module
 */
import { READ_VOLUME } from "./snapshots/volume_contents.ts";
import { MAKE_VOLUME } from "./backup/volume.ts";
import { serve } from "./workers/protocol.ts";

serve(MAKE_VOLUME, READ_VOLUME);
