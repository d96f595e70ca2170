import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

const features = ["home", "search", "mylist", "person", "genre", "history", "title", "watch", "studio", "landing", "join", "signin", "profiles", "account", "billing", "admin", "mailbox"];

/** Folder boundaries: everything crosses them through "@/", so that one rule sees every crossing. */
const noParents = { group: ["../*", "..", "./*/../*"], message: "Cross folders with '@/'." };

/** @param {string[]} files @param {string[]} forbidden @param {string} message */
function boundary(files, forbidden, message) {
  return {
    files,
    rules: {
      "no-restricted-imports": ["error", { patterns: [noParents, { group: forbidden, message }] }],
    },
  };
}

export default tseslint.config(
  { ignores: ["dist", "node_modules", "e2e/.media"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // `type` and `interface` differ in reach; the API types use one word for both unions and records.
      "@typescript-eslint/consistent-type-definitions": "off",
      "no-console": "error",
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      eqeqeq: "error",
    },
  },
  { files: ["src/**/*.tsx", "src/**/*.ts"], ...reactHooks.configs.flat["recommended-latest"] },
  boundary(["src/api/**"], ["@/app/*", "@/features/*", "@/player/*", "@/ui/*", "react"], "api speaks HTTP only."),
  boundary(["src/i18n/**"], ["@/app/*", "@/features/*", "@/player/*", "@/api/*", "@/ui/*", "@/session/*", "@/cards/*"], "i18n knows words, and nobody who says them."),
  boundary(["src/ui/**"], ["@/app/*", "@/features/*", "@/player/*", "@/api/*", "@/session/*", "@/cards/*"], "ui knows no rules."),
  boundary(["src/cards/**"], ["@/app/*", "@/features/*", "@/player/*"], "cards show titles, on whichever page."),
  boundary(["src/session/**"], ["@/app/*", "@/features/*", "@/player/*", "@/cards/*"], "session knows who is here and no pages."),
  boundary(["src/player/core/**"], ["@/app/*", "@/features/*", "@/ui/*", "@/player/shell/*", "react", "react-*"], "The player core is framework-free."),
  boundary(["src/player/shell/**"], ["@/app/*", "@/features/*"], "The player knows no pages."),
  ...features.map((name) =>
    boundary(
      [`src/features/${name}/**`],
      ["@/app/*", ...features.filter((other) => other !== name).map((other) => `@/features/${other}/*`)],
      "Features never import features or the app; routes compose them.",
    ),
  ),
  { files: ["src/app/**", "src/main.tsx"], rules: { "no-restricted-imports": ["error", { patterns: [noParents] }] } },
  {
    files: ["*.config.js", "*.config.ts", "e2e/**"],
    languageOptions: { globals: { ...globals.node } },
    // The mock's routes end early with `return send…(…)`, which reads better than a statement and a return.
    rules: { "@typescript-eslint/no-confusing-void-expression": "off" },
  },
  { files: ["eslint.config.js"], ...tseslint.configs.disableTypeChecked },
);
