import { defineConfig } from "vitest/config";

/** Tests in a real Chromium; each file starts what it needs (`tests/browser/browser.ts`). */
export default defineConfig({
  test: {
    environment: "node",
    include: ["tests/browser/**/*.spec.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // As long as a page's own waiting: how fast it is, is not what these tests are about.
    expect: { poll: { timeout: 20_000 } },
    // Two cores, one browser.
    fileParallelism: false,
  },
});
