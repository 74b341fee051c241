// The arrows of imports: contract <- everyone; engine <- editor <- evaluation <- services <- cli, engine-process;
// shell and renderer know only the contract; electron is imported in three places.
const inside = (name) => `^src/main/${name}/`
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed }
})

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contract-imports-only-zod',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { pathNot: ['^src/contract/', 'node_modules/zod'] }
    },
    only('engine-knows-arrays', inside('engine'), ['^src/contract/', inside('engine')]),
    only('editor-knows-engine', inside('editor'), ['^src/contract/', inside('engine'), inside('editor')]),
    only('evaluation-knows-engine-and-editor', inside('evaluation'), [
      '^src/contract/',
      inside('engine'),
      inside('editor'),
      inside('evaluation')
    ]),
    only('session-is-storage', inside('session'), [
      '^src/contract/',
      inside('session'),
      inside('engine/weights'),
      inside('editor/neuron-index'),
      '^src/main/engine/tensor.ts',
      '^src/main/engine/models/language-model.ts',
      inside('formats'),
      '^src/main/editor/sentence-ends.ts'
    ]),
    only('formats-are-plain', inside('formats'), [
      '^src/contract/',
      inside('formats'),
      inside('engine/weights'),
      '^src/main/engine/models/language-model.ts'
    ]),
    only('services-orchestrate', inside('services'), [
      '^src/contract/',
      inside('(engine|editor|evaluation|session|formats|model-hub|services)')
    ]),
    only('doors-are-thin', inside('(cli|engine-process)'), ['^src/contract/', inside('(cli|engine-process|services)')]),
    only('shell-knows-contract', inside('shell'), ['^src/contract/', inside('shell')]),
    only('renderer-knows-contract', '^src/renderer/', ['^src/contract/', '^src/renderer/']),
    only('preload-knows-contract', '^src/preload/', ['^src/contract/', '^src/preload/']),
    {
      name: 'electron-in-three-places',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main/index.ts', inside('shell'), '^src/preload/'] },
      to: { path: 'node_modules/electron/' }
    }
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' }
  }
}
