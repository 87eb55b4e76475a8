/** Name of the credential with which systemd passes the store's credentials to the service. */
export const CREDENTIAL_NAME = "credentials";

/** Path of that credential: systemd.exec(5), "CREDENTIALS". */
export const SERVICE_CREDENTIALS = `/run/credentials/nightdrop.service/${CREDENTIAL_NAME}`;
