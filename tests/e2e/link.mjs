// A link that can be cut: everything that the browser says to the server goes through here.

import { createServer, connect } from "node:net";

/** A link to a server; `cut` drops what is under way and refuses what comes, `mend` lets it through again; `loseAnswerTo` cuts it as soon as
 * the server has answered a request that begins so. */
export async function startLink(address) {
  let { hostname, port } = new URL(address);
  const open = new Set();
  let up = true;
  let doomed = null;
  const server = createServer((near) => {
    if (!up) return void near.destroy();
    const far = connect(Number(port), hostname);
    let lost = false;
    near.on("data", (chunk) => (lost ||= doomed !== null && chunk.includes(doomed)));
    far.on("data", () => lost && cut());
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      open.add(from);
      from
        .on("error", () => to.destroy())
        .on("close", () => {
          open.delete(from);
          to.destroy();
        });
      from.pipe(to);
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const drop = () => [...open].forEach((socket) => socket.destroy());
  const cut = () => {
    up = false;
    drop();
  };
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    cut,
    loseAnswerTo(request) {
      doomed = request;
    },
    mend() {
      up = true;
      doomed = null;
    },
    /** The server came back somewhere else. */
    lead(address) {
      ({ hostname, port } = new URL(address));
    },
    stop() {
      drop();
      return new Promise((stopped) => server.close(stopped));
    },
  };
}
