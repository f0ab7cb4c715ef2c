import { readFile } from 'node:fs/promises'
import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { createAccessPage, parseAccessMatrix } from './admin/access-page.ts'
import { showAlert, showAlerts } from './admin/alert-pages.ts'
import { showAudit } from './admin/audit-page.ts'
import { showDigest } from './admin/digest-page.ts'
import { adminPage } from './admin/layout.ts'
import { showOverview } from './admin/overview-page.ts'
import { adminRoot, refuse, wayBack } from './admin/refuse.ts'
import { showSessions } from './admin/sessions-page.ts'
import { signInForms } from './admin/sign-in.ts'
import { showJobs, showKeys } from './admin/standing-pages.ts'
import { type AdminVisit, change, enter, type Fields } from './admin/visit.ts'
import { identifyCallers } from './identify-callers.ts'
import { sendPage } from './page-replies.ts'
import { readForms } from './read-forms.ts'

const folder = new URL('./admin/', import.meta.url)
const files = { 'page.css': 'text/css', 'live.js': 'text/javascript' } as const

/**
 * The security page (decision 41), for administrators of the platform with a second factor. It shows what their
 * procedures answer and changes what these change: each call goes through a door of the API, with its limits and records.
 */
export async function adminPages(
  server: FastifyInstance,
  made: { readonly services: Services; readonly router: AnyTRPCRouter },
): Promise<void> {
  for (const [name, type] of Object.entries(files)) {
    const file = await readFile(new URL(name, folder), 'utf8')
    server.get(`${adminRoot}/${name}`, (_request, reply) =>
      reply.type(`${type}; charset=utf-8`).send(file),
    )
  }
  const matrix = parseAccessMatrix(await readFile(new URL('access-matrix.tsv', folder), 'utf8'))
  readForms(server)
  identifyCallers(server, made.services)
  const options = { exposeHeadRoute: false, ...adminPage }

  function show(path: string, write: (visit: AdminVisit) => Promise<string>): void {
    server.get(adminRoot + path, options, async (request, reply) => {
      const visit = { request, reply, ...made }
      try {
        return sendPage(reply, await write(await enter(visit)))
      } catch (thrown) {
        return refuse(visit, thrown, wayBack(request.url, visit))
      }
    })
  }

  /** A form: what it changes goes through the procedure's own door, after the page's. */
  function take({ path, procedure, done, input }: Form): void {
    server.post(adminRoot + path, options, async (request, reply) => {
      const visit = { request, reply, ...made }
      const fields: Fields = Object(request.body ?? {})
      const returnTo = wayBack(fields['returnTo'], visit)
      try {
        await change(await enter(visit), procedure, input(fields, Object(request.params)))
      } catch (thrown) {
        return refuse(visit, thrown, returnTo)
      }
      const url = new URL(returnTo, made.services.config.baseUrl)
      url.searchParams.set('done', done)
      return reply.redirect(url.pathname + url.search, 303)
    })
  }

  show('', showOverview)
  show('/alerts', showAlerts)
  show('/alerts/:alert', showAlert)
  show('/sessions', showSessions)
  show('/keys', showKeys)
  show('/jobs', showJobs)
  show('/audit', showAudit)
  show('/access', createAccessPage(matrix))
  show('/digest', showDigest)
  show('/digest/:week', showDigest)
  for (const form of forms) take(form)
  signInForms(server, made)
}

interface Form {
  readonly path: string
  readonly procedure: string
  /** What the page says then (layout.ts). */
  readonly done: string
  readonly input: (fields: Fields, params: Fields) => object
}

const forms: readonly Form[] = [
  {
    path: '/alerts/:alert/acknowledge',
    procedure: 'admin.alerts.acknowledge',
    done: 'acknowledged',
    input: (_fields, { alert }) => ({ alertId: alert }),
  },
  {
    path: '/alerts/:alert/resolve',
    procedure: 'admin.alerts.resolve',
    done: 'resolved',
    input: (_fields, { alert }) => ({ alertId: alert }),
  },
  {
    path: '/blocked-addresses/unblock',
    procedure: 'admin.blockedAddresses.delete',
    done: 'opened',
    input: ({ address }) => ({ address }),
  },
  {
    path: '/users/log-out',
    procedure: 'admin.users.logOut',
    done: 'loggedOut',
    input: ({ userId }) => ({ userId }),
  },
]
