// What a desk's signature is worth at a gate. The same rule stands in src/domain/lease.rs; tests/vectors/leases.json holds both to
// one truth.

import type { Slip } from "./token";
import type { Signature } from "./verdict";

/** What each desk's key may sign at this centre, as it was at a moment: by key, by slot, pairs of first and last serial. */
export interface Leases {
  version: string;
  true_at: number;
  /** The server's database was brought back from a copy then: of what was lent before, it may know less than there was. */
  forgot_until?: number;
  serials: Record<string, Record<string, [number, number][]>>;
}

/** What a good signature of a desk's key is worth. */
export function worth(slip: Pick<Slip, "kid" | "claims">, key: { revoked?: boolean }, leases: Leases | undefined): Signature {
  const { slot, serial, issued } = slip.claims;
  if (key.revoked || !leases) return "unproved";
  const ranges = leases.serials[slip.kid]?.[slot] ?? [];
  if (ranges.some(([first, last]) => first <= serial && serial <= last)) return "good";
  // The list is newer than the token: the serial was never the desk's to sign.
  return (leases.forgot_until ?? -Infinity) < issued && issued < leases.true_at ? "bad" : "unproved";
}
