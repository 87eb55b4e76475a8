import type { KeyStep, Step } from "../provisioning/provision.ts";

/** Returns the settings and keys of a user or a bucket for `--json`. The secret of a key is there only with `showKey`. */
export function vaultRecord(
  { steps, keys }: { readonly steps: readonly Step[]; readonly keys: readonly KeyStep[] },
  showKey: boolean,
): { readonly steps: readonly object[]; readonly keys: readonly object[] } {
  return {
    steps: steps.map(({ name, wanted, before, made }) => ({ name, wanted, ...before, made })),
    keys: keys.map(({ state, text, commands, key }) => ({
      state,
      text,
      ...(commands && { commands }),
      ...(showKey && key ? { accessKeyId: key.id, secretAccessKey: key.secret.reveal() } : {}),
    })),
  };
}
