// open.test.ts: a store in one call, on a folder or on a URL.
import { join } from 'node:path'
import t from 'tap'
import { openStore, openStoreBeside, type Store } from '../../src/store/open.ts'
import { after, batchOf, emptyPlace, entry } from './batches.ts'
import { temporaryFolder } from './server.ts'

t.test('a folder: server, roles, tables, writer and reader; opened again, it goes on', async (t) => {
  const dataDir = join(temporaryFolder(t), 'data')
  let store: Store = await openStore({ dataDir })
  t.teardown(() => store.close())
  const log = 'https://gateway.example/log/1'
  const place = emptyPlace('1', await store.writer.claim('1', log, 'key', 1_000))
  const batch = batchOf(place, [entry('opening')])
  await store.writer.append(batch, 5_000)
  await store.close()
  await t.rejects(openStore({ databaseUrl: 'postgresql://u@db.example/linkage' }), { message: /sslmode=verify-full/ })

  store = await openStore({ dataDir })
  const { epoch, head } = await store.writer.claim('1', log, 'key', 1_000)
  t.strictSame({ epoch, head }, { epoch: 2, head: { size: 1, root: batch.to.root } })
  const other = await openStore({ databaseUrl: store.server?.url('linkage_gateway') ?? '' })
  await other.writer.append(batchOf({ ...after(place, batch), epoch }, [entry('query')]), 5_000)
  t.equal((await store.reader.heads())[0]?.head.size, 2)
  await other.close()
})

t.test('beside the embedded server slots are ended as its administrator, with the gateway’s URL they are not', async (t) => {
  const dataDir = join(temporaryFolder(t), 'data')
  const store = await openStore({ dataDir })
  t.teardown(() => store.close())
  const log = (slot: string): string => `https://gateway.example/log/${slot}`
  for (const slot of ['1', '2']) await store.writer.claim(slot, log(slot), 'key', 1_000)
  const beside = await openStoreBeside({ dataDir })
  t.match(await beside.ends.endSlot('1', log('1'), undefined, 'an order', 1_000), { order: 'an order' })
  await beside.close()
  await t.rejects(store.writer.claim('1', log('1'), 'key', 1_000), { code: 'slot-ended' })
  const gateways = await openStore({ databaseUrl: store.server?.url('linkage_gateway') ?? '' })
  await t.rejects(gateways.ends.endSlot('2', log('2'), undefined, 'an order', 1_000), { message: /as linkage_operations/ })
  await gateways.close()
  t.match(await store.ends.endSlot('2', log('2'), undefined, 'an order', 1_000), { order: 'an order' })
})

t.test('a URL whose database is away opens; its calls are unavailable', async (t) => {
  const store = await openStore({ databaseUrl: 'postgresql://u:p@127.0.0.1:1/linkage' })
  t.teardown(() => store.close())
  await t.rejects(store.writer.claim('1', 'https://gateway.example/log/1', 'key', 1_000), { code: 'unavailable' })
})
