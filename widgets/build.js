// Bundle the browser module of every widget: each X.js with a default export becomes static/X.js.
// `npm ci && npm run build` after a change of any .js file; static/sources.sha256 says what the output was built from.
import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

process.chdir(dirname(fileURLToPath(import.meta.url)));
const PACKAGE = "sda_widgets";
const OUTPUT = `${PACKAGE}/static`;

const sources = readdirSync(PACKAGE, { recursive: true })
  .map((path) => `${PACKAGE}/${path}`)
  .filter((path) => path.endsWith(".js") && !path.startsWith(OUTPUT))
  .sort();
const settings = {
  entryPoints: sources.filter((path) => readFileSync(path, "utf8").includes("\nexport default ")),
  outdir: OUTPUT,
  entryNames: "[name]",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
};
if (process.argv.includes("--watch")) {
  await (await esbuild.context(settings)).watch();
} else {
  rmSync(OUTPUT, { recursive: true, force: true });
  await esbuild.build(settings);
  copyFileSync("node_modules/wavesurfer.js/LICENSE", `${OUTPUT}/wavesurfer.LICENSE.txt`);
  const hash = createHash("sha256");
  for (const path of [...sources, "build.js", "package-lock.json"]) hash.update(path).update(readFileSync(path));
  writeFileSync(`${OUTPUT}/sources.sha256`, `${hash.digest("hex")}\n`);
}
