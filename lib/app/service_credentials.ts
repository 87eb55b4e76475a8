/** What systemd's service calls its copy of the store's credentials. */
export const CREDENTIALS = "credentials";

/** Where systemd puts that copy: man 5 systemd.exec, "CREDENTIALS". */
export const SERVICE_CREDENTIALS = `/run/credentials/nightdrop.service/${CREDENTIALS}`;
