import { defineConfig } from 'vitest/config'
import { createLane } from './tooling/testing-lanes/src/index.ts'

export default defineConfig(async () => ({ test: await createLane(process.env) }))
