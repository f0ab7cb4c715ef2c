/** Writes rows of text as columns: the first to the left, the rest to the right. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows.reduce<readonly number[]>(
    (wide, row) => row.map((cell, column) => Math.max(cell.length, wide[column] ?? 0)),
    [],
  )
  for (const [name = '', ...cells] of rows) {
    const numbers = cells.map((cell, index) => cell.padStart(widths[index + 1] ?? 0))
    print([name.padEnd(widths[0] ?? 0), ...numbers].join('  '))
  }
}

export const print = (line: string) => void process.stdout.write(`${line}\n`)
