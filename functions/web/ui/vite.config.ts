import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { precompress } from './build/precompress.ts';
import { preloadFont } from './build/preload-font.ts';

const EDGE = process.env['EDGE_URL'] ?? 'http://127.0.0.1:3000';

/** Pages that a viewer with a session doesn't see. */
const ENTRANCE = '(session/SignInPage|session/useCountdown|profiles/[A-Z]|profiles/avatars|shell/Bulbs|shell/Dialog)';

export default defineConfig({
  plugins: [react(), tailwindcss(), preloadFont(), precompress()],
  server: {
    host: '127.0.0.1',
    port: 5173,
    // The edge compares `Origin` with the host it was asked for, so the host goes through unchanged.
    proxy: Object.fromEntries(['/api', '/media', '/artwork'].map((path) => [path, { target: EDGE, changeOrigin: false }])),
  },
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    sourcemap: false,
    target: 'es2022',
    // A data URI would need a hole in the Content-Security-Policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // Few files rather than many small ones: each costs a round trip before anything can be drawn.
        codeSplitting: {
          // A group takes along what its modules import, unless a group of higher priority has it.
          groups: [
            { name: 'hls', test: /node_modules\/hls\.js/, priority: 9 },
            { name: 'tus', test: /node_modules\/(?!react|@tanstack|zustand|scheduler).*tus-js-client/, priority: 9 },
            { name: 'framework', test: /node_modules\/(react|react-dom|scheduler|@tanstack|zustand|use-sync-external-store)\//, priority: 8 },
            { name: 'app', test: new RegExp(`src/(?!${ENTRANCE})(api|events|profiles|session|shell)/`), priority: 7 },
            { name: 'entrance', test: new RegExp(`src/${ENTRANCE}`), priority: 6 },
            { name: 'catalogue', test: /src\/catalogue\// },
            { name: 'studio', test: /src\/admin\// },
          ],
        },
      },
    },
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    environment: 'node',
    passWithNoTests: false,
  },
});
