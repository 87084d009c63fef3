// Builds the browser code into static/dist, which the program embeds. The QR reader's wasm is that of the bundled copy.
import { build } from "esbuild";
import { copyFile, mkdir } from "node:fs/promises";

await mkdir("static/dist", { recursive: true });
await build({
  entryPoints: [
    "gate",
    "counter",
    "centre",
    "demo",
    "help",
    "sw",
    "calls",
    "display",
    "turn",
    "renew",
    "print",
    "camp",
    "alone",
    "centre_alone",
    "centre_line",
    "key_form",
    "desk_line",
    "house_sw",
    "forget",
  ].map((name) => `src/browser/${name}.ts`),
  outdir: "static/dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
await copyFile("node_modules/zxing-wasm/dist/reader/zxing_reader.wasm", "static/dist/zxing_reader.wasm");
