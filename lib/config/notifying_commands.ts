/** Commands of the trusted side that notify the owner. */
export const NOTIFYING_COMMANDS = ["status", "verify", "drill"] as const;

/** Command of the trusted side that notifies the owner. */
export type NotifyingCommand = typeof NOTIFYING_COMMANDS[number];
