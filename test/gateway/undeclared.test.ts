// undeclared.test.ts: what upstreams send and catalogues do not declare is told by place and number, once, and never by name.
import t from 'tap'
import { Metrics } from '../../src/gateway/metrics.ts'
import { UndeclaredMembers } from '../../src/gateway/undeclared.ts'

t.test('a place is warned of once and counted always; beyond a hundred of one API they are one', async (t) => {
  const metrics = new Metrics()
  const warned: unknown[] = []
  const undeclared = new UndeclaredMembers(metrics, { warn: (_, members) => void warned.push(members) })
  undeclared.saw('a', new Map())
  t.same(warned, [])
  for (let each = 0; each < 3; each += 1)
    undeclared.saw(
      'a',
      new Map([
        ['', 2],
        ['members[]', 1],
      ]),
    )
  t.same(warned, [
    { api: 'a', parent: '', count: 2 },
    { api: 'a', parent: 'members[]', count: 1 },
  ])
  const text = await metrics.registry.metrics()
  t.match(text, 'linkage_undeclared_members_total{api="a",parent="(root)"} 6')
  t.match(text, 'linkage_undeclared_members_total{api="a",parent="members[]"} 3')
  undeclared.saw('a', new Map(Array.from({ length: 200 }, (_, at) => [`p${at}`, 1])))
  undeclared.saw('b', new Map([['p1', 1]]))
  t.equal(warned.length, 102, 'a hundred of the one, the rest together, and one of the other')
  t.match(await metrics.registry.metrics(), 'linkage_undeclared_members_total{api="a",parent="…"} 102')
})
