/**
 * What threads run. Nothing of OpenPGP's keys is loaded: whoever orders a job brings the session key.
 *
 * @module
 */
import { JOBS } from "./jobs.ts";
import { serve } from "./thread.ts";

serve(JOBS);
