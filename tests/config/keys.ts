import type { Config } from "../../lib/config/settings.ts";

/** Every key that a config can have, as its types know them. */
export const KEYS: Record<keyof Config, true> = {
  recipients: true,
  signer: true,
  acknowledged: true,
  store: true,
  retention: true,
  paths: true,
  exclude: true,
  excludeIfPresent: true,
  excludeCaches: true,
  oneFileSystem: true,
  maxFileSize: true,
  attributes: true,
  compression: true,
  partSize: true,
  jobs: true,
  bandwidth: true,
  dumps: true,
  hooks: true,
  environment: true,
  notify: true,
  expect: true,
  alerts: true,
  state: true,
  hosts: true,
};
