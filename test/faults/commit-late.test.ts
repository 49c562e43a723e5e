// commit-late.test.ts: what writer and database say to each other comes late, or not at all, or with a warning.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Databases } from './databases.ts'
import { claimLate, replyLate, requestLate } from './kinds.ts'
import { faultsMade, inflict } from './series.ts'

const databases = await Databases.open(t)

await inflict(t, {
  databases,
  name: 'the request is given up and reaches the server after the next claim',
  ofThousand: 52,
  fault: requestLate,
})

await inflict(t, {
  databases,
  name: 'the claim of a process that was killed reaches the server after that of its successor, which goes on',
  ofThousand: 8,
  fault: claimLate,
})

await inflict(t, { databases, name: 'the reply does not come in time', ofThousand: 40, fault: replyLate })

await inflict(t, {
  databases,
  name: 'every connection ends, and none is had for a while',
  ofThousand: 50,
  fault: async (slot) => {
    const calls = slot.calls(slot.chance.between(1, 20))
    await sleep(slot.chance.below(4))
    slot.wire.down = true
    await slot.calls(2)
    await sleep(slot.chance.below(30))
    slot.wire.down = false
    await calls
  },
})

const warn = `CREATE FUNCTION public.warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'not replicated'; RETURN NULL; END $$;
  CREATE CONSTRAINT TRIGGER warn AFTER UPDATE ON linkage.slot DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.warn()`

await inflict(t, {
  databases,
  name: 'the server acknowledges with a warning: nobody is served by that commit',
  ofThousand: 20,
  fault: async (slot) => {
    await slot.admin.query(warn)
    const { served } = slot.ledger
    await slot.calls(slot.chance.between(1, 6))
    if (slot.ledger.served !== served) throw new Error('served by a commit that was acknowledged with a warning')
    await slot.admin.query('DROP TRIGGER warn ON linkage.slot; DROP FUNCTION public.warn')
  },
})

t.comment(faultsMade())
