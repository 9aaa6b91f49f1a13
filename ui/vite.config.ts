import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.SANHUAN_API ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    host: "127.0.0.1",
    // The table of divisions stands beside the package that the server reads it from.
    fs: { allow: [".."] },
    proxy: { "/api": { target: server, changeOrigin: false } },
  },
  build: {
    target: "es2023",
    manifest: true,
    // The budgets are kept by `npm run size`, compressed and per page.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: "react",
              test: /node_modules[\\/](react|react-dom|scheduler|react-router)[\\/]/,
            },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
  test: { include: ["tests/unit/**/*.test.ts"], environment: "node" },
});
