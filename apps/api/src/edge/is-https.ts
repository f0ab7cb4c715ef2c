import type { FastifyRequest } from 'fastify'

/** Whether the caller came by HTTPS: to us, or to a trusted proxy that says so. */
export const isHttps = ({ protocol }: FastifyRequest): boolean => protocol.toLowerCase() === 'https'
