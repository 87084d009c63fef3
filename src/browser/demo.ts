// The guided tour: its buttons, its switches, and the frames that it holds before the gate's camera.

import { encode } from "uqr";
import { DeskStore } from "./desk_store";

interface State {
  switches: { link: boolean; office: boolean; printer: boolean; portal: boolean };
  free_today: number;
  last_token: { number: string; call_number: string; qr: string } | null;
  next: string[];
  samples: Record<string, string | null>;
}

/** Where a slip of today is kept, and where the one that was in the hand when the session was stopped. */
const HELD = "baari-demo-held";
const AT_STOP = "baari-demo-at-stop";

const channel = new BroadcastChannel("baari-demo");
const says = (id: string) => document.getElementById(id);

async function post<T>(path: string): Promise<T> {
  return (await (await fetch(path, { method: "POST" })).json()) as T;
}

async function state(): Promise<State> {
  const state = (await (await fetch("/demo/state")).json()) as State;
  for (const name of ["link", "office", "printer", "portal"] as const) {
    for (const button of document.querySelectorAll(`[data-switch="${name}"]`)) {
      button.setAttribute("aria-pressed", String(state.switches[name]));
    }
  }
  const free = says("free");
  if (free) free.textContent = String(state.free_today);
  const token = says("last-token");
  if (token) token.textContent = state.last_token ? `${state.last_token.call_number} · ${state.last_token.number}` : "–";
  if (state.samples.held) sessionStorage.setItem(HELD, state.samples.held);
  return state;
}

/** A slip as a camera sees it: a little turned, on a table, not quite white. */
function makeFrame(text: string): ImageData {
  const { data, size } = encode(text, { ecc: "M", border: 4 });
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 640;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser draws nothing");
  context.fillStyle = "#8a7f73";
  context.fillRect(0, 0, 640, 640);
  context.translate(320, 320);
  context.rotate(0.06);
  const module = Math.floor(520 / size);
  const side = module * size;
  context.fillStyle = "#f4f1ea";
  context.fillRect(-side / 2, -side / 2, side, side);
  context.fillStyle = "#191817";
  data.forEach((row, y) =>
    row.forEach((dark, x) => {
      if (dark) context.fillRect(x * module - side / 2, y * module - side / 2, module, module);
    }),
  );
  return context.getImageData(0, 0, 640, 640);
}

/** Holds a code before the gate's camera, once it has heard the news if that matters; the gate answers with its verdict. */
function hold(text: string, informed = false): Promise<void> {
  return new Promise((done) => {
    const heard = ({
      data,
    }: MessageEvent<{ verdict?: string | null; headline?: { hi: string; en: string }; waiting?: number }>) => {
      if (data.verdict === undefined) return;
      channel.removeEventListener("message", heard);
      const answer = says("gate-says");
      if (answer) {
        answer.dataset.verdict = data.verdict ?? "";
        answer.textContent = data.headline ? `${data.headline.hi} · ${data.headline.en}` : "";
      }
      done();
    };
    channel.addEventListener("message", heard);
    channel.postMessage({ frame: makeFrame(text), informed });
  });
}

/** The last slip that this browser made as a desk: nobody else has heard of it. */
async function deskSlip(): Promise<string | undefined> {
  const store = await DeskStore.open();
  const made = (await store.records()).filter((record) => record.state === "made" && record.qr);
  store.close();
  return made.at(-1)?.qr;
}

async function holdOne(which: string): Promise<void> {
  if (which === "desk") {
    const slip = await deskSlip();
    // The gate knows what was lent to the desk, as it would after the few seconds that a queue takes.
    return slip ? hold(slip, true) : undefined;
  }
  const { last_token, samples, next } = await state();
  // By now the server knows newer slips only; and a gate that has not heard of the stop would still let the old one in.
  if (which === "held") samples.held = sessionStorage.getItem(AT_STOP) ?? sessionStorage.getItem(HELD);
  const text = which === "slip" ? last_token?.qr : which === "next" ? next[0] : samples[which];
  if (text) await hold(text, which === "held");
}

async function admitThree(): Promise<void> {
  for (const text of (await state()).next) await hold(text);
}

async function lastPlace(): Promise<void> {
  interface Race {
    slot: string;
    clerks: { clerk: string; issued: boolean; text: string }[];
  }
  const race = await post<Race>("/demo/last-place");
  const row = ({ clerk, issued, text }: Race["clerks"][number]) => {
    const item = document.createElement("li");
    item.dataset.issued = String(issued);
    item.textContent = `${clerk}: ${issued ? "✔" : "✖"} ${text}`;
    return item;
  };
  const slot = document.createElement("li");
  slot.textContent = race.slot;
  says("race")?.replaceChildren(slot, ...race.clerks.map(row));
}

channel.addEventListener("message", ({ data }: MessageEvent<{ gate?: boolean }>) => {
  if (data.gate) document.body.dataset.gate = "open";
});
channel.postMessage({ hello: true });

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-hold]")) {
  button.addEventListener("click", () => void holdOne(button.dataset.hold ?? ""));
}
for (const button of document.querySelectorAll<HTMLButtonElement>("[data-switch]")) {
  button.addEventListener("click", () => void post(`/demo/switch/${button.dataset.switch}`).then(state));
}
says("three")?.addEventListener("click", () => void admitThree());
says("stop")?.addEventListener("click", () => {
  const held = sessionStorage.getItem(HELD);
  if (held) sessionStorage.setItem(AT_STOP, held);
});
says("last-place")?.addEventListener("click", () => void lastPlace());

void state();
setInterval(() => void state(), 2_000);
