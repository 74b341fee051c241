import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'electron-vite'
import { resolve } from 'node:path'

const at = (path: string): string => resolve(import.meta.dirname, path)

export default defineConfig({
  main: {
    build: {
      rollupOptions: {
        // The shell runs in Electron; the other three run on plain Node and import nothing of Electron's.
        input: {
          index: at('src/main/index.ts'),
          cli: at('src/main/cli/index.ts'),
          engine: at('src/main/engine-process/index.ts'),
          'compute-worker': at('src/main/engine/executors/compute-worker.ts')
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' }
      }
    }
  },
  preload: {
    build: {
      rollupOptions: {
        input: { index: at('src/preload/index.ts') },
        // A sandboxed preload has to be CommonJS.
        output: { format: 'cjs', entryFileNames: '[name].cjs' }
      }
    }
  },
  renderer: {
    root: at('src/renderer'),
    // Nothing is inlined: the content security policy takes files of the app alone.
    build: { assetsInlineLimit: 0, rollupOptions: { input: { index: at('src/renderer/index.html') } } },
    plugins: [svelte({ configFile: at('svelte.config.js') })]
  }
})
