// Where somebody logs in, nobody is logged in: what a centre's page kept of people goes, wherever it was left open. What was done there
// without a link stays until it is sent.

import { CentreStore } from "./centre_store";
import { inLock } from "./in_turn";

async function forget(): Promise<void> {
  if (!(await CentreStore.isThere())) return;
  const store = await CentreStore.open();
  await inLock("baari-centre-sync", () => store.forget());
  store.close();
}

void forget();
