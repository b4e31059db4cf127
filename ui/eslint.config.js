import vue from "eslint-plugin-vue";
import a11y from "eslint-plugin-vuejs-accessibility";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "test-results", "src/generated", "node_modules"] },
  ...ts.configs.strict,
  ...vue.configs["flat/recommended"],
  ...a11y.configs["flat/recommended"],
  {
    files: ["**/*.vue"],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    rules: {
      // Layout is Prettier's.
      "vue/max-attributes-per-line": "off",
      "vue/singleline-html-element-content-newline": "off",
      "vue/multiline-html-element-content-newline": "off",
      "vue/html-self-closing": "off",
      "vue/html-indent": "off",
      "vue/html-closing-bracket-newline": "off",
      "vue/first-attribute-linebreak": "off",
      // Slots of Vuetify's tables are named `item.key`.
      "vue/valid-v-slot": ["error", { allowModifiers: true }],
      // Text reaches the screen through translations.
      "vue/no-bare-strings-in-template": "error",
      "vue/no-v-html": "error",
      "vue/block-lang": ["error", { script: { lang: "ts" } }],
      "vue/component-api-style": ["error", ["script-setup"]],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-invalid-void-type": "off",
      "max-lines": ["error", 320],
      // A dialog moves the focus into itself; that is what a person at a keyboard expects.
      "vuejs-accessibility/no-autofocus": "off",
      "vuejs-accessibility/label-has-for": "off",
    },
  },
);
