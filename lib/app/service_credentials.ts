/** What systemd's service calls its copy of the store's credentials. */
export const CREDENTIAL_NAME = "credentials";

/** Where systemd puts that copy: man 5 systemd.exec, "CREDENTIALS". */
export const SERVICE_CREDENTIALS = `/run/credentials/nightdrop.service/${CREDENTIAL_NAME}`;
