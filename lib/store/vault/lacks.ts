import type { Dialect, VaultRequest } from "./description.ts";
import { expiryDays } from "../../model/retention.ts";
import type { VaultSetting } from "./setting.ts";

/**
 * Returns the settings that a provider is known to lack, and that are not tried because trying would do harm.
 * They are always `lacking`, so that a plan names them and their consequence.
 */
export function knownLacks(request: VaultRequest, dialect: Dialect): VaultSetting[] {
  return [
    ...(request.secure ? [] : [plainHttp()]),
    ...(dialect === "amazon" ? [] : [publicAcls(), createOnly(request), headers()]),
  ];
}

function plainHttp(): VaultSetting {
  return lack(
    "TLS",
    "requests without it are refused",
    "the endpoint in the config is plain HTTP: others on the network can see the names of objects, but not their content",
  );
}

function publicAcls(): VaultSetting {
  return lack(
    "BlockPublicAcls",
    "puts with a public ACL are refused",
    "with it Ceph's gateway 16.2 refuses every put, so it stays off; IgnorePublicAcls makes a public ACL ineffective",
  );
}

function createOnly({ lock, retention }: VaultRequest): VaultSetting {
  const kept = lock === undefined
    ? `the first content stays as an older version for ${
      expiryDays(retention)
    } days, at the price of keeping ` +
      "everything that expires for twice as long"
    : "the first content stays as an older version and locked";
  return lack(
    "create-only puts",
    "puts without If-None-Match are refused",
    "Ceph's gateway 16.2 ignores the header if a bucket has versions, so anyone who knows the name of an object can put over " +
      `it: ${kept}`,
  );
}

function headers(): VaultSetting {
  return lack(
    "refused headers",
    "puts with SSE-C, tags or a lock of their own are refused",
    "Ceph's gateway 16.2 has no condition for them: an intruder can put new objects that cannot be read, or that are " +
      "locked for very long; older objects are not touched",
  );
}

function lack(name: string, wanted: string, open: string): VaultSetting {
  return {
    name,
    wanted,
    look: () => Promise.resolve({ state: "lacking", open }),
    make: () => Promise.resolve(),
  };
}
