import type { JobHandler } from '@repo/jobs'
import type { Services } from '../services.ts'

/** Sends the mails that wait. */
export const mountMail = ({ mail }: Pick<Services, 'mail'>): JobHandler => mail.handler
