// Preloaded into each program by the development runner: when that is gone, killed even, so is the program.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
