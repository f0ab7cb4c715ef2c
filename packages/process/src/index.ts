export { type LogConfig, type ProcessName, startProcess, tellReady } from './start-process.ts'
export { type EndOptions, stopGracefully } from './stop-gracefully.ts'
export { tellReadings } from './tell-readings.ts'
