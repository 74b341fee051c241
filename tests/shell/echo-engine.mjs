// Stands in for the engine process: answers frames, ends when it is told to, and says that it runs.
process.send({ event: 'hello', pid: process.pid })
process.on('message', (frame) => {
  if (frame.method === 'end') process.exit(3)
  process.send({ id: frame.id, result: frame.params })
})
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))
