// load.ts: one round of load in a process of its own: connections, seconds and request come as JSON, the result goes back as a message.
import autocannon from 'autocannon'

process.on(
  'message',
  async (options: { url: string; connections: number; duration: number; headers: Record<string, string>; body: string }) => {
    const result = await autocannon({ ...options, method: 'POST', pipelining: 1, timeout: 20 })
    process.send?.({
      calls: result['2xx'],
      others: result.non2xx + result.errors + result.timeouts,
      seconds: result.duration,
      bytes: result.throughput.total,
      p50: result.latency.p50,
      p99: result.latency.p99,
    })
  },
)
process.on('disconnect', () => process.exit(0))
