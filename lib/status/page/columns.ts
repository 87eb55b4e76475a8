/** Titles of the columns of the table. */
export const COLUMNS = [
  "Host",
  "State",
  "Last complete",
  "Last 30 days",
  "Content",
  "Size",
  "Last sent",
  "Stored",
  "Restorable until",
  "Verified",
  "Drilled",
] as const;
