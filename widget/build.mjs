// Builds src/main.ts into ../static/widget/widget.js: one classic script, style sheets included as text.
import { mkdir, readFile, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outfile = join(here, "..", "static", "widget", "widget.js");
const draft = `${outfile}.${process.pid}.tmp`;

const minifiedCss = {
  name: "minified-css-as-text",
  setup(plugins) {
    plugins.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code, loader: "text" };
    });
  },
};

await mkdir(dirname(outfile), { recursive: true });
await build({
  entryPoints: [join(here, "src", "main.ts")],
  outfile: draft,
  bundle: true,
  format: "iife",
  target: "es2020",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  plugins: [minifiedCss],
});
await rename(draft, outfile); // a page that loads meanwhile gets the old script or the new one, never half
console.log(`static/widget/widget.js ${(await stat(outfile)).size} bytes`);
