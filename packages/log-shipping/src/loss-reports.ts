import type { ShippingReport } from '@repo/logging'

/** Says when a loss of lines begins and when it is over, once each, however many are lost between. */
export interface LossReports {
  add(destination: string, lines: number, reason: string): void
  /** Says what is not said yet. What is lost from here on is not said: nobody is there when that is over. */
  close(): void
}

interface Loss {
  lines: number
  readonly timer: NodeJS.Timeout
}

/** A loss is over when nothing was lost for so long. */
export function createLossReports(
  tell: (report: ShippingReport) => void,
  quietMs: number,
): LossReports {
  const losses = new Map<string, Loss>()
  let isClosed = false

  function begin(destination: string, reason: string): Loss {
    const timer = setTimeout(() => end(destination), quietMs).unref()
    const loss = { lines: 0, timer }
    losses.set(destination, loss)
    tell({
      level: 'warn',
      message: 'log lines are being lost on their way',
      fields: { destination, reason },
    })
    return loss
  }

  function end(destination: string): void {
    const loss = losses.get(destination)
    if (!loss) return
    clearTimeout(loss.timer)
    losses.delete(destination)
    const fields = { destination, lost: loss.lines }
    tell({ level: 'warn', message: 'log lines were lost on their way', fields })
  }

  return {
    add(destination, lines, reason) {
      if (isClosed) return
      const loss = losses.get(destination) ?? begin(destination, reason)
      loss.lines += lines
      loss.timer.refresh()
    },
    close() {
      isClosed = true
      for (const destination of [...losses.keys()]) end(destination)
    },
  }
}
