// Preloaded into the API by the development runner: when that is gone, killed even, so is the API.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
