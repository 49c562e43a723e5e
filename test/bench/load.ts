// load.ts: one round of load in a process of its own: connections, seconds and request come as JSON, the result goes back as a message.
import autocannon from 'autocannon'

interface Round {
  readonly url: string
  readonly connections: number
  readonly duration: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Calls a second at most; absent: as many as come back. */
  readonly rate?: number
}

process.on('message', ({ rate, headers, ...round }: Round) => {
  // Times of answers with 200 alone: what is refused is quick.
  const served: number[] = []
  const options = { ...round, headers: { ...headers }, method: 'POST', pipelining: 1, timeout: 20 } as const
  const running = autocannon({ ...options, ...(rate !== undefined && { overallRate: rate }) }, (error, result) => {
    if (error instanceof Error) throw error
    served.sort((a, b) => a - b)
    const at = (share: number): number => Number((served[Math.floor((served.length - 1) * share)] ?? Number.NaN).toFixed(1))
    process.send?.({
      calls: result['2xx'],
      others: result.non2xx + result.errors + result.timeouts,
      refused: result.statusCodeStats?.['503']?.count ?? 0,
      errors: result.errors + result.timeouts,
      seconds: result.duration,
      p50: at(0.5),
      p99: at(0.99),
    })
  })
  running.on('response', (_, status, __, milliseconds) => {
    if (status === 200) served.push(milliseconds)
  })
})
process.on('disconnect', () => process.exit(0))
