// Bundles tests/*.test.ts (Node 20 reads no TypeScript) and runs them with node's own test runner.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "node_modules", ".cache", "tests");
rmSync(outdir, { recursive: true, force: true });
const entryPoints = readdirSync(join(here, "tests"))
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join(here, "tests", name));
await build({
  entryPoints,
  outdir,
  bundle: true,
  platform: "node",
  format: "esm",
  outExtension: { ".js": ".mjs" },
  packages: "external",
  sourcemap: "inline",
});
const files = readdirSync(outdir).map((name) => join(outdir, name));
const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-reporter=spec", ...files], { stdio: "inherit" });
process.exit(run.status ?? 1);
