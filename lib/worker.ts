/**
 * Entry of the worker threads. It knows all their jobs; no other file does. Nothing of OpenPGP's keys is loaded: the caller of a job
 * brings the session key.
 *
 * @module
 */
import { WALK_AHEAD } from "./backup/walk_ahead.ts";
import { OPEN_VOLUME } from "./snapshots/open_volume.ts";
import { READ_VOLUME } from "./snapshots/volume_contents.ts";
import { COMPRESS_BLOCK } from "./backup/helpers.ts";
import { MAKE_VOLUME } from "./backup/volume.ts";
import { serve } from "./workers/protocol.ts";

serve(MAKE_VOLUME, COMPRESS_BLOCK, READ_VOLUME, OPEN_VOLUME, WALK_AHEAD);
